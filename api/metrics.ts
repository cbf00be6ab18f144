import { collectDefaultMetrics, Registry } from 'prom-client';

/** The registry behind `/metrics`, one per server so that several can live in one test process. */
export function newMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'bridgehead_' });
  return registry;
}
