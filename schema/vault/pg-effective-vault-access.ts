import type { Page, PageRequest } from '../../appliance/paging.ts';
import type {
  AccountWithAccess,
  EffectiveAccessFilter,
  EffectiveVaultAccess,
  PersonWithAccess,
  VaultAccessSource,
} from '../../appliance/vault/effective-vault-access.ts';
import type { VaultRole } from '../../appliance/vault/vault-access.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';
import { accountsWithAccess } from './vault-access-sql.ts';

const RANK: Readonly<Record<VaultRole, number>> = { inject: 1, inject_and_checkout: 2 };

interface AccountFacts {
  id: number;
  ownerUserId: number | null;
  accountGroupId: number | null;
  /** Group policies that grant something on the account or its group. */
  policies: number[];
}

type Listed<T> = Omit<T, 'sources' | 'ownerUserId'>;

interface SourceRow {
  of: number;
  grantedOn: VaultAccessSource['grantedOn'];
  role: VaultRole;
  policyId: number | null;
  policyName: string | null;
}

/**
 * The rule `vaultRoleOf` read from both ends; a test keeps them equal. Policies are named before their people are looked
 * for: the view of who belongs to which is quick only for known ones.
 */
export class PgEffectiveVaultAccess implements EffectiveVaultAccess {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async peopleOf(
    accountId: number,
    { search, role }: EffectiveAccessFilter,
    { limit, offset }: PageRequest,
  ): Promise<Page<PersonWithAccess> | undefined> {
    const sql = this.#sql;
    const account = await this.#factsOf(accountId);
    if (account === undefined) return undefined;
    const from = sql`
      from (select user_id, max(rank) as rank from (${this.#grants(account)}) as said group by user_id) as access
      join app_user u on u.id = access.user_id
     where true
       ${role === undefined ? sql`` : sql`and access.rank = ${RANK[role]}`}
       ${search ? sql`and u.search_text like '%' || lower(${escapedForLike(search)}::text) || '%'` : sql``}`;
    const [people, [count]] = await Promise.all([
      sql<Listed<PersonWithAccess>[]>`
        select u.id as "userId", u.username, u.public_display_name as "publicDisplayName",
               u.private_display_name as "privateDisplayName", u.enabled
        ${from} order by u.id limit ${limit} offset ${offset}`,
      sql<{ total: number }[]>`select count(*)::int as total ${from}`,
    ]);
    const sources = await this.#sourcesOfPeople(
      account,
      people.map(({ userId }) => userId),
    );
    const { ownerUserId } = account;
    const items = people.map((person) => ({ ...person, ownerUserId, sources: sources(person.userId) }));
    return { items, total: count?.total ?? 0 };
  }

  async accountsOf(
    userId: number,
    { search, role }: EffectiveAccessFilter,
    { limit, offset }: PageRequest,
  ): Promise<Page<AccountWithAccess>> {
    const sql = this.#sql;
    const from = sql`
      from ${accountsWithAccess(sql, userId)}
      left join vault_account_group g on g.id = a.account_group_id
     where true
       ${role === undefined ? sql`` : sql`and access.rank = ${RANK[role]}`}
       ${search ? sql`and lower(a.name || ' ' || a.username) like '%' || lower(${escapedForLike(search)}::text) || '%'` : sql``}`;
    const [accounts, [count]] = await Promise.all([
      sql<(Listed<AccountWithAccess> & { ownerUserId: number | null })[]>`
        select a.id as "accountId", a.name, a.type, a.username, a.owner_user_id as "ownerUserId",
               case when g.id is not null then json_build_object('id', g.id, 'name', g.name) end as "accountGroup"
        ${from} order by a.id limit ${limit} offset ${offset}`,
      sql<{ total: number }[]>`select count(*)::int as total ${from}`,
    ]);
    const ids = accounts.map(({ accountId }) => accountId);
    const sources = await this.#sourcesOfAccounts(userId, ids);
    const items = accounts.map((account) => ({
      ...account,
      accountGroup: account.accountGroup ?? undefined,
      sources: sources(account.accountId),
    }));
    return { items, total: count?.total ?? 0 };
  }

  async #factsOf(accountId: number): Promise<AccountFacts | undefined> {
    const [row] = await this.#sql<AccountFacts[]>`
      select a.id, a.owner_user_id as "ownerUserId", a.account_group_id as "accountGroupId",
             array(select group_policy_id from group_policy_vault_account where account_id = a.id
                   union
                   select group_policy_id from group_policy_vault_account_group
                    where account_group_id = a.account_group_id) as policies
        from vault_account a where a.id = ${accountId}`;
    return row;
  }

  /** Rows `user_id, rank`: whoever is granted the account, several times maybe. */
  #grants({ id, ownerUserId, accountGroupId, policies }: AccountFacts) {
    const sql = this.#sql;
    if (ownerUserId !== null) return sql`select ${ownerUserId}::int as user_id, 2 as rank`;
    const rank = sql`case role when 'inject_and_checkout' then 2 else 1 end`;
    return sql`
      select user_id, ${rank} as rank from vault_account_user where account_id = ${id}
      union all
      select user_id, ${rank} from vault_account_group_user where account_group_id = ${accountGroupId}
      union all
      select m.user_id, p.rank
        from (select user_id, group_policy_id from user_group_policy
               where group_policy_id = any (${policies}::int[])) as m
        join (select group_policy_id, max(rank) as rank
                from (select group_policy_id, ${rank} as rank
                        from group_policy_vault_account where account_id = ${id}
                      union all
                      select group_policy_id, ${rank}
                        from group_policy_vault_account_group where account_group_id = ${accountGroupId}) as granted
               group by group_policy_id) as p using (group_policy_id)`;
  }

  async #sourcesOfPeople(account: AccountFacts, userIds: readonly number[]) {
    const sql = this.#sql;
    const { id, ownerUserId, accountGroupId, policies } = account;
    if (ownerUserId !== null) return () => [OWNER];
    const rows = await sql<SourceRow[]>`
      with member as (
        select user_id, group_policy_id from user_group_policy
         where group_policy_id = any (${policies}::int[]) and user_id = any (${userIds}::int[]))
      select user_id as of, 'account' as "grantedOn", role, null::int as "policyId", null::text as "policyName", 0 as position
        from vault_account_user where account_id = ${id} and user_id = any (${userIds}::int[])
      union all
      select user_id, 'account_group', role, null, null, 0
        from vault_account_group_user
       where account_group_id = ${accountGroupId} and user_id = any (${userIds}::int[])
      union all
      select m.user_id, 'account', v.role, p.id, p.name, p.position
        from member m
        join group_policy_vault_account v on v.group_policy_id = m.group_policy_id and v.account_id = ${id}
        join group_policy p on p.id = m.group_policy_id
      union all
      select m.user_id, 'account_group', v.role, p.id, p.name, p.position
        from member m
        join group_policy_vault_account_group v
          on v.group_policy_id = m.group_policy_id and v.account_group_id = ${accountGroupId}
        join group_policy p on p.id = m.group_policy_id
      order by position, "grantedOn", "policyId"`;
    return sourcesBy(rows);
  }

  async #sourcesOfAccounts(userId: number, accountIds: readonly number[]) {
    const sql = this.#sql;
    const rows = await sql<SourceRow[]>`
      with account as (
        select id, owner_user_id, account_group_id from vault_account where id = any (${accountIds}::int[])),
      member as (select group_policy_id from user_group_policy where user_id = ${userId})
      select id as of, 'owner' as "grantedOn", 'inject_and_checkout' as role, null::int as "policyId",
             null::text as "policyName", 0 as position
        from account where owner_user_id = ${userId}
      union all
      select a.id, 'account', u.role, null, null, 0
        from account a join vault_account_user u on u.account_id = a.id and u.user_id = ${userId}
       where a.owner_user_id is null
      union all
      select a.id, 'account_group', u.role, null, null, 0
        from account a
        join vault_account_group_user u on u.account_group_id = a.account_group_id and u.user_id = ${userId}
      union all
      select a.id, 'account', v.role, p.id, p.name, p.position
        from account a
        join group_policy_vault_account v on v.account_id = a.id
        join member using (group_policy_id)
        join group_policy p on p.id = v.group_policy_id
       where a.owner_user_id is null
      union all
      select a.id, 'account_group', v.role, p.id, p.name, p.position
        from account a
        join group_policy_vault_account_group v on v.account_group_id = a.account_group_id
        join member using (group_policy_id)
        join group_policy p on p.id = v.group_policy_id
      order by position, "grantedOn", "policyId"`;
    return sourcesBy(rows);
  }
}

const OWNER: VaultAccessSource = {
  grantedOn: 'owner',
  role: 'inject_and_checkout',
  groupPolicy: undefined,
};

function sourcesBy(rows: readonly SourceRow[]): (id: number) => VaultAccessSource[] {
  const sources = new Map<number, VaultAccessSource[]>();
  for (const { of, grantedOn, role, policyId, policyName } of rows) {
    const groupPolicy = policyId === null ? undefined : { id: policyId, name: policyName ?? '' };
    const known = sources.get(of) ?? [];
    known.push({ grantedOn, role, groupPolicy });
    sources.set(of, known);
  }
  return (id) => sources.get(id) ?? [];
}
