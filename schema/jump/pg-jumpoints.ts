import type {
  EnrolmentToken,
  EnrolmentTokens,
  Jumpoint,
  JumpointFilter,
  JumpointMembers,
  JumpointNode,
  Jumpoints,
  ListedJumpoint,
} from '../../appliance/jump/jumpoint.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import { LEASE_SECONDS } from '../../appliance/sessions/server-nodes.ts';
import type { Sql } from '../sql.ts';
import { escapedForLike } from './jump-item-search-sql.ts';
import { isAmong } from './jump-item-visibility.ts';

export class PgJumpoints implements Jumpoints {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: JumpointFilter, page: PageRequest): Promise<Page<ListedJumpoint>> {
    const sql = this.#sql;
    const ofNode = (column: string, value: string | undefined) =>
      value === undefined
        ? sql``
        : sql`and exists (select from jumpoint_node n where n.jumpoint_id = j.id and n.revoked_at is null
                             and lower(n.${sql(column)}) = lower(${value}))`;
    const where = sql`
       where true
         ${filter.name === undefined ? sql`` : sql`and lower(j.name) = lower(${filter.name})`}
         ${filter.search ? sql`and lower(j.name) like '%' || lower(${escapedForLike(filter.search)}::text) || '%'` : sql``}
         ${filter.codeName === undefined ? sql`` : sql`and lower(j.code_name) = lower(${filter.codeName})`}
         ${ofNode('public_ip', filter.publicIp)} ${ofNode('private_ip', filter.privateIp)}
         ${ofNode('hostname', filter.hostname)}
         ${filter.ids === undefined ? sql`` : sql`and ${isAmong(sql, sql`j.id`, filter.ids)}`}`;
    const [items, [count]] = await Promise.all([
      sql<ListedJumpoint[]>`
        select ${this.#columns()} from jumpoint j ${where}
         order by j.id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from jumpoint j ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<ListedJumpoint | undefined> {
    const [jumpoint] = await this.#sql<ListedJumpoint[]>`
      select ${this.#columns()} from jumpoint j where j.id = ${id}`;
    return jumpoint;
  }

  async lockById(id: number): Promise<ListedJumpoint | undefined> {
    const [jumpoint] = await this.#sql<ListedJumpoint[]>`
      select ${this.#columns()} from jumpoint j where j.id = ${id} for update of j`;
    return jumpoint;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from jumpoint where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(jumpoint: Omit<Jumpoint, 'id'>): Promise<ListedJumpoint> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into jumpoint (name, platform, clustered, code_name, comments, enabled, shell_jump_enabled,
                            shell_jump_access, shell_jump_ranges, shell_jump_provisioned,
                            external_jump_item_network_id, protocol_tunnel_enabled, managed_ip_ranges,
                            proxy_settings)
      values (${jumpoint.name}, ${jumpoint.platform}, ${jumpoint.clustered}, ${jumpoint.codeName},
              ${jumpoint.comments}, ${jumpoint.enabled}, ${jumpoint.shellJumpEnabled}, ${jumpoint.shellJumpAccess},
              ${jumpoint.shellJumpRanges}, ${JSON.stringify(jumpoint.shellJumpProvisioned)}::text::jsonb,
              ${jumpoint.externalJumpItemNetworkId}, ${jumpoint.protocolTunnelEnabled},
              ${jumpoint.managedRanges}, ${JSON.stringify(jumpoint.zoneProxy)}::text::jsonb)
      returning id, revision`;
    return { ...row!, ...jumpoint, connected: false };
  }

  async update(jumpoint: Jumpoint): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update jumpoint
         set name = ${jumpoint.name}, code_name = ${jumpoint.codeName}, comments = ${jumpoint.comments},
             enabled = ${jumpoint.enabled}, shell_jump_enabled = ${jumpoint.shellJumpEnabled},
             shell_jump_access = ${jumpoint.shellJumpAccess}, shell_jump_ranges = ${jumpoint.shellJumpRanges},
             shell_jump_provisioned = ${JSON.stringify(jumpoint.shellJumpProvisioned)}::text::jsonb,
             external_jump_item_network_id = ${jumpoint.externalJumpItemNetworkId},
             protocol_tunnel_enabled = ${jumpoint.protocolTunnelEnabled},
             managed_ip_ranges = ${jumpoint.managedRanges},
             proxy_settings = ${JSON.stringify(jumpoint.zoneProxy)}::text::jsonb, revision = revision + 1
       where id = ${jumpoint.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<number> {
    const { count } = await this.#sql`delete from jump_item where jumpoint_id = ${id}`;
    await this.#sql`delete from jumpoint where id = ${id}`;
    return count;
  }

  async findNodes(id: number): Promise<JumpointNode[]> {
    const rows = await this.#sql<JumpointNode[]>`
      select n.id, n.hostname, n.private_ip as "privateIp", n.public_ip as "publicIp", n.version,
             s.id is not null as "connected", n.enrolled_at as "enrolledAt",
             n.last_connect_timestamp as "lastConnectTimestamp",
             n.last_disconnect_timestamp as "lastDisconnectTimestamp", n.clone_suspected_at as "cloneSuspectedAt"
        from jumpoint_node n
        left join server_node s on s.id = n.connected_node_id and ${this.#leaseIsAlive()}
       where n.jumpoint_id = ${id} and n.revoked_at is null
       order by n.id`;
    return [...rows];
  }

  async revokeNode(id: number, nodeId: number): Promise<boolean> {
    const { count } = await this.#sql`
      update jumpoint_node set revoked_at = clock_timestamp()
       where id = ${nodeId} and jumpoint_id = ${id} and revoked_at is null`;
    return count > 0;
  }

  #columns() {
    // Settings of the zone proxy are null-free: what an older row lacks has its default.
    return this.#sql`
      j.id, j.revision, j.name, j.platform, j.code_name as "codeName", j.comments, j.enabled, j.clustered,
      j.shell_jump_enabled as "shellJumpEnabled", j.shell_jump_access as "shellJumpAccess",
      j.shell_jump_ranges as "shellJumpRanges", j.shell_jump_provisioned as "shellJumpProvisioned",
      j.external_jump_item_network_id as "externalJumpItemNetworkId",
      j.protocol_tunnel_enabled as "protocolTunnelEnabled", j.managed_ip_ranges as "managedRanges",
      '{"enabled":false,"hostname":"","port":9555,"allowHttpGet":false,
        "clientAddressRestrictionsType":"no_restriction","restrictedIps":[]}'::jsonb || j.proxy_settings as "zoneProxy",
      exists (select from jumpoint_node n join server_node s on s.id = n.connected_node_id
               where n.jumpoint_id = j.id and n.revoked_at is null and ${this.#leaseIsAlive()}) as "connected"`;
  }

  #leaseIsAlive() {
    return this.#sql`s.heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})`;
  }
}

export class PgJumpointMembers implements JumpointMembers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(jumpointId: number, page: PageRequest): Promise<Page<number>> {
    const sql = this.#sql;
    const [rows, [count]] = await Promise.all([
      sql<{ userId: number }[]>`
        select user_id as "userId" from jumpoint_user where jumpoint_id = ${jumpointId}
         order by user_id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`
        select count(*)::int as total from jumpoint_user where jumpoint_id = ${jumpointId}`,
    ]);
    return { items: rows.map(({ userId }) => userId), total: count?.total ?? 0 };
  }

  async has(jumpointId: number, userId: number): Promise<boolean> {
    const rows = await this.#sql`
      select 1 from jumpoint_user where jumpoint_id = ${jumpointId} and user_id = ${userId}`;
    return rows.length > 0;
  }

  async insert(jumpointId: number, userId: number): Promise<void> {
    await this.#sql`insert into jumpoint_user (jumpoint_id, user_id) values (${jumpointId}, ${userId})`;
  }

  async delete(jumpointId: number, userId: number): Promise<void> {
    await this.#sql`delete from jumpoint_user where jumpoint_id = ${jumpointId} and user_id = ${userId}`;
  }
}

export class PgEnrolmentTokens implements EnrolmentTokens {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async findUsable(jumpointId: number): Promise<EnrolmentToken[]> {
    const rows = await this.#sql<EnrolmentToken[]>`
      select id, uses_left as "usesLeft", expires_at as "expiresAt", created_at as "createdAt"
        from enrolment_token
       where jumpoint_id = ${jumpointId} and uses_left > 0 and revoked_at is null
         and expires_at > clock_timestamp()
       order by id`;
    return [...rows];
  }

  async insert(token: {
    jumpointId: number;
    tokenHash: Buffer;
    uses: number;
    lifetimeSeconds: number;
  }): Promise<EnrolmentToken> {
    const [row] = await this.#sql<EnrolmentToken[]>`
      insert into enrolment_token (token_hash, jumpoint_id, uses_left, expires_at)
      values (${token.tokenHash}, ${token.jumpointId}, ${token.uses},
              clock_timestamp() + make_interval(secs => ${token.lifetimeSeconds}))
      returning id, uses_left as "usesLeft", expires_at as "expiresAt", created_at as "createdAt"`;
    return row!;
  }

  async revoke(jumpointId: number, id: number): Promise<boolean> {
    const { count } = await this.#sql`
      update enrolment_token set revoked_at = clock_timestamp()
       where id = ${id} and jumpoint_id = ${jumpointId} and uses_left > 0 and revoked_at is null
         and expires_at > clock_timestamp()`;
    return count > 0;
  }
}
