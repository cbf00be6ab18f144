import type { SecurityProvider } from '../../appliance/directory/security-provider.ts';
import type { Sql } from '../sql.ts';

/**
 * Writes down what the people of a run change of the accounts of the provider. An account is matched by external id, or
 * by user name while it was never matched; names go over only where they are free.
 */
export async function compareAccounts(
  sql: Sql,
  id: string,
  provider: SecurityProvider,
): Promise<{ disabling: number; enabledAccounts: number }> {
  await sql`update directory_sync set state = 'comparing', heartbeat_at = now() where id = ${id}`;
  await sql`analyze directory_sync_person`.catch(() => {});
  await sql`delete from directory_sync_change where sync_id = ${id}`;
  const keepsNames = provider.settings['sync_display_name'] === false;
  const creates = provider.settings['sync_create_users'] === true;
  await sql`
    insert into directory_sync_change (sync_id, position, action, user_id, external_id, username, reason, before, after,
                                       groups_added, groups_removed)
    with person as materialized (
      select d.*, row_number() over (partition by lower(d.username) order by d.external_id) as namesake,
             case when d.groups is null then null
                  else array(select distinct lower(g) from unnest(d.groups) g order by 1) end as wanted_groups
        from (select distinct on (external_id) * from directory_sync_person where sync_id = ${id} order by external_id) d),
    account as materialized (
      select id, external_id, username, public_display_name, private_display_name, email_address, distinguished_name,
             enabled, perm_admin, disabled_by_directory_at
        from app_user where security_provider_id = ${provider.id}),
    matched as materialized (
      select a.id, p.external_id from account a join person p using (external_id)
       union all
      select a.id, p.external_id
        from account a join person p on a.external_id is null and lower(a.username) = lower(p.username) and p.namesake = 1
       where not exists (select from account b where b.external_id = p.external_id)),
    present_groups as materialized (
      select user_id, array_agg(group_name order by group_name) as names
        from user_directory_group where security_provider_id = ${provider.id} group by user_id),
    wanted as (
      select a.*, p.external_id as new_external_id, p.dn, p.disabled_reason,
             case when a.username = p.username then a.username
                  when lower(a.username) = lower(p.username) then p.username
                  when p.namesake = 1 and not exists (select from app_user o where lower(o.username) = lower(p.username))
                  then p.username else a.username end as new_username,
             case when ${keepsNames} or coalesce(p.display_name, '') = '' then a.public_display_name else p.display_name end as new_public,
             case when ${keepsNames} or coalesce(p.display_name, '') = '' then a.private_display_name else p.display_name end as new_private,
             coalesce(nullif(p.email_address, ''), a.email_address) as new_email,
             case when p.disabled_reason is not null then false
                  when a.enabled then true
                  else a.disabled_by_directory_at is not null end as new_enabled,
             coalesce(g.names, '{}') as old_groups, coalesce(p.wanted_groups, g.names, '{}') as new_groups
        from account a join matched m on m.id = a.id join person p on p.external_id = m.external_id
        left join present_groups g on g.user_id = a.id),
    changes as (
      select case when enabled and not new_enabled then 'disable' when not enabled and new_enabled then 'enable' else 'update' end as action,
             id as user_id, new_external_id as external_id, new_username as username,
             case when enabled and not new_enabled then disabled_reason else '' end as reason, perm_admin,
             ${changed(sql, 'old')} as before, ${changed(sql, 'new')} as after,
             array(select unnest(new_groups) except select unnest(old_groups)) as groups_added,
             array(select unnest(old_groups) except select unnest(new_groups)) as groups_removed
        from wanted
       where (external_id, username, public_display_name, private_display_name, email_address, distinguished_name, enabled, old_groups)
             is distinct from
             (new_external_id, new_username, new_public, new_private, new_email, dn, new_enabled, new_groups)
       union all
      select 'disable', a.id, a.external_id, a.username, 'gone from the directory', a.perm_admin,
             '{"enabled": true}', '{"enabled": false}', '{}', '{}'
        from account a
       where a.enabled and a.external_id is not null
         and not exists (select from person p where p.external_id = a.external_id)
       union all
      select case when taken.yes then 'conflict' else 'create' end, null, p.external_id, p.username,
             case when taken.yes then 'the user name belongs to another account' else '' end, false, '{}',
             jsonb_build_object('displayName', p.display_name, 'emailAddress', p.email_address, 'distinguishedName', p.dn),
             coalesce(p.wanted_groups, '{}'), '{}'
        from person p,
             lateral (select p.namesake > 1 or exists (select from app_user o where lower(o.username) = lower(p.username)) as yes) taken
       where ${creates} and p.disabled_reason is null
         and not exists (select from matched m where m.external_id = p.external_id)
         and (${provider.defaultPolicyId !== null}
              or exists (select from group_policy_member m
                          where m.security_provider_id = ${provider.id} and m.user_id is null
                            and (lower(coalesce(m.distinguished_name, m.group_name)) = lower(p.dn)
                                 or lower(coalesce(m.distinguished_name, m.group_name)) = any (p.wanted_groups))))),
    -- Somebody has to be able to administer the site afterwards.
    last_one as (
      select min(user_id) as user_id from changes
       where action = 'disable' and perm_admin
         and not exists (select from app_user u where u.perm_admin and u.enabled
                            and not exists (select from changes c where c.user_id = u.id and c.action = 'disable')))
    select ${id}, row_number() over (order by array_position(array['disable', 'conflict', 'create', 'enable', 'update'], c.action), lower(c.username)),
           case when c.user_id = l.user_id then 'conflict' else c.action end, c.user_id, c.external_id, c.username,
           case when c.user_id = l.user_id then 'the last enabled administrator is not disabled' else c.reason end,
           c.before, c.after, c.groups_added, c.groups_removed
      from changes c cross join last_one l`;
  const [figures] = await sql<{ disabling: number; enabledAccounts: number }[]>`
    with counted as (select action, count(*) as n from directory_sync_change where sync_id = ${id} group by action),
         accounts as (select count(*) as n, count(*) filter (where enabled and external_id is not null) as enabled
                        from app_user where security_provider_id = ${provider.id}),
         written as (
           update directory_sync
              set accounts = (select n from accounts), changes = (select coalesce(sum(n), 0) from counted),
                  counts = (select coalesce(jsonb_object_agg(action, n), '{}') from counted), heartbeat_at = now()
            where id = ${id})
    select coalesce((select n from counted where action = 'disable'), 0)::int as disabling, enabled::int as "enabledAccounts"
      from accounts`;
  return figures!;
}

/** Fields that change, as they are or will be, under the names of audit rows. */
function changed(sql: Sql, side: 'old' | 'new') {
  const fields = FIELDS.map(([name, old, next]) => {
    const value = side === 'old' ? old : next;
    return `case when ${old} is distinct from ${next} then jsonb_build_object('${name}', ${value}) else '{}' end`;
  });
  return sql.unsafe(fields.join(' || '));
}

/** Name in audit rows, column, and what becomes of it. */
const FIELDS = [
  ['externalId', 'external_id', 'new_external_id'],
  ['username', 'username', 'new_username'],
  ['displayName', 'public_display_name', 'new_public'],
  ['emailAddress', 'email_address', 'new_email'],
  ['distinguishedName', 'distinguished_name', 'dn'],
  ['enabled', 'enabled', 'new_enabled'],
] as const;
