/** Plain JSON; ids and small words only. At most 4 KiB when encoded. */
export type BusMessage = { [name: string]: string | number | boolean | null };

/** What is told over the bus. A receiver treats a message as a hint and reads the database again. */
export type BusChannel =
  | 'channel.open' // { channel_id, node_id }: the process holding the Jumpoint opens the channel
  | 'session.ended' // { lsid }: close the session's sockets, finish its recording
  | 'session.notice' // { lsid, ends_at }: tell the representative
  | 'session.changed' // { lsid }: something a list shows has changed
  | 'jumpoint.changed' // { jumpoint_id }: enabled, access or enrolment changed; re-read it
  | 'jumpoint_node.changed' // { jumpoint_node_id, connection_id? }: revoked, or connected elsewhere
  | 'ecm_host.changed' // { ecm_host_id, connection_id? }: approved, revoked, connected or gone
  | 'ecm.asked' // { request_id, node_id }: the process holding the host asks it
  | 'ecm.answered' // { request_id }
  | 'ecm.dropped' // { request_id, node_id }: nobody waits any longer
  | 'credential.ended' // a CredentialEvent: a sign-in ended
  | 'host_key.wanted' // { request_id, endpoint_id }: whoever holds its Jumpoint reads the host key of an endpoint
  | 'host_key.seen' // { request_id, outcome, code, detail, host_key }: the answer
  | 'node.gone'; // { node_id }: a server process was reaped

/**
 * Carries hints between the server processes of a site.
 *
 * Promises: a message reaches every subscriber of every live process, the publisher's own included, at most once and
 * in the publisher's order. Does not promise arrival: after a lost connection messages are missing, so nothing may
 * depend on one alone.
 */
export interface NodeBus {
  /** Resolves once handed over. Fails with `unavailable` when the bus cannot take it; callers log that and go on. */
  publish(channel: BusChannel, message: BusMessage): Promise<void>;
  /** The returned function ends the subscription. A listener must not throw. */
  subscribe(channel: BusChannel, listener: (message: BusMessage) => void): () => void;
  close(): Promise<void>;
}

/** Delivers inside one process; what a site of one process and fast tests use. */
export class InProcessNodeBus implements NodeBus {
  private readonly listeners = new Map<BusChannel, Set<(message: BusMessage) => void>>();
  private readonly onError: (error: unknown) => void;

  /** `onError` hears of listeners that throw all the same; the others still get the message. */
  constructor(onError: (error: unknown) => void) {
    this.onError = onError;
  }

  async publish(channel: BusChannel, message: BusMessage): Promise<void> {
    const copy = JSON.stringify(message);
    queueMicrotask(() => this.deliver(channel, JSON.parse(copy) as BusMessage));
  }

  subscribe(channel: BusChannel, listener: (message: BusMessage) => void): () => void {
    let listeners = this.listeners.get(channel);
    if (!listeners) {
      listeners = new Set();
      this.listeners.set(channel, listeners);
    }
    const subscribed = listeners;
    subscribed.add(listener);
    return () => subscribed.delete(listener);
  }

  /** Hands a message to the subscribers of this process. */
  deliver(channel: BusChannel, message: BusMessage): void {
    for (const listener of this.listeners.get(channel) ?? []) {
      try {
        listener(message);
      } catch (error) {
        this.onError(error);
      }
    }
  }

  async close(): Promise<void> {
    this.listeners.clear();
  }
}
