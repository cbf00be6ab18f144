import type { Page, PageRequest } from '../paging.ts';

/** A group of vault accounts. The default one has id 1 and holds the accounts that are in no other. */
export interface VaultAccountGroup {
  id: number;
  name: string;
  description: string;
  /** Code name of its policy; null: the default one. */
  accountPolicy: string | null;
}

/** How accounts are checked out and how their passwords change. */
export interface VaultAccountPolicy {
  id: number;
  name: string;
  codeName: string;
  description: string;
  autoRotateCredentials: boolean;
  allowSimultaneousCheckout: boolean;
  scheduledPasswordRotation: boolean;
  /** Days; null without scheduled rotation. */
  maximumPasswordAge: number | null;
}

/**
 * The objects of the vault that every site has from its first start. Nothing else of the vault can be kept yet. Names
 * are compared whole, ignoring case; lists are in the order of their ids.
 */
export interface VaultDefaults {
  accountGroups(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<VaultAccountGroup>>;
  accountGroup(id: number): Promise<VaultAccountGroup | undefined>;
  accountPolicies(
    filter: { name?: string | undefined; codeName?: string | undefined },
    page: PageRequest,
  ): Promise<Page<VaultAccountPolicy>>;
  accountPolicy(id: number): Promise<VaultAccountPolicy | undefined>;
}
