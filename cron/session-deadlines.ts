import type { SessionDeadlines } from '../appliance/sessions/session-deadlines.ts';
import type { Job } from './job.ts';

/** Carries out what is due in sessions: forced ends and their notices, representatives and Jumpoints that did not come. */
export function sessionDeadlines(deadlines: SessionDeadlines): Job {
  return {
    name: 'session-deadlines',
    schedule: '* * * * * *',
    run: async () => {
      const count = await deadlines.carryOut();
      return count > 0 ? `something was due in ${count} sessions` : undefined;
    },
  };
}
