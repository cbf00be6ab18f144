import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { residentMb, watchMemory } from '../../ecm/host/memory-watch.ts';

const LIMIT_MB = 400;
/** Keeps more than the limit alone. */
const HOARD = `const kept = Buffer.alloc(500 * 1024 * 1024, 1); console.log('kept'); setInterval(() => kept, 1000);`;
const IN_A_THREAD = `
  const { spawn } = require('node:child_process');
  const { workerData } = require('node:worker_threads');
  const child = spawn(process.execPath, ['-e', workerData], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', () => console.log(child.pid));`;
const PARENT = `
  const { Worker } = require('node:worker_threads');
  new Worker(${JSON.stringify(IN_A_THREAD)}, { eval: true, workerData: ${JSON.stringify(HOARD)} });`;

it.runIf(process.platform === 'linux')('counts what a thread of a process has started', async () => {
  const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] });
  let child: number | undefined;
  try {
    child = Number(String((await once(parent.stdout, 'data'))[0]));
    expect(residentMb(parent.pid!)).toBeLessThan(LIMIT_MB);
    const told: string[] = [];
    watchMemory(parent.pid, LIMIT_MB, (what) => told.push(what)).stop();
    const [, used] = /^it used (\d+) MB of memory \(at most 400 MB\)$/.exec(told[0] ?? '') ?? [];
    expect(Number(used)).toBeGreaterThan(LIMIT_MB);
  } finally {
    if (child !== undefined) process.kill(child, 'SIGKILL');
    parent.kill('SIGKILL');
  }
});

it.runIf(process.platform === 'linux')('tells of more processes than it could look after', async () => {
  const many = spawn(
    '/bin/sh',
    ['-c', 'i=0; while [ $i -lt 510 ]; do sleep 60 & i=$((i+1)); done; echo all; wait'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    },
  );
  try {
    await once(many.stdout, 'data');
    const told: string[] = [];
    watchMemory(many.pid, LIMIT_MB * 10, (what) => told.push(what)).stop();
    expect(told).toEqual(['it started more than 500 processes']);
  } finally {
    process.kill(-many.pid!, 'SIGKILL');
  }
});
