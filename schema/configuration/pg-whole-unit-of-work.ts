import type { TransactionSql } from 'postgres';
import type { WholeUnitOfWork } from '../../appliance/configuration/configuration-site.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import type { Stores, UnitOfWork } from '../../appliance/stores.ts';
import { translated } from '../constraint-errors.ts';
import { unlessConnectionIsLost } from '../lost-connection.ts';
import { pgStores } from '../pg-stores.ts';
import type { Sql, SqlPool } from '../sql.ts';

const MOST_ATTEMPTS = 3;
type Transaction = TransactionSql<{ bigint: number }>;

export class PgWholeUnitOfWork implements WholeUnitOfWork {
  readonly #sql: SqlPool;

  constructor(sql: SqlPool) {
    this.#sql = sql;
  }

  async exclusively<T>(work: (stores: Stores, inner: UnitOfWork) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#sql.begin('isolation level repeatable read', async (sql) => {
          // A lock on a table is taken before the transaction's view of the site, which therefore holds whatever the
          // one before has done.
          await sql`lock table site in share row exclusive mode`;
          return await inOne(sql, work);
        })) as T;
      } catch (error) {
        if (!metAnother(error)) throw translated(error);
        if (attempt === MOST_ATTEMPTS) throw restless(error);
      }
    }
  }

  async atOneMoment<T>(work: (stores: Stores, inner: UnitOfWork) => Promise<T>): Promise<T> {
    try {
      return (await this.#sql.begin('isolation level repeatable read read only', (sql) =>
        inOne(sql, work),
      )) as T;
    } catch (error) {
      throw translated(error);
    }
  }
}

/** Audit rows travel along with what follows them, so the work is done when they are there too. */
async function inOne<T>(
  sql: Transaction,
  work: (stores: Stores, inner: UnitOfWork) => Promise<T>,
): Promise<T> {
  return await unlessConnectionIsLost(async () => {
    const written: Promise<unknown>[] = [];
    const result = await work(pgStores(sql as unknown as Sql, written), new PgInnerUnitOfWork(sql));
    await Promise.all(written);
    return result;
  });
}

/** Each unit is a savepoint, so that one that fails leaves the others as they are. */
class PgInnerUnitOfWork implements UnitOfWork {
  readonly #sql: Transaction;
  #units = 0;

  constructor(sql: Transaction) {
    this.#sql = sql;
  }

  async inTransaction<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    // The driver counts savepoints the same way, and puts the name behind.
    const savepoint = `s${this.#units++}_unit`;
    try {
      return (await this.#sql.savepoint('unit', (sql) =>
        unlessConnectionIsLost(async () => {
          const written: Promise<unknown>[] = [];
          const result = await work(pgStores(sql as unknown as Sql, written));
          await Promise.all(written);
          // The driver leaves it open, and each one more makes every statement slower.
          await sql`release savepoint ${sql(savepoint)}`;
          return result;
        }),
      )) as T;
    } catch (error) {
      throw translated(error);
    }
  }
}

/** A deadlock, or a row that somebody has changed since the transaction began to look. */
function metAnother(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '40P01' || code === '40001';
}

function restless(cause: unknown): ApplianceError {
  return new ApplianceError(
    'conflict',
    'Others change the same objects at the same time. Nothing was changed. Try again in a moment.',
    { cause },
  );
}
