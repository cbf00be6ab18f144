import type { CredentialEvent, CredentialEvents } from '../access/credential-events.ts';
import type { BusMessage, NodeBus } from './node-bus.ts';

/** `CredentialEvents` for any number of server processes, over the node bus. */
export class BusCredentialEvents implements CredentialEvents {
  private readonly bus: NodeBus;
  private readonly onError: (error: unknown) => void;

  /** `onError` hears of events the bus could not take; they are hints, so the publisher goes on. */
  constructor(bus: NodeBus, onError: (error: unknown) => void) {
    this.bus = bus;
    this.onError = onError;
  }

  publish(event: CredentialEvent): void {
    this.bus.publish('credential.ended', event as unknown as BusMessage).catch(this.onError);
  }

  subscribe(listener: (event: CredentialEvent) => void): () => void {
    return this.bus.subscribe('credential.ended', (message) =>
      listener(message as unknown as CredentialEvent),
    );
  }
}
