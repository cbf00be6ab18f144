import type { SqlPool } from '../../schema/sql.ts';

export const CROWD = {
  items: 100_000,
  people: 5_000,
  groups: 1_000,
  policies: 50,
  jumpoints: 20,
  teams: 100,
};

export interface SeededCrowd {
  /** An item of a Jump Group with a Jump Policy, and a personal one whose owner is in teams. */
  sharedItem: number;
  personalItem: number;
  group: number;
  /** Somebody with ten group policies. */
  person: number;
}

/** A site of many people, half of whose rights come from group policies. */
export async function seedCrowd(sql: SqlPool): Promise<SeededCrowd> {
  const { items, people, groups, policies, jumpoints, teams } = CROWD;
  await sql`insert into site_setting (name, value)
            values ('rate_limit_per_second', '1000000'), ('rate_limit_per_hour', '100000000')
            on conflict (name) do update set value = excluded.value`;
  // One in so many, without any order and always the same.
  await sql`create function pg_temp.chance(one int, other int, of int) returns boolean language sql immutable
              as 'select abs(hashint4(one * 100003 + other)::bigint) % of = 0'`;
  await sql`
    insert into app_user (username, public_display_name, private_display_name, settings)
    select 'person' || n, 'Person ' || n, 'Person ' || n,
           jsonb_build_object('perm_support_allowed', 'full_support', 'perm_shell_jump', n % 3 <> 0,
             'default_jump_item_role_id', 1 + n % 4, 'inferior_jump_item_role_id', 1 + n / 3 % 4,
             'unattended_session_policy', case when n % 2 = 0 then 2 end)
      from generate_series(1, ${people}::int) n`;
  await sql`insert into jump_group (name, code_name)
            select 'Group ' || n, 'group_' || n from generate_series(1, ${groups}::int) n`;
  await sql`insert into jumpoint (name, code_name, platform, shell_jump_enabled)
            select 'Jumpoint ' || n, 'jumpoint_' || n, 'linux-x86', true from generate_series(1, ${jumpoints}::int) n`;
  await sql`insert into team (name, code_name)
            select 'Team ' || n, 'team_' || n from generate_series(1, ${teams}::int) n`;
  await sql`
    insert into group_policy (name, position, settings, jump_groups_add_final)
    select 'Policy ' || n, 10 + n,
           (select jsonb_object_agg('perm_' || name, jsonb_build_object('status', case when n % 7 = 0 then 'final' else 'defined' end, 'value', (n + length(name)) % 3 <> 0))
              from unnest(array['shell_jump', 'remote_rdp', 'remote_vnc', 'web_jump', 'collaborate', 'edit_issues',
                   'edit_skills', 'show_on_public_list', 'accept_team_sessions', 'generate_session_key']) name),
           n % 5 = 0
      from generate_series(1, ${policies}::int) n`;
  await sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id)
            select p.id, 1, u.id from group_policy p, app_user u where pg_temp.chance(p.id, u.id, 5)`;
  await sql`insert into group_policy_jump_group (group_policy_id, jump_group_id, action, jump_item_role_id)
            select p.id, g.id, case when pg_temp.chance(g.id, p.id, 11) then 'remove' else 'add' end, 1 + (p.id * 7 + g.id) / 3 % 4
              from group_policy p, jump_group g where pg_temp.chance(p.id, g.id, 5)`;
  await sql`insert into group_policy_jumpoint (group_policy_id, jumpoint_id)
            select p.id, j.id from group_policy p, jumpoint j where pg_temp.chance(p.id, j.id, 4)`;
  await sql`insert into group_policy_team (group_policy_id, team_id, role)
            select p.id, t.id, case when p.id % 3 = 0 then 'lead' else 'member' end
              from group_policy p, team t where pg_temp.chance(p.id, t.id, 10)`;
  await sql`insert into jump_group_user (jump_group_id, user_id, jump_item_role_id)
            select g.id, u.id, case when u.id % 2 = 0 then 1 + u.id % 4 end
              from jump_group g, app_user u where pg_temp.chance(g.id, u.id, 100)`;
  await sql`insert into jumpoint_user (jumpoint_id, user_id)
            select j.id, u.id from jumpoint j, app_user u where pg_temp.chance(j.id, u.id, 10)`;
  await sql`insert into team_user (team_id, user_id, role)
            select t.id, u.id, (array['member', 'member', 'lead', 'manager'])[1 + (u.id / 100) % 4]
              from team t, app_user u where pg_temp.chance(t.id, u.id, 50)`;
  const [{ id: policy } = { id: 0 }] = await sql<{ id: number }[]>`
    insert into jump_policy (display_name, code_name, schedule_enabled, timezone)
    values ('Office hours', 'office', true, 'Europe/Vienna') returning id`;
  await sql`insert into jump_policy_schedule_entry (jump_policy_id, position, start_day, start_time, end_day, end_time)
            select ${policy}, day, day, '08:00', day, '18:00' from generate_series(0, 6) day`;
  await sql`
    insert into jump_item (kind, name, hostname, jump_group_id, owner_user_id, jumpoint_id, jump_policy_id, settings)
    select (array['shell_jump', 'remote_rdp', 'remote_vnc', 'web_jump'])[1 + n % 4], 'Item ' || n, 'host-' || n || '.example.com',
           case when n % 10 <> 0 then (select min(id) from jump_group) + n % ${groups}::int end,
           case when n % 10 = 0 then (select min(id) from app_user) + 1 + n % ${people}::int end,
           (select min(id) from jumpoint) + n % ${jumpoints}::int, case when n % 6 = 0 then ${policy}::int end, '{"protocol":"ssh"}'
      from generate_series(1, ${items}::int) n`;
  await sql`vacuum analyze`;
  const [row] = await sql<SeededCrowd[]>`
    select (select min(id) from jump_item where kind = 'shell_jump' and jump_policy_id is not null and jump_group_id is not null) as "sharedItem",
           (select min(i.id) from jump_item i where i.kind = 'shell_jump'
               and exists (select from team_user t where t.user_id = i.owner_user_id and t.role = 'member')) as "personalItem",
           (select min(id) from jump_group) as "group",
           (select g.user_id from user_group_policy g group by g.user_id order by count(*) desc, g.user_id limit 1) as person`;
  return row!;
}
