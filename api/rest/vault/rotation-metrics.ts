import { Counter, Gauge, type Registry } from 'prom-client';

interface RotationCounts {
  waiting: number;
  running: number;
  uncertain: number;
}

/** Rotations of the site, and what came of the attempts of this process. */
export function rotationMetrics(
  registry: Registry,
  counts: () => Promise<RotationCounts>,
): { ended(end: string): void } {
  const attempts = new Counter({
    name: 'bridgehead_vault_rotation_attempts_total',
    help: 'Attempts of this process to change a password or key on its host, by what they came to.',
    labelNames: ['end'],
    registers: [registry],
  });
  new Gauge({
    name: 'bridgehead_vault_rotations',
    help: 'Rotations of the site that have no end yet, by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      // Without the database there is nothing to tell; the other metrics are told all the same.
      const now = await counts().catch(() => undefined);
      for (const [state, count] of Object.entries(now ?? {})) this.set({ state }, count);
    },
  });
  return { ended: (end) => attempts.inc({ end }) };
}
