import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { RefusedAddress } from '../../control-protocol.ts';
import { unseal } from '../../sealed-box.ts';
import {
  parseTaskSecrets,
  TASK_LIMIT_MS,
  type TaskMessage,
  type TaskRun,
  type TaskSecrets,
  taskContext,
} from '../../task-protocol.ts';
import { plainText } from '../plain-text.ts';
import { failed, SecretChange, type TaskResult } from './secret-change.ts';
import { hostKeyText, scanHostKey } from './ssh-sign-in.ts';
import { TaskFailure, taskFailureOf } from './task-failure.ts';

export interface TaskRunnerOptions {
  /** Opens what is sealed for this program. */
  sealingKey: KeyObject;
  /** Never dialled; asked each time. */
  refused: () => readonly RefusedAddress[];
  log: Logger;
}

/** More at once are refused: each takes a connection or two. */
const MOST_TASKS = 64;

/**
 * The tasks of a Jumpoint program. One that has begun goes to its end even when the server is lost meanwhile, because a
 * change that is cut off leaves more doubt than one that is done; tasks of one subject take turns, so whoever asks again
 * is answered after the first is over.
 */
export class TaskRunner {
  private readonly options: TaskRunnerOptions;
  private readonly stopping = new AbortController();
  private readonly turns = new Map<string, Promise<void>>();
  private readonly running = new Set<string>();

  constructor(options: TaskRunnerOptions) {
    this.options = options;
  }

  ids(): string[] {
    return [...this.running];
  }

  /** Never rejects; `tell` hears of every step and once of the end. */
  async run(task: TaskRun, tell: (message: TaskMessage) => void): Promise<void> {
    this.running.add(task.task_id);
    const log = this.options.log.child({
      task_id: task.task_id,
      kind: task.kind,
      host: task.target.hostname,
    });
    try {
      const result =
        this.running.size > MOST_TASKS
          ? failed(
              'unchanged',
              new TaskFailure('unreachable', 'The Jumpoint has too much to do. Try again later.'),
            )
          : await this.inTurn(task.subject, () => this.work(task, tell));
      log.info({ outcome: result.outcome, code: result.code, holds: result.holds }, 'task ended');
      tell({ t: 'task.done', task_id: task.task_id, ...result, detail: plainText(result.detail, 4000) });
    } catch (err) {
      // What is not foreseen is told as what it is: nobody knows how far it came.
      log.error({ err }, 'a task failed');
      tell({
        t: 'task.done',
        task_id: task.task_id,
        ...failed(
          'unknown',
          new TaskFailure('lost', 'The Jumpoint could not finish this; its log says why.'),
        ),
      });
    } finally {
      this.running.delete(task.task_id);
    }
  }

  /** Ends what runs; the programs of the hosts may have finished their part all the same. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.turns.values());
  }

  private async inTurn<T>(subject: string, work: () => Promise<T>): Promise<T> {
    const before = this.turns.get(subject) ?? Promise.resolve();
    const mine = before.then(work);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.turns.set(subject, settled);
    try {
      return await mine;
    } finally {
      if (this.turns.get(subject) === settled) this.turns.delete(subject);
    }
  }

  private async work(task: TaskRun, tell: (message: TaskMessage) => void): Promise<TaskResult> {
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(TASK_LIMIT_MS)]);
    const place = { target: task.target, access: task.access, refused: this.options.refused };
    if (task.kind === 'ssh.host-key') {
      try {
        return { outcome: 'done', detail: '', host_key: hostKeyText(await scanHostKey(place, signal)) };
      } catch (cause) {
        return failed('unchanged', taskFailureOf(cause));
      }
    }
    const secrets = this.open(task);
    if (secrets === undefined || task.host_key === '')
      return failed(
        'unchanged',
        new TaskFailure('not-understood', 'The Jumpoint could not open what was sealed for it.'),
      );
    const progress = (phase: 'changed' | 'verified') =>
      tell({ t: 'task.progress', task_id: task.task_id, phase });
    const change = new SecretChange(place, task, secrets, signal, progress);
    switch (task.kind) {
      case 'ssh.verify':
        return await change.verify();
      case 'ssh.change-password':
        return await change.password();
      case 'ssh.change-key':
        return await change.key();
      default:
        return failed(
          'unchanged',
          new TaskFailure('not-understood', `The Jumpoint program does not know ${task.kind}. Update it.`),
        );
    }
  }

  private open(task: TaskRun): TaskSecrets | undefined {
    try {
      return parseTaskSecrets(unseal(this.options.sealingKey, taskContext(task.task_id), task.sealed ?? ''));
    } catch {
      return undefined;
    }
  }
}
