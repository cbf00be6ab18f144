import type { Bench } from './bench.ts';

/** What came of one test: nothing is a success, `Skipped` says why it does not apply. */
export type Verdict = string[] | Skipped;

export class Skipped {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

export interface ConformanceCase {
  /** What a plug-in does that passes. */
  name: string;
  run(bench: Bench, options: ConformanceOptions): Promise<Verdict>;
}

export interface ConformanceOptions {
  /** Whether it is started with wrong secrets once, which a store may count as an attempt. */
  wrongSecrets: boolean;
}
