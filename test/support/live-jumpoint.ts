import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { enrol } from '../../agents/jumpoint/enrolment.ts';
import { IdentityStore } from '../../agents/jumpoint/identity-store.ts';
import { type RunningJumpoint, runJumpoint } from '../../agents/jumpoint/run-jumpoint.ts';
import { decodeEnrolmentToken, encodeEnrolmentToken } from '../../agents/protocol.ts';
import type { Caller } from './test-appliance.ts';

export interface LiveJumpoint {
  jumpointId: number;
  nodeId: number;
  stateDir: string;
  program: RunningJumpoint;
  stop(): Promise<void>;
}

let number = 0;

/** A Jumpoint record with its real program, enrolled and connected. */
export async function liveJumpoint(
  api: Caller,
  settings: Record<string, unknown> = {},
  enrolAt?: string,
): Promise<LiveJumpoint> {
  number += 1;
  const made = await ok(
    api('/api/config/v1/jumpoint', {
      method: 'POST',
      json: {
        name: `Jumpoint ${process.pid}-${number}`,
        platform: 'linux-x86',
        shell_jump_enabled: true,
        ...settings,
      },
    }),
  );
  return await joinJumpoint(api, made.id as number, enrolAt);
}

/** One more program for a Jumpoint record. It dials `enrolAt` first, then whatever it learns. */
export async function joinJumpoint(api: Caller, jumpointId: number, enrolAt?: string): Promise<LiveJumpoint> {
  const stateDir = await mkdtemp(join(tmpdir(), 'jumpoint-'));
  const minted = await ok(
    api(`/api/config/v1/jumpoint/${jumpointId}/enrolment-token`, { method: 'POST', json: {} }),
  );
  const token = decodeEnrolmentToken(minted.token as string);
  const identity = await enrol(new IdentityStore(stateDir), {
    token: encodeEnrolmentToken({ ...token, url: enrolAt ?? token.url }),
    version: 'test',
  });
  const program = await runJumpoint({
    stateDir,
    log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
    backOff: { shortest: 50, longest: 200, lasting: 500 },
  });
  await until('the Jumpoint to connect', async () => {
    const nodes = (await ok(api(`/api/config/v1/jumpoint/${jumpointId}/node`))) as unknown as {
      id: number;
      connected: boolean;
    }[];
    return nodes.some(({ id, connected }) => id === identity.jumpointNodeId && connected);
  });
  return {
    jumpointId,
    nodeId: identity.jumpointNodeId,
    stateDir,
    program,
    async stop() {
      await program.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** The JSON of a good answer; fails with what a bad one said. */
export async function ok(answer: Promise<Response>): Promise<Record<string, unknown>> {
  const response = await answer;
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${response.url}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

export async function until(
  what: string,
  condition: () => Promise<boolean>,
  patienceMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited too long for ${what}.`);
    await sleep(30);
  }
}
