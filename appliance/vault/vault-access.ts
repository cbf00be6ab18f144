/** What a person may do with a vault account, from the least to the most. */
export const VAULT_ROLES = ['inject', 'inject_and_checkout'] as const;
export type VaultRole = (typeof VAULT_ROLES)[number];

/** Everything that bears on what one person may do with one account. */
export interface VaultAccessFacts {
  userId: number;
  /** Whose personal account it is; null: a shared one. */
  ownerUserId: number | null;
  /**
   * Roles granted to the person on the account, on its group, and by the group policies the person belongs to on
   * either.
   */
  granted: readonly VaultRole[];
}

/**
 * What the person may do with the account; undefined: nothing, and the account does not exist for that person. A
 * personal account is its owner's alone, whatever anybody granted. Otherwise the highest role holds: nothing takes away.
 */
export function vaultRoleOf({ userId, ownerUserId, granted }: VaultAccessFacts): VaultRole | undefined {
  if (ownerUserId !== null) return ownerUserId === userId ? 'inject_and_checkout' : undefined;
  return VAULT_ROLES.findLast((role) => granted.includes(role));
}

/** May see the secret, not only have it used. */
export function mayCheckOut(role: VaultRole | undefined): boolean {
  return role === 'inject_and_checkout';
}

/** Reads who may use which account; it says the same as {@link vaultRoleOf}. */
export interface VaultAccess {
  /** Undefined also when there is no such account. */
  roleOf(userId: number, accountId: number): Promise<VaultRole | undefined>;
}
