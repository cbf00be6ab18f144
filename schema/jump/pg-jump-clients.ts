import type {
  JumpClient,
  JumpClientFilter,
  JumpClientState,
  JumpClients,
} from '../../appliance/jump/jump-client.ts';
import type { Visibility } from '../../appliance/jump/jump-item.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';
import { isVisible } from './jump-item-visibility.ts';
import { JUMP_ITEM_COLUMNS, type JumpItemRow, toJumpItem } from './pg-jump-items.ts';

type JumpClientRow = JumpItemRow & JumpClientState;

// A row of jump_client may be missing for a moment: what is not reported yet has the value of a new one.
const COLUMNS = `${JUMP_ITEM_COLUMNS}, i.fqdn, i.console_user as "consoleUser", i.public_ip as "publicIp",
  i.private_ip as "privateIp", i.last_accessed_at as "lastAccessedAt", coalesce(c.operating_system, '') as "operatingSystem",
  coalesce(c.connection_type, 'active') as "connectionType", coalesce(c.install_mode, 'unknown') as "installMode",
  c.last_connected_at as "lastConnectedAt", c.last_disconnected_at as "lastDisconnectedAt",
  c.expires_at as "expiresAt", coalesce(c.is_lost, false) as "isLost", coalesce(c.needs_update, false) as "needsUpdate",
  coalesce(c.unavailable_reason, 'none') as "unavailableReason", coalesce(p.hostname, '') as "publicSiteAddress"`;
const JOINS = `left join jump_client c on c.jump_item_id = i.id left join public_portal p on p.id = i.public_portal_id`;

export class PgJumpClients implements JumpClients {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async findById(id: number): Promise<JumpClient | undefined> {
    const sql = this.#sql;
    const [row] = await sql<JumpClientRow[]>`
      select ${sql.unsafe(COLUMNS)} from jump_item i ${sql.unsafe(JOINS)}
       where i.id = ${id} and i.kind = 'jump_client'`;
    return row && toJumpClient(row);
  }

  async list(filter: JumpClientFilter, visibility: Visibility, page: PageRequest): Promise<Page<JumpClient>> {
    const sql = this.#sql;
    const from = sql`jump_item i ${filter.connectionType === undefined ? sql`` : sql`left join jump_client c on c.jump_item_id = i.id`}`;
    const where = this.#where(filter, visibility);
    // Counting and paging read the index (kind, id) alone; only the rows of the page are fetched.
    const [rows, [count]] = await Promise.all([
      sql<JumpClientRow[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select i.id from ${from} ${where} order by i.id limit ${page.limit} offset ${page.offset}) as page
          join jump_item i using (id) ${sql.unsafe(JOINS)}
         order by i.id`,
      sql<{ total: number }[]>`select count(*)::int as total from ${from} ${where}`,
    ]);
    return { items: rows.map(toJumpClient), total: count?.total ?? 0 };
  }

  async copyState(originalId: number, copyId: number): Promise<void> {
    const sql = this.#sql;
    await sql`
      insert into jump_client (jump_item_id, machine_id, connection_type, install_mode, operating_system,
             last_connected_at, last_disconnected_at, expires_at, is_lost, needs_update, unavailable_reason)
      select ${copyId}, machine_id, connection_type, install_mode, operating_system, last_connected_at,
             last_disconnected_at, expires_at, is_lost, needs_update, unavailable_reason
        from jump_client where jump_item_id = ${originalId}`;
    await sql`
      update jump_item as copy
         set fqdn = i.fqdn, console_user = i.console_user, private_ip = i.private_ip, public_ip = i.public_ip,
             workgroup = i.workgroup
        from jump_item i where i.id = ${originalId} and copy.id = ${copyId}`;
  }

  async portalAt(address: string): Promise<number | undefined> {
    const [portal] = await this.#sql<{ id: number }[]>`
      select public_portal_id as id from public_portal_address where address = lower(${address})`;
    return portal?.id;
  }

  #where(filter: JumpClientFilter, visibility: Visibility) {
    const sql = this.#sql;
    const { jumpGroupId: owner, jumpGroupType: type, connectionType } = filter;
    const whole = (column: string, value: string | undefined) =>
      value === undefined ? sql`` : sql`and lower(i.${sql(column)}) = lower(${value})`;
    return sql`
      where i.kind = 'jump_client'
        ${whole('name', filter.name)} ${whole('hostname', filter.hostname)} ${whole('fqdn', filter.fqdn)}
        ${whole('tag', filter.tag)} ${whole('console_user', filter.consoleUser)}
        ${whole('public_ip', filter.publicIp)} ${whole('private_ip', filter.privateIp)}
        ${owner === undefined ? sql`` : sql`and (i.jump_group_id = ${owner} or i.owner_user_id = ${owner})`}
        ${type === 'shared' ? sql`and i.jump_group_id is not null` : sql``}
        ${type === 'personal' ? sql`and i.owner_user_id is not null` : sql``}
        ${connectionType === undefined ? sql`` : sql`and coalesce(c.connection_type, 'active') = ${connectionType}`}
        ${visibility === 'everything' ? sql`` : sql`and ${isVisible(sql, visibility)}`}`;
  }
}

function toJumpClient(row: JumpClientRow): JumpClient {
  const { fqdn, consoleUser, publicIp, privateIp, operatingSystem, connectionType, installMode } = row;
  const { lastConnectedAt, lastDisconnectedAt, lastAccessedAt, expiresAt } = row;
  const { isLost, needsUpdate, unavailableReason, publicSiteAddress } = row;
  return {
    item: toJumpItem(row),
    state: {
      fqdn,
      consoleUser,
      publicIp,
      privateIp,
      operatingSystem,
      connectionType,
      installMode,
      lastConnectedAt,
      lastDisconnectedAt,
      lastAccessedAt,
      expiresAt,
      isLost,
      needsUpdate,
      unavailableReason,
      publicSiteAddress,
    },
  };
}
