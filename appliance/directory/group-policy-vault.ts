import type { VaultRole } from '../vault/vault-access.ts';

/** What of the vault a group policy lets its members use. */
export const POLICY_VAULT_KINDS = ['vault_account', 'vault_account_group'] as const;
export type PolicyVaultKind = (typeof POLICY_VAULT_KINDS)[number];

export interface PolicyVaultGrant {
  /** Of the account or the account group. */
  id: number;
  role: VaultRole;
}

/** Writes fail with `conflict` for what the policy grants already, naming `account_id` or `account_group_id`. */
export interface GroupPolicyVaultGrants {
  /** In the order of the ids. */
  find(kind: PolicyVaultKind, policyId: number): Promise<PolicyVaultGrant[]>;
  findOne(kind: PolicyVaultKind, policyId: number, id: number): Promise<PolicyVaultGrant | undefined>;
  /** What can be granted: undefined for nothing of this id. Held until the transaction ends. */
  lockTarget(kind: PolicyVaultKind, id: number): Promise<{ name: string; personal: boolean } | undefined>;
  insert(kind: PolicyVaultKind, policyId: number, grant: PolicyVaultGrant): Promise<void>;
  delete(kind: PolicyVaultKind, policyId: number, id: number): Promise<void>;
}
