import type { ScimCalls, ScimStanding } from '../../appliance/directory/scim-group.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';

export class PgScimCalls implements ScimCalls {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async note(providerId: number, apiAccount: string): Promise<void> {
    await this.#sql`
      insert into scim_call (security_provider_id, called_at, api_account_name)
      values (${providerId}, clock_timestamp(), ${apiAccount})
      on conflict (security_provider_id) do update
         set called_at = excluded.called_at, api_account_name = excluded.api_account_name
       where scim_call.called_at < clock_timestamp() - interval '1 minute'
          or scim_call.api_account_name <> excluded.api_account_name`;
  }

  async standingOf(providerId: number): Promise<ScimStanding> {
    const [row] = await this.#sql<
      { users: number; enabledUsers: number; groups: number; at: Date | null; apiAccount: string | null }[]
    >`
      select (select count(*)::int from scim_user where security_provider_id = ${providerId}) as users,
             (select count(*)::int from scim_user s join app_user u on u.id = s.user_id
               where s.security_provider_id = ${providerId} and u.enabled) as "enabledUsers",
             (select count(*)::int from scim_group where security_provider_id = ${providerId}) as groups,
             c.called_at as at, c.api_account_name as "apiAccount"
        from (select) one left join scim_call c on c.security_provider_id = ${providerId}`;
    const { at, apiAccount, ...counts } = row!;
    return { ...counts, lastCall: at === null ? null : { at, apiAccount: apiAccount ?? '' } };
  }

  async groupNames(providerId: number, text: string, limit: number) {
    return await this.#sql<{ name: string; groupName: string; members: number }[]>`
      select g.display_name as name, g.group_name as "groupName",
             (select count(*)::int from scim_group_member m where m.group_id = g.id) as members
        from scim_group g
       where g.security_provider_id = ${providerId}
         and lower(g.display_name) like '%' || lower(${escapedForLike(text)}::text) || '%'
       order by starts_with(lower(g.display_name), lower(${text}::text)) desc, lower(g.display_name), g.number
       limit ${limit}`;
  }
}
