import type {
  OwnVault,
  OwnVaultAccount,
  OwnVaultFilter,
  OwnVaultPage,
  OwnVaultPosition,
} from '../../appliance/vault/own-vault.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';
import { ACCOUNT_COLUMNS, DEFAULT_POLICY_ID } from './pg-vault-accounts.ts';
import { PgVaultCheckOuts } from './pg-vault-check-outs.ts';
import { accountsWithAccess, isUsable, roleColumn } from './vault-access-sql.ts';

type OwnRow = Omit<OwnVaultAccount, 'checkOuts'> & { sortName: string };

export class PgOwnVault implements OwnVault {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    userId: number,
    filter: OwnVaultFilter,
    { after, limit }: { after: OwnVaultPosition | undefined; limit: number },
  ): Promise<OwnVaultPage> {
    const sql = this.#sql;
    const matches = this.#matches(userId, filter);
    const behind =
      after === undefined ? sql`` : sql`and (lower(a.name), a.id) > (${after.name}::text, ${after.id}::int)`;
    const [rows, [count]] = await Promise.all([
      sql<OwnRow[]>`
        ${this.#accounts(userId)} where ${matches} ${behind} order by lower(a.name), a.id limit ${limit + 1}`,
      sql<{ total: number }[]>`
        select count(*)::int as total
          from ${accountsWithAccess(sql, userId)} left join vault_account_group g on g.id = a.account_group_id
         where ${matches}`,
    ]);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const next = rows.length > limit && last ? { name: last.sortName, id: last.id } : undefined;
    return { items: await this.#withCheckOuts(shown), total: count?.total ?? 0, next };
  }

  async findOne(userId: number, id: number): Promise<OwnVaultAccount | undefined> {
    const sql = this.#sql;
    const rows = await sql<OwnRow[]>`${this.#accounts(userId)} where a.id = ${id} and ${isUsable(sql)}`;
    return (await this.#withCheckOuts(rows))[0];
  }

  async holdPersonal(userId: number): Promise<number> {
    await this.#sql`select from app_user where id = ${userId} for no key update`;
    const [row] = await this.#sql<{ total: number }[]>`
      select count(*)::int as total from vault_account where owner_user_id = ${userId}`;
    return row?.total ?? 0;
  }

  #accounts(userId: number) {
    const sql = this.#sql;
    return sql`
      select ${sql.unsafe(ACCOUNT_COLUMNS)}, ${roleColumn(sql)} as role, g.name as "accountGroupName",
             lower(a.name) as "sortName",
             a.owner_user_id is null and a.type not in ('ssh', 'ssh_ca')
               and not policy.allow_simultaneous_checkout as exclusive,
             a.owner_user_id is null and a.endpoint_id is not null and a.type in ('username_password', 'ssh')
               and policy.auto_rotate_credentials as "rotatedAfterCheckIn"
        from ${accountsWithAccess(sql, userId)}
        left join vault_account_group g on g.id = a.account_group_id
        join vault_account_policy policy
          on policy.id = coalesce(a.account_policy_id, g.account_policy_id, ${DEFAULT_POLICY_ID})`;
  }

  #matches(userId: number, { search, type, role, personal, checkedOut }: OwnVaultFilter) {
    const sql = this.#sql;
    const pattern = search ? `%${escapedForLike(search)}%` : undefined;
    return sql`${isUsable(sql)}
      ${pattern === undefined ? sql`` : sql`and (lower(a.name || ' ' || a.username) like lower(${pattern}) or lower(g.name) like lower(${pattern}))`}
      ${type === undefined ? sql`` : sql`and a.type = ${type}`}
      ${role === undefined ? sql`` : sql`and access.rank = ${role === 'inject' ? 1 : 2}`}
      ${personal === undefined ? sql`` : sql`and (a.owner_user_id is not null) = ${personal}`}
      ${
        checkedOut === undefined
          ? sql``
          : sql`and ${checkedOut ? sql`` : sql`not`} a.id in (
              select c.account_id from vault_check_out c
               where c.user_id = ${userId} and c.checked_in_at is null and c.lsid is null)`
      }`;
  }

  async #withCheckOuts(rows: readonly OwnRow[]): Promise<OwnVaultAccount[]> {
    const open = await new PgVaultCheckOuts(this.#sql).findOpen(rows.map(({ id }) => id));
    return rows.map(({ sortName: _, ...account }) => ({
      ...account,
      checkOuts: open.filter(({ accountId }) => accountId === account.id),
    }));
  }
}
