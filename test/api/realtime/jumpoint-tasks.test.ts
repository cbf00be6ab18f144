import { expect, it } from 'vitest';
import type { TaskRun } from '../../../agents/task-protocol.ts';
import type { JumpointConnection } from '../../../api/realtime/jumpoint-connection.ts';
import { JumpointTasks } from '../../../api/realtime/jumpoint-tasks.ts';
import type { HostTask } from '../../../appliance/vault/rotation/host-tasks.ts';

const TASK: HostTask = {
  kind: 'ssh.host-key',
  subject: 'a host',
  jumpoint: {
    id: 1,
    name: 'branch office',
    shellJumpAccess: 'limited',
    shellJumpRanges: ['10.0.0.0/8'],
    shellJumpProvisioned: [],
  },
  hostname: 'host.example',
  port: 22,
  hostKey: '',
};

/** As much of a connection as tasks need, and what it was told. */
function connection(programId: number, abilities: string[], given: TaskRun[] = []): JumpointConnection {
  const facts = { hostname: '', privateIp: '', version: '0.1.0' };
  const runTask = (task: TaskRun) => given.push(task);
  return {
    programId,
    jumpointId: 1,
    abilities: new Set(abilities),
    facts,
    runTask,
  } as unknown as JumpointConnection;
}

it('refuses what no program can do, and says why', async () => {
  const nobody = await new JumpointTasks(() => []).run(TASK);
  expect(nobody).toMatchObject({ outcome: 'unchanged', code: 'jumpoint-not-connected' });
  const old = await new JumpointTasks(() => [connection(1, ['credentials'])]).run(TASK);
  expect(old).toMatchObject({ outcome: 'unchanged', code: 'jumpoint-too-old' });
  expect(old.detail).toBe(
    'The program of the Jumpoint branch office (version 0.1.0) cannot change passwords and keys. Update it.',
  );
});

it('hears of a task from the program that has it alone, with what that may reach', async () => {
  const given: TaskRun[] = [];
  const tasks = new JumpointTasks(() => [connection(7, ['tasks'], given)]);
  const running = tasks.run(TASK);
  const [{ task_id: id, access } = { task_id: '', access: undefined }] = given;
  expect(access).toEqual({ mode: 'limited', ranges: ['10.0.0.0/8'], provisioned: [] });
  tasks.hear(8, { t: 'task.done', task_id: id, outcome: 'done', detail: 'a lie' });
  tasks.hear(7, { t: 'task.done', task_id: id, outcome: 'done', detail: 'the truth' });
  expect(await running).toMatchObject({ detail: 'the truth' });
});

it('gives up tasks that a program no longer speaks of when it comes back', async () => {
  const given: TaskRun[] = [];
  const tasks = new JumpointTasks(() => [connection(7, ['tasks'], given)]);
  const [first, second] = [tasks.run(TASK), tasks.run(TASK)];
  const [kept, lost] = given.map(({ task_id: id }) => id);
  tasks.cameBack(8, []);
  tasks.cameBack(7, [kept ?? '']);
  expect(await second).toMatchObject({ outcome: 'unknown', code: 'lost' });
  tasks.hear(7, { t: 'task.done', task_id: lost ?? '', outcome: 'done', detail: '' });
  tasks.hear(7, { t: 'task.done', task_id: kept ?? '', outcome: 'done', detail: '' });
  expect(await first).toMatchObject({ outcome: 'done' });
});
