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
    const policies = speaking.map((row) => row.id);
    const bySystemRole = sql`unassigned_jump_item_role_id <> ${NO_ACCESS_ROLE_ID}`;
    const who = search
      ? // Few are called that: each is looked up.
        sql`
          from app_user u
         where u.search_text like '%' || lower(${escapedForLike(search)}::text) || '%'
           and (exists (select 1 from ${sql(direct)} m where m.${sql(column)} = ${id} and m.user_id = u.id)
                or exists (select 1 from user_group_policy g where g.user_id = u.id and g.group_policy_id = any(${policies}))
                ${kind === 'jump_group' ? sql`or u.${bySystemRole}` : sql``})`
      : sql`
          from (select user_id from ${sql(direct)} where ${sql(column)} = ${id}
                union
                select user_id from user_group_policy where group_policy_id = any(${policies})
                ${kind === 'jump_group' ? sql`union select id from app_user where ${bySystemRole}` : sql``}) c
          join app_user u on u.id = c.user_id`;
    // One pass finds and counts them; past the end there is nothing to count by.
    const rows = await sql<{ id: number; total: number }[]>`
      select u.id, count(*) over ()::int as total ${who}
       order by lower(u.username), u.id limit ${page.limit} offset ${page.offset}`;
    const [count] =
      rows.length > 0 || page.offset === 0
        ? rows
        : await sql<{ total: number }[]>`select count(*)::int as total ${who}`;
    return { items: rows.map((row) => row.id), total: count?.total ?? 0 };
  }
}
