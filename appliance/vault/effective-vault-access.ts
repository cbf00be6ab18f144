import type { Page, PageRequest } from '../paging.ts';
import type { VaultRole } from './vault-access.ts';
import type { VaultAccountType } from './vault-account.ts';

/** One reason why somebody may use an account. */
export interface VaultAccessSource {
  /** `owner`: it is the person's own. */
  grantedOn: 'owner' | 'account' | 'account_group';
  role: VaultRole;
  /** Undefined: to the person directly. */
  groupPolicy: { id: number; name: string } | undefined;
}

/** Everything that gives somebody an account. */
export interface AccessReasons {
  ownerUserId: number | null;
  sources: VaultAccessSource[];
}

export interface PersonWithAccess extends AccessReasons {
  userId: number;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  enabled: boolean;
}

export interface AccountWithAccess extends AccessReasons {
  accountId: number;
  name: string;
  type: VaultAccountType;
  username: string;
  /** Undefined for a personal account. */
  accountGroup: { id: number; name: string } | undefined;
}

export interface EffectiveAccessFilter {
  /** Part of the names. */
  search?: string | undefined;
  /** Those who may do this and no more. */
  role?: VaultRole | undefined;
}

/** Reads who may use which account, page by page; it agrees with `vaultRoleOf` about whom it lists. */
export interface EffectiveVaultAccess {
  /** In the order of their ids; undefined when there is no such account. */
  peopleOf(
    accountId: number,
    filter: EffectiveAccessFilter,
    page: PageRequest,
  ): Promise<Page<PersonWithAccess> | undefined>;
  /** In the order of their ids. */
  accountsOf(
    userId: number,
    filter: EffectiveAccessFilter,
    page: PageRequest,
  ): Promise<Page<AccountWithAccess>>;
}
