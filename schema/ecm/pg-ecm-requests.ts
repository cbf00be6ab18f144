import type { EcmQuestion, EcmReply } from '../../appliance/ecm/ecm-question.ts';
import type { EcmRequest, EcmRequestState, EcmRequests } from '../../appliance/ecm/ecm-requests.ts';
import { LEASE_SECONDS } from '../../appliance/sessions/server-nodes.ts';
import type { Sql } from '../sql.ts';

export class PgEcmRequests implements EcmRequests {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert(request: EcmRequest & { nodeId: string; askingNodeId: string }): Promise<void> {
    await this.#sql`
      insert into ecm_request (id, ecm_host_id, connection_id, node_id, asking_node_id, question, due_at)
      values (${request.id}, ${request.ecmHostId}, ${request.connectionId}, ${request.nodeId}, ${request.askingNodeId},
              ${JSON.stringify(request.question)},
              clock_timestamp() + ${request.timeLeftMs} * interval '1 millisecond')`;
  }

  async take(nodeId: string): Promise<EcmRequest[]> {
    const rows = await this.#sql<(Omit<EcmRequest, 'question'> & { question: string })[]>`
      update ecm_request set taken_at = clock_timestamp()
       where node_id = ${nodeId} and taken_at is null and due_at > clock_timestamp()
      returning id, ecm_host_id as "ecmHostId", connection_id as "connectionId", question,
                (extract(epoch from due_at - clock_timestamp()) * 1000)::int as "timeLeftMs"`;
    return rows.map((row) => ({ ...row, question: JSON.parse(row.question) as EcmQuestion }));
  }

  async reply(id: string, reply: EcmReply): Promise<boolean> {
    const { count } = await this.#sql`
      update ecm_request set reply = ${JSON.stringify(reply)} where id = ${id} and reply is null`;
    return count > 0;
  }

  async stateOf(id: string): Promise<EcmRequestState> {
    const [row] = await this.#sql<{ reply: string | null; connected: boolean }[]>`
      select r.reply,
             exists (select from ecm_host h join server_node s on s.id = h.connected_node_id
                      where h.id = r.ecm_host_id and h.connection_id = r.connection_id
                        and s.heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})) as connected
        from ecm_request r where r.id = ${id}`;
    if (!row) return 'lost';
    if (row.reply !== null) return JSON.parse(row.reply) as EcmReply;
    return row.connected ? 'waiting' : 'lost';
  }

  async delete(id: string): Promise<void> {
    await this.#sql`delete from ecm_request where id = ${id}`;
  }

  async deleteOverdue(): Promise<number> {
    // A moment longer than anybody waits, so that no reply goes before it is read.
    const { count } = await this.#sql`
      delete from ecm_request where due_at < clock_timestamp() - interval '30 seconds'`;
    return count;
  }
}
