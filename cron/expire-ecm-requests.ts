import type { EcmRequests } from '../appliance/ecm/ecm-requests.ts';
import type { Job } from './job.ts';

/** Removes questions to ECM hosts that nobody waits for any longer. */
export function expireEcmRequests(requests: EcmRequests): Job {
  return {
    name: 'expire-ecm-requests',
    schedule: '30 * * * * *',
    run: async () => {
      await requests.deleteOverdue();
      return undefined;
    },
  };
}
