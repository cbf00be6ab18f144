import type { VaultRole } from '../../appliance/vault/vault-access.ts';
import type { Sql } from '../sql.ts';

/**
 * `vault_account a` as far as a person may use it, as a table expression: the rule `vaultRoleOf` in SQL (a test keeps
 * the two equal). Beside the columns of `a` it has `access.rank`: 2 check out and inject, 1 inject. It begins with what
 * is granted, so that it costs as much as there is to find, whatever the planner makes of it: the lateral join with its
 * `offset` looks accounts up one by one, where a plain one may compare each with all that is granted. Undefined
 * `accountId`: all of them.
 */
export function accountsWithAccess(sql: Sql, userId: number, accountId?: number) {
  const policies = sql`(select group_policy_id from user_group_policy where user_id = ${userId})`;
  return sql`
    (select id, max(rank) as rank
       from (select id, 2 as rank from vault_account where owner_user_id = ${userId}
             union all
             select v.id, ${rank(sql, sql`u.role`)}
               from vault_account_user u join vault_account v on v.id = u.account_id
              where u.user_id = ${userId} and v.owner_user_id is null
             union all
             select v.id, ${rank(sql, sql`p.role`)}
               from group_policy_vault_account p join vault_account v on v.id = p.account_id
              where p.group_policy_id in ${policies} and v.owner_user_id is null
             union all
             select v.id, of_group.rank
               from (select account_group_id, max(rank) as rank
                       from (select u.account_group_id, ${rank(sql, sql`u.role`)} as rank
                               from vault_account_group_user u where u.user_id = ${userId}
                             union all
                             select p.account_group_id, ${rank(sql, sql`p.role`)}
                               from group_policy_vault_account_group p where p.group_policy_id in ${policies}) as said
                      group by account_group_id) as of_group
               join vault_account v on v.account_group_id = of_group.account_group_id) as granted
      ${accountId === undefined ? sql`` : sql`where id = ${accountId}`}
      group by id) as access
    cross join lateral (select * from vault_account where id = access.id offset 0) as a`;
}

/** Column expression over {@link accountsWithAccess}: the role. */
export function roleColumn(sql: Sql) {
  return sql`case access.rank when 2 then 'inject_and_checkout' else 'inject' end`;
}

export type RoleColumn = VaultRole;

function rank(sql: Sql, role: ReturnType<Sql>) {
  return sql`case ${role} when 'inject_and_checkout' then 2 else 1 end`;
}
