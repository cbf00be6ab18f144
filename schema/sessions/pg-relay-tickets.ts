import {
  type RedeemedTicket,
  type RelayTickets,
  TICKET_SECONDS,
  type TicketHolder,
} from '../../appliance/sessions/relay-tickets.ts';
import type { Sql } from '../sql.ts';

export class PgRelayTickets implements RelayTickets {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert(ticket: {
    hash: Buffer;
    channelId: string;
    nodeId: string;
    holder: TicketHolder;
  }): Promise<Date> {
    const { holder } = ticket;
    const person = holder.end === 'representative' ? holder : undefined;
    const program = holder.end === 'jumpoint' ? holder : undefined;
    const [row] = await this.#sql<{ expiresAt: Date }[]>`
      insert into relay_ticket (ticket_hash, channel_id, channel_end, node_id, user_id, credential_id,
                                jumpoint_node_id, expires_at)
      values (${ticket.hash}, ${ticket.channelId}, ${holder.end}, ${ticket.nodeId}, ${person?.userId ?? null},
              ${person?.credentialId ?? null}, ${program?.jumpointNodeId ?? null},
              clock_timestamp() + make_interval(secs => ${TICKET_SECONDS}))
      returning expires_at as "expiresAt"`;
    return row!.expiresAt;
  }

  async redeem(hash: Buffer, nodeId: string): Promise<RedeemedTicket | undefined> {
    const [row] = await this.#sql<
      {
        channelId: string;
        lsid: string;
        end: TicketHolder['end'];
        userId: number;
        credentialId: string;
        jumpointNodeId: number;
      }[]
    >`
      update relay_ticket t set used_at = clock_timestamp()
        from session_channel c, support_session s
       where t.ticket_hash = ${hash} and t.used_at is null and t.expires_at > clock_timestamp()
         and t.node_id = ${nodeId} and c.id = t.channel_id and c.closed_at is null
         and s.lsid = c.lsid and s.ended_at is null
      returning t.channel_id as "channelId", c.lsid, t.channel_end as end, t.user_id as "userId",
                t.credential_id as "credentialId", t.jumpoint_node_id as "jumpointNodeId"`;
    if (!row) return undefined;
    const { channelId, lsid, end, userId, credentialId, jumpointNodeId } = row;
    return {
      channelId,
      lsid,
      holder: end === 'representative' ? { end, userId, credentialId } : { end, jumpointNodeId },
    };
  }

  async removeExpired(): Promise<number> {
    const { count } = await this.#sql`delete from relay_ticket where expires_at < clock_timestamp()`;
    return count;
  }
}
