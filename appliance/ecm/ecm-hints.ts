import type { NodeBus } from '../sessions/node-bus.ts';

/** Tells the processes that hold a host's connection. Hints: they may be lost. */
export interface EcmHints {
  hostChanged(ecmHostId: number): void;
}

/** Sends the hints over the bus of the site. `onFailure` hears of those that could not be sent. */
export function busEcmHints(bus: NodeBus, onFailure: (error: unknown) => void): EcmHints {
  return {
    hostChanged(ecmHostId) {
      bus.publish('ecm_host.changed', { ecm_host_id: ecmHostId }).catch(onFailure);
    },
  };
}
