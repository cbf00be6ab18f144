import type {
  ScimProfile,
  ScimQuery,
  ScimReference,
  ScimUser,
  ScimUserContent,
  ScimUsers,
} from '../../appliance/directory/scim-user.ts';
import type { Page } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';
import { filterCondition, sortExpression } from './scim-filter-sql.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Ids that are no UUIDs belong to nobody; the database cannot even be asked for them. */
export function isScimId(id: string): boolean {
  return UUID.test(id);
}

export class PgScimUsers implements ScimUsers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(providerId: number, query: ScimQuery): Promise<Page<ScimUser>> {
    const sql = this.#sql;
    const context = { sql, type: 'User', anyType: query.anyType ?? false } as const;
    // Without joins where nothing needs them: pages and counts then read the index alone.
    const source = sql`scim_user s ${query.filter || query.sort ? sql`join app_user u on u.id = s.user_id` : sql``}
      where s.security_provider_id = ${providerId}
        ${query.filter ? sql`and ${filterCondition(context, query.filter)}` : sql``}`;
    const order = query.sort
      ? sql`${sortExpression(context, query.sort.by)} ${query.sort.descending ? sql`desc` : sql`asc`}, s.user_id`
      : sql`s.user_id`;
    const [items, [count]] = await Promise.all([
      query.limit === 0
        ? []
        : sql<ScimUser[]>`
            with page as (
              select s.user_id, row_number() over (order by ${order}) as place from ${source}
               order by ${order} limit ${query.limit} offset ${query.offset})
            select ${this.#columns()}
              from page join scim_user s using (user_id) join app_user u on u.id = s.user_id
             order by page.place`,
      sql<{ total: number }[]>`select count(*)::int as total from ${source}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(providerId: number, id: string): Promise<ScimUser | undefined> {
    if (!isScimId(id)) return undefined;
    const [user] = await this.#sql<ScimUser[]>`
      select ${this.#columns()} from scim_user s join app_user u on u.id = s.user_id
       where s.id = ${id} and s.security_provider_id = ${providerId}`;
    return user;
  }

  async lockById(providerId: number, id: string): Promise<ScimUser | undefined> {
    const sql = this.#sql;
    if (!isScimId(id)) return undefined;
    // The account first, as everybody does who changes one.
    await sql`
      select from app_user
       where id = (select user_id from scim_user where id = ${id} and security_provider_id = ${providerId})
         for update`;
    const [user] = await sql<ScimUser[]>`
      select ${this.#columns()} from scim_user s join app_user u on u.id = s.user_id
       where s.id = ${id} and s.security_provider_id = ${providerId}
         for update`;
    return user;
  }

  async insert(
    providerId: number,
    content: ScimUserContent,
    profile: ScimProfile,
    id?: string,
  ): Promise<ScimUser> {
    const sql = this.#sql;
    const account = { ...accountRow(content, profile), security_provider_id: providerId };
    const [created] = await sql<{ id: number }[]>`insert into app_user ${sql(account)} returning id`;
    const userId = created!.id;
    await sql`
      insert into scim_user (user_id, id, security_provider_id, user_name, external_id, attributes)
      values (${userId}, coalesce(${id ?? null}::uuid, gen_random_uuid()), ${providerId}, ${content.userName},
              ${content.externalId}, ${sql.json(content.attributes as never)})`;
    return await this.#byUserId(userId);
  }

  async update(userId: number, content: ScimUserContent, profile: ScimProfile): Promise<ScimUser> {
    const sql = this.#sql;
    await sql`
      update app_user set ${sql(accountRow(content, profile))}, revision = revision + 1 where id = ${userId}`;
    await sql`
      update scim_user
         set user_name = ${content.userName}, external_id = ${content.externalId},
             attributes = ${sql.json(content.attributes as never)}, last_modified = clock_timestamp()
       where user_id = ${userId}`;
    return await this.#byUserId(userId);
  }

  async groupsOf(userIds: readonly number[]): Promise<ReadonlyMap<number, ScimReference[]>> {
    const rows = await this.#sql<{ userId: number; id: string; name: string }[]>`
      select m.user_id as "userId", g.id, g.display_name as name
        from scim_group_member m join scim_group g on g.id = m.group_id
       where m.user_id = any(${[...userIds]}::int[])
       order by lower(g.display_name), g.id`;
    const groups = new Map<number, ScimReference[]>();
    for (const { userId, id, name } of rows) {
      groups.set(userId, [...(groups.get(userId) ?? []), { id, name }]);
    }
    return groups;
  }

  async nameHolder(
    username: string,
  ): Promise<{ userId: number; providerId: number; provider: string } | undefined> {
    const [holder] = await this.#sql<{ userId: number; providerId: number; provider: string }[]>`
      select u.id as "userId", p.id as "providerId", p.name as provider
        from app_user u join security_provider p on p.id = u.security_provider_id
       where lower(u.username) = lower(${username})`;
    return holder;
  }

  async #byUserId(userId: number): Promise<ScimUser> {
    const [user] = await this.#sql<ScimUser[]>`
      select ${this.#columns()} from scim_user s join app_user u on u.id = s.user_id where s.user_id = ${userId}`;
    return user!;
  }

  #columns() {
    return this.#sql`
      s.user_id as "userId", s.id, s.user_name as "userName", s.external_id as "externalId", u.enabled as active,
      u.perm_admin as administrator, u.username, s.attributes, u.created_at as "createdAt",
      s.last_modified as "lastModified", u.revision`;
  }
}

function accountRow(content: ScimUserContent, profile: ScimProfile) {
  return {
    username: profile.username,
    public_display_name: profile.displayName,
    private_display_name: profile.displayName,
    email_address: profile.emailAddress,
    external_id: profile.uniqueId,
    enabled: content.active,
  };
}
