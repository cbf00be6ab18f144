import type {
  AccessPolicyLayer,
  RoleFacts,
  SessionPolicyFacts,
} from '../../appliance/access/access-facts.ts';
import type {
  AccessWorld,
  AccessWorldSource,
  PersonFacts,
  PortalFacts,
  WorldQuestion,
} from '../../appliance/access/explain/access-world.ts';
import type { DirectMembership } from '../../appliance/access/memberships.ts';
import { JUMP_ITEM_PERMISSIONS } from '../../appliance/jump/jump-item-role.ts';
import type { JumpPolicyRules } from '../../appliance/jump/jump-policy-ruling.ts';
import type { JumpointFacts } from '../../appliance/jump/jumpoint-ruling.ts';
import type { TeamRole } from '../../appliance/support/team.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';
import { hasSecondFactor } from './second-factor-sql.ts';

interface PersonRow extends Omit<PersonFacts, 'policyIds' | 'jumpGroups' | 'teams' | 'jumpoints'> {
  administrator: boolean;
}

interface MemberRow<Role> extends DirectMembership<Role> {
  userId: number;
}

/** One statement for each table, whatever the number of people: they run side by side. */
export class PgAccessWorld implements AccessWorldSource {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async read(question: WorldQuestion): Promise<AccessWorld> {
    const { jumpGroupIds, jumpointIds, ownerUserIds = [], userIds, search } = question;
    const owners =
      ownerUserIds.length === 0 ? Promise.resolve([]) : this.#people({ userIds: ownerUserIds }, [], []);
    const [people, ownerFacts, policies, roles, sessionPolicies, portals, jumpPolicies, jumpoints] =
      await Promise.all([
        this.#people({ userIds, search }, jumpGroupIds, jumpointIds),
        owners,
        this.#policies(jumpGroupIds, jumpointIds),
        this.#roles(),
        this.#sql<SessionPolicyFacts[]>`select id, display_name as name, permissions from session_policy`,
        this.#sql<PortalFacts[]>`
        select id, name, session_policy_id as "sessionPolicyId" from public_portal order by id`,
        this.#jumpPolicies(question.jumpPolicyIds ?? []),
        this.#jumpoints(jumpointIds ?? []),
      ]);
    return {
      people,
      owners: ownerFacts,
      policies,
      roles,
      sessionPolicies: byId(sessionPolicies),
      portals: [...portals],
      jumpPolicies: byId(jumpPolicies),
      jumpoints: byId(jumpoints),
    };
  }

  async #people(
    { userIds, search }: Pick<WorldQuestion, 'userIds' | 'search'>,
    jumpGroupIds: readonly number[] | undefined,
    jumpointIds: readonly number[] | undefined,
  ): Promise<PersonFacts[]> {
    const sql = this.#sql;
    const some = (column: string, ids: readonly number[] | undefined) =>
      ids === undefined ? sql`true` : sql`${sql.unsafe(column)} = any(${[...ids]}::int[])`;
    const [rows, policies, groups, teams, jumpoints] = await Promise.all([
      sql<PersonRow[]>`
        select id as "userId", username, public_display_name as "publicDisplayName",
               private_display_name as "privateDisplayName", enabled, perm_admin as administrator, settings,
               ${sql.unsafe(hasSecondFactor('app_user.id'))} as "hasSecondFactor"
          from app_user
         where not invited and ${some('id', userIds)} ${search ? sql`and (${found(sql, search)})` : sql``}
         order by id`,
      // There are few policies and many people: fewer, longer rows.
      sql<{ policyId: number; userIds: number[] }[]>`
        select group_policy_id as "policyId", array_agg(user_id) as "userIds"
          from user_group_policy where ${some('user_id', userIds)} group by group_policy_id`,
      sql<MemberRow<number>[]>`
        select user_id as "userId", jump_group_id as id, jump_item_role_id as role
          from jump_group_user where ${some('user_id', userIds)} and ${some('jump_group_id', jumpGroupIds)}`,
      sql<MemberRow<TeamRole>[]>`
        select user_id as "userId", team_id as id, role from team_user where ${some('user_id', userIds)}`,
      sql<MemberRow<never>[]>`
        select user_id as "userId", jumpoint_id as id, null as role
          from jumpoint_user where ${some('user_id', userIds)} and ${some('jumpoint_id', jumpointIds)}`,
    ]);
    const policyIds = new Map(rows.map(({ userId }) => [userId, new Set<number>()]));
    for (const { policyId, userIds: members } of policies)
      for (const userId of members) policyIds.get(userId)?.add(policyId);
    const groupsOf = byUser(groups);
    const teamsOf = byUser(teams);
    const jumpointsOf = byUser(jumpoints);
    return rows.map(({ administrator, settings, ...person }) => ({
      ...person,
      settings: { ...settings, perm_admin: administrator },
      policyIds: policyIds.get(person.userId)!,
      jumpGroups: groupsOf.get(person.userId) ?? [],
      teams: teamsOf.get(person.userId) ?? [],
      jumpoints: jumpointsOf.get(person.userId) ?? [],
    }));
  }

  async #policies(
    jumpGroupIds: readonly number[] | undefined,
    jumpointIds: readonly number[] | undefined,
  ): Promise<AccessPolicyLayer[]> {
    const sql = this.#sql;
    const some = (column: string, ids: readonly number[] | undefined) =>
      ids === undefined ? sql`true` : sql`${sql.unsafe(column)} = any(${[...ids]}::int[])`;
    return [
      ...(await sql<AccessPolicyLayer[]>`
        select p.id, p.name, p.settings,
               json_build_object('addFinal', p.jump_groups_add_final, 'removeFinal', p.jump_groups_remove_final,
                 'entries', coalesce((select json_agg(json_build_object('id', e.jump_group_id, 'action', e.action, 'role', e.jump_item_role_id))
                   from group_policy_jump_group e
                  where e.group_policy_id = p.id and ${some('e.jump_group_id', jumpGroupIds)}), '[]'::json)) as "jumpGroups",
               json_build_object('addFinal', p.teams_add_final, 'removeFinal', p.teams_remove_final,
                 'entries', coalesce((select json_agg(json_build_object('id', e.team_id, 'action', e.action, 'role', e.role))
                   from group_policy_team e where e.group_policy_id = p.id), '[]'::json)) as teams,
               json_build_object('addFinal', p.jumpoints_add_final, 'removeFinal', p.jumpoints_remove_final,
                 'entries', coalesce((select json_agg(json_build_object('id', e.jumpoint_id, 'action', e.action, 'role', null))
                   from group_policy_jumpoint e
                  where e.group_policy_id = p.id and ${some('e.jumpoint_id', jumpointIds)}), '[]'::json)) as jumpoints
          from group_policy p order by p.position`),
    ];
  }

  async #roles(): Promise<RoleFacts[]> {
    const rows = await this.#sql<({ id: number; name: string } & Record<string, unknown>)[]>`
      select id, name, ${this.#sql(JUMP_ITEM_PERMISSIONS)} from jump_item_role`;
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      permissions: JUMP_ITEM_PERMISSIONS.filter((permission) => row[permission] === true),
    }));
  }

