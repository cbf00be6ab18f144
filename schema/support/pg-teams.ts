import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Team, TeamFilter, TeamRole, Teams, TeamUser, TeamUsers } from '../../appliance/support/team.ts';
import type { Use } from '../../appliance/support/uses.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';

type TeamRow = Omit<Team, 'publicPortalIds'> & { allPublicPortals: boolean; portalIds: number[] };

const COLUMNS = `t.id, t.name, t.code_name as "codeName", t.comments, t.persistent_queue as "persistentQueue",
  t.all_public_portals as "allPublicPortals", t.revision,
  array(select p.public_portal_id from team_public_portal p where p.team_id = t.id order by 1) as "portalIds"`;

export class PgTeams implements Teams {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: TeamFilter, page: PageRequest): Promise<Page<Team>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${filter.name === undefined ? sql`` : sql`and lower(name) = lower(${filter.name})`}
        ${filter.search ? sql`and lower(name) like '%' || lower(${escapedForLike(filter.search)}::text) || '%'` : sql``}
        ${filter.codeName === undefined ? sql`` : sql`and lower(code_name) = lower(${filter.codeName})`}
        ${filter.ids === undefined ? sql`` : sql`and id = any(${[...filter.ids]}::int[])`}`;
    const [rows, [count]] = await Promise.all([
      sql<TeamRow[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from team ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join team t using (id)
         order by t.id`,
      sql<{ total: number }[]>`select count(*)::int as total from team ${where}`,
    ]);
    return { items: rows.map(toTeam), total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<Team | undefined> {
    const sql = this.#sql;
    const [row] = await sql<TeamRow[]>`select ${sql.unsafe(COLUMNS)} from team t where t.id = ${id}`;
    return row && toTeam(row);
  }

  async lockById(id: number): Promise<Team | undefined> {
    const sql = this.#sql;
    const [row] = await sql<TeamRow[]>`
      select ${sql.unsafe(COLUMNS)} from team t where t.id = ${id} for update`;
    return row && toTeam(row);
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from team where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(team: Omit<Team, 'id' | 'revision'>): Promise<Team> {
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into team (name, code_name, comments, persistent_queue, all_public_portals)
      values (${team.name}, ${team.codeName}, ${team.comments}, ${team.persistentQueue},
              ${team.publicPortalIds === 'all'})
      returning id, revision`;
    await this.#insertPortals(row!.id, team.publicPortalIds);
    return { ...row!, ...team };
  }

  async update(team: Team): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update team
         set name = ${team.name}, code_name = ${team.codeName}, comments = ${team.comments},
             persistent_queue = ${team.persistentQueue}, all_public_portals = ${team.publicPortalIds === 'all'},
             revision = revision + 1
       where id = ${team.id} returning revision`;
    await sql`delete from team_public_portal where team_id = ${team.id}`;
    await this.#insertPortals(team.id, team.publicPortalIds);
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from team where id = ${id}`;
  }

  async uses(id: number): Promise<Use[]> {
    const sql = this.#sql;
    return await sql<Use[]>`
      select 'issue' as noun, count(*)::int as total, (array_agg(name order by id))[1:5] as names
        from issue where id in (select issue_id from issue_team where team_id = ${id})
      union all
      select 'canned script', count(*)::int, (array_agg(name order by id))[1:5]
        from canned_script where id in (select canned_script_id from canned_script_team where team_id = ${id})
      union all
      select 'canned message', count(*)::int, (array_agg(title order by id))[1:5]
        from canned_message where id in (select canned_message_id from canned_message_team where team_id = ${id})
      union all
      select 'group policy', count(*)::int, (array_agg(name order by position))[1:5]
        from group_policy where id in (select group_policy_id from group_policy_team where team_id = ${id})`;
  }

  async #insertPortals(id: number, portalIds: Team['publicPortalIds']): Promise<void> {
    if (portalIds === 'all' || portalIds.length === 0) return;
    await this.#sql`
      insert into team_public_portal (team_id, public_portal_id) select ${id}, unnest(${portalIds}::int[])`;
  }
}

function toTeam({ allPublicPortals, portalIds, ...team }: TeamRow): Team {
  return { ...team, publicPortalIds: allPublicPortals ? 'all' : portalIds };
}

export class PgTeamUsers implements TeamUsers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(teamId: number, page: PageRequest): Promise<Page<TeamUser>> {
    const sql = this.#sql;
    const [items, [count]] = await Promise.all([
      sql<TeamUser[]>`
        select team_id as "teamId", user_id as "userId", role from team_user where team_id = ${teamId}
         order by user_id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from team_user where team_id = ${teamId}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findOne(teamId: number, userId: number): Promise<TeamUser | undefined> {
    const [row] = await this.#sql<{ role: TeamRole }[]>`
      select role from team_user where team_id = ${teamId} and user_id = ${userId}`;
    return row && { teamId, userId, role: row.role };
  }

  async insert({ teamId, userId, role }: TeamUser): Promise<void> {
    await this.#sql`insert into team_user (team_id, user_id, role) values (${teamId}, ${userId}, ${role})`;
  }

  async update(of: TeamUser, { teamId, role }: TeamUser): Promise<void> {
    await this.#sql`
      update team_user set team_id = ${teamId}, role = ${role}
       where team_id = ${of.teamId} and user_id = ${of.userId}`;
  }

  async delete(teamId: number, userId: number): Promise<void> {
    await this.#sql`delete from team_user where team_id = ${teamId} and user_id = ${userId}`;
  }

  async findLeading(teamId: number): Promise<number[]> {
    const rows = await this.#sql<{ userId: number }[]>`
      select user_id as "userId" from team_user where team_id = ${teamId} and role <> 'member'
      union
      select user_id from user_group_policy where group_policy_id in (
        select group_policy_id from group_policy_team
         where team_id = ${teamId} and action = 'add' and role <> 'member')
       order by 1`;
    return rows.map(({ userId }) => userId);
  }
}
