import type { Job } from './job.ts';

/** Makes the monthly partitions that session events of the coming months need. */
export function makePartitions(makeAhead: () => Promise<string[]>): Job {
  return {
    name: 'make-partitions',
    schedule: '0 17 3 * * *',
    run: async () => {
      const made = await makeAhead();
      return made.length === 0 ? undefined : `made ${made.join(', ')}`;
    },
  };
}
