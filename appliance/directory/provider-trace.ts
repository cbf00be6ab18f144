/** One step of a sign-in, a test or a synchronisation, told to a person who looks for a fault. */
export interface ProviderStep {
  /** A stable word such as `connect`, `tls`, `bind`, `find_user`, `groups`, `clock`. */
  step: string;
  outcome: 'passed' | 'failed' | 'noted';
  /** One or two sentences: what was tried and what came of it. Never a secret. */
  message: string;
  /** What to do about it, for somebody who has never seen this failure. */
  advice?: string | undefined;
  milliseconds: number;
}

/** Collects steps in order; each one took the time since the one before. */
export class ProviderTrace {
  readonly steps: ProviderStep[] = [];
  readonly #now: () => number;
  #since: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  passed(step: string, message: string): void {
    this.#add({ step, outcome: 'passed', message });
  }

  /** Worth knowing, and nothing that stops a sign-in. */
  noted(step: string, message: string, advice?: string): void {
    this.#add({ step, outcome: 'noted', message, advice });
  }

  failed(step: string, message: string, advice?: string): void {
    this.#add({ step, outcome: 'failed', message, advice });
  }

  get failure(): ProviderStep | undefined {
    return this.steps.find(({ outcome }) => outcome === 'failed');
  }

  #add(step: Omit<ProviderStep, 'milliseconds'>): void {
    const now = this.#now();
    this.steps.push({ ...step, milliseconds: Math.round((now - this.#since) * 10) / 10 });
    this.#since = now;
  }
}
