import type { Visibility } from '../../appliance/jump/jump-item.ts';
import type { JumpItemOwner } from '../../appliance/jump/jump-item-access.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type {
  AutomationEndpoint,
  EndpointFilter,
  EndpointOperatingSystem,
  JobTarget,
} from '../../appliance/support/endpoint-automation.ts';
import { isVisible } from '../jump/jump-item-visibility.ts';
import type { Sql } from '../sql.ts';

/** What a program calls its system ("Windows 11 Pro", "macOS 15.1", "Debian 12"), as one of three; null: not told. */
const OPERATING_SYSTEM = `case
  when c.operating_system = '' then null
  when c.operating_system ilike '%windows%' then 'Windows'
  when c.operating_system ~* '^(apple )?(mac|os x|darwin)' then 'Mac'
  else 'Linux' end`;
const IS_ACTIVE = `c.connection_type <> 'uninstalled' and c.last_connected_at is not null
  and (c.last_disconnected_at is null or c.last_disconnected_at < c.last_connected_at)`;
/** The client `c` is the one that stands for its machine. */
const IS_FIRST = `not exists (select from jump_client e where e.machine_id = c.machine_id and e.jump_item_id < c.jump_item_id)`;

/** The machines of Jump Clients: those with one machine_id are one endpoint, known by the id of the first of them. */
export class PgAutomationEndpoints {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    filter: EndpointFilter,
    visibility: Visibility,
    page: PageRequest,
  ): Promise<Page<AutomationEndpoint>> {
    const sql = this.#sql;
    const where = sql`where ${sql.unsafe(IS_FIRST)} ${this.#fits(filter, visibility)}`;
    const [ids, [count]] = await Promise.all([
      sql<{ id: number }[]>`
        select c.jump_item_id as id from jump_client c ${where}
         order by c.jump_item_id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from jump_client c ${where}`,
    ]);
    const items = await this.#read(
      ids.map(({ id }) => id),
      visibility,
    );
    return { items, total: count?.total ?? 0 };
  }

  async findById(id: number, visibility: Visibility): Promise<AutomationEndpoint | undefined> {
    const sql = this.#sql;
    const [found] = await sql<{ id: number }[]>`
      select c.jump_item_id as id from jump_client c
       where c.jump_item_id = ${id} and ${sql.unsafe(IS_FIRST)} ${this.#fits({}, visibility)}`;
    return found && (await this.#read([found.id], visibility))[0];
  }

  async lockTargets(ids: readonly number[]): Promise<JobTarget[]> {
    const sql = this.#sql;
    await sql`select id from jump_item where id = any(${[...ids]}::int[]) order by id for key share`;
    return await sql<(JobTarget & { owners: JumpItemOwner[] })[]>`
      select c.jump_item_id as id, ${sql.unsafe(OPERATING_SYSTEM)} as "operatingSystem",
             (select jsonb_agg(distinct jsonb_build_object(
                       'jumpGroupType', case when i.jump_group_id is null then 'personal' else 'shared' end,
                       'jumpGroupId', coalesce(i.jump_group_id, i.owner_user_id)))
                from jump_client m join jump_item i on i.id = m.jump_item_id
               where m.machine_id = c.machine_id) as owners
        from jump_client c
       where c.jump_item_id = any(${[...ids]}::int[]) and ${sql.unsafe(IS_FIRST)}
       order by c.jump_item_id`;
  }

  /** A client of the machine of `c` that fits the filter and may be seen. */
  #fits(filter: EndpointFilter, visibility: Visibility) {
    const sql = this.#sql;
    const { operatingSystem, names, tags, hostname, publicIp, privateIp, jumpGroupId } = filter;
    const whole = (column: string, value: string | undefined) =>
      value === undefined ? sql`` : sql`and lower(i.${sql(column)}) = lower(${value})`;
    const items = sql`
      ${whole('name', names)} ${whole('tag', tags)} ${whole('hostname', hostname)}
      ${whole('public_ip', publicIp)} ${whole('private_ip', privateIp)}
      ${jumpGroupId === undefined ? sql`` : sql`and i.jump_group_id = ${jumpGroupId}`}
      ${this.#visible(visibility)}`;
    const system =
      operatingSystem === undefined
        ? sql``
        : sql`and ${sql.unsafe(OPERATING_SYSTEM)} = ${operatingSystem}::text`;
    const unfiltered = [names, tags, hostname, publicIp, privateIp, jumpGroupId].every(
      (value) => value === undefined,
    );
    if (unfiltered && visibility === 'everything') return system;
    return sql`
      ${system} and c.machine_id in (
        select f.machine_id from jump_item i join jump_client f on f.jump_item_id = i.id
         where i.kind = 'jump_client' ${items})`;
  }

  #visible(visibility: Visibility) {
    const sql = this.#sql;
    if (visibility === 'everything') return sql``;
    return sql`and ${isVisible(sql, visibility)}`;
  }

  /** Endpoints with what their visible clients have. */
  async #read(ids: readonly number[], visibility: Visibility): Promise<AutomationEndpoint[]> {
    if (ids.length === 0) return [];
    const sql = this.#sql;
    return await sql<(AutomationEndpoint & { operatingSystem: EndpointOperatingSystem | null })[]>`
      select c.jump_item_id as id, ${sql.unsafe(OPERATING_SYSTEM)} as "operatingSystem",
             ${sql.unsafe(IS_ACTIVE)} as "isActive", clients.*
        from jump_client c
        cross join lateral (
          select array_agg(distinct i.name) as names,
                 coalesce(min(nullif(i.hostname, '')), '') as hostname,
                 coalesce(array_agg(distinct i.tag) filter (where i.tag <> ''), '{}') as tags,
                 coalesce(min(nullif(i.public_ip, '')), '') as "publicIp",
                 coalesce(min(nullif(i.private_ip, '')), '') as "privateIp",
                 coalesce(array_agg(distinct i.jump_group_id) filter (where i.jump_group_id is not null), '{}') as "jumpGroupIds"
            from jump_client m
            join jump_item i on i.id = m.jump_item_id
           where m.machine_id = c.machine_id ${this.#visible(visibility)}) as clients
       where c.jump_item_id = any(${[...ids]}::int[])
       order by c.jump_item_id`;
  }
}
