import type { AccessTargets, NamedTarget } from '../../appliance/access/explain/access-world.ts';
import type { JumpItem, JumpItemKind, Visibility } from '../../appliance/jump/jump-item.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import { shellOf } from '../../appliance/sessions/jump-facts.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import { isVisible } from '../jump/jump-item-visibility.ts';
import type { Sql } from '../sql.ts';

interface TargetRow extends Omit<NamedTarget, 'item' | 'shell'> {
  id: number;
  name: string;
  jumpGroupType: 'shared' | 'personal';
  jumpGroupId: number;
  port: number | null;
  username: string;
  settings: JumpItem['settings'];
}

export class PgAccessTargets implements AccessTargets {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async findById(id: number, kind?: JumpItemKind): Promise<NamedTarget | undefined> {
    const sql = this.#sql;
    const rows = await sql<TargetRow[]>`
      ${this.#select()} where i.id = ${id} ${kind === undefined ? sql`` : sql`and i.kind = ${kind}`}`;
    return rows[0] && toTarget(rows[0]);
  }

  async findByName({
    name,
    kind,
    jumpGroupId,
    limit,
  }: Parameters<AccessTargets['findByName']>[0]): Promise<NamedTarget[]> {
    const sql = this.#sql;
    const rows = await sql<TargetRow[]>`
      ${this.#select()}
       where lower(i.name) = lower(${name})
         ${kind === undefined ? sql`` : sql`and i.kind = ${kind}`}
         ${jumpGroupId === undefined ? sql`` : sql`and i.jump_group_id = ${jumpGroupId}`}
       order by i.id limit ${limit}`;
    return rows.map(toTarget);
  }

  /** The ids of the page come from the narrow rows; names are joined to them alone. */
  async page(
    visibility: Visibility,
    { kinds, search, jumpGroupId }: Parameters<AccessTargets['page']>[1],
    page: PageRequest,
  ): Promise<Page<NamedTarget>> {
    const sql = this.#sql;
    const pattern = search ? `%${escapedForLike(search)}%` : undefined;
    const where = sql`
       where ${isVisible(sql, visibility)}
         ${kinds === undefined ? sql`` : sql`and i.kind = any(${[...kinds]}::text[])`}
         ${jumpGroupId === undefined ? sql`` : sql`and i.jump_group_id = ${jumpGroupId}`}
         ${pattern === undefined ? sql`` : sql`and (i.name ilike ${pattern} or i.hostname ilike ${pattern})`}`;
    const [rows, [count]] = await Promise.all([
      sql<TargetRow[]>`
        ${this.#select()}
         where i.id in (select i.id from jump_item i ${where} order by i.id limit ${page.limit} offset ${page.offset})
         order by i.id`,
      sql<{ total: number }[]>`select count(*)::int as total from jump_item i ${where}`,
    ]);
    return { items: rows.map(toTarget), total: count?.total ?? 0 };
  }

  async count(visibility: Visibility): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ total: number }[]>`
      select count(*)::int as total from jump_item i where ${isVisible(sql, visibility)}`;
    return row?.total ?? 0;
  }

  async names(
    of: 'jump_group' | 'team' | 'jumpoint',
    ids: readonly number[],
  ): Promise<ReadonlyMap<number, { name: string; codeName: string }>> {
    const sql = this.#sql;
    if (ids.length === 0) return new Map();
    const rows = await sql<{ id: number; name: string; codeName: string }[]>`
      select id, name, code_name as "codeName" from ${sql(of)} where id = any(${[...ids]}::int[])`;
    return new Map(rows.map(({ id, ...named }) => [id, named]));
  }

  async countByGroup(jumpGroupIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
    if (jumpGroupIds.length === 0) return new Map();
    const rows = await this.#sql<{ id: number; total: number }[]>`
      select jump_group_id as id, count(*)::int as total
        from jump_item where jump_group_id = any(${[...jumpGroupIds]}::int[]) group by jump_group_id`;
    return new Map(rows.map(({ id, total }) => [id, total]));
  }

  #select() {
    return this.#sql`
      select i.id, i.kind, i.name, i.hostname, i.port, i.username, i.settings,
             case when i.jump_group_id is null then 'personal' else 'shared' end as "jumpGroupType",
             coalesce(i.jump_group_id, i.owner_user_id) as "jumpGroupId",
             coalesce(g.name, nullif(u.private_display_name, ''), nullif(u.public_display_name, ''), u.username) as "ownerName",
             coalesce(g.code_name, u.username) as "ownerCodeName",
             i.jumpoint_id as "jumpointId", i.jump_policy_id as "jumpPolicyId",
             i.session_policy_id as "sessionPolicyId", i.attended_session_policy_id as "attendedSessionPolicyId",
             i.public_portal_id as "publicPortalId",
             case when j.id is not null then json_build_object('id', j.id, 'name', j.name, 'codeName', j.code_name) end as jumpoint,
             case when p.id is not null then json_build_object('id', p.id, 'name', p.display_name, 'codeName', p.code_name) end as "jumpPolicy",
             (select count(*)::int from support_session s
               where s.jump_item_id = i.id and s.state = 'active' and s.ended_at is null) as running
        from jump_item i
        left join jump_group g on g.id = i.jump_group_id
        left join app_user u on u.id = i.owner_user_id
        left join jumpoint j on j.id = i.jumpoint_id
        left join jump_policy p on p.id = i.jump_policy_id`;
  }
}

function toTarget(row: TargetRow): NamedTarget {
  const { id, name, jumpGroupType, jumpGroupId, port, username, settings, ...target } = row;
  const { kind, hostname } = target;
  return {
    ...target,
    item: { id, name, jumpGroupType, jumpGroupId },
    shell: kind === 'shell_jump' ? shellOf({ hostname, port, username, settings }) : undefined,
  };
}
