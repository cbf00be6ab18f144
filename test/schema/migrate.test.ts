import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../schema/migrate.ts';
import { makeSessionEventPartitions } from '../../schema/partitions.ts';
import { connect } from '../../schema/sql.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';

const quiet = { info() {}, warn() {} };

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

describe('migrations', () => {
  it('run once when several processes start together', async () => {
    const directory = await migrationsOf({ '0001-only.sql': 'create table made_once (id int primary key);' });
    const other = await emptyDatabase();
    try {
      const applied: string[] = [];
      const log = { info: (facts: object) => applied.push(JSON.stringify(facts)), warn() {} };
      await Promise.allSettled(
        [1, 2, 3, 4].map(() => migrate({ owner: other.owner, runtime: other.runtime, log, directory })),
      );
      expect(applied).toEqual(['{"migration":"0001-only.sql"}']);
    } finally {
      await other.drop();
    }
  });

  it('leave no trace of one that fails', async () => {
    const directory = await migrationsOf({
      '0001-good.sql': 'create table kept (id int);',
      '0002-bad.sql': 'create table half_done (id int); select 1/0;',
    });
    const other = await emptyDatabase();
    try {
      await expect(
        migrate({ owner: other.owner, runtime: other.runtime, log: quiet, directory }),
      ).rejects.toThrow('division by zero');
      const names = (
        await other.ownerSql<{ name: string }[]>`
          select relname as name from pg_class where relname in ('kept', 'half_done')`
      ).map((row) => row.name);
      expect(names).toEqual(['kept']);
    } finally {
      await other.drop();
    }
  });

  it('refuse a database of a newer version and a changed history', async () => {
    await database.ownerSql`insert into schema_migration (number, name, checksum) values (9000, '9000-future.sql', '')`;
    await expect(migrate({ ...database, log: quiet })).rejects.toThrow('newer version of Bridgehead');
    await database.ownerSql`delete from schema_migration where number = 9000`;

    const [first] =
      await database.ownerSql`update schema_migration set checksum = 'x' || checksum where number = 1 returning 1`;
    expect(first).toBeDefined();
    await expect(migrate({ ...database, log: quiet })).rejects.toThrow('not the one that was applied');
    await database.ownerSql`update schema_migration set checksum = substr(checksum, 2) where number = 1`;
    await migrate({ ...database, log: quiet });
  });

  it('warn when the server runs as the owner, and go on', async () => {
    const warnings: string[] = [];
    const log = { info() {}, warn: (_facts: object, message: string) => warnings.push(message) };
    await migrate({ owner: database.owner, runtime: database.owner, log });
    expect(warnings.join()).toContain('DATABASE_OWNER_URL');
  });
});

describe('an address', () => {
  it('may be a URL with a Unix socket in it', async () => {
    const sql = connect(database.runtimeUrl, { max: 1 });
    expect(await sql`select current_database() as name`).toEqual([{ name: database.name }]);
    await sql.end();
  });
});

describe('the role that runs the server', () => {
  it.each([
    'delete from audit_event',
    "update audit_event set event_type = 'x'",
    'truncate audit_event',
    'delete from session_event',
    'update session_event set body = null',
    'drop table audit_event',
    'alter table audit_event disable trigger all',
    'create table mine (id int)',
    'delete from schema_migration',
  ])('may not: %s', async (statement) => {
    await expect(database.sql.unsafe(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('may not reach a partition past its parent', async () => {
    const [partition] = await database.ownerSql<{ name: string }[]>`
      select relname as name from pg_class where relispartition and relname like 'session_event_2%' and relkind = 'r' limit 1`;
    await expect(database.sql`delete from ${database.sql(partition?.name ?? '')}`).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('may add to the record of what happened', async () => {
    await database.sql`insert into audit_event (event_type, actor_kind, actor_name) values ('a.b', 'system', 'test')`;
    await database.sql`insert into session_event (session_started_at, lsid, sequence, event_type)
      values (now(), ${'0'.repeat(32)}, 1, 'test')`;
    expect(await database.sql`select from audit_event where event_type = 'a.b'`).toHaveLength(1);
  });
});

describe('partitions of session events', () => {
  it('exist from last month to three months ahead, made once by several at a time', async () => {
    const later = new Date('2031-11-30T23:30:00Z');
    const made = await Promise.all([1, 2, 3].map(() => makeSessionEventPartitions(database.ownerSql, later)));
    expect(made.flat().length).toBeGreaterThanOrEqual(5);
    await database.sql`insert into session_event (session_started_at, lsid, sequence, event_type)
      values ('2031-10-01T00:00:00Z', ${'1'.repeat(32)}, 1, 'test'), ('2032-02-29T23:59:59Z', ${'1'.repeat(32)}, 1, 'test')`;
    await expect(
      database.sql`insert into session_event (session_started_at, lsid, sequence, event_type)
        values ('2032-03-01T00:00:00Z', ${'2'.repeat(32)}, 1, 'test')`,
    ).rejects.toMatchObject({ code: '23514' });
  });
});

async function migrationsOf(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-migrations-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

/** A database as an administrator makes it for a first start. */
async function emptyDatabase(): Promise<TestDatabase> {
  const empty = await testDatabase();
  await empty.ownerSql`drop owned by current_user cascade`;
  return empty;
}
