import type { ShellAccess } from './control-protocol.ts';
import { type CredentialPackage, credentialPackage } from './credential-package.ts';
import {
  asObject,
  optional,
  ProtocolError,
  requiredText,
  textField,
  type WireObject,
  wholeField,
  wireObject,
  wordField,
} from './wire-fields.ts';

/**
 * Small pieces of work that a server gives to a Jumpoint on the control socket: reading a host key, finding out which
 * of two secrets an account of a host has, changing it. Secrets are sealed for the program's own key.
 */

/** Word in a program's `hello`: it takes tasks. */
export const ABILITY_TASKS = 'tasks';

export type TaskKind = 'ssh.host-key' | 'ssh.verify' | 'ssh.change-password' | 'ssh.change-key';

/** A task is over after this time, however it stands. */
export const TASK_LIMIT_MS = 90_000;

export interface TaskRun {
  t: 'task.run';
  task_id: string;
  /** A {@link TaskKind}; one that a program does not know it answers with `not-understood`. */
  kind: string;
  /** Tasks of one subject are done one after the other, e.g. those of a vault account. */
  subject: string;
  target: { hostname: string; port: number };
  /** Kind and base64 of the only key the host may show. Empty for `ssh.host-key` alone. */
  host_key: string;
  access: ShellAccess;
  /** Sealed box (base64) with `TaskSecrets`, bound to {@link taskContext}. Not for `ssh.host-key`. */
  sealed?: string;
}

/** The account on the host, the secret it has as far as is known, and the one it gets. */
export interface TaskSecrets {
  username: string;
  current: CredentialPackage;
  next: CredentialPackage;
  /** Of keys: kind and base64 of both. */
  current_public_key?: string;
  next_public_key?: string;
}

export const TASK_FAILURES = [
  /** The task was never begun: damaged, or of a kind this program does not know. */
  'not-understood',
  /** The Jumpoint may not dial it. */
  'not-allowed',
  'unreachable',
  'host-key-changed',
  /** The host does not take the secret that should hold. */
  'authentication-failed',
  /** The host took the sign-in and then refused the change, e.g. by a rule for passwords. */
  'refused',
  /** The host lacks what the change needs, or speaks otherwise than expected. */
  'unsupported',
  /** The connection broke, or the time was over. */
  'lost',
] as const;
export type TaskFailureCode = (typeof TASK_FAILURES)[number];

/** Which of the two secrets the host takes. */
export type Holds = 'current' | 'next' | 'both' | 'neither';

export type TaskMessage =
  /** A step is behind it. `changed`: the host has said that it changed; `verified`: the new secret signs in. */
  { t: 'task.progress'; task_id: string; phase: 'changed' | 'verified' } | TaskDone;

export interface TaskDone {
  t: 'task.done';
  task_id: string;
  /**
   * `done`: what was asked for is so, and was verified. `unchanged`: the current secret holds, or nothing was touched.
   * `neither`: the host takes neither secret. `unknown`: it may have changed or not.
   */
  outcome: 'done' | 'unchanged' | 'neither' | 'unknown';
  /** Of everything but `done`. */
  code?: TaskFailureCode;
  /** For people; holds no secret. */
  detail: string;
  /** Of `ssh.verify` that is done. */
  holds?: Holds;
  /** Of `ssh.host-key` that is done, and of `host-key-changed`: kind and base64 of the key that was shown. */
  host_key?: string;
}

const MAX_SEALED = 192 * 1024;
const MAX_SECRETS = 128 * 1024;

/** What a box with secrets for a task is bound to. */
export function taskContext(taskId: string): string {
  return `secrets for task ${taskId}`;
}

export function parseTaskRun(message: WireObject, access: (value: WireObject) => ShellAccess): TaskRun {
  const target = asObject(message.target, 'target');
  return {
    t: 'task.run',
    task_id: requiredText(message, 'task_id', 64),
    kind: requiredText(message, 'kind', 64),
    subject: textField(message, 'subject', 128),
    target: {
      hostname: requiredText(target, 'hostname', 256),
      port: wholeField(target, 'port', 1, 65535),
    },
    host_key: textField(message, 'host_key', 8192),
    access: access(asObject(message.access, 'access')),
    ...optional(message, 'sealed', (from, name) => requiredText(from, name, MAX_SEALED)),
  };
}

/** Undefined when `t` is another message. */
export function parseTaskMessage(message: WireObject): TaskMessage | undefined {
  switch (message.t) {
    case 'task.progress':
      return {
        t: 'task.progress',
        task_id: requiredText(message, 'task_id', 64),
        phase: wordField(message, 'phase', ['changed', 'verified'] as const),
      };
    case 'task.done':
      return {
        t: 'task.done',
        task_id: requiredText(message, 'task_id', 64),
        outcome: wordField(message, 'outcome', ['done', 'unchanged', 'neither', 'unknown'] as const),
        ...optional(message, 'code', (from, name) => wordField(from, name, TASK_FAILURES)),
        detail: textField(message, 'detail', 4096),
        ...optional(message, 'holds', (from, name) =>
          wordField(from, name, ['current', 'next', 'both', 'neither'] as const),
        ),
        ...optional(message, 'host_key', (from, name) => textField(from, name, 8192)),
      };
    default:
      return undefined;
  }
}

export function taskSecretsBytes(secrets: TaskSecrets): Buffer {
  return Buffer.from(JSON.stringify(secrets), 'utf8');
}

/** Throws `ProtocolError` when it is none. */
export function parseTaskSecrets(bytes: Buffer): TaskSecrets {
  const value = wireObject(bytes, MAX_SECRETS);
  const secrets: TaskSecrets = {
    username: requiredText(value, 'username', 255),
    current: credentialPackage(asObject(value.current, 'current')),
    next: credentialPackage(asObject(value.next, 'next')),
    ...optional(value, 'current_public_key', (from, name) => textField(from, name, 8192)),
    ...optional(value, 'next_public_key', (from, name) => textField(from, name, 8192)),
  };
  // It becomes part of what is said to the host.
  if (/[\p{Cc}]/u.test(secrets.username)) throw new ProtocolError('username: holds a control character.');
  return secrets;
}
