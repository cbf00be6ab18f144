import type { ExpiredAccess } from '../appliance/access/expired-access.ts';
import type { Job } from './job.ts';

/** Removes tokens and sign-ins past their time, and rate windows that are over. */
export function expireAccess(expired: ExpiredAccess): Job {
  return {
    name: 'expire-access',
    schedule: '30 * * * * *',
    run: async () => {
      await expired.deleteAll();
      return undefined;
    },
  };
}
