import type { SqlPool } from '../../schema/sql.ts';

/**
 * Fills every table behind a numbered list with so many rows. Answers, for lists below an object, which object holds
 * them: path before the first parameter, or the whole path, to id.
 */
export async function seedLists(sql: SqlPool, rows: number): Promise<Record<string, number>> {
  await sql`insert into site_setting (name, value)
            values ('rate_limit_per_second', '1000000'), ('rate_limit_per_hour', '100000000')
            on conflict (name) do update set value = excluded.value`;
  // Built once over everything, the index of searched text takes a tenth of the time.
  const [search] = await sql<{ definition: string }[]>`
    select indexdef as definition from pg_indexes where indexname = 'jump_item_search'`;
  await sql`drop index jump_item_search`;
  for (const statement of STATEMENTS) await sql.unsafe(statement.replaceAll('ROWS', String(rows)));
  await sql.unsafe(search!.definition);
  await sql`vacuum analyze`;
  const [parents] = await sql<Record<string, number>[]>`
    select (select id from jump_group where name = 'Bench group 1') as "/jump-group",
           (select id from jumpoint where name = 'Bench jumpoint 1') as "/jumpoint",
           (select id from group_policy where name = 'Bench policy 1') as "/group-policy",
           (select id from app_user where username = 'bench1') as "/user",
           (select id from app_user where username = 'member of many') as "/user/{id}/group-policies",
           (select id from skill where code_name = 'bench_1') as "/skill",
           (select id from team where name = 'Bench team 1') as "/team",
           (select id from jump_group where name = 'Bench group 1') as "/access/jump-group",
           (select min(id) from jump_item where kind = 'shell_jump') as "/access/jump-item",
           (select id from app_user where username = 'bench1') as "/access/user",
           (select min(id) from vault_account) as "/vault/account",
           1 as "/vault/account-group"`;
  return parents!;
}

const JUMP_ITEM_KINDS = [
  'shell_jump',
  'remote_rdp',
  'remote_vnc',
  'remote_jump',
  'local_jump',
  'local_rdp',
  'local_vnc',
  'vpro',
  'web_jump',
  'protocol_tunnel',
  'mysql_tunnel',
  'psql_tunnel',
  'network_tunnel',
  'jump_client',
];

const named = (table: string, columns = 'name, code_name', values = "'Bench ' || n, 'bench_' || n") =>
  `insert into ${table} (${columns}) select ${values} from generate_series(1, ROWS) n`;

const STATEMENTS = [
  named('vault_account_policy', 'name, code_name', "'Bench policy ' || n, 'bench_' || n"),
  named('vault_endpoint', 'name, hostname', "'Bench ' || n, 'host-' || n || '.example.com'"),
  named('vault_account_group', 'name', "'Bench group ' || n"),
  `insert into vault_association (account_group_id) select id from vault_account_group where id > 1`,
  named(
    'vault_account',
    'type, name, code_name, username',
    "'username_password', 'Bench ' || n, 'bench_' || n, 'root'",
  ),
  named('jump_group', 'name, code_name', "'Bench group ' || n, 'bench_group_' || n"),
  named(
    'jumpoint',
    'name, code_name, platform',
    "'Bench jumpoint ' || n, 'bench_jumpoint_' || n, 'linux-x86'",
  ),
  named('jump_policy', 'display_name, code_name', "'Bench ' || n, 'bench_' || n"),
  named('session_policy', 'display_name, code_name', "'Bench ' || n, 'bench_' || n"),
  named('jump_item_role', 'name', "'Bench ' || n"),
  named('public_portal', 'name, code_name, hostname', "'Bench ' || n, 'bench_' || n, ''"),
  named(
    'app_user',
    'username, private_display_name, public_display_name',
    "'bench' || n, 'Person ' || n, 'P. ' || n",
  ),
  `insert into app_user (username) values ('member of many')`,
  named('api_account', 'name, client_id, secret_hash', "'Bench ' || n, 'bench-' || n, '\\x00'::bytea"),
  named('group_policy', 'name, position', "'Bench policy ' || n, n + 1"),
  named('team', 'name, code_name', "'Bench team ' || n, 'bench_team_' || n"),
  named('rep_status', 'name, code_name, display_as', "'Bench ' || n, 'bench_' || n, 'busy'"),
  named('skill'),
  named('issue', 'name, code_name', "'Bench ' || n, 'bench_' || n"),
  named('canned_script', 'name, code_name, commands', "'Bench ' || n, 'bench_' || n, 'echo'"),
  named('canned_message', 'title, code_name, message', "'Bench ' || n, 'bench_' || n, 'Hello'"),
  named(
    'custom_rep_link',
    'name, code_name, url',
    "'Bench ' || n, 'bench_' || n, 'https://example.com/' || n",
  ),
  named('custom_session_attribute', 'display_name, code_name', "'Bench ' || n, 'bench_' || n"),
  named('security_provider', 'type, name', "'ldap', 'Bench ' || n"),
  ...JUMP_ITEM_KINDS.map((kind) =>
    named(
      'jump_item',
      'kind, name, hostname, jump_group_id, jumpoint_id, port, tag, comments, settings',
      `'${kind}', 'Kiosk ' || n, 'host-' || n || '.branch' || n % 300 || '.example.com',
       (select min(id) from jump_group) + n % 50, ${kind === 'jump_client' ? 'null' : '(select min(id) from jumpoint) + n % 20'},
       22, 'tag' || n % 17, 'Standing in shop ' || n % 1000, '{}'`,
    ),
  ),
  `insert into jump_client (jump_item_id, operating_system) select id, 'Windows 11' from jump_item where kind = 'jump_client'`,
  `insert into jump_group_user (jump_group_id, user_id)
   select (select id from jump_group where name = 'Bench group 1'), id from app_user where username like 'bench%'`,
  `insert into jumpoint_user (jumpoint_id, user_id)
   select (select id from jumpoint where name = 'Bench jumpoint 1'), id from app_user where username like 'bench%'`,
  `insert into team_user (team_id, user_id, role)
   select (select id from team where name = 'Bench team 1'), id, 'member' from app_user where username like 'bench%'`,
  `insert into skill_user (skill_id, user_id)
   select (select id from skill where code_name = 'bench_1'), id from app_user where username like 'bench%'`,
  `insert into vault_account_user (account_id, user_id)
   select (select min(id) from vault_account), id from app_user where username like 'bench%'`,
  `insert into vault_account_group_user (account_group_id, user_id)
   select 1, id from app_user where username like 'bench%'`,
  `insert into group_policy_member (group_policy_id, security_provider_id, user_id)
   select (select id from group_policy where name = 'Bench policy 1'), 1, id from app_user where username like 'bench%'`,
  `insert into group_policy_member (group_policy_id, security_provider_id, user_id)
   select id, 1, (select id from app_user where username = 'member of many') from group_policy where name like 'Bench policy %'
   on conflict do nothing`,
  `insert into group_policy_jump_group (group_policy_id, jump_group_id)
   select (select id from group_policy where name = 'Bench policy 1'), id from jump_group where name like 'Bench group %'`,
  `insert into group_policy_jumpoint (group_policy_id, jumpoint_id)
   select (select id from group_policy where name = 'Bench policy 1'), id from jumpoint where name like 'Bench jumpoint %'`,
  `insert into group_policy_team (group_policy_id, team_id, action, role)
   select (select id from group_policy where name = 'Bench policy 1'), id, 'add', 'member' from team where name like 'Bench team %'`,
];
