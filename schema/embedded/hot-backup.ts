import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { connect, type Sql } from '../sql.ts';
import { clusterDirectory, clusterVersions, runningEmbeddedDatabase } from './embedded-postgres.ts';

/** What belongs to the running server, or is made again at the next start (PostgreSQL manual, "Base Backup Data Directory"). */
const LEFT_OUT =
  /^(postmaster\.(pid|opts)|backup_label(\.old)?|\.s\.PGSQL\..*|pgsql_tmp.*|pg_internal\.init.*)$/;
const LEFT_EMPTY = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
];
const WAL_SEGMENT = /^[0-9A-F]{24}$/;

/**
 * Copies the embedded database while its server runs: a consistent base backup in `target` (made by this), which a
 * start on it recovers to the moment the copy ended. Committed work is never held up.
 */
export async function backUpRunningDatabase(dataDir: string, target: string): Promise<void> {
  const major = clusterVersions(dataDir).at(-1);
  if (major === undefined) throw new Error(`There is no database in ${dataDir}.`);
  const source = clusterDirectory(dataDir, major);
  const destination = join(target, `database-${major}`);
  const sql = connect(runningEmbeddedDatabase(dataDir).maintenance, { max: 1, name: 'bridgehead backup' });
  try {
    const session = await sql.reserve();
    await backUp(session, source, destination);
    session.release();
  } finally {
    await sql.end();
  }
}

async function backUp(session: Sql, source: string, destination: string): Promise<void> {
  // Keeps the log written meanwhile until this connection closes.
  await session`select pg_create_physical_replication_slot('bridgehead_backup', true, true)`;
  const [begun] = await session<{ segment: string }[]>`
    select pg_walfile_name(pg_backup_start('bridgehead', fast => true)) as segment`;
  copyTree(source, destination, (name) => !LEFT_OUT.test(name), LEFT_EMPTY);
  const [ended] = await session<{ label: string; segment: string }[]>`
    select labelfile as label, pg_walfile_name(lsn) as segment from pg_backup_stop(wait_for_archive => false)`;
  if (begun === undefined || ended === undefined) throw new Error('The database did not answer.');
  const label = join(destination, 'backup_label');
  writeFileSync(label, ended.label, { mode: 0o600 });
  const { uid, gid } = statSync(source);
  own(label, uid, gid);
  const isNeeded = (name: string) => WAL_SEGMENT.test(name) && name >= begun.segment && name <= ended.segment;
  copyTree(join(source, 'pg_wal'), join(destination, 'pg_wal'), isNeeded);
}

type Wanted = (name: string) => boolean;

/**
 * Copies a directory with owners and modes. Files that are removed meanwhile are passed over. The directories named
 * in `empty` are made and left empty.
 */
export function copyTree(source: string, destination: string, wanted: Wanted, empty: string[] = []): void {
  const { uid, gid, mode } = statSync(source);
  mkdirSync(destination, { recursive: true, mode: 0o700 });
  own(destination, uid, gid);
  chmodSync(destination, mode & 0o777);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    if (!wanted(entry.name)) continue;
    const [from, to] = [join(source, entry.name), join(destination, entry.name)];
    if (entry.isDirectory()) copyTree(from, to, empty.includes(entry.name) ? nothing : wanted, empty);
    else if (entry.isFile()) copyIfThere(from, to);
  }
}

const nothing: Wanted = () => false;

function copyIfThere(from: string, to: string): void {
  try {
    const { uid, gid, mode } = statSync(from);
    copyFileSync(from, to);
    own(to, uid, gid);
    chmodSync(to, mode & 0o777);
  } catch (error) {
    if (existsSync(from)) throw error;
  }
}

function own(path: string, uid: number, gid: number): void {
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
}
