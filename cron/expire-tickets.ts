import type { RelayTickets } from '../appliance/sessions/relay-tickets.ts';
import type { Job } from './job.ts';

/** Removes relay tickets that no longer work. */
export function expireTickets(tickets: RelayTickets): Job {
  return {
    name: 'expire-tickets',
    schedule: '0 * * * * *',
    run: async () => {
      await tickets.removeExpired();
      return undefined;
    },
  };
}
