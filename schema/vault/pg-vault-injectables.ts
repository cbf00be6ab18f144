import { wordsOf } from '../../appliance/jump/jump-item-search.ts';
import type { VaultAccountType } from '../../appliance/vault/vault-account.ts';
import type { TargetName } from '../../appliance/vault/vault-association.ts';
import type { InjectableAccount, VaultInjectables } from '../../appliance/vault/vault-injection.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';
import { ASSOCIATED, associationTarget } from './association-sql.ts';
import { accountsWithAccess } from './vault-access-sql.ts';

export class PgVaultInjectables implements VaultInjectables {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    userId: number,
    target: TargetName,
    { types, search, limit }: Parameters<VaultInjectables['find']>[2],
  ): Promise<InjectableAccount[]> {
    const sql = this.#sql;
    const patterns = wordsOf(search).map((word) => `%${escapedForLike(word.toLowerCase())}%`);
    return await sql<InjectableAccount[]>`
      ${this.#injectable(userId, target, types)}
         and lower(a.name || ' ' || a.username || ' ' || coalesce(g.name, '')) like all (${patterns}::text[])
       order by associated desc, lower(a.name), a.id limit ${limit}`;
  }

  async findOne(
    userId: number,
    target: TargetName,
    id: number,
    types: readonly VaultAccountType[],
  ): Promise<InjectableAccount | undefined> {
    const sql = this.#sql;
    const [row] = await sql<InjectableAccount[]>`${this.#injectable(userId, target, types, id)}`;
    return row;
  }

  /**
   * As `accountsAssociatedWith`, with the person's access and whether the association says more than "any". A Jump Item
   * that names another host by now was edited since the target was read from it: it says nothing about that one.
   */
  #injectable(userId: number, target: TargetName, types: readonly VaultAccountType[], id?: number) {
    const sql = this.#sql;
    return sql`
      with fitting as materialized (
        select a.account_id, a.account_group_id, a.filter_type = 'criteria' as meant
          from vault_association a cross join (${associationTarget(sql, target)}) as t
         where t.hostname = ${target.hostname} and ${sql.unsafe(ASSOCIATED)})
      select a.id, a.name, a.type, a.username, coalesce(g.name, '') as "groupName",
             coalesce(own.meant, inherited.meant, false) as associated
        from ${accountsWithAccess(sql, userId, id)}
        left join vault_account_group g on g.id = a.account_group_id
        left join fitting own on own.account_id = a.id
        left join fitting inherited on inherited.account_group_id = a.account_group_id
              and not exists (select from vault_association o where o.account_id = a.id)
       where a.type = any(${[...types]}::text[])
         and (a.owner_user_id is not null or own.meant is not null or inherited.meant is not null)`;
  }
}
