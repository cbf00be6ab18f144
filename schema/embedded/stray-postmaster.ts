import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseLog } from './cluster.ts';

const PATIENCE_MS = 60_000;
/** Server processes without a postmaster notice that by themselves, at the latest here they are told. */
const ORPHAN_PATIENCE_MS = 5_000;

/**
 * Makes sure that no database process works on the directory: one that a killed server left behind is shut down
 * cleanly. Call it with the data directory locked. Answers whether there was one.
 *
 * Removes the pid files after that. PostgreSQL trusts a pid file whose number is in use again, by any process, and
 * would refuse to start; the look at every process's working directory is the better proof that nobody is there.
 */
export async function endStrays(directory: string, log: DatabaseLog): Promise<boolean> {
  const real = realpathSync(directory);
  const started = Date.now();
  let strays = processesIn(real);
  const found = strays.length > 0;
  let told = false;
  while (strays.length > 0) {
    const postmaster = pidFileOf(directory);
    const waited = Date.now() - started;
    if (waited > PATIENCE_MS) {
      throw new Error(`The database left by an earlier server does not stop (process ${strays.join(', ')}).`);
    }
    if (!told && strays.includes(postmaster)) {
      log.info({ databasePid: postmaster }, 'an earlier server left its database running; stopping it');
      process.kill(postmaster, 'SIGINT');
      told = true;
    } else if (!strays.includes(postmaster) && waited > ORPHAN_PATIENCE_MS) {
      for (const pid of strays) endProcess(pid);
    }
    await sleep(25);
    strays = processesIn(real);
  }
  for (const name of ['postmaster.pid', '.s.PGSQL.5432', '.s.PGSQL.5432.lock']) {
    rmSync(join(directory, name), { force: true });
  }
  return found;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function pidFileOf(directory: string): number {
  const file = join(directory, 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
}

/** Living PostgreSQL processes whose working directory this is, as that of every one of them is its data directory. */
function processesIn(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) => programName(pid) === 'postgres' && workingDirectory(pid) === directory && processAlive(pid),
    );
}

/** Alive and not a zombie that nobody has reaped yet. */
export function processAlive(pid: number): boolean {
  const state = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function programName(pid: number): string | undefined {
  return read(`/proc/${pid}/comm`)?.trim();
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process ended between the listing and this look.
    return undefined;
  }
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // Ended meanwhile, or another user's process and then not a database this server may touch.
    return undefined;
  }
}
