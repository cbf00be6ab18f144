import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binariesIn, embeddedBinaries } from '../../schema/embedded/binaries.ts';
import {
  createCluster,
  type DatabaseLog,
  SOCKET_PORT,
  SUPERUSER,
  startCluster,
} from '../../schema/embedded/cluster.ts';
import { databaseUser } from '../../schema/embedded/database-user.ts';
import type { ConnectionOptions } from '../../schema/sql.ts';

export const silentLog: DatabaseLog = { debug() {}, info() {}, warn() {}, error() {} };

const PASSWORD = 'only-for-tests';

const IN_MEMORY = '/dev/shm';
const ROOM_NEEDED = 4 * 1024 ** 3;

/**
 * A new directory for such a server: in memory where there is room. A database is more than a thousand files, and to
 * clone it for a test file took most of the time in the file system of a disk.
 */
export function databaseServerDirectory(): string {
  return mkdtempSync(join(hasRoomInMemory() ? IN_MEMORY : tmpdir(), `bridgehead-tests-${process.pid}-`));
}

function hasRoomInMemory(): boolean {
  if (!existsSync(IN_MEMORY)) return false;
  for (const name of readdirSync(IN_MEMORY)) {
    const [, owner] = /^bridgehead-tests-(\d+)-/.exec(name) ?? [];
    // Of a run that was killed.
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      rmSync(join(IN_MEMORY, name), { recursive: true, force: true });
  }
  const { bavail, bsize } = statfsSync(IN_MEMORY);
  return bavail * bsize >= ROOM_NEEDED;
}

/**
 * A PostgreSQL without durability in `directory`, for databases that are thrown away: the embedded one, or the
 * programs of another major version in `programs` (e.g. /usr/lib/postgresql/15/bin).
 */
export async function startDatabaseServer(
  directory: string,
  programs?: string,
): Promise<{ superuser: ConnectionOptions; stop(): Promise<void> }> {
  const user = databaseUser(undefined);
  const binaries = programs === undefined ? embeddedBinaries(user) : binariesIn(programs, user);
  if (binaries === undefined) throw new Error(`There is no PostgreSQL in ${programs}.`);
  mkdirSync(directory, { recursive: true });
  const parent = mkdtempSync(join(directory, 'postgresql-'));
  const data = join(parent, 'data');
  // Before PostgreSQL 16 the programs insist on a way to their working directory.
  for (const step of [directory, parent]) chmodSync(step, 0o711);
  createCluster({ binaries, user, directory: data, superuserPassword: PASSWORD, volatile: true });
  const cluster = await startCluster({
    binaries,
    user,
    directory: data,
    log: silentLog,
    settings: [
      'fsync=off',
      'synchronous_commit=off',
      'full_page_writes=off',
      'max_connections=400',
      'max_wal_size=1GB',
      'autovacuum_naptime=10min',
    ],
  });
  return {
    superuser: {
      host: cluster.socketDirectory,
      port: SOCKET_PORT,
      username: SUPERUSER,
      password: PASSWORD,
      database: 'postgres',
    },
    stop: () => cluster.stop(),
  };
}
