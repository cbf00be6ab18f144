import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { binariesIn, type PostgresBinaries } from '../../schema/embedded/binaries.ts';
import { createCluster, startCluster } from '../../schema/embedded/cluster.ts';
import { upgradeCluster } from '../../schema/embedded/cluster-upgrade.ts';
import { makeCredentials } from '../../schema/embedded/credentials.ts';
import { databaseUser } from '../../schema/embedded/database-user.ts';
import {
  addressesOf,
  clusterDirectory,
  makeRolesAndDatabase,
  startEmbeddedDatabase,
} from '../../schema/embedded/embedded-postgres.ts';
import { findOldPrograms } from '../../schema/embedded/old-programs.ts';
import { migrate } from '../../schema/migrate.ts';
import { makeSessionEventPartitions } from '../../schema/partitions.ts';
import { connect, type SqlPool } from '../../schema/sql.ts';
import { silentLog } from '../support/database-server.ts';

const user = databaseUser(undefined);
/** The oldest PostgreSQL of this machine below the embedded one. */
const old = [15, 16, 17]
  .map((major) => binariesIn(`/usr/lib/postgresql/${major}/bin`, user))
  .find((binaries) => binaries !== undefined);

const AWKWARD = 'tab\t newline\n backslash \\ quote \' " \\. NULL \\N ünïcödé 🔑';
const LSID = 'a'.repeat(32);

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'bridgehead-upgrade-'));
  // Programs before PostgreSQL 16 insist on a way to their working directory.
  chmodSync(dataDir, 0o711);
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe.skipIf(old === undefined)('bh db upgrade', { timeout: 120_000 }, () => {
  const binaries = old as PostgresBinaries;
  const upgrade = () => upgradeCluster({ dataDir, log: silentLog, oldPrograms: async () => binaries });

  it('moves every row, sequence and partition to the new major version and keeps the old database', async () => {
    const before = await oldDatabase(fill);
    await expect(startEmbeddedDatabase({ dataDir, log: silentLog })).rejects.toThrow('bh db upgrade');

    const report = await upgrade();
    expect(report?.keptDirectory).toBe(clusterDirectory(dataDir, binaries.major));
    expect(report?.tables.find(({ name }) => name === 'jump_item')?.rows).toBe(500);

    const database = await startEmbeddedDatabase({ dataDir, log: silentLog });
    try {
      await migrate({ ...database, log: silentLog });
      const owner = connect(database.owner, { max: 1 });
      expect(await contentOf(owner)).toEqual(before);
      const [group] = await owner<{ id: number }[]>`
        insert into jump_group (name, code_name) values ('next', 'next') returning id`;
      expect(group?.id).toBe(4712);
      expect(await owner`select from session_event_2020_01 where lsid = ${LSID}`).toHaveLength(1);
      await owner.end();

      const runtime = connect(database.runtime, { max: 1 });
      await expect(runtime`delete from session_event`).rejects.toMatchObject({ code: '42501' });
      expect(await runtime`select from jump_item where search_text like '%host-7%'`).not.toHaveLength(0);
      await runtime.end();
    } finally {
      await database.stop();
    }
    expect(await upgrade()).toBeUndefined();
  });

  it('changes nothing when it fails: the old database stays in charge', async () => {
    await oldDatabase((sql) => sql`create table made_by_hand (id int)`);
    await expect(upgrade()).rejects.toThrow('made_by_hand');
    const left = readdirSync(dataDir)
      .filter((name) => name.includes('database-'))
      .sort();
    expect(left).toEqual([`database-${binaries.major}`, 'database-credentials.json']);
    expect(existsSync(join(clusterDirectory(dataDir, binaries.major), 'postmaster.pid'))).toBe(false);
  });

  it('refuses while a server uses the data directory', async () => {
    const { lockDataDirectory } = await import('../../schema/embedded/data-directory-lock.ts');
    await oldDatabase(async () => {});
    const lock = await lockDataDirectory(dataDir);
    await expect(upgrade()).rejects.toThrow('Another Bridgehead server');
    lock.release();
  });

  it('finds the programs of the old version on the machine and refuses those of another', async () => {
    const options = { scratch: dataDir, say() {} };
    expect((await findOldPrograms(binaries.major, user, options)).binaries.major).toBe(binaries.major);
    await expect(findOldPrograms(14, user, { ...options, directory: binaries.directory })).rejects.toThrow(
      'no programs of PostgreSQL 14',
    );
  });

  /** A data directory as an earlier version left it. Answers what is in it. */
  async function oldDatabase(work: (owner: SqlPool) => Promise<unknown>): Promise<Record<string, unknown>> {
    const credentials = await makeCredentials(dataDir);
    const directory = clusterDirectory(dataDir, binaries.major);
    createCluster({ binaries, user, directory, superuserPassword: credentials.superuser, volatile: true });
    const cluster = await startCluster({
      binaries,
      user,
      directory,
      log: silentLog,
      settings: ['fsync=off'],
    });
    try {
      const addresses = addressesOf(cluster.socketDirectory, credentials);
      await makeRolesAndDatabase(addresses.maintenance, credentials);
      await migrate({ ...addresses, log: silentLog });
      const owner = connect(addresses.owner, { max: 1 });
      await work(owner);
      const content = await contentOf(owner);
      await owner.end();
      return content;
    } finally {
      await cluster.stop();
    }
  }
});

async function fill(sql: SqlPool): Promise<void> {
  await sql`insert into jump_group (id, name, code_name, comments) values (4711, 'Kiosks', 'kiosks', ${AWKWARD})`;
  await sql`select setval(pg_get_serial_sequence('jump_group', 'id'), 4711)`;
  await sql`
    insert into jump_item (kind, name, hostname, jump_group_id, settings)
    select 'shell_jump', 'item ' || n, 'host-' || n, 4711, jsonb_build_object('text', ${AWKWARD}::text, 'number', n * 1.5)
      from generate_series(1, 500) n`;
  await sql`
    insert into api_account (name, client_id, secret_hash, permissions)
    values ('script', 'script', '\\x00ff0a0d5c'::bytea, ${['perm_configuration', 'a,b "c" \\']})`;
  await makeSessionEventPartitions(sql, new Date('2020-02-10T00:00:00Z'));
  await sql`
    insert into session_event (session_started_at, lsid, sequence, event_type, body, data)
    values ('2020-01-31T23:59:59.123456Z', ${LSID}, 1, 'chat', ${AWKWARD}, ${sql.json({ nested: [AWKWARD, null] })}),
           (now(), ${'b'.repeat(32)}, 1, 'chat', '', null)`;
}

/** Every row of every table as text. */
async function contentOf(sql: SqlPool): Promise<Record<string, unknown>> {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1`;
  await sql`set timezone = 'UTC'`;
  const content: Record<string, unknown> = {};
  for (const { name } of tables) {
    content[name] = (await sql<{ row: string }[]>`select t::text as row from ${sql(name)} t order by 1`).map(
      ({ row }) => row,
    );
  }
  return content;
}
