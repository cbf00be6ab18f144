import type { EcmNoticeWorker } from '../appliance/ecm/ecm-notice-worker.ts';
import type { Job } from './job.ts';

/** Tells credential managers of sessions that started and ended. */
export function tellEcmNotices(notices: EcmNoticeWorker): Job {
  return {
    name: 'tell-ecm-notices',
    schedule: '*/5 * * * * *',
    run: async () => {
      const told = await notices.tellDue();
      return told > 0 ? `told ${told} notices of sessions` : undefined;
    },
  };
}
