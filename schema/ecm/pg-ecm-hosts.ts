import type { EcmHost, EcmHostFilter, EcmHosts, EcmWait } from '../../appliance/ecm/ecm-host.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import { LEASE_SECONDS } from '../../appliance/sessions/server-nodes.ts';
import type { Sql } from '../sql.ts';

type EcmHostRow = Omit<EcmHost, 'waitsFor'> & { waitsFor: EcmWait | null };

export class PgEcmHosts implements EcmHosts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: EcmHostFilter, page: PageRequest): Promise<Page<EcmHost>> {
    const sql = this.#sql;
    const where = filter.state === undefined ? sql`` : sql`where h.state = ${filter.state}`;
    const [rows, [count]] = await Promise.all([
      sql<EcmHostRow[]>`
        select ${this.#columns()} from ecm_host h ${this.#node()} ${where}
         order by h.id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from ecm_host h ${where}`,
    ]);
    return { items: rows.map(toEcmHost), total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<EcmHost | undefined> {
    const [row] = await this.#sql<EcmHostRow[]>`
      select ${this.#columns()} from ecm_host h ${this.#node()} where h.id = ${id}`;
    return row && toEcmHost(row);
  }

  async lockById(id: number): Promise<EcmHost | undefined> {
    const [row] = await this.#sql<EcmHostRow[]>`
      select ${this.#columns()} from ecm_host h ${this.#node()} where h.id = ${id} for update of h`;
    return row && toEcmHost(row);
  }

  async rename(id: number, name: string): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update ecm_host set name = ${name}, revision = revision + 1 where id = ${id} returning revision`;
    return row!.revision;
  }

  async approve(id: number, by: string): Promise<void> {
    await this.#sql`
      update ecm_host
         set state = 'approved', approved_at = clock_timestamp(), approved_by = ${by}, revision = revision + 1
       where id = ${id}`;
  }

  async revoke(id: number, by: string): Promise<void> {
    await this.#sql`
      update ecm_host
         set state = 'revoked', revoked_at = clock_timestamp(), revoked_by = ${by}, revision = revision + 1
       where id = ${id}`;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from ecm_host where id = ${id}`;
  }

  #node() {
    return this.#sql`
      left join server_node s on s.id = h.connected_node_id and h.state <> 'revoked'
           and s.heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})`;
  }

  #columns() {
    return this.#sql`
      h.id, h.revision, h.name, h.state, h.identity_public_key as "identityPublicKey", h.hostname,
      h.private_ip as "privateIp", h.public_ip as "publicIp", h.version, h.plugins,
      s.id is not null as "connected", case when s.id is not null then h.waits_for end as "waitsFor",
      case when s.id is not null then h.connected_since end as "connectedSince",
      h.enrolled_by as "enrolledBy", h.enrolled_at as "enrolledAt", h.approved_by as "approvedBy",
      h.approved_at as "approvedAt", h.revoked_by as "revokedBy", h.revoked_at as "revokedAt",
      h.last_connect_timestamp as "lastConnectTimestamp", h.last_disconnect_timestamp as "lastDisconnectTimestamp",
      h.clone_suspected_at as "cloneSuspectedAt"`;
  }
}

function toEcmHost(row: EcmHostRow): EcmHost {
  return { ...row, waitsFor: row.waitsFor ?? undefined };
}
