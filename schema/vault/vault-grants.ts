import { isOneOf } from '../jump/jump-item-visibility.ts';
import type { Sql } from '../sql.ts';

/** What is granted to a person, by group and by account, whoever granted it. */
export interface VaultGrants {
  userId: number;
  /** Account groups, by what may be done with their accounts at most. */
  groups: { inject: number[]; checkOut: number[] };
  accounts: { inject: number[]; checkOut: number[] };
}

/** One short round trip. */
export async function vaultGrantsOf(sql: Sql, userId: number): Promise<VaultGrants> {
  const policies = sql`(select group_policy_id from user_group_policy where user_id = ${userId})`;
  const rows = await sql<{ kind: 'groups' | 'accounts'; checkOut: boolean; ids: number[] }[]>`
    select kind, "checkOut", array_agg(id) as ids
      from (select kind, id, bool_or(role = 'inject_and_checkout') as "checkOut"
              from (select 'groups' as kind, account_group_id as id, role
                      from vault_account_group_user where user_id = ${userId}
                    union all
                    select 'groups', account_group_id, role
                      from group_policy_vault_account_group where group_policy_id in ${policies}
                    union all
                    select 'accounts', account_id, role from vault_account_user where user_id = ${userId}
                    union all
                    select 'accounts', account_id, role
                      from group_policy_vault_account where group_policy_id in ${policies}) as said
             group by kind, id) as highest
     group by kind, "checkOut"`;
  const ids = (kind: 'groups' | 'accounts', checkOut: boolean) =>
    rows.find((row) => row.kind === kind && row.checkOut === checkOut)?.ids ?? [];
  const both = (kind: 'groups' | 'accounts') => ({ inject: ids(kind, false), checkOut: ids(kind, true) });
  return { userId, groups: both('groups'), accounts: both('accounts') };
}

/**
 * Condition over `vault_account a`, with the ids in the text: knowing them, the planner sees how many rows are meant. For
 * statements that are planned anew each time. The same as `vaultRoleOf`; a test keeps it so.
 */
export function usableText({ userId, groups, accounts }: VaultGrants): string {
  return `(a.owner_user_id = ${Number(userId)}
    or ${isOneOf('a.account_group_id', [...groups.inject, ...groups.checkOut])}
    or (a.owner_user_id is null and ${isOneOf('a.id', [...accounts.inject, ...accounts.checkOut])}))`;
}

/** Column expression over accounts that are usable: the role. */
export function roleText({ userId, groups, accounts }: VaultGrants): string {
  return `case when a.owner_user_id = ${Number(userId)} or ${isOneOf('a.account_group_id', groups.checkOut)}
    or ${isOneOf('a.id', accounts.checkOut)} then 'inject_and_checkout' else 'inject' end`;
}
