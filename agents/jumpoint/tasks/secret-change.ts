import type { Client } from 'ssh2';
import type { CredentialPackage } from '../../credential-package.ts';
import type { Holds, TaskDone, TaskRun, TaskSecrets } from '../../task-protocol.ts';
import { AuthorizedKeys } from './change-key.ts';
import { changePassword } from './change-password.ts';
import { type SshPlace, sshSignIn } from './ssh-sign-in.ts';
import { TaskFailure, taskFailureOf } from './task-failure.ts';

export type TaskResult = Omit<TaskDone, 't' | 'task_id'>;

const DONE: TaskResult = { outcome: 'done', detail: '' };

/**
 * Brings an account of a host from its current secret to the next one, and finds out by signing in which of them holds.
 * Whatever happens in between, the answer says what is known for certain, and `unknown` when nothing is.
 */
export class SecretChange {
  private readonly place: SshPlace;
  private readonly task: TaskRun;
  private readonly secrets: TaskSecrets;
  private readonly signal: AbortSignal;
  private readonly progress: (phase: 'changed' | 'verified') => void;

  constructor(
    place: SshPlace,
    task: TaskRun,
    secrets: TaskSecrets,
    signal: AbortSignal,
    progress: (phase: 'changed' | 'verified') => void,
  ) {
    this.place = place;
    this.task = task;
    this.secrets = secrets;
    this.signal = signal;
    this.progress = progress;
  }

  /** Which of the two the host takes. The new one is tried first: after a broken change it is the likelier one. */
  async verify(): Promise<TaskResult> {
    try {
      const next = await this.accepts(this.secrets.next);
      // A password has one place, so the new one ends the question; keys can both be there.
      const current =
        next && this.secrets.next.password !== undefined ? false : await this.accepts(this.secrets.current);
      const holds: Holds = next ? (current ? 'both' : 'next') : current ? 'current' : 'neither';
      return { ...DONE, holds };
    } catch (cause) {
      return failed('unknown', taskFailureOf(cause));
    }
  }

  async password(): Promise<TaskResult> {
    const current = this.secrets.current.password;
    const next = this.secrets.next.password;
    if (current === undefined || next === undefined || /[\p{Cc}]/u.test(current + next))
      return failed(
        'unchanged',
        new TaskFailure('unsupported', 'This password cannot be typed at a terminal.'),
      );
    let client: Client;
    try {
      client = await this.signIn(this.secrets.current);
    } catch (cause) {
      return failed('unchanged', taskFailureOf(cause));
    }
    try {
      const change = await changePassword(client, { current, next }, this.signal);
      if (change.said === 'changed') this.progress('changed');
      const failure =
        change.said === 'changed'
          ? new TaskFailure(
              'refused',
              'The host says that it changed the password, but does not take the new one.',
            )
          : new TaskFailure(change.said === 'refused' ? 'refused' : 'unsupported', change.detail);
      return await this.findOut(failure, change.said === 'changed' ? 'next' : 'current');
    } catch (cause) {
      return failed('unchanged', taskFailureOf(cause));
    } finally {
      client.end();
    }
  }

  async key(): Promise<TaskResult> {
    const { current_public_key: current, next_public_key: next } = this.secrets;
    if (!current || !next)
      return failed('unchanged', new TaskFailure('not-understood', 'The public keys are missing.'));
    let client: Client;
    try {
      client = await this.signInWithEither();
    } catch (cause) {
      return failed('unchanged', taskFailureOf(cause));
    }
    try {
      return await this.exchange(await AuthorizedKeys.find(client, { current, next }));
    } catch (cause) {
      return await this.findOut(taskFailureOf(cause), 'current');
    } finally {
      client.end();
    }
  }

  /** The new key goes in beside the old one, proves itself, and only then the old one goes. */
  private async exchange(keys: AuthorizedKeys): Promise<TaskResult> {
    await keys.add();
    this.progress('changed');
    const refusal = await this.refusalOfNext();
    if (refusal !== undefined) {
      await keys.removeNext();
      return failed('unchanged', refusal);
    }
    this.progress('verified');
    try {
      await keys.removeCurrent();
      const late = await this.refusalOfNext();
      if (late === undefined) return DONE;
      if (late.code !== 'refused') return failed('unknown', late);
      await keys.restore();
      return failed('unchanged', late);
    } catch (cause) {
      // Both may work now. Whoever asks again finds the new one and takes the old one away.
      return failed('unknown', taskFailureOf(cause));
    }
  }

  /** Why the new secret is not known to work; undefined when it signs in. */
  private async refusalOfNext(): Promise<TaskFailure | undefined> {
    try {
      if (await this.accepts(this.secrets.next)) return undefined;
      return new TaskFailure('refused', 'The new key is in its place, but the host does not take it.');
    } catch (cause) {
      return taskFailureOf(cause);
    }
  }

  /** After a change that may have worked or not. The likelier secret is tried first: failures are counted by hosts. */
  private async findOut(failure: TaskFailure, likelier: 'current' | 'next'): Promise<TaskResult> {
    try {
      for (const which of likelier === 'next'
        ? (['next', 'current'] as const)
        : (['current', 'next'] as const)) {
        if (!(await this.accepts(this.secrets[which]))) continue;
        if (which === 'current') return failed('unchanged', failure);
        this.progress('verified');
        return DONE;
      }
      return failed('neither', failure);
    } catch (cause) {
      const broken = taskFailureOf(cause);
      return failed(
        'unknown',
        new TaskFailure(broken.code, `${failure.message} ${broken.message}`, { cause }),
      );
    }
  }

  /** False only when the host itself refuses it. */
  private async accepts(credential: CredentialPackage): Promise<boolean> {
    try {
      (await this.signIn(credential)).end();
      return true;
    } catch (cause) {
      if (cause instanceof TaskFailure && cause.code === 'authentication-failed') return false;
      throw cause;
    }
  }

  private async signInWithEither(): Promise<Client> {
    try {
      return await this.signIn(this.secrets.current);
    } catch (cause) {
      if (!(cause instanceof TaskFailure && cause.code === 'authentication-failed')) throw cause;
      return await this.signIn(this.secrets.next).catch(() => {
        throw cause;
      });
    }
  }

  private signIn(credential: CredentialPackage): Promise<Client> {
    return sshSignIn(this.place, this.task.host_key, this.secrets.username, credential, this.signal);
  }
}

export function failed(outcome: TaskResult['outcome'], failure: TaskFailure): TaskResult {
  return {
    outcome,
    code: failure.code,
    detail: failure.message.slice(0, 4000),
    ...(failure.hostKey === undefined ? {} : { host_key: failure.hostKey }),
  };
}
