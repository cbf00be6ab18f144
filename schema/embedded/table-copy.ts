import { createHash } from 'node:crypto';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql, SqlPool } from '../sql.ts';

export interface CopiedTable {
  name: string;
  rows: number;
}

interface Table {
  name: string;
  /** Columns that hold values of their own, in order. */
  columns: string[];
}

/** Makes in `target` the partitions that `source` has and `target` lacks. */
export async function makePartitionsLike(source: Sql, target: Sql): Promise<void> {
  const partitions = await source<{ name: string; parent: string; bounds: string }[]>`
    select c.relname as name, p.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bounds
      from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relispartition`;
  const there = new Set((await tablesOf(target)).map(({ name }) => name));
  for (const { name, parent, bounds } of partitions) {
    if (there.has(name)) continue;
    await target.unsafe(`create table ${quoted(name)} partition of ${quoted(parent)} ${bounds}`);
  }
}

/**
 * Streams every table of `source` into the table of that name in `target`, which is emptied first, and sets the
 * sequences. Reads each table back and compares row count and digest of the whole text; the first difference fails.
 * Needs superusers on both sides, and nobody else at work on either.
 */
export async function copyTables(
  source: SqlPool,
  target: SqlPool,
  progress: (table: CopiedTable) => void,
): Promise<CopiedTable[]> {
  const from = await source.reserve();
  const to = await target.reserve();
  try {
    for (const sql of [from, to]) {
      // The same rows in the same order give the same text.
      await sql.unsafe(
        "set datestyle = 'ISO'; set intervalstyle = 'postgres'; set timezone = 'UTC'; set extra_float_digits = 1; set synchronize_seqscans = off; set client_encoding = 'UTF8'",
      );
    }
    // References and triggers held when the rows were written; they are not asked again.
    await to`set session_replication_role = replica`;
    const tables = await tablesOf(from);
    refuseForeignTables(tables, await tablesOf(to));
    await to.unsafe(`truncate ${tables.map(({ name }) => quoted(name)).join(', ')}`);
    const copied: CopiedTable[] = [];
    for (const table of tables) {
      const columns = table.columns.map(quoted).join(', ');
      const subject = `${quoted(table.name)} (${columns})`;
      const sent = digest();
      await copyOut(from, subject, sent.stream, await to.unsafe(`copy ${subject} from stdin`).writable());
      const received = digest();
      await copyOut(
        to,
        subject,
        received.stream,
        new Writable({ write: (_chunk, _encoding, done) => done() }),
      );
      const [was, is] = [sent.result(), received.result()];
      if (was.rows !== is.rows || was.sha256 !== is.sha256) {
        throw new Error(
          `Table ${table.name} did not arrive whole: ${was.rows} rows (${was.sha256}) became ${is.rows} (${is.sha256}).`,
        );
      }
      copied.push({ name: table.name, rows: is.rows });
      progress({ name: table.name, rows: is.rows });
    }
    await copySequences(from, to);
    return copied;
  } finally {
    from.release();
    to.release();
  }
}

async function copyOut(sql: Sql, subject: string, through: Transform, into: Writable): Promise<void> {
  const rows = await sql.unsafe(`copy ${subject} to stdout`).readable();
  await pipeline(rows, through, into);
  // The driver pauses its socket when a reader is slow, and for good when that happens at the last row.
  rows._read(0);
}

/** Counts rows (lines of the text format) and digests what passes through. */
function digest() {
  const hash = createHash('sha256');
  let rows = 0;
  return {
    stream: new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows += 1;
        done(null, chunk);
      },
    }),
    result: () => ({ rows, sha256: hash.digest('hex') }),
  };
}

async function copySequences(from: Sql, to: Sql): Promise<void> {
  const sequences = await from<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S'`;
  for (const { name } of sequences) {
    const [state] = await from<{ last: string; called: boolean }[]>`
      select last_value::text as last, is_called as called from ${from(name)}`;
    if (state !== undefined)
      await to`select setval(${quoted(name)}::regclass, ${state.last}::bigint, ${state.called})`;
  }
}

/** Tables that hold rows, with their stored columns. */
async function tablesOf(sql: Sql): Promise<Table[]> {
  return await sql<Table[]>`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
      from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     group by c.relname
     order by c.relname`;
}

function refuseForeignTables(tables: Table[], known: Table[]): void {
  const columnsOf = new Map(known.map(({ name, columns }) => [name, [...columns].sort().join()]));
  const foreign = tables.filter(({ name, columns }) => columnsOf.get(name) !== [...columns].sort().join());
  if (foreign.length === 0) return;
  throw new Error(
    `The database holds tables that Bridgehead did not make or that were changed by hand: ${foreign.map(({ name }) => name).join(', ')}. Move them elsewhere first.`,
  );
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
