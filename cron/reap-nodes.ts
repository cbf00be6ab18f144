import type { NodeReaper } from '../appliance/sessions/node-reaper.ts';
import type { Job } from './job.ts';

/** Clears up after server processes that stopped. */
export function reapNodes(reaper: NodeReaper): Job {
  return {
    name: 'reap-nodes',
    schedule: '*/2 * * * * *',
    run: async () => {
      const count = await reaper.reapDead();
      return count > 0 ? `cleared up after ${count} server processes` : undefined;
    },
  };
}
