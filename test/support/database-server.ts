import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
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
      'max_wal_size=4GB',
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
