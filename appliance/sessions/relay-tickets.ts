export const TICKET_SECONDS = 30;

/** For whom a ticket was made; checked again when it is redeemed. */
export type TicketHolder =
  | { end: 'representative'; userId: number; credentialId: string }
  | { end: 'jumpoint'; jumpointNodeId: number };

/** A ticket as it was redeemed. */
export interface RedeemedTicket {
  channelId: string;
  lsid: string;
  holder: TicketHolder;
}

/** One-time, short-lived keys to one end of a channel on one server process. Only hashes are kept. */
export interface RelayTickets {
  /** The time it stops working, by database time. */
  insert(ticket: { hash: Buffer; channelId: string; nodeId: string; holder: TicketHolder }): Promise<Date>;
  /** Uses the ticket up. Undefined when unknown, used, expired, for another process or for a session that has ended. */
  redeem(hash: Buffer, nodeId: string): Promise<RedeemedTicket | undefined>;
  /** Removes tickets that no longer work; answers how many. */
  removeExpired(): Promise<number>;
}
