import type {
  AccessFacts,
  AccessFactsSource,
  AccessQuestion,
  TeamCandidateSource,
  TeamCandidates,
} from '../../appliance/access/access-facts.ts';
import type { UserSettingValues } from '../../appliance/access/user-settings.ts';
import { JUMP_ITEM_PERMISSIONS } from '../../appliance/jump/jump-item-role.ts';
import type { Sql } from '../sql.ts';
import { hasSecondFactor } from './second-factor-sql.ts';

interface AccessRow extends Omit<AccessFacts, 'settings'> {
  settings: Partial<UserSettingValues>;
  administrator: boolean;
}

/** A role's permissions as a list of their names. */
const ROLE = `json_build_object('id', r.id, 'name', r.name, 'permissions', array_remove(array[${JUMP_ITEM_PERMISSIONS.map(
  (permission) => `case when r.${permission} then '${permission}' end`,
).join(', ')}], null))`;

export class PgAccessFacts implements AccessFactsSource, TeamCandidateSource {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(userId: number, question?: AccessQuestion): Promise<AccessFacts | undefined> {
    const parameters: (number | readonly number[])[] = [userId];
    const oneOf = (column: string, ids: readonly number[] | undefined) =>
      ids === undefined ? 'true' : `${column} = any($${parameters.push(ids)}::int[])`;
    const owners = question?.ownerUserIds;
    const statement = accessStatement({
      group: (column) => oneOf(column, question?.jumpGroupIds),
      jumpoint: (column) => oneOf(column, question?.jumpointIds),
      // Whoever asks about no personal item asks about no colleague.
      colleague: owners?.length === 0 ? undefined : (column) => oneOf(column, owners),
    });
    const [row] = await this.#sql.unsafe<AccessRow[]>(statement, parameters as number[], { prepare: true });
    if (row === undefined) return undefined;
    const { administrator, ...facts } = row;
    return { ...facts, settings: { ...facts.settings, perm_admin: administrator } };
  }

  async candidatesOfTeams(teamIds: readonly number[]): Promise<TeamCandidates> {
    if (teamIds.length === 0) return { people: [], policies: [] };
    const [row] = await this.#sql.unsafe<TeamCandidates[]>(CANDIDATES, [[...teamIds]] as never, {
      prepare: true,
    });
    return row!;
  }
}

type Condition = (column: string) => string;

/** `json_agg` of nothing is null. */
const list = (select: string) => `coalesce((${select}), '[]'::json)`;
const entries = (table: string, id: string, role: string, condition: string) =>
  list(`select json_agg(json_build_object('id', e.${id}, 'action', e.action, 'role', ${role}))
          from ${table} e where e.group_policy_id = p.id and ${condition}`);
const said = (kind: string, entriesOf: string) =>
  `json_build_object('addFinal', p.${kind}_add_final, 'removeFinal', p.${kind}_remove_final, 'entries', ${entriesOf})`;

/** The group policies that speak of the teams of `led`, and which people they are for. */
const TEAM_POLICIES = `
  team_policy as materialized (
    select * from group_policy p
     where p.id in (select t.group_policy_id from group_policy_team t where t.team_id in (select team_id from led))),
  team_layer as materialized (
    select g.user_id, p.id, p.position from team_policy p join user_group_policy g on g.group_policy_id = p.id)`;
const TEAM_PEOPLE = `select user_id from team_user where team_id in (select team_id from led)
  union select user_id from team_layer`;
/** People of `colleague` and what bears on their membership of those teams. */
const COLLEAGUES = list(`
  select json_agg(json_build_object('userId', c.user_id, 'direct', coalesce(d.rows, '[]'), 'policyIds', coalesce(l.ids, '{}')))
    from colleague c
    left join (select user_id, json_agg(json_build_object('id', team_id, 'role', role)) as rows
                 from team_user where team_id in (select team_id from led) group by user_id) d using (user_id)
    left join (select user_id, array_agg(id order by position) as ids from team_layer group by user_id) l using (user_id)`);
const COLLEAGUE_POLICIES = list(`
  select json_agg(json_build_object('id', p.id, 'name', p.name, 'addFinal', p.teams_add_final, 'removeFinal', p.teams_remove_final,
                  'entries', ${entries('group_policy_team', 'team_id', 'e.role', 'e.team_id in (select team_id from led)')}))
    from team_policy p where exists (select from colleague)`);

const CANDIDATES = `with led as materialized (select unnest($1::int[]) as team_id), ${TEAM_POLICIES},
  colleague as materialized (${TEAM_PEOPLE})
  select ${COLLEAGUES} as people, ${COLLEAGUE_POLICIES} as policies`;

/**
 * Everything about one person in one statement. Colleagues are people of the teams that the person may lead: `led` is
 * every team somebody made them lead or manager of; the rules find out whether that holds.
 */
function accessStatement({
  group,
  jumpoint,
  colleague,
}: {
  group: Condition;
  jumpoint: Condition;
  colleague: Condition | undefined;
}): string {
  const colleagues =
    colleague === undefined
      ? ''
      : `, led as materialized (
      select team_id from team_user where user_id = $1 and role <> 'member'
      union
      select t.team_id from group_policy_team t where t.action = 'add' and t.role <> 'member' and t.group_policy_id in (select id from mine)),
    ${TEAM_POLICIES},
    colleague as materialized (
      select user_id from (${TEAM_PEOPLE}) c
       where ${colleague('c.user_id')} and c.user_id <> $1
         and exists (select from jump_item i where i.owner_user_id = c.user_id))`;
  return `with
    mine as materialized (
      select p.* from group_policy p
       where p.id in (select g.group_policy_id from user_group_policy g where g.user_id = $1))
    ${colleagues}
  select u.id as "userId", u.username, u.public_display_name as "publicDisplayName",
         u.private_display_name as "privateDisplayName", u.enabled, u.perm_admin as administrator, u.settings,
         ${hasSecondFactor('u.id')} as "hasSecondFactor",
         ${list(`select json_agg(json_build_object('id', p.id, 'name', p.name, 'settings', p.settings,
             'jumpGroups', ${said('jump_groups', entries('group_policy_jump_group', 'jump_group_id', 'e.jump_item_role_id', group('e.jump_group_id')))},
             'teams', ${said('teams', entries('group_policy_team', 'team_id', 'e.role', 'true'))},
             'jumpoints', ${said('jumpoints', entries('group_policy_jumpoint', 'jumpoint_id', 'null', jumpoint('e.jumpoint_id')))}
           ) order by p.position) from mine p`)} as policies,
         ${list(`select json_agg(json_build_object('id', m.jump_group_id, 'role', m.jump_item_role_id))
           from jump_group_user m where m.user_id = $1 and ${group('m.jump_group_id')}`)} as "jumpGroups",
         ${list(`select json_agg(json_build_object('id', m.team_id, 'role', m.role))
           from team_user m where m.user_id = $1`)} as teams,
         ${list(`select json_agg(json_build_object('id', m.jumpoint_id, 'role', null))
           from jumpoint_user m where m.user_id = $1 and ${jumpoint('m.jumpoint_id')}`)} as jumpoints,
         ${list(`select json_agg(${ROLE}) from jump_item_role r`)} as roles,
         ${colleague === undefined ? "'[]'::json" : COLLEAGUES} as colleagues,
         ${colleague === undefined ? "'[]'::json" : COLLEAGUE_POLICIES} as "colleaguePolicies"
    from app_user u
   where u.id = $1`;
}
