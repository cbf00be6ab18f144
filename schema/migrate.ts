import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSessionEventPartitions } from './partitions.ts';
import { connect, type DatabaseAddress, type Sql, type SqlPool } from './sql.ts';

export interface MigrationLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface MigrateOptions {
  /** The role that owns the database. */
  owner: DatabaseAddress;
  /** The role that runs the server. */
  runtime: DatabaseAddress;
  log: MigrationLog;
  /** Stop after this migration; by default all are applied. */
  upTo?: number;
  /** Directory of the numbered `.sql` files; the package's own by default. */
  directory?: string;
}

export interface Migration {
  number: number;
  name: string;
  text: string;
  checksum: string;
}

/** Any constant: processes that migrate the same database at once take turns. */
const TURN = 7_266_419;
const OLDEST_POSTGRESQL = 15;

/**
 * Brings the database to the shape this version needs: missing migrations in order, each in a transaction of its own,
 * then the partitions of the months ahead and the rights of the runtime role. Safe to call from several processes at
 * once and at every start. Fails, changing nothing, on a database that a newer version migrated or whose history
 * differs from the files.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const migrations = (await readMigrations(options.directory)).slice(0, options.upTo);
  const runtimeRole = await roleOf(options.runtime);
  const pool = connect(options.owner, { max: 1, name: 'bridgehead migration' });
  try {
    await refuseOldServer(pool);
    // One connection, so the lock of the session covers every transaction below.
    await pool`select pg_advisory_lock(${TURN})`;
    await applyMissing(pool, migrations, options.log);
    await makeSessionEventPartitions(pool);
    await grantRights(pool, runtimeRole, options.log);
  } finally {
    await pool.end();
  }
}

/** The migrations of a directory, in order. Numbers start at 1 and have no gap. */
export async function readMigrations(
  directory = join(import.meta.dirname, 'migrations'),
): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return await Promise.all(
    names.map(async (name, index) => {
      const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1]);
      if (number !== index + 1) {
        throw new Error(`${name} should be migration ${String(index + 1).padStart(4, '0')}-<words>.sql.`);
      }
      const text = await readFile(join(directory, name), 'utf8');
      return { number, name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

async function roleOf(address: DatabaseAddress): Promise<string> {
  const sql = connect(address, { max: 1, name: 'bridgehead migration' });
  try {
    const [row] = await sql<{ role: string }[]>`select current_user as role`;
    return (row as { role: string }).role;
  } finally {
    await sql.end();
  }
}

async function refuseOldServer(sql: Sql): Promise<void> {
  const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`;
  const version = (row as { version: string }).version;
  if (Number.parseInt(version, 10) < OLDEST_POSTGRESQL) {
    throw new Error(`The database is PostgreSQL ${version}; Bridgehead needs ${OLDEST_POSTGRESQL} or newer.`);
  }
}

async function applyMissing(pool: SqlPool, migrations: Migration[], log: MigrationLog): Promise<void> {
  await pool`
    create table if not exists schema_migration (
      number      int primary key,
      name        text not null,
      checksum    text not null,
      applied_at  timestamptz not null default clock_timestamp()
    )`;
  const applied = await pool<Pick<Migration, 'number' | 'name' | 'checksum'>[]>`
    select number, name, checksum from schema_migration order by number`;
  for (const past of applied) {
    const known = migrations[past.number - 1];
    if (known === undefined) {
      throw new Error(
        `The database was migrated by a newer version of Bridgehead (it has ${past.name}). Start that version or a newer one.`,
      );
    }
    if (known.checksum !== past.checksum) {
      throw new Error(`Migration ${past.name} is not the one that was applied to this database.`);
    }
  }
  for (const migration of migrations.slice(applied.length)) {
    await pool.begin(async (sql) => {
      await sql.unsafe(migration.text);
      await sql`
        insert into schema_migration (number, name, checksum)
        values (${migration.number}, ${migration.name}, ${migration.checksum})`;
    });
    log.info({ migration: migration.name }, 'database migrated');
  }
}

/** Tables that hold what happened: the runtime role may add to them and read them, and can change nothing. */
const APPEND_ONLY = ['audit_event', 'session_event'];
/** What only the owner writes. */
const OWNER_ONLY = ['schema_migration'];

/**
 * The rights of the runtime role on everything there is. Grants are renewed at every start, so a table added by a
 * migration needs no grant of its own. Partitions get no rights: they are reached through their parent.
 */
async function grantRights(pool: SqlPool, role: string, log: MigrationLog): Promise<void> {
  const [row] = await pool<{ owner: string; powerful: boolean }[]>`
    select current_user as owner, pg_has_role(${role}, current_user, 'usage') as powerful`;
  if (row?.powerful !== false) {
    log.warn(
      { role },
      'the server runs with the rights of the database owner; give it a role of its own and set DATABASE_OWNER_URL, so that it cannot change the audit log',
    );
    return;
  }
  await pool.begin(async (sql) => {
    const runtime = sql(role);
    const [database] = await sql<{ name: string }[]>`select current_database() as name`;
    await sql`grant connect on database ${sql((database as { name: string }).name)} to ${runtime}`;
    await sql`grant usage on schema public to ${runtime}`;
    await sql`grant usage, select on all sequences in schema public to ${runtime}`;
    const tables = await sql<{ name: string; partition: boolean }[]>`
      select c.relname as name, c.relispartition as partition
        from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
         and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;
    for (const { name, partition } of tables) {
      await sql`revoke all on table ${sql(name)} from ${runtime}, public`;
      if (partition) continue;
      if (OWNER_ONLY.includes(name)) await sql`grant select on table ${sql(name)} to ${runtime}`;
      else if (APPEND_ONLY.includes(name))
        await sql`grant select, insert on table ${sql(name)} to ${runtime}`;
      else await sql`grant select, insert, update, delete on table ${sql(name)} to ${runtime}`;
    }
  });
}
