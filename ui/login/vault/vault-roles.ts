import type { Choice } from '../../shared/choices.ts';

export type VaultRole = 'inject' | 'inject_and_checkout';

/** What somebody may do with a vault account, the lesser first. */
export const VAULT_ROLES: (Choice & { value: VaultRole })[] = [
  { value: 'inject', label: 'Inject' },
  { value: 'inject_and_checkout', label: 'Inject and check out' },
];
