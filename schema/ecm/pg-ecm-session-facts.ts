import type { EcmSession } from '../../appliance/ecm/ecm-question.ts';
import type { EcmSessionFacts, SavedItemFacts } from '../../appliance/ecm/ecm-session-facts.ts';
import type { Sql } from '../sql.ts';

export class PgEcmSessionFacts implements EcmSessionFacts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(userId: number, jumpItemId: number | undefined) {
    const [row] = await this.#sql<{ user: EcmSession['user'] | null; item: SavedItemFacts | null }[]>`
      select case when u.id is not null then json_build_object('id', u.id, 'username', u.username,
               'displayName', coalesce(nullif(u.private_display_name, ''), nullif(u.public_display_name, ''), u.username),
               'emailAddress', u.email_address, 'distinguishedName', u.distinguished_name, 'provider', p.name) end as "user",
             (select json_build_object('group', coalesce(g.name, nullif(o.private_display_name, ''), o.username, ''), 'tag', i.tag, 'comments', i.comments)
                from jump_item i
                left join jump_group g on g.id = i.jump_group_id
                left join app_user o on o.id = i.owner_user_id
               where i.id = ${jumpItemId ?? null}::int) as item
        from (select 1) one
        left join app_user u on u.id = ${userId}
        left join security_provider p on p.id = u.security_provider_id`;
    return { user: row!.user ?? undefined, item: row!.item ?? undefined };
  }

  async credentialOf(lsid: string): Promise<string | undefined> {
    const [row] = await this.#sql<{ credentialId: string }[]>`
      select credential_id as "credentialId" from session_credential
       where lsid = ${lsid} and source = 'ecm' order by created_at limit 1`;
    return row?.credentialId;
  }
}
