import type { AppliedChanges } from '../../appliance/directory/directory-sync.ts';
import type { SecurityProvider } from '../../appliance/directory/security-provider.ts';
import type { Sql } from '../sql.ts';

/**
 * Carries out some of the changes that a run wrote down. Enabled administrators are held first, in the order everybody
 * holds them, so that the last of them stays whatever happened since the comparison.
 */
export async function applyChanges(
  sql: Sql,
  id: string,
  provider: SecurityProvider,
  { from, to }: { from: number; to: number },
): Promise<AppliedChanges> {
  const some = sql`c.sync_id = ${id} and c.position between ${from} and ${to}`;
  const administrators = await sql<{ id: number; leaving: boolean }[]>`
    select u.id, exists (select from directory_sync_change c where ${some} and c.user_id = u.id and c.action = 'disable') as leaving
      from app_user u where u.perm_admin and u.enabled order by u.id for update`;
  const staying = administrators.some(({ leaving }) => !leaving);
  const keptId = staying ? 0 : (administrators[0]?.id ?? 0);
  await sql`
    select u.id from app_user u join directory_sync_change c on c.user_id = u.id where ${some} order by u.id for update of u`;
  const created = await sql`
    insert into app_user (security_provider_id, external_id, username, public_display_name, private_display_name,
                          email_address, distinguished_name)
    select ${provider.id}, p.external_id, p.username, coalesce(nullif(p.display_name, ''), p.username),
           coalesce(nullif(p.display_name, ''), p.username), coalesce(p.email_address, ''), p.dn
      from directory_sync_change c
      join lateral (select * from directory_sync_person d where d.sync_id = c.sync_id and d.external_id = c.external_id limit 1) p on true
     where ${some} and c.action = 'create'
    on conflict do nothing`;
  await sql`
    update directory_sync_change c set user_id = u.id
      from app_user u
     where ${some} and c.action = 'create' and u.security_provider_id = ${provider.id} and u.external_id = c.external_id`;
  const updated = await sql<{ id: number; ended: boolean }[]>`
    update app_user u
       set external_id = c.external_id, username = coalesce(free.name, u.username),
           public_display_name = coalesce(c.after->>'displayName', u.public_display_name),
           private_display_name = coalesce(c.after->>'displayName', u.private_display_name),
           email_address = coalesce(c.after->>'emailAddress', u.email_address),
           distinguished_name = coalesce(c.after->>'distinguishedName', u.distinguished_name),
           enabled = case c.action when 'disable' then u.id = ${keptId} when 'enable' then true else u.enabled end,
           disabled_by_directory_at = case when c.action = 'disable' and u.id <> ${keptId} and u.enabled then now()
                                           when c.action = 'enable' then null else u.disabled_by_directory_at end,
           revision = u.revision + 1
      from directory_sync_change c
      left join lateral (
        select c.after->>'username' as name
         where c.after ? 'username'
           and not exists (select from app_user o where lower(o.username) = lower(c.after->>'username') and o.id <> c.user_id)) free on true
     where ${some} and c.user_id = u.id and u.security_provider_id = ${provider.id} and c.action in ('update', 'disable', 'enable')
    returning u.id, c.action = 'disable' and not u.enabled as ended`;
  await applyGroups(sql, id, provider.id, { from, to });
  const ended = updated.filter((row) => row.ended).map((row) => row.id);
  await sql`delete from user_credential where user_id = any(${ended}::int[])`;
  await sql`delete from sign_in_attempt where user_id = any(${ended}::int[])`;
  await sql`
    insert into audit_event (event_type, actor_kind, actor_id, actor_name, address, object_type, object_id, object_name, before, after)
    select case c.action when 'create' then 'user.created' else 'user.updated' end, s.actor_kind, s.actor_id, s.actor_name,
           s.address, 'user', c.user_id::text, c.username, nullif(c.before, '{}'),
           c.after || jsonb_build_object('provider', ${provider.name}::text, 'directory_sync', c.sync_id)
             || case when c.reason = '' then '{}' else jsonb_build_object('reason', c.reason) end
             || case when c.groups_added = '{}' then '{}' else jsonb_build_object('groups_added', c.groups_added) end
             || case when c.groups_removed = '{}' then '{}' else jsonb_build_object('groups_removed', c.groups_removed) end
      from directory_sync_change c join directory_sync s on s.id = c.sync_id
     where ${some} and c.user_id is not null and c.action <> 'conflict' and c.user_id <> ${keptId}
     order by c.position`;
  await sql`
    update directory_sync set changes_applied = changes_applied + ${to - from + 1}, heartbeat_at = now() where id = ${id}`;
  return { applied: created.count + updated.length, disabledUserIds: ended };
}

/** Accounts that were deleted since the comparison have no groups to change. */
async function applyGroups(
  sql: Sql,
  id: string,
  providerId: number,
  { from, to }: { from: number; to: number },
): Promise<void> {
  await sql`
    delete from user_directory_group g
     using directory_sync_change c
     where c.sync_id = ${id} and c.position between ${from} and ${to} and c.action <> 'conflict'
       and g.user_id = c.user_id and g.security_provider_id = ${providerId} and g.group_name = any (c.groups_removed)`;
  await sql`
    insert into user_directory_group (user_id, security_provider_id, group_name)
    select c.user_id, ${providerId}, name
      from directory_sync_change c join app_user u on u.id = c.user_id, unnest(c.groups_added) as name
     where c.sync_id = ${id} and c.position between ${from} and ${to} and c.action <> 'conflict'
    on conflict do nothing`;
}