  async #jumpPolicies(ids: readonly number[]): Promise<JumpPolicyRules[]> {
    if (ids.length === 0) return [];
    return await this.#sql<JumpPolicyRules[]>`
      select id, display_name as "displayName", code_name as "codeName", schedule_enabled as "scheduleEnabled",
             schedule_strict as "scheduleStrict", simultaneous_jumps as "simultaneousJumps",
             simultaneous_jumps_rdp as "simultaneousJumpsRdp", ticket_id_required as "ticketIdRequired",
             two_factor_challenge_required as "twoFactorChallengeRequired",
             json_build_object('timezone', timezone, 'entries', coalesce((
               select json_agg(json_build_object('startDay', start_day, 'startTime', start_time,
                        'endDay', end_day, 'endTime', end_time) order by position)
                 from jump_policy_schedule_entry e where e.jump_policy_id = p.id), '[]'::json)) as schedule
        from jump_policy p where id = any(${[...ids]}::int[])`;
  }

  async #jumpoints(ids: readonly number[]): Promise<JumpointFacts[]> {
    if (ids.length === 0) return [];
    return await this.#sql<JumpointFacts[]>`
      select id, name, enabled, shell_jump_enabled as "shellJumpEnabled", shell_jump_access as "shellJumpAccess",
             shell_jump_provisioned as "shellJumpProvisioned"
        from jumpoint where id = any(${[...ids]}::int[])`;
  }
}

function found(sql: Sql, search: string) {
  const pattern = `%${escapedForLike(search)}%`;
  return sql`username ilike ${pattern} or public_display_name ilike ${pattern} or private_display_name ilike ${pattern}`;
}

function byId<Row extends { id: number }>(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

function byUser<Role>(rows: readonly MemberRow<Role>[]): Map<number, DirectMembership<Role>[]> {
  const lists = new Map<number, DirectMembership<Role>[]>();
  for (const { userId, id, role } of rows) {
    const list = lists.get(userId);
    if (list === undefined) lists.set(userId, [{ id, role }]);
    else list.push({ id, role });
  }
  return lists;
}
