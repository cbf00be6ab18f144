import { pino } from 'pino';
import type { SqlPool } from '../../schema/sql.ts';

/** A log that is kept, with everything in it: programs take secrets out of theirs, but none should come so far. */
export function keptLog(): { log: pino.Logger; text(): string } {
  let kept = '';
  const log = pino(
    { level: 'trace' },
    {
      write(line: string) {
        kept += line;
      },
    },
  );
  return { log, text: () => kept };
}

/** The tables that hold any of these texts anywhere in a row, in the open or as bytes. */
export async function tablesHolding(sql: SqlPool, secrets: readonly string[]): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE'`;
  const patterns = secrets.flatMap((secret) => {
    const line = secret.trim().split('\n').at(-2) ?? secret;
    return [line, Buffer.from(line).toString('hex'), Buffer.from(line).toString('base64').replace(/=+$/, '')];
  });
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await sql<{ text: string }[]>`select t::text as text from ${sql(name)} as t`;
    if (rows.some(({ text }) => patterns.some((pattern) => text.includes(pattern)))) found.push(name);
  }
  return found;
}
