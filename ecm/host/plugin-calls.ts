import { FrameProblem } from '../channel/frames.ts';
import type { CallError, PluginCall, ToPlugin } from '../channel/messages.ts';
import { EcmFailure } from './ecm-operations.ts';

/** Calls that wait for their turn, for each one that may run. */
const WAITING_PER_RUNNING = 4;

export interface CallTimes {
  limitMs: number;
  signal: AbortSignal;
}

/** What the plug-in itself said about a call that failed: without a code it is for the log alone. */
export class CallRefused extends Error {
  readonly code: CallError['code'];

  constructor({ code, message }: CallError) {
    super(message);
    this.name = 'CallRefused';
    this.code = code;
  }
}

interface Waiting {
  call: PluginCall;
  resolve(value: unknown): void;
  reject(cause: Error): void;
  started: boolean;
}

/**
 * The calls to one process: each gets one answer, its time is limited, only so many run at once. A call whose time is
 * over counts as running until the process says that it is done with it.
 */
export class PluginCalls {
  private readonly send: (message: ToPlugin) => void;
  private readonly atOnce: number;
  private readonly instance: string;
  private readonly waiting = new Map<number, Waiting>();
  /** Ids of calls that the process is at, also those nobody waits for any longer. */
  private readonly running = new Set<number>();
  private lastId = 0;
  private ended: Error | undefined;

  constructor(options: { instance: string; atOnce: number; send: (message: ToPlugin) => void }) {
    this.instance = options.instance;
    this.atOnce = options.atOnce;
    this.send = options.send;
  }

  /** Calls that the process does not end although nobody waits for them. */
  get abandoned(): number {
    return [...this.running].filter((id) => !this.waiting.has(id)).length;
  }

  /** Fails with {@link CallRefused} for what the plug-in says, with `EcmFailure` for what the host says of it. */
  call(call: PluginCall, { limitMs, signal }: CallTimes): Promise<unknown> {
    if (this.ended !== undefined) return Promise.reject(this.ended);
    if (signal.aborted) return Promise.reject(this.cancelled());
    if (this.waiting.size >= this.atOnce * (1 + WAITING_PER_RUNNING))
      return Promise.reject(new EcmFailure('unavailable', `The plug-in "${this.instance}" is too busy.`));
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.abandon(id, this.late(limitMs)), limitMs);
      const abort = () => this.abandon(id, this.cancelled());
      signal.addEventListener('abort', abort, { once: true });
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        this.waiting.delete(id);
      };
      this.waiting.set(id, {
        call,
        started: false,
        resolve: (value) => {
          done();
          resolve(value);
        },
        reject: (cause) => {
          done();
          reject(cause);
        },
      });
      this.startWaiting();
    });
  }

  /** Throws `FrameProblem` when nothing was asked, or it was answered before. */
  result(id: number, value: unknown): void {
    this.answered(id)?.resolve(value);
    this.startWaiting();
  }

  /** As {@link result}. */
  error(error: CallError): void {
    this.answered(error.id)?.reject(new CallRefused(error));
    this.startWaiting();
  }

  /** The process is gone: nothing is answered any more. */
  end(cause: Error): void {
    this.ended ??= cause;
    for (const waiting of [...this.waiting.values()]) waiting.reject(cause);
    this.running.clear();
  }

  private answered(id: number): Waiting | undefined {
    if (!this.running.delete(id)) throw new FrameProblem('an answer to a question that nobody asked');
    return this.waiting.get(id);
  }

  private abandon(id: number, cause: EcmFailure): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    waiting.reject(cause);
    if (waiting.started) this.send({ t: 'cancel', id });
  }

  private startWaiting(): void {
    for (const [id, waiting] of this.waiting) {
      if (this.running.size >= this.atOnce) return;
      if (waiting.started) continue;
      waiting.started = true;
      this.running.add(id);
      this.send({ t: 'call', id, call: waiting.call });
    }
  }

  private late(limitMs: number): EcmFailure {
    return new EcmFailure(
      'plugin_failed',
      `The plug-in "${this.instance}" did not answer within ${limitMs / 1000} seconds.`,
    );
  }

  private cancelled(): EcmFailure {
    return new EcmFailure('unavailable', `The question to the plug-in "${this.instance}" was cancelled.`);
  }
}
