import type { VaultCheckOutService } from '../appliance/vault/vault-check-out-service.ts';
import type { Job } from './job.ts';

/** Nobody can check in what somebody had who was deleted. */
export function takeBackAccounts(checkOuts: VaultCheckOutService): Job {
  return {
    name: 'take-back-accounts',
    schedule: '45 * * * * *',
    run: async () => {
      const accounts = await checkOuts.takeBackFromNobody();
      return accounts === 0 ? undefined : `took ${accounts} vault accounts back from people who are gone`;
    },
  };
}
