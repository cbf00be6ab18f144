import type { BusChannel, BusMessage, NodeBus } from '../../appliance/sessions/node-bus.ts';
import { InProcessNodeBus } from '../../appliance/sessions/node-bus.ts';
import { translated } from '../constraint-errors.ts';
import { connect, type DatabaseAddress, type SqlPool } from '../sql.ts';

const CHANNEL = 'bridgehead';
/** PostgreSQL takes less than 8,000 bytes; ids and small words need far less. */
const LARGEST_MESSAGE = 4096;

/**
 * The node bus over LISTEN/NOTIFY, on two connections of its own so that waiting queries of the pool never delay a
 * hint. The driver connects and listens again by itself after a lost connection.
 */
export class PgNodeBus implements NodeBus {
  private readonly sql: SqlPool;
  private readonly local: InProcessNodeBus;
  private readonly onError: (error: unknown) => void;
  private readonly onReconnect = new Set<() => void>();
  private listening = false;

  /** `onError` hears of listeners that throw: a message of somebody else must not end this process. */
  constructor(address: DatabaseAddress, onError: (error: unknown) => void) {
    this.local = new InProcessNodeBus(onError);
    this.onError = onError;
    this.sql = connect(address, { max: 1, name: 'bridgehead bus' });
  }

  /** Resolves once messages of other processes arrive. Fails with `unavailable` when the database cannot be reached. */
  async start(): Promise<void> {
    try {
      await this.sql.listen(
        CHANNEL,
        (payload) => this.receive(payload),
        () => {
          if (this.listening) this.tellGap();
          this.listening = true;
        },
      );
    } catch (error) {
      throw translated(error);
    }
  }

  /** After a lost connection messages are missing: the listener reads again whatever it keeps in memory. */
  onGap(listener: () => void): void {
    this.onReconnect.add(listener);
  }

  async publish(channel: BusChannel, message: BusMessage): Promise<void> {
    const payload = JSON.stringify([channel, message]);
    if (Buffer.byteLength(payload) > LARGEST_MESSAGE)
      throw new Error(`A message on ${channel} is too long for the bus.`);
    try {
      await this.sql.notify(CHANNEL, payload);
    } catch (error) {
      throw translated(error);
    }
  }

  subscribe(channel: BusChannel, listener: (message: BusMessage) => void): () => void {
    return this.local.subscribe(channel, listener);
  }

  async close(): Promise<void> {
    await this.sql.end({ timeout: 2 });
    await this.local.close();
  }

  private receive(payload: string): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(payload);
    } catch {
      // Anybody with the runtime role can NOTIFY; what is not ours is nobody's message.
      return;
    }
    if (!Array.isArray(parsed)) return;
    const [channel, message] = parsed as [BusChannel, BusMessage | null | undefined];
    if (typeof message === 'object' && message !== null) this.local.deliver(channel, message);
  }

  private tellGap(): void {
    for (const listener of this.onReconnect) {
      try {
        listener();
      } catch (error) {
        this.onError(error);
      }
    }
  }
}
