import { Counter, Gauge, type Registry } from 'prom-client';
import type { JumpointHub } from './jumpoint-hub.ts';
import type { RelayHub } from './relay-hub.ts';

/** What this process carries, read when somebody looks. */
export function realtimeMetrics(registry: Registry, hubs: { relay: RelayHub; jumpoints: JumpointHub }): void {
  const { relay, jumpoints } = hubs;
  new Gauge({
    name: 'bridgehead_relay_channels',
    help: 'Channels between representatives and Jumpoints carried by this process.',
    registers: [registry],
    collect() {
      this.set(relay.channelCount);
    },
  });
  new Gauge({
    name: 'bridgehead_sessions_carried',
    help: 'Sessions with at least one channel on this process.',
    registers: [registry],
    collect() {
      this.set(relay.sessionCount);
    },
  });
  new Gauge({
    name: 'bridgehead_jumpoints_connected',
    help: 'Jumpoint programs connected to this process.',
    registers: [registry],
    collect() {
      this.set(jumpoints.connectedCount);
    },
  });
  let before = 0;
  new Counter({
    name: 'bridgehead_relay_output_bytes_total',
    help: 'Terminal output carried by this process.',
    registers: [registry],
    collect() {
      const now = relay.outputBytes;
      this.inc(now - before);
      before = now;
    },
  });
}
