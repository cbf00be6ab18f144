import type { TerminalSize } from '../protocol.ts';
import type { Prompt, PromptAnswer, RefusalCode } from '../relay-protocol.ts';

/** A shell on the target, after it has opened. */
export interface RemoteShell {
  /** As whom it was signed in; undefined where the target is asked for it in the terminal itself (Telnet). */
  readonly username?: string;
  /** Sends key strokes. False when the target does not read fast enough: wait for `drained`. */
  write(data: Buffer): boolean;
  resize(size: TerminalSize): void;
  /** Stops and restarts `output`; the target itself is slowed down while paused. */
  pause(): void;
  resume(): void;
  /** Hangs up. `ended` is not called any more. Safe to call twice. */
  close(): void;
}

export interface ShellEnd {
  /** Null when the target told none (Telnet, lost connections). */
  code: number | null;
  signal?: string;
  message: string;
}

export interface ShellEvents {
  output(data: Buffer): void;
  drained(): void;
  /** Once, after the last output. */
  ended(end: ShellEnd): void;
}

/** The person at the other end of the relay while a shell is being opened. */
export interface Representative {
  status(state: 'connecting' | 'authenticating' | 'connected', detail?: string): void;
  /** Rejects with `ShellRefusal` when nobody answers in time, and when the relay closes. */
  ask(prompt: Omit<Prompt, 't' | 'id'>): Promise<PromptAnswer>;
  /** The size of the terminal now. */
  size(): TerminalSize;
}

/** Why a jump did not come about, in words for the representative. */
export class ShellRefusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ShellRefusal';
    this.code = code;
  }
}
