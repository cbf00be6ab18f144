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
    const told: number[] = [];
    watchMemory(parent.pid, LIMIT_MB, (usedMb) => told.push(usedMb)).stop();
    expect(told[0]).toBeGreaterThan(LIMIT_MB);
  } finally {
    if (child !== undefined) process.kill(child, 'SIGKILL');
    parent.kill('SIGKILL');
  }
});
