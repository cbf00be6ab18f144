import {
  type EcmPlugin,
  type EcmWait,
  MOST_CONNECTED_ECM_HOSTS,
  MOST_ECM_HOSTS,
} from '../../appliance/ecm/ecm-host.ts';
import type {
  EcmConnection,
  EcmPresence,
  EnrolledEcmHost,
  NewEcmHost,
  ServingEcmHost,
} from '../../appliance/ecm/ecm-presence.ts';
import { LEASE_SECONDS } from '../../appliance/sessions/server-nodes.ts';
import type { Sql } from '../sql.ts';

/** First half of advisory lock keys, apart from every other use of advisory locks. */
const SPACE = 0x65636d;
/** Second half: who is enrolled, and who is let in. */
const ADMISSION = 1;

export class PgEcmPresence implements EcmPresence {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async enrol(host: NewEcmHost): Promise<{ id: number } | undefined> {
    await this.#takeTurn();
    const [row] = await this.#sql<{ id: number }[]>`
      insert into ecm_host (name, identity_public_key, sealing_public_key, hostname, version, public_ip, enrolled_by,
                            enrolled_by_api_account_id)
      select ${host.name}, ${host.identityPublicKey}, ${host.sealingPublicKey}, ${host.hostname}, ${host.version},
             ${host.publicIp}, ${host.enrolledBy.name}, ${host.enrolledBy.apiAccountId}::int
       where (select count(*) from ecm_host where state <> 'revoked') < ${MOST_ECM_HOSTS}
      returning id`;
    return row;
  }

  async findHost(id: number): Promise<EnrolledEcmHost | undefined> {
    const [row] = await this.#sql<
      (Omit<EnrolledEcmHost, 'connection'> & { nodeId: string | null; connectionId: string | null })[]
    >`
      select h.id, h.name, h.state, h.identity_public_key as "identityPublicKey", s.id as "nodeId",
             h.connection_id as "connectionId"
        from ecm_host h left join server_node s on s.id = h.connected_node_id and ${this.#leaseIsAlive()}
       where h.id = ${id} and h.state <> 'revoked'`;
    if (!row) return undefined;
    const { nodeId, connectionId, ...host } = row;
    return { ...host, connection: nodeId && connectionId ? { nodeId, connectionId } : undefined };
  }

  async enter(connection: EcmConnection): Promise<{ waitsFor: EcmWait | undefined } | 'gone'> {
    const sql = this.#sql;
    const { ecmHostId: id, connectionId } = connection;
    await this.#takeTurn();
    const [host] = await sql<{ state: EnrolledEcmHost['state']; others: number }[]>`
      select h.state,
             (select count(*)::int from ecm_host h join server_node s on s.id = h.connected_node_id
               where h.id <> ${id} and ${this.#serves()}) as others
        from ecm_host h where h.id = ${id} and h.state <> 'revoked' for update of h`;
    if (!host) return 'gone';
    const waitsFor = waitOf(host);
    await sql`
      update ecm_host
         set connected_node_id = ${connection.nodeId}, connection_id = ${connectionId},
             hostname = ${connection.hostname}, private_ip = ${connection.privateIp},
             public_ip = ${connection.publicIp}, version = ${connection.version},
             plugins = ${storable(connection.plugins)}::text::jsonb, waits_for = ${waitsFor ?? null}::text,
             connected_since = case when ${waitsFor !== undefined} then null
                                    when connection_id = ${connectionId} and connected_since is not null then connected_since
                                    else clock_timestamp() end,
             last_connect_timestamp = case when connection_id = ${connectionId} then last_connect_timestamp
                                           else clock_timestamp() end
       where id = ${id}`;
    return { waitsFor };
  }

  async leave(ecmHostId: number, connectionId: string): Promise<void> {
    await this.#sql`
      update ecm_host ${this.#gone()} where id = ${ecmHostId} and connection_id = ${connectionId}`;
  }

  async markNodeGone(nodeId: string): Promise<void> {
    await this.#sql`update ecm_host ${this.#gone()} where connected_node_id = ${nodeId}`;
  }

  async setPlugins(ecmHostId: number, connectionId: string, plugins: EcmPlugin[]): Promise<void> {
    await this.#sql`
      update ecm_host set plugins = ${storable(plugins)}::text::jsonb
       where id = ${ecmHostId} and connection_id = ${connectionId}`;
  }

  async flagClone(ecmHostId: number): Promise<void> {
    await this.#sql`update ecm_host set clone_suspected_at = clock_timestamp() where id = ${ecmHostId}`;
  }

  async serving(): Promise<ServingEcmHost[]> {
    return await this.#sql<ServingEcmHost[]>`
      select h.id, h.name, s.id as "nodeId", h.connection_id as "connectionId", h.plugins
        from ecm_host h join server_node s on s.id = h.connected_node_id
       where ${this.#serves()}
       order by h.connected_since, h.id`;
  }

  async anyApproved(): Promise<boolean> {
    const rows = await this.#sql`select from ecm_host where state = 'approved' limit 1`;
    return rows.length > 0;
  }

  /** Until the transaction ends: so that no two fill the last place. */
  async #takeTurn(): Promise<void> {
    await this.#sql`select pg_advisory_xact_lock(${SPACE}, ${ADMISSION})`;
  }

  #gone() {
    return this.#sql`
      set connected_node_id = null, connection_id = null, waits_for = null, connected_since = null,
          last_disconnect_timestamp = clock_timestamp()`;
  }

  #serves() {
    return this.#sql`h.state = 'approved' and h.waits_for is null and h.connected_since is not null
                     and ${this.#leaseIsAlive()}`;
  }

  #leaseIsAlive() {
    return this.#sql`s.heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})`;
  }
}

function waitOf({ state, others }: { state: EnrolledEcmHost['state']; others: number }): EcmWait | undefined {
  if (state === 'pending') return 'approval';
  return others < MOST_CONNECTED_ECM_HOSTS ? undefined : 'room';
}

/** JSON whose texts jsonb takes: a surrogate without its other half is none. */
function storable(plugins: EcmPlugin[]): string {
  return JSON.stringify(plugins, (_name, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}
