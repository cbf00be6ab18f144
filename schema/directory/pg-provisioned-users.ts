import type { ProviderIdentity } from '../../appliance/directory/identity-provider.ts';
import type {
  ProvisionedProfile,
  ProvisionedUser,
  ProvisionedUsers,
} from '../../appliance/directory/provisioned-users.ts';
import type { Sql } from '../sql.ts';

export class PgProvisionedUsers implements ProvisionedUsers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lockFor(providerId: number, identity: ProviderIdentity): Promise<ProvisionedUser | undefined> {
    const account =
      (await this.#lockOwn(providerId, identity)) ?? (await this.#lockKeptFor(providerId, identity));
    if (account !== undefined) return account;
    // Whoever makes an account of the same person takes turns, and the second finds what the first has made.
    const turn = `account of ${providerId} ${identity.externalId}`;
    await this.#sql`select pg_advisory_xact_lock(hashtextextended(${turn}, 0))`;
    return await this.#lockOwn(providerId, identity);
  }

  async #lockOwn(providerId: number, identity: ProviderIdentity): Promise<ProvisionedUser | undefined> {
    const sql = this.#sql;
    const [account] = await sql<ProvisionedUser[]>`
      select id, external_id as "externalId", username, public_display_name as "publicDisplayName",
             private_display_name as "privateDisplayName", email_address as "emailAddress",
             distinguished_name as "distinguishedName", enabled
        from app_user
       where security_provider_id = ${providerId}
         and (external_id = ${identity.externalId}
              or external_id is null and lower(username) = lower(${identity.username}))
       order by external_id nulls last
       limit 1
         for update`;
    return account;
  }

  /**
   * An account that an enabled SCIM provider keeps for this provider to sign in. Whoever was signed in first is it from
   * then on; before that, the attribute decides that the setting of the SCIM provider names.
   */
  async #lockKeptFor(providerId: number, identity: ProviderIdentity): Promise<ProvisionedUser | undefined> {
    const [account] = await this.#sql<ProvisionedUser[]>`
      select u.id, u.external_id as "externalId", u.username, u.public_display_name as "publicDisplayName",
             u.private_display_name as "privateDisplayName", u.email_address as "emailAddress",
             u.distinguished_name as "distinguishedName", u.enabled, true as "isKeptElsewhere"
        from security_provider p
        join scim_user s on s.security_provider_id = p.id
        join app_user u on u.id = s.user_id
       where p.type = 'scim' and p.enabled and p.settings->'sign_in_provider' = to_jsonb(${providerId}::int)
         and case when s.sign_in_provider_id = ${providerId} then s.sign_in_external_id = ${identity.externalId}
                  when p.settings->>'scim_user_query_id' = 'userName' then lower(s.user_name) = lower(${identity.username})
                  when p.settings->>'scim_user_query_id' = 'externalId' then s.external_id = ${identity.externalId}
                  else s.id::text = ${identity.externalId} end
       order by s.sign_in_provider_id = ${providerId} desc nulls last, u.id
       limit 1
         for update of u`;
    return account;
  }

  async bindSignIn(id: number, providerId: number, externalId: string): Promise<void> {
    await this.#sql`
      update scim_user set sign_in_provider_id = ${providerId}, sign_in_external_id = ${externalId}
       where user_id = ${id}
         and (sign_in_provider_id, sign_in_external_id) is distinct from (${providerId}::int, ${externalId}::text)`;
  }

  async insert(providerId: number, profile: ProvisionedProfile): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number }[]>`
      insert into app_user ${sql({ ...toRow(profile), security_provider_id: providerId })} returning id`;
    return row!.id;
  }

  async update(id: number, profile: ProvisionedProfile): Promise<void> {
    const sql = this.#sql;
    await sql`update app_user set ${sql(toRow(profile))}, revision = revision + 1 where id = ${id}`;
  }

  async holderOf(username: string): Promise<number | undefined> {
    const [row] = await this.#sql<{ id: number }[]>`
      select id from app_user where lower(username) = lower(${username})`;
    return row?.id;
  }

  async replaceGroups(id: number, providerId: number, groups: readonly string[]): Promise<boolean> {
    // Lower case as the database has it, since it compares.
    const [row] = await this.#sql<{ changes: number }[]>`
      with wanted as (select distinct lower(unnest(${[...groups]}::text[])) as name),
           gone as (delete from user_directory_group
                     where user_id = ${id} and security_provider_id = ${providerId}
                       and group_name not in (select name from wanted) returning 1),
           came as (insert into user_directory_group (user_id, security_provider_id, group_name)
                    select ${id}, ${providerId}, name from wanted on conflict do nothing returning 1)
      select ((select count(*) from gone) + (select count(*) from came))::int as changes`;
    return row!.changes > 0;
  }

  async replaceLookedUp(
    id: number,
    providerId: number,
    lookedUp: NonNullable<ProviderIdentity['lookedUp']>,
  ): Promise<boolean> {
    const { providers, names } = pairsOf(lookedUp);
    const [row] = await this.#sql<{ changes: number }[]>`
      with wanted as (select distinct provider, lower(name) as name
                        from unnest(${providers}::int[], ${names}::text[]) as pair (provider, name)),
           gone as (delete from user_directory_group
                     where user_id = ${id} and security_provider_id <> ${providerId}
                       and (security_provider_id, group_name) not in (select provider, name from wanted) returning 1),
           came as (insert into user_directory_group (user_id, security_provider_id, group_name)
                    select ${id}, provider, name from wanted on conflict do nothing returning 1)
      select ((select count(*) from gone) + (select count(*) from came))::int as changes`;
    return row!.changes > 0;
  }

  async isInGroupPolicy(providerId: number, identity: ProviderIdentity): Promise<boolean> {
    const own = [identity.distinguishedName ?? '', ...(identity.groups ?? [])];
    const { providers, names } = pairsOf([{ providerId, names: own }, ...(identity.lookedUp ?? [])]);
    const [row] = await this.#sql<{ named: boolean }[]>`
      select exists (select from security_provider
                      where id = ${providerId} and default_group_policy_id is not null)
          or exists (select from group_policy_member m
                       join unnest(${providers}::int[], ${names}::text[]) as pair (provider, name)
                         on m.security_provider_id = pair.provider and m.user_id is null
                        and lower(coalesce(m.distinguished_name, m.group_name)) = lower(pair.name)) as named`;
    return row!.named;
  }

  async accountIsInGroupPolicy(id: number): Promise<boolean> {
    const [row] = await this.#sql<{ named: boolean }[]>`
      select perm_admin or settings <> '{}' or exists (select from user_group_policy where user_id = ${id}) as named
        from app_user where id = ${id}`;
    return row?.named ?? false;
  }

  async putPhoto(id: number, mediaType: string, content: Uint8Array): Promise<void> {
    const bytes = Buffer.from(content);
    await this.#sql`
      insert into user_photo (user_id, media_type, content) values (${id}, ${mediaType}, ${bytes})
      on conflict (user_id) do update
         set media_type = excluded.media_type, content = excluded.content, changed_at = now()
       where user_photo.content <> excluded.content`;
  }

  async photoOf(id: number): Promise<{ mediaType: string; content: Uint8Array } | undefined> {
    const [photo] = await this.#sql<{ mediaType: string; content: Uint8Array }[]>`
      select media_type as "mediaType", content from user_photo where user_id = ${id}`;
    return photo;
  }
}

/** Providers and names side by side, one pair for each name. */
function pairsOf(lookedUp: NonNullable<ProviderIdentity['lookedUp']>): {
  providers: number[];
  names: string[];
} {
  const pairs = lookedUp.flatMap(({ providerId, names }) =>
    names.filter((name) => name !== '').map((name) => ({ providerId, name })),
  );
  return { providers: pairs.map(({ providerId }) => providerId), names: pairs.map(({ name }) => name) };
}

function toRow(profile: ProvisionedProfile) {
  return {
    external_id: profile.externalId,
    username: profile.username,
    public_display_name: profile.publicDisplayName,
    private_display_name: profile.privateDisplayName,
    email_address: profile.emailAddress,
    distinguished_name: profile.distinguishedName,
  };
}
