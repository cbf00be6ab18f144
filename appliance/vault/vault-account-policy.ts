import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

/** What holds for accounts and groups that name no policy. It cannot be deleted. */
export const DEFAULT_ACCOUNT_POLICY_ID = 1;

/** How accounts are checked out and how their passwords change. */
export interface VaultAccountPolicy extends Revised {
  id: number;
  name: string;
  /** 1 to 64 letters, digits, `_`, `-`; unique among policies. Accounts and groups name a policy by it. */
  codeName: string;
  description: string;
  /** After the last check-in. */
  autoRotateCredentials: boolean;
  allowSimultaneousCheckout: boolean;
  scheduledPasswordRotation: boolean;
  /** Days; null without scheduled rotation. */
  maximumPasswordAge: number | null;
}

/** Text is compared whole, ignoring case, but for the search. */
export interface VaultAccountPolicyFilter {
  name?: string | undefined;
  codeName?: string | undefined;
  /** Part of the name or the description. */
  search?: string | undefined;
}

/** Unique names: writes fail with `conflict` naming `name` or `code_name`. */
export interface VaultAccountPolicies {
  /** In the order of their ids. */
  find(filter: VaultAccountPolicyFilter, page: PageRequest): Promise<Page<VaultAccountPolicy>>;
  findById(id: number): Promise<VaultAccountPolicy | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<VaultAccountPolicy | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(policy: Omit<VaultAccountPolicy, 'id' | 'revision'>): Promise<VaultAccountPolicy>;
  /** Raises the revision by one and answers it. */
  update(policy: VaultAccountPolicy): Promise<number>;
  /** For accounts and groups that named it the default policy holds; answers how many there were. */
  delete(id: number): Promise<{ accounts: number; groups: number }>;
}
