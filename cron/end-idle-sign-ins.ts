import type { SignInStandings } from '../appliance/access/sign-in-standing.ts';
import type { Job } from './job.ts';

/** Ends browser sessions in which nobody has done anything for too long, with the terminals they opened. */
export function endIdleSignIns(standings: SignInStandings): Job {
  return {
    name: 'end-idle-sign-ins',
    schedule: '*/15 * * * * *',
    run: async () => {
      const ended = await standings.endOverdue();
      return ended === 0 ? undefined : `ended ${ended} browser sessions`;
    },
  };
}
