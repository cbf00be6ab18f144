import type { VaultActivityService } from '../appliance/vault/vault-activity-service.ts';
import type { Job } from './job.ts';

/** Activity of the vault is kept as long as its report promises, and no longer. */
export function expireVaultActivity(activity: VaultActivityService): Job {
  return {
    name: 'expire-vault-activity',
    schedule: '0 17 3 * * *',
    run: async () => {
      const deleted = await activity.deleteOld();
      return deleted === 0 ? undefined : `deleted ${deleted} rows of the vault's activity`;
    },
  };
}
