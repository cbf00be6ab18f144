import { translated } from '../constraint-errors.ts';
import { connect, type DatabaseAddress, type SqlPool } from '../sql.ts';

/** First half of the advisory lock keys of jobs, apart from every other use of advisory locks. */
const SPACE = 0x6a6f62;

/**
 * Advisory locks for jobs, held by a transaction on connections of their own, so that a job that needs the pool never
 * waits for itself. PostgreSQL lets go of them when the process dies.
 */
export class PgJobLock {
  private readonly sql: SqlPool;

  constructor(address: DatabaseAddress) {
    this.sql = connect(address, { max: 3, name: 'bridgehead jobs' });
  }

  async withLock(name: string, work: () => Promise<void>): Promise<boolean> {
    try {
      return (await this.sql.begin(async (sql) => {
        const [row] = await sql<{ locked: boolean }[]>`
          select pg_try_advisory_xact_lock(${SPACE}, hashtext(${name})) as locked`;
        if (!row?.locked) return false;
        await work();
        return true;
      })) as boolean;
    } catch (error) {
      throw translated(error);
    }
  }

  async close(): Promise<void> {
    await this.sql.end({ timeout: 5 });
  }
}
