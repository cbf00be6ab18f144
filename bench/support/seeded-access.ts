import { USER_SETTINGS } from '../../appliance/access/user-settings.ts';
import type { SqlPool } from '../../schema/sql.ts';

export const ITEMS = 100_000;
export const GROUPS = 1_000;
export const POLICIES = 20;

/** Some setting of every kind, as a group policy defines them. */
const DEFINED = Object.fromEntries(
  Object.entries(USER_SETTINGS)
    .filter(([name, { form }]) => form.kind === 'right' && name !== 'perm_admin')
    .map(([name]) => [name, { status: 'defined', value: true }]),
);

/**
 * A site with 100,000 Jump Items in 1,000 Jump Groups, and one representative who has all that from 20 group policies:
 * each defines some 45 settings and adds to 50 Jump Groups, 5 Jumpoints and a team. A hundred Jump Groups and half the
 * teams are direct memberships too; 200 people are in the teams, with personal items. Answers the representative's id.
 */
export async function seedAccess(sql: SqlPool): Promise<number> {
  await sql`insert into jump_group (name, code_name)
            select 'Group ' || n, 'group_' || n from generate_series(1, ${GROUPS}::int) n`;
  await sql`insert into jumpoint (name, code_name, platform)
            select 'Jumpoint ' || n, 'jumpoint_' || n, 'linux-x86' from generate_series(1, 100) n`;
  await sql`insert into team (name, code_name) select 'Team ' || n, 'team_' || n from generate_series(1, ${POLICIES}::int) n`;
  await sql`insert into app_user (username) select 'colleague' || n from generate_series(1, 200) n`;
  const [user] = await sql<{ id: number }[]>`
    insert into app_user (username, settings) values ('bench', '{"default_jump_item_role_id": 2}') returning id`;
  const id = user!.id;
  await sql`insert into group_policy (name, position, settings)
            select 'Bench ' || n, 100 + n, ${sql.json(DEFINED as never)} from generate_series(1, ${POLICIES}::int) n`;
  await sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id)
            select id, 1, ${id} from group_policy where name like 'Bench %'`;
  const nth = (table: string, every: number) =>
    sql.unsafe(`
    (select id, (row_number() over (order by id) - 1) / ${every} as place from ${table} where name <> 'local')`);
  await sql`insert into group_policy_jump_group (group_policy_id, jump_group_id, jump_item_role_id)
            select p.id, g.id, 2 from ${nth('jump_group', GROUPS / POLICIES)} g
              join ${nth('group_policy', 1)} p on p.place = g.place + 1`;
  await sql`insert into group_policy_jumpoint (group_policy_id, jumpoint_id)
            select p.id, j.id from ${nth('jumpoint', 5)} j join ${nth('group_policy', 1)} p on p.place = j.place + 1`;
  await sql`insert into group_policy_team (group_policy_id, team_id, role)
            select p.id, t.id, 'lead' from ${nth('team', 1)} t join ${nth('group_policy', 1)} p on p.place = t.place + 1`;
  await sql`insert into jump_group_user (jump_group_id, user_id, jump_item_role_id)
            select id, ${id}, 4 from jump_group order by id limit 100`;
  await sql`insert into team_user (team_id, user_id, role)
            select t.id, u.id, 'member' from team t join app_user u on u.username like 'colleague%' and u.id % ${POLICIES} = t.id % ${POLICIES}`;
  await sql`
    insert into jump_item (kind, name, hostname, jump_group_id, port, tag, comments, settings)
    select 'shell_jump', 'Kiosk ' || n, 'host-' || n || '.branch' || n % 300 || '.example.com',
           (select min(id) from jump_group) + n % ${GROUPS}::int, 22, 'tag' || n % 17,
           'Standing in shop ' || n % 1000, '{"protocol":"ssh","terminal":"xterm","keep_alive":0}'
      from generate_series(1, ${ITEMS}::int) n`;
  await sql`
    insert into jump_item (kind, name, hostname, owner_user_id, settings)
    select 'shell_jump', 'Personal ' || u.id, 'personal', u.id, '{}' from app_user u where u.username like 'colleague%'`;
  await sql`vacuum analyze`;
  return id;
}
