import { randomUUID } from 'node:crypto';
import { seal } from '../../agents/sealed-box.ts';
import {
  ABILITY_TASKS,
  TASK_LIMIT_MS,
  type TaskMessage,
  type TaskRun,
  taskContext,
  taskSecretsBytes,
} from '../../agents/task-protocol.ts';
import type {
  HostSecrets,
  HostTask,
  HostTaskResult,
  HostTasks,
} from '../../appliance/vault/rotation/host-tasks.ts';
import type { JumpointConnection } from './jumpoint-connection.ts';
import { shellAccess } from './shell-access.ts';

/** How much later than its own limit a program may tell the end of a task. */
const GRACE_MS = 10_000;

interface Waiting {
  programId: number;
  phase: (phase: 'changed' | 'verified') => void;
  end: (result: HostTaskResult) => void;
}

/** Tasks given to the Jumpoint programs that are connected to this process. */
export class JumpointTasks implements HostTasks {
  private readonly connections: () => JumpointConnection[];
  private readonly waiting = new Map<string, Waiting>();

  constructor(connections: () => JumpointConnection[]) {
    this.connections = connections;
  }

  run(
    task: HostTask,
    phase: (phase: 'changed' | 'verified') => void = () => undefined,
  ): Promise<HostTaskResult> {
    const programs = this.connections().filter(({ jumpointId }) => jumpointId === task.jumpoint.id);
    if (programs.length === 0)
      return refused(
        'jumpoint-not-connected',
        `No program of the Jumpoint ${task.jumpoint.name} is connected.`,
      );
    const able = programs.filter(({ abilities }) => abilities.has(ABILITY_TASKS));
    const program = able[Math.floor(Math.random() * able.length)];
    if (program === undefined)
      return refused(
        'jumpoint-too-old',
        `The program of the Jumpoint ${task.jumpoint.name} (version ${programs[0]?.facts.version || 'unknown'}) cannot change passwords and keys. Update it.`,
      );
    return this.give(program, task, phase);
  }

  /** What a program says of a task. One that nobody waits for any more, or that is another program's, is nobody's. */
  hear(programId: number, message: TaskMessage): void {
    const task = this.waiting.get(message.task_id);
    if (task?.programId !== programId) return;
    if (message.t === 'task.progress') task.phase(message.phase);
    else {
      const { outcome, code, detail, holds, host_key: hostKey } = message;
      task.end({ outcome, code, detail, holds, hostKey });
    }
  }

  /** A program connected anew. Tasks it does not speak of any more ended with the program that had them. */
  cameBack(programId: number, openTasks: readonly string[]): void {
    for (const [id, task] of this.waiting) {
      if (task.programId !== programId || openTasks.includes(id)) continue;
      task.end(lost('The Jumpoint program was started anew meanwhile.'));
    }
  }

  /** This process stops: whatever runs is found out about by whoever asks next. */
  stop(): void {
    for (const { end } of this.waiting.values()) end(lost('This server process stopped meanwhile.'));
  }

  private give(
    program: JumpointConnection,
    task: HostTask,
    phase: (phase: 'changed' | 'verified') => void,
  ): Promise<HostTaskResult> {
    const id = randomUUID();
    return new Promise((resolve) => {
      const end = (result: HostTaskResult) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(result);
      };
      // A lost connection is no end: the program dials again and tells then.
      const timer = setTimeout(
        () => end(lost(`The Jumpoint ${task.jumpoint.name} did not tell how it ended.`)),
        TASK_LIMIT_MS + GRACE_MS,
      );
      this.waiting.set(id, { programId: program.programId, phase, end });
      program.runTask(orderOf(id, task, program.sealingPublicKey));
    });
  }
}

function orderOf(id: string, task: HostTask, sealingPublicKey: Buffer): TaskRun {
  const { kind, subject, hostname, port, hostKey, secrets } = task;
  return {
    t: 'task.run',
    task_id: id,
    kind,
    subject,
    target: { hostname, port },
    host_key: hostKey,
    access: shellAccess(task.jumpoint, { protocol: 'ssh', port }),
    ...(secrets && { sealed: sealed(id, secrets, sealingPublicKey) }),
  };
}

function sealed(id: string, secrets: HostSecrets, recipient: Buffer): string {
  const { username, current, next, currentPublicKey, nextPublicKey } = secrets;
  const bytes = taskSecretsBytes({
    username,
    current,
    next,
    ...(currentPublicKey !== undefined && { current_public_key: currentPublicKey }),
    ...(nextPublicKey !== undefined && { next_public_key: nextPublicKey }),
  });
  return seal(recipient, taskContext(id), bytes);
}

async function refused(code: HostTaskResult['code'], detail: string): Promise<HostTaskResult> {
  return { outcome: 'unchanged', code, detail };
}

function lost(detail: string): HostTaskResult {
  return { outcome: 'unknown', code: 'lost', detail };
}
