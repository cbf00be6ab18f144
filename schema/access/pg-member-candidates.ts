import type {
  MemberCandidates,
  MemberQuery,
  MembershipKind,
} from '../../appliance/access/member-list-service.ts';
import { NO_ACCESS_ROLE_ID } from '../../appliance/access/user-settings.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';

/** Tables of direct memberships and of what group policies say, with their column for the thing itself. */
const TABLES = {
  jump_group: { direct: 'jump_group_user', policy: 'group_policy_jump_group', column: 'jump_group_id' },
  team: { direct: 'team_user', policy: 'group_policy_team', column: 'team_id' },
  jumpoint: { direct: 'jumpoint_user', policy: 'group_policy_jumpoint', column: 'jumpoint_id' },
} as const;

export class PgMemberCandidates implements MemberCandidates {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    kind: MembershipKind,
    id: number,
    { search }: MemberQuery,
    page: PageRequest,
  ): Promise<Page<number>> {
    const sql = this.#sql;
    const { direct, policy, column } = TABLES[kind];
    // Known ids reach into the view; a subquery would make it list everybody first.
    const speaking = await this.#sql<{ id: number }[]>`
      select group_policy_id as id from ${sql(policy)} where ${sql(column)} = ${id}
      ${kind === 'jump_group' ? sql`union select id from group_policy where unassigned_jump_item_role_id <> ${NO_ACCESS_ROLE_ID}` : sql``}`;
    const candidates = sql`
      select user_id from ${sql(direct)} where ${sql(column)} = ${id}
      union
      select user_id from user_group_policy where group_policy_id = any(${speaking.map((row) => row.id)})
      ${kind === 'jump_group' ? sql`union select id from app_user where unassigned_jump_item_role_id <> ${NO_ACCESS_ROLE_ID}` : sql``}`;
    const named = search
      ? sql`where u.search_text like '%' || lower(${escapedForLike(search)}::text) || '%'`
      : sql``;
    const [rows, [count]] = await Promise.all([
      sql<{ id: number }[]>`
        select u.id from (${candidates}) c join app_user u on u.id = c.user_id ${named}
         order by lower(u.username), u.id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`
        select count(*)::int as total from (${candidates}) c join app_user u on u.id = c.user_id ${named}`,
    ]);
    return { items: rows.map((row) => row.id), total: count?.total ?? 0 };
  }
}
