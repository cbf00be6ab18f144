import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DataDirectoryLock {
  release(): void;
}

/** The data directory is in use by another server. */
export class DataDirectoryInUse extends Error {
  constructor(dataDir: string, holder: string) {
    super(
      `Another Bridgehead server${holder} already uses the data directory ${dataDir}. Stop it first, or give this one its own with BRIDGEHEAD_DATA_DIR.`,
    );
    this.name = 'DataDirectoryInUse';
  }
}

/**
 * Takes the data directory for this process, or throws {@link DataDirectoryInUse} after `patienceMs`.
 *
 * The lock belongs to the open file: `flock` locks the descriptor it inherits and leaves, and the kernel lets go of
 * the lock when this process ends in whatever way. Nothing is left behind by a kill, and a reused process id means nothing.
 */
export async function lockDataDirectory(dataDir: string, patienceMs = 2_000): Promise<DataDirectoryLock> {
  const file = join(dataDir, 'server.lock');
  const descriptor = openSync(file, 'a+', 0o600);
  const deadline = Date.now() + patienceMs;
  for (;;) {
    // The patience is for a server that was killed a moment ago and is not quite gone.
    if (tryLock(descriptor)) break;
    if (Date.now() >= deadline) {
      closeSync(descriptor);
      const pid = readFileSync(file, 'utf8').trim();
      throw new DataDirectoryInUse(dataDir, pid === '' ? '' : ` (process ${pid})`);
    }
    await sleep(100);
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, `${process.pid}\n`);
  return { release: () => closeSync(descriptor) };
}

const LOCKED_BY_OTHER = 1;

function tryLock(descriptor: number): boolean {
  const answer = spawnSync('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'pipe', descriptor] });
  if (answer.error !== undefined) {
    throw new Error('The command "flock" (Debian package util-linux) is needed to lock the data directory.', {
      cause: answer.error,
    });
  }
  if (answer.status === 0) return true;
  if (answer.status === LOCKED_BY_OTHER) return false;
  throw new Error(`The data directory cannot be locked: ${answer.stderr.toString().trim()}`);
}
