import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresBinaries } from './binaries.ts';
import { asUser, asUserUntilParentDies, type DatabaseUser } from './database-user.ts';
import { endStrays, processAlive } from './stray-postmaster.ts';

/** What the database supervisor tells the operator. */
export interface DatabaseLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** The bootstrap role: creates roles and databases, then is not used again. */
export const SUPERUSER = 'bridgehead_superuser';

/**
 * The database runs with its data directory as working directory and knows it only by that name, so no directory on
 * the way to it has to be open to the database user.
 */
const HERE = '/proc/self/cwd';
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' };

export interface NewCluster {
  binaries: PostgresBinaries;
  user: DatabaseUser | undefined;
  /** Must not exist yet; it appears complete or not at all. */
  directory: string;
  superuserPassword: string;
  /** Skip fsync while making it; for databases that are thrown away. */
  volatile?: boolean;
}

/** Makes an empty cluster: UTF-8, byte order collation, checksums, scram passwords. */
export function createCluster(cluster: NewCluster): void {
  const { binaries, user, directory } = cluster;
  const staging = mkdtempSync(join(dirname(directory), `.${basename(directory)}-`));
  try {
    const data = join(staging, 'data');
    const passwordFile = join(staging, 'password');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(passwordFile, `${cluster.superuserPassword}\n`, { mode: 0o600 });
    if (user !== undefined)
      for (const path of [staging, data, passwordFile]) chownSync(path, user.uid, user.gid);
    const locale =
      binaries.major >= 17
        ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
        : ['--locale=C.UTF-8'];
    run(user, data, [
      join(binaries.directory, 'initdb'),
      ...['-D', HERE, '-U', SUPERUSER, '--pwfile=../password', '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--data-checksums', ...locale, ...(cluster.volatile ? ['--no-sync'] : [])],
    ]);
    renameSync(data, directory);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Sets the superuser's password of a stopped cluster without knowing the old one. */
export function resetSuperuserPassword(
  cluster: Pick<NewCluster, 'binaries' | 'user' | 'directory' | 'superuserPassword'>,
): void {
  const { binaries, user, directory, superuserPassword } = cluster;
  const statement = `alter role ${SUPERUSER} password '${superuserPassword}'\n`;
  run(user, directory, [join(binaries.directory, 'postgres'), '--single', '-D', HERE, 'postgres'], statement);
}

function run(user: DatabaseUser | undefined, cwd: string, command: string[], input = ''): void {
  const [program, ...args] = asUser(user, command) as [string, ...string[]];
  const answer = spawnSync(program, args, { cwd, env: ENVIRONMENT, encoding: 'utf8', input });
  if (answer.status === 0) return;
  throw new Error(
    `${basename(command[0] as string)} failed: ${answer.error?.message ?? `${answer.stderr}${answer.stdout}`.trim()}`,
  );
}

export interface ClusterToStart {
  binaries: PostgresBinaries;
  user: DatabaseUser | undefined;
  directory: string;
  log: DatabaseLog;
  /** Server settings beside the supervisor's own, as `name=value`. */
  settings?: string[];
}

export interface RunningCluster {
  /** Directory of the Unix socket, short enough to be an address (sun_path holds 107 bytes). */
  socketDirectory: string;
  /** An earlier server was killed and its database still ran; it was shut down before this one started. */
  tookOver: boolean;
  /** Process id of the postmaster now. */
  pid(): number | undefined;
  /** Clean shutdown: running transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
}

export const SOCKET_PORT = 5432;
const SOCKET_NAME = `.s.PGSQL.${SOCKET_PORT}`;

/** Starts the database of a directory on a Unix socket in it, and starts it again should it ever die. */
export async function startCluster(cluster: ClusterToStart): Promise<RunningCluster> {
  const { directory, log } = cluster;
  const tookOver = await endStrays(directory, log);
  let postmaster = await startPostmaster(cluster);
  let stopping = false;

  const supervise = (child: ChildProcess) => {
    child.once('exit', (code, signal) => {
      if (stopping) return;
      log.error({ code, signal }, 'the database stopped by itself; starting it again');
      void restart();
    });
  };
  const restart = async () => {
    while (!stopping) {
      try {
        await endStrays(directory, log);
        if (stopping) return;
        postmaster = await startPostmaster(cluster);
        supervise(postmaster);
        return;
      } catch (error) {
        log.error({ err: error }, 'the database does not start; trying again in 5 seconds');
        await sleep(5_000, undefined, { ref: false });
      }
    }
  };
  supervise(postmaster);

  return {
    socketDirectory: socketDirectory(directory),
    tookOver,
    pid: () => postmaster.pid,
    stop: async () => {
      stopping = true;
      await stopPostmaster(postmaster);
    },
  };
}

const SHUTDOWN_PATIENCE_MS = 60_000;

async function stopPostmaster(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGINT');
  // An immediate shutdown loses nothing either: the next start recovers from the log.
  const patience = setTimeout(() => child.kill('SIGQUIT'), SHUTDOWN_PATIENCE_MS);
  await ended;
  clearTimeout(patience);
}

/** Starts the postmaster and waits until it takes connections (crash recovery included, however long it takes). */
async function startPostmaster(cluster: ClusterToStart): Promise<ChildProcess> {
  const { binaries, user, directory, log } = cluster;
  const settings = [
    'listen_addresses=',
    'unix_socket_directories=.',
    'unix_socket_permissions=0700',
    `port=${SOCKET_PORT}`,
    'timezone=UTC',
    'log_timezone=UTC',
    'log_line_prefix=',
    // Failed statements are the server's business, and their text or values do not belong in a log.
    'log_min_error_statement=panic',
    'log_error_verbosity=terse',
    ...(cluster.settings ?? []),
  ];
  const [program, ...args] = asUserUntilParentDies(user, [
    join(binaries.directory, 'postgres'),
    '-D',
    HERE,
    ...settings.flatMap((setting) => ['-c', setting]),
  ]) as [string, ...string[]];
  // A session of its own: an interrupt typed at a terminal must reach the server, which then stops the database last.
  const child = spawn(program, args, {
    cwd: directory,
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const lastLines: string[] = [];
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  createInterface({ input: child.stderr as NonNullable<typeof child.stderr> }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
    report(log, line);
  });
  for (;;) {
    if (failure !== undefined) throw new Error('The database could not be started.', { cause: failure });
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The database did not start:\n${lastLines.join('\n')}`);
    }
    if (child.pid !== undefined && readyPostmaster(directory) === child.pid) return child;
    await sleep(10);
  }
}

/** Process id of the postmaster that says it is ready in the directory's pid file. */
export function readyPostmaster(directory: string): number | undefined {
  const file = join(directory, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  return lines[7]?.trim() === 'ready' && processAlive(pid) ? pid : undefined;
}

function report(log: DatabaseLog, line: string): void {
  const level = /^(\w+):/.exec(line)?.[1];
  if (level === 'PANIC') log.error({ database: line }, 'database');
  else if (level === 'WARNING' || level === 'FATAL') log.warn({ database: line }, 'database');
  else log.debug({ database: line }, 'database');
}

/** Where clients find the socket of a cluster: its directory, or a short alias of it within this process. */
export function socketDirectory(directory: string): string {
  const LONGEST_ADDRESS = 107;
  if (Buffer.byteLength(join(directory, SOCKET_NAME)) <= LONGEST_ADDRESS) return directory;
  // The descriptor stays open as long as the process: connections are made at any time.
  return `/proc/self/fd/${openSync(directory, 'r')}`;
}
