import type {
  ScimGroup,
  ScimGroupContent,
  ScimGroupNaming,
  ScimGroups,
  ScimMembership,
} from '../../appliance/directory/scim-group.ts';
import type { ScimQuery, ScimReference } from '../../appliance/directory/scim-user.ts';
import type { Page } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';
import { isScimId } from './pg-scim-users.ts';
import type { Fragment } from './scim-fields.ts';
import { filterCondition, sortExpression } from './scim-filter-sql.ts';

/**
 * Beside the memberships themselves, `user_directory_group` tells the access rules who is in what; both are written by
 * the same statements here and nowhere else.
 */
export class PgScimGroups implements ScimGroups {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(providerId: number, query: ScimQuery): Promise<Page<ScimGroup>> {
    const sql = this.#sql;
    const context = { sql, type: 'Group', anyType: query.anyType ?? false } as const;
    const source = sql`scim_group g
      where g.security_provider_id = ${providerId}
        ${query.filter ? sql`and ${filterCondition(context, query.filter)}` : sql``}`;
    const order = query.sort
      ? sql`${sortExpression(context, query.sort.by)} ${query.sort.descending ? sql`desc` : sql`asc`}, g.number`
      : sql`g.number`;
    const [items, [count]] = await Promise.all([
      query.limit === 0
        ? []
        : sql<ScimGroup[]>`
            select ${this.#columns()} from ${source} order by ${order} limit ${query.limit} offset ${query.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from ${source}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(providerId: number, id: string): Promise<ScimGroup | undefined> {
    return await this.#one(providerId, id, this.#sql``);
  }

  async lockById(providerId: number, id: string): Promise<ScimGroup | undefined> {
    return await this.#one(providerId, id, this.#sql`for update`);
  }

  async #one(providerId: number, id: string, lock: Fragment): Promise<ScimGroup | undefined> {
    if (!isScimId(id)) return undefined;
    const [group] = await this.#sql<ScimGroup[]>`
      select ${this.#columns()} from scim_group g
       where g.id = ${id} and g.security_provider_id = ${providerId} ${lock}`;
    return group;
  }

  async insert(
    providerId: number,
    { displayName, externalId }: ScimGroupContent,
    naming: ScimGroupNaming,
    id?: string,
  ): Promise<ScimGroup> {
    const sql = this.#sql;
    const [group] = await sql<ScimGroup[]>`
      insert into scim_group as g (id, security_provider_id, display_name, external_id, group_name)
      select new.id, ${providerId}, ${displayName}, ${externalId},
             ${nameBy(sql, naming, sql`new.id`, sql`${displayName}::text`, sql`${externalId}::text`)}
        from (select coalesce(${id ?? null}::uuid, gen_random_uuid()) as id) new
      returning ${this.#columns()}`;
    return group!;
  }

  async update(
    group: ScimGroup,
    { displayName, externalId }: ScimGroupContent,
    naming: ScimGroupNaming,
  ): Promise<ScimGroup> {
    const sql = this.#sql;
    const [after] = await sql<(ScimGroup & { providerId: number })[]>`
      update scim_group g
         set display_name = ${displayName}, external_id = ${externalId},
             group_name = ${nameBy(sql, naming, sql`g.id`, sql`${displayName}::text`, sql`${externalId}::text`)},
             last_modified = clock_timestamp(), revision = revision + 1
       where g.id = ${group.id} returning ${this.#columns()}, g.security_provider_id as "providerId"`;
    const { providerId, ...updated } = after!;
    if (updated.groupName !== group.groupName) {
      await this.#moveNames(
        providerId,
        sql`(values (${group.groupName}::text, ${updated.groupName}::text)) as moved (was, becomes)`,
      );
    }
    return updated;
  }

  async delete(group: ScimGroup): Promise<ScimMembership[]> {
    const left = await this.removeMembers(group, { exceptUserIds: [] });
    await this.#sql`delete from scim_group where id = ${group.id}`;
    return left;
  }

  async membersOf(groupIds: readonly string[]): Promise<ReadonlyMap<string, ScimReference[]>> {
    const rows = await this.#sql<{ groupId: string; id: string; name: string }[]>`
      select m.group_id as "groupId", s.id, u.public_display_name as name
        from scim_group_member m
        join scim_user s on s.user_id = m.user_id join app_user u on u.id = m.user_id
       where m.group_id = any(${[...groupIds]}::uuid[])
       order by m.user_id`;
    const members = new Map<string, ScimReference[]>();
    for (const { groupId, ...member } of rows) {
      const list = members.get(groupId);
      if (list === undefined) members.set(groupId, [member]);
      else list.push(member);
    }
    return members;
  }

  async lockMembers(providerId: number, ids: readonly string[]) {
    const sql = this.#sql;
    const wanted = ids.filter(isScimId);
    // The accounts first, as everybody does who changes or deletes one.
    await sql`
      select from app_user
       where id in (select user_id from scim_user
                     where security_provider_id = ${providerId} and id = any(${wanted}::uuid[]))
       order by id for key share`;
    const users = await sql<{ id: string; userId: number }[]>`
      select id, user_id as "userId" from scim_user
       where security_provider_id = ${providerId} and id = any(${wanted}::uuid[])
       order by user_id for key share`;
    const groups = await sql<{ id: string }[]>`
      select id from scim_group where security_provider_id = ${providerId} and id = any(${wanted}::uuid[])`;
    return {
      found: new Map(users.map(({ id, userId }) => [id, userId])),
      groups: groups.map(({ id }) => id),
    };
  }

  async addMembers(group: ScimGroup, userIds: readonly number[]): Promise<ScimMembership[]> {
    return await this.#sql<ScimMembership[]>`
      with added as (
             insert into scim_group_member (group_id, user_id)
             select ${group.id}, unnest(${[...userIds]}::int[]) on conflict do nothing returning user_id),
           named as (
             insert into user_directory_group (user_id, security_provider_id, group_name)
             select added.user_id, g.security_provider_id, g.group_name
               from added cross join scim_group g where g.id = ${group.id} on conflict do nothing)
      select u.id as "userId", u.username from added join app_user u on u.id = added.user_id order by u.id`;
  }

  async removeMembers(
    group: ScimGroup,
    which: { ids: readonly string[] } | { exceptUserIds: readonly number[] },
  ): Promise<ScimMembership[]> {
    const sql = this.#sql;
    const chosen =
      'ids' in which
        ? sql`m.user_id in (select user_id from scim_user where id = any(${which.ids.filter(isScimId)}::uuid[]))`
        : sql`not m.user_id = any(${[...which.exceptUserIds]}::int[])`;
    return await sql<ScimMembership[]>`
      with gone as (delete from scim_group_member m where m.group_id = ${group.id} and ${chosen} returning m.user_id),
           unnamed as (
             delete from user_directory_group d using gone, scim_group g
              where g.id = ${group.id} and d.user_id = gone.user_id
                and d.security_provider_id = g.security_provider_id and d.group_name = g.group_name)
      select u.id as "userId", u.username from gone join app_user u on u.id = gone.user_id order by u.id`;
  }

  async renameAll(providerId: number, naming: ScimGroupNaming): Promise<void> {
    const sql = this.#sql;
    const before = await sql<{ id: string; name: string }[]>`
      select id, group_name as name from scim_group where security_provider_id = ${providerId} for update`;
    // Aside first: with the new names some groups may be called what others were.
    await sql`update scim_group set group_name = id::text || ' ' || group_name where security_provider_id = ${providerId}`;
    await sql`
      update scim_group g set group_name = ${nameBy(sql, naming, sql`g.id`, sql`g.display_name`, sql`g.external_id`)}
       where g.security_provider_id = ${providerId}`;
    const [ids, names] = [before.map(({ id }) => id), before.map(({ name }) => name)];
    await this.#moveNames(
      providerId,
      sql`(select old.name as was, g.group_name as becomes
             from unnest(${ids}::uuid[], ${names}::text[]) as old (id, name) join scim_group g on g.id = old.id) as moved`,
    );
  }

  /** What groups were called becomes what they are called, for members and group policies. */
  async #moveNames(providerId: number, moved: Fragment): Promise<void> {
    const sql = this.#sql;
    await sql`
      delete from user_directory_group d using ${moved}
       where d.security_provider_id = ${providerId} and d.group_name = moved.was`;
    await sql`
      insert into user_directory_group (user_id, security_provider_id, group_name)
      select m.user_id, g.security_provider_id, g.group_name
        from ${moved} join scim_group g on g.group_name = moved.becomes and g.security_provider_id = ${providerId}
        join scim_group_member m on m.group_id = g.id
          on conflict do nothing`;
    const named = await sql<{ policyId: number; becomes: string }[]>`
      delete from group_policy_member m using ${moved}
       where m.security_provider_id = ${providerId} and m.user_id is null and lower(m.group_name) = moved.was
      returning m.group_policy_id as "policyId", moved.becomes`;
    const [ids, names] = [named.map(({ policyId }) => policyId), named.map(({ becomes }) => becomes)];
    // A name too long for a group policy ends the mapping; one that the policy names already stays as it is.
    await sql`
      insert into group_policy_member (group_policy_id, security_provider_id, group_name)
      select old.id, ${providerId}, old.name from unnest(${ids}::int[], ${names}::text[]) as old (id, name)
       where length(old.name) <= 64
          on conflict do nothing`;
  }

  #columns() {
    return this.#sql`
      g.id, g.display_name as "displayName", g.external_id as "externalId", g.group_name as "groupName",
      (select count(*)::int from scim_group_member m where m.group_id = g.id) as members,
      g.created_at as "createdAt", g.last_modified as "lastModified", g.revision`;
  }
}

/** Groups without an external id are named by their display name. */
function nameBy(
  sql: Sql,
  naming: ScimGroupNaming,
  id: Fragment,
  displayName: Fragment,
  externalId: Fragment,
): Fragment {
  if (naming === 'id') return sql`${id}::text`;
  return naming === 'displayName'
    ? sql`lower(${displayName})`
    : sql`lower(coalesce(${externalId}, ${displayName}))`;
}
