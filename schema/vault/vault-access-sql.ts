import type { VaultRole } from '../../appliance/vault/vault-access.ts';
import type { Sql } from '../sql.ts';

/**
 * `vault_account a` with what a person may do with it, as a table expression: the rule `vaultRoleOf` in SQL (a test
 * keeps the two equal). Beside the columns of `a` it has `access.rank`: 2 check out and inject, 1 inject; accounts the
 * person may not use are not in it once {@link isUsable} is a condition.
 */
export function accountsWithAccess(sql: Sql, userId: number) {
  return sql`
    vault_account a
    left join (
      select account_group_id, max(rank) as rank
        from (select account_group_id, ${rank(sql, sql`role`)} as rank
                from vault_account_group_user where user_id = ${userId}
              union all
              select g.account_group_id, ${rank(sql, sql`g.role`)}
                from group_policy_vault_account_group g
               where g.group_policy_id in (select group_policy_id from user_group_policy where user_id = ${userId})) as said
       group by account_group_id) as of_group on of_group.account_group_id = a.account_group_id
    left join (
      select account_id, max(rank) as rank
        from (select account_id, ${rank(sql, sql`role`)} as rank
                from vault_account_user where user_id = ${userId}
              union all
              select v.account_id, ${rank(sql, sql`v.role`)}
                from group_policy_vault_account v
               where v.group_policy_id in (select group_policy_id from user_group_policy where user_id = ${userId})) as said
       group by account_id) as of_account on of_account.account_id = a.id
    cross join lateral (
      select case when a.owner_user_id = ${userId} then 2
                  when a.owner_user_id is not null then 0
                  else greatest(of_group.rank, of_account.rank, 0) end as rank) as access`;
}

/** Condition over {@link accountsWithAccess}: the person may at least have it injected. */
export function isUsable(sql: Sql) {
  return sql`access.rank > 0`;
}

/** Column expression over {@link accountsWithAccess}: the role, null for none. */
export function roleColumn(sql: Sql) {
  return sql`case access.rank when 2 then 'inject_and_checkout' when 1 then 'inject' end`;
}

export type RoleColumn = VaultRole | null;

function rank(sql: Sql, role: ReturnType<Sql>) {
  return sql`case ${role} when 'inject_and_checkout' then 2 else 1 end`;
}
