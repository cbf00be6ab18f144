import type { Use } from '../appliance/uses.ts';
import type { Sql } from './sql.ts';

/** One kind of object that may refer to what is looked at. */
export interface UseQuery {
  type: string;
  table: string;
  /** What people know it by; columns of the table `t`. */
  name: string;
  /** Columns that refer to it. */
  columns: readonly string[];
}

const MOST_NAMES = 5;

/** Who refers to an object, in the order of the queries. Tables, names and columns are ours, never a caller's. */
export async function usesOf(sql: Sql, queries: readonly UseQuery[], id: number): Promise<Use[]> {
  return await Promise.all(
    queries.map(async ({ type, table, name, columns }) => {
      const where = columns.map((column) => `t.${column} = ${Number(id)}`).join(' or ');
      const [row] = await sql.unsafe<{ total: number; names: string[] }[]>(`
        select (select count(*)::int from ${table} t where ${where}) as total,
               array(select ${name} from ${table} t where ${where} order by 1 limit ${MOST_NAMES}) as names`);
      return { type, total: row?.total ?? 0, names: [...new Set(row?.names ?? [])] };
    }),
  );
}
