import { BUILT_IN_CODE_NAME } from '../../appliance/jump/built-in-jumpoint.ts';
import type {
  EnrolledProgram,
  JumpointPresence,
  NewEnrolment,
  ProgramCandidate,
} from '../../appliance/sessions/jumpoint-presence.ts';
import { LEASE_SECONDS } from '../../appliance/sessions/server-nodes.ts';
import type { Sql } from '../sql.ts';

export class PgJumpointPresence implements JumpointPresence {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async enrol(enrolment: NewEnrolment) {
    const sql = this.#sql;
    const [token] = await sql<{ jumpointId: number; jumpointName: string; clustered: boolean }[]>`
      update enrolment_token t set uses_left = t.uses_left - 1
        from jumpoint j
       where t.token_hash = ${enrolment.tokenHash} and t.uses_left > 0 and t.revoked_at is null
         and t.expires_at > clock_timestamp() and j.id = t.jumpoint_id
      returning j.id as "jumpointId", j.name as "jumpointName", j.clustered`;
    if (!token) return undefined;
    const [row] = await sql<{ id: number }[]>`
      insert into jumpoint_node (jumpoint_id, identity_public_key, sealing_public_key, hostname, version, public_ip)
      values (${token.jumpointId}, ${enrolment.identityPublicKey}, ${enrolment.sealingPublicKey},
              ${enrolment.hostname}, ${enrolment.version}, ${enrolment.publicIp})
      returning id`;
    const replaced = token.clustered
      ? []
      : await sql<{ id: number }[]>`
          update jumpoint_node set revoked_at = clock_timestamp()
           where jumpoint_id = ${token.jumpointId} and id <> ${row!.id} and revoked_at is null
          returning id`;
    return {
      jumpointNodeId: row!.id,
      jumpointId: token.jumpointId,
      jumpointName: token.jumpointName,
      replaced: replaced.map(({ id }) => id),
    };
  }

  async findProgram(jumpointNodeId: number): Promise<EnrolledProgram | undefined> {
    const [row] = await this.#sql<
      (Omit<EnrolledProgram, 'connection'> & { nodeId: string | null; connectionId: string | null })[]
    >`
      select n.id, n.jumpoint_id as "jumpointId", j.name as "jumpointName", n.identity_public_key as "identityPublicKey",
             n.sealing_public_key as "sealingPublicKey", j.enabled, j.code_name = ${BUILT_IN_CODE_NAME} as "builtIn", s.id as "nodeId", n.connection_id as "connectionId"
        from jumpoint_node n
        join jumpoint j on j.id = n.jumpoint_id
        left join server_node s on s.id = n.connected_node_id
             and s.heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})
       where n.id = ${jumpointNodeId} and n.revoked_at is null`;
    if (!row) return undefined;
    const { nodeId, connectionId, ...program } = row;
    return { ...program, connection: nodeId && connectionId ? { nodeId, connectionId } : undefined };
  }

  async markConnected(connection: Parameters<JumpointPresence['markConnected']>[0]): Promise<void> {
    await this.#sql`
      update jumpoint_node
         set connected_node_id = ${connection.nodeId}, connection_id = ${connection.connectionId},
             hostname = ${connection.hostname}, private_ip = ${connection.privateIp},
             public_ip = ${connection.publicIp}, version = ${connection.version},
             last_connect_timestamp = clock_timestamp()
       where id = ${connection.jumpointNodeId}`;
  }

  async markDisconnected(jumpointNodeId: number, connectionId: string): Promise<void> {
    await this.#sql`
      update jumpoint_node
         set connected_node_id = null, connection_id = null, last_disconnect_timestamp = clock_timestamp()
       where id = ${jumpointNodeId} and connection_id = ${connectionId}`;
  }

  async markNodeGone(nodeId: string): Promise<void> {
    await this.#sql`
      update jumpoint_node
         set connected_node_id = null, connection_id = null, last_disconnect_timestamp = clock_timestamp()
       where connected_node_id = ${nodeId}`;
  }

  async flagClone(jumpointNodeId: number): Promise<void> {
    await this
      .#sql`update jumpoint_node set clone_suspected_at = clock_timestamp() where id = ${jumpointNodeId}`;
  }

  async candidates(jumpointId: number): Promise<ProgramCandidate[]> {
    return await this.#sql<ProgramCandidate[]>`
      select n.id as "jumpointNodeId", s.id as "nodeId", s.node_url as "nodeUrl", n.public_ip as "publicIp",
             n.private_ip as "privateIp", n.hostname,
             (select count(*)::int from support_session r
               where r.jumpoint_node_id = n.id and r.node_id = s.id and r.ended_at is null) as running
        from jumpoint_node n
        join server_node s on s.id = n.connected_node_id
             and s.heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})
       where n.jumpoint_id = ${jumpointId} and n.revoked_at is null
       order by running, n.last_connect_timestamp desc`;
  }
}
