import type { RefusalCode } from '../../relay-protocol.ts';
import type { TaskFailureCode } from '../../task-protocol.ts';
import { ShellRefusal } from '../remote-shell.ts';

/** Why a task, or a step of one, did not come about. The message is for people and holds no secret. */
export class TaskFailure extends Error {
  readonly code: TaskFailureCode;
  /** Of `host-key-changed`: the key that was shown. */
  readonly hostKey: string | undefined;

  constructor(code: TaskFailureCode, message: string, options: { cause?: unknown; hostKey?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TaskFailure';
    this.code = code;
    this.hostKey = options.hostKey;
  }
}

const CODES: Partial<Record<RefusalCode, TaskFailureCode>> = {
  'not-allowed': 'not-allowed',
  unreachable: 'unreachable',
};

/** What the shared parts of dialling refuse with, as a failure of a task. */
export function taskFailureOf(cause: unknown): TaskFailure {
  if (cause instanceof TaskFailure) return cause;
  if (cause instanceof ShellRefusal)
    return new TaskFailure(CODES[cause.code] ?? 'unsupported', cause.message, { cause });
  return new TaskFailure('lost', 'The Jumpoint could not finish this; its log says why.', { cause });
}
