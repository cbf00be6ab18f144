import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what the kernel gives to outgoing connections (from 32768 on with Linux, 49152 elsewhere): none of those takes
 * the port in the moment before its server listens.
 */
const FIRST = 12_000;
const PORTS_OF_A_WORKER = 1250;
const WORKERS = 16;

// Files of one run that run at the same time have ports of their own; other runs on the machine begin elsewhere.
const part = FIRST + (Number(process.env.VITEST_POOL_ID ?? process.pid) % WORKERS) * PORTS_OF_A_WORKER;
let next = Math.floor(Math.random() * PORTS_OF_A_WORKER);

/** A port for a server that has to know its own before it listens. It is not given again soon. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tried = 0; tried < PORTS_OF_A_WORKER; tried++) {
    next = (next + 1) % PORTS_OF_A_WORKER;
    if (await isFree(part + next, host)) return part + next;
  }
  throw new Error('Every port is taken.');
}

async function isFree(port: number, host: string): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, host);
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
