import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { migrate } from '../../schema/migrate.ts';
import { type ConnectionOptions, connect, type DatabaseAddress, type SqlPool } from '../../schema/sql.ts';

/** How test files reach the run's PostgreSQL. Plain data: it travels to the worker processes. */
export interface TestDatabaseServer {
  superuser: DatabaseAddress;
  template: string;
  owner: { username: string; password: string };
  runtime: { username: string; password: string };
}

export interface TestDatabase {
  name: string;
  /** Addresses as the server takes them. */
  runtime: DatabaseAddress;
  owner: DatabaseAddress;
  /** The same as URLs for DATABASE_URL and DATABASE_OWNER_URL of a server in a process of its own. */
  runtimeUrl: string;
  ownerUrl: string;
  /** Pools of those roles, opened on first use and closed by `drop`. */
  sql: SqlPool;
  ownerSql: SqlPool;
  drop(): Promise<void>;
}

const QUIET = { info() {}, warn() {} };

/** Makes two roles and a migrated template database. Called once per run. */
export async function makeTemplate(superuser: DatabaseAddress): Promise<{
  server: TestDatabaseServer;
  dropTemplate(): Promise<void>;
}> {
  const run = randomBytes(4).toString('hex');
  const role = (kind: string) => ({
    username: `test_${kind}_${run}`,
    password: randomBytes(12).toString('hex'),
  });
  const server = {
    superuser,
    template: `test_template_${run}`,
    owner: role('owner'),
    runtime: role('runtime'),
  };
  const sql = connect(superuser, { max: 1, name: 'test set-up' });
  for (const { username, password } of [server.owner, server.runtime]) {
    await sql.unsafe(`create role ${username} login password '${password}'`);
  }
  await sql.unsafe(
    `create database ${server.template} owner ${server.owner.username} template template0 encoding 'UTF8' ${await localeClause(sql)}`,
  );
  await migrate({
    owner: addressOf(server, server.owner, server.template),
    runtime: addressOf(server, server.runtime, server.template),
    log: QUIET,
  });
  await sql.end();
  return {
    server,
    dropTemplate: async () => {
      const cleaner = connect(superuser, { max: 1, name: 'test clean-up' });
      const left = await cleaner<{ name: string }[]>`
        select datname as name from pg_database where datdba = ${server.owner.username}::regrole`;
      for (const { name } of left) await cleaner`drop database ${cleaner(name)} with (force)`;
      for (const { username } of [server.owner, server.runtime])
        await cleaner`drop role ${cleaner(username)}`;
      await cleaner.end();
    },
  };
}

async function localeClause(sql: SqlPool): Promise<string> {
  const [row] = await sql<
    { version: number }[]
  >`select current_setting('server_version_num')::int as version`;
  return (row?.version ?? 0) >= 170_000
    ? `locale 'C' locale_provider builtin builtin_locale 'C.UTF-8'`
    : `locale 'C.UTF-8'`;
}

/** A database of its own for one test file: a clone of the migrated template. Call `drop` when done. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = inject('databaseServer');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const superuser = connect(server.superuser, { max: 1, name: 'test set-up' });
  await superuser.unsafe(
    `create database ${name} owner ${server.owner.username} template ${server.template} strategy wal_log`,
  );
  await superuser.end();
  const runtime = addressOf(server, server.runtime, name);
  const owner = addressOf(server, server.owner, name);
  const sql = connect(runtime, { name: 'test' });
  const ownerSql = connect(owner, { max: 3, name: 'test owner' });
  return {
    name,
    runtime,
    owner,
    runtimeUrl: urlOf(runtime),
    ownerUrl: urlOf(owner),
    sql,
    ownerSql,
    drop: async () => {
      await Promise.all([sql.end({ timeout: 5 }), ownerSql.end({ timeout: 5 })]);
      const cleaner = connect(server.superuser, { max: 1, name: 'test clean-up' });
      await cleaner`drop database if exists ${cleaner(name)} with (force)`;
      await cleaner.end();
    },
  };
}

function addressOf(
  server: TestDatabaseServer,
  role: { username: string; password: string },
  database: string,
): ConnectionOptions {
  if (typeof server.superuser !== 'string') return { ...server.superuser, ...role, database };
  const url = new URL(server.superuser);
  const host = url.searchParams.get('host') ?? url.hostname;
  return { host, port: Number(url.port || 5432), ...role, database };
}

function urlOf(address: ConnectionOptions): string {
  const { host, port, username, password, database } = address as Record<string, string>;
  return `postgres://${username}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(host as string)}`;
}
