import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Sql } from '../sql.ts';

/** One value of a COPY line; null and undefined are NULL. */
export type CopyValue = string | number | null | undefined;

const SPECIAL = /[\\\t\n\r]/;
const ALL_SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
/** Characters sent at once; in between others of this process get their turn. */
const PIECE = 64 * 1024;

/** One line of PostgreSQL's COPY text format. */
export function copyLine(values: readonly CopyValue[]): string {
  let line = '';
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) line += '\t';
    const value = values[index];
    if (value === null || value === undefined) line += '\\N';
    else if (typeof value === 'number') line += value;
    else line += SPECIAL.test(value) ? value.replace(ALL_SPECIAL, (found) => ESCAPES[found]!) : value;
  }
  return `${line}\n`;
}

/** Sends lines through COPY, waiting whenever the server does not keep up. */
export async function copyInto(
  sql: Sql,
  table: string,
  columns: readonly string[],
  lines: Iterable<string>,
): Promise<void> {
  const stream = await sql`copy ${sql(table)} (${sql(columns as string[])}) from stdin`.writable();
  const ended = finished(stream);
  ended.catch(() => {}); // reported by the await below
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length >= PIECE) {
      if (stream.write(piece)) await new Promise((resolve) => setImmediate(resolve));
      else await Promise.race([once(stream, 'drain'), ended]);
      piece = '';
    }
  }
  if (piece !== '') stream.write(piece);
  stream.end();
  await ended;
}
