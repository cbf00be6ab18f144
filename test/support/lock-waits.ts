import type { SqlPool } from '../../schema/sql.ts';
import { until } from './live-jumpoint.ts';

/**
 * Waits until so many statements in the database of this pool wait for a lock that somebody else holds. Only those of
 * its own role are seen.
 */
export async function lockWaits(sql: SqlPool, count = 1): Promise<void> {
  await until(`${count} statements to wait for a lock`, async () => {
    const [row] = await sql<{ waiting: number }[]>`
      select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`;
    return row!.waiting >= count;
  });
}
