import type { VaultCheckOut, VaultCheckOuts } from '../../appliance/vault/vault-check-out.ts';
import type { Sql } from '../sql.ts';

const COLUMNS = `id, account_id as "accountId", user_id as "userId", api_account_id as "apiAccountId",
  holder_name as "holderName", lsid, checked_out_at as "checkedOutAt"`;

export class PgVaultCheckOuts implements VaultCheckOuts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async findOpen(accountIds: readonly number[]): Promise<VaultCheckOut[]> {
    const sql = this.#sql;
    if (accountIds.length === 0) return [];
    return await sql<VaultCheckOut[]>`
      select ${sql.unsafe(COLUMNS)} from vault_check_out
       where account_id = any(${[...accountIds]}::int[]) and checked_in_at is null order by id`;
  }

  async accountsOfNobody(limit: number): Promise<number[]> {
    const rows = await this.#sql<{ id: number }[]>`
      select distinct account_id as id from vault_check_out
       where checked_in_at is null and lsid is null and user_id is null and api_account_id is null
       order by id limit ${limit}`;
    return rows.map(({ id }) => id);
  }

  async insert({
    accountId,
    userId,
    apiAccountId,
    holderName,
    lsid,
  }: Omit<VaultCheckOut, 'id' | 'checkedOutAt'>) {
    const sql = this.#sql;
    const [row] = await sql<VaultCheckOut[]>`
      insert into vault_check_out (account_id, user_id, api_account_id, holder_name, lsid)
      values (${accountId}, ${userId}, ${apiAccountId}, ${holderName}, ${lsid})
      returning ${sql.unsafe(COLUMNS)}`;
    await sql`update vault_account set last_checkout_at = ${row!.checkedOutAt} where id = ${accountId}`;
    return row!;
  }

  async end(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#sql`
      update vault_check_out set checked_in_at = clock_timestamp()
       where id = any(${[...ids]}::bigint[]) and checked_in_at is null`;
  }
}
