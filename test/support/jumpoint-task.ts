import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { seal } from '../../agents/sealed-box.ts';
import {
  type TaskDone,
  type TaskRun,
  type TaskSecrets,
  taskContext,
  taskSecretsBytes,
} from '../../agents/task-protocol.ts';
import type { JumpointSite } from './jumpoint-site.ts';

export interface EndedTask extends TaskDone {
  /** The steps that were told before. */
  phases: string[];
}

/** Gives a task to the program of the site without waiting for it, and answers its id. */
export function giveTask(
  site: JumpointSite,
  order: Partial<TaskRun> & Pick<TaskRun, 'kind' | 'target'>,
  secrets?: TaskSecrets,
): string {
  const id = randomUUID();
  site.tell({
    t: 'task.run',
    task_id: id,
    subject: 'account',
    host_key: '',
    access: { mode: 'open', ranges: [], provisioned: [] },
    ...(secrets && { sealed: seal(site.sealingKey, taskContext(id), taskSecretsBytes(secrets)) }),
    ...order,
  });
  return id;
}

export async function endOfTask(site: JumpointSite, id: string): Promise<EndedTask> {
  const deadline = Date.now() + 40_000;
  for (;;) {
    const mine = site.taskMessages.filter((message) => message.task_id === id);
    const phases = mine.flatMap((message) => (message.t === 'task.progress' ? [message.phase] : []));
    const done = mine.find((message) => message.t === 'task.done');
    if (done?.t === 'task.done') return { ...done, phases };
    if (Date.now() > deadline) throw new Error('The task does not end.');
    await sleep(10);
  }
}

/** Gives a task and waits for its end. */
export async function runTask(...order: Parameters<typeof giveTask>): Promise<EndedTask> {
  return await endOfTask(order[0], giveTask(...order));
}
