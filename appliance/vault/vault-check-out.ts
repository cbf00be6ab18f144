import type { Actor } from '../actor.ts';

/** Somebody has an account: checked out by hand, or in a session it was injected into. */
export interface VaultCheckOut {
  id: number;
  accountId: number;
  /** Null when it is not a person, or one who was deleted meanwhile. */
  userId: number | null;
  apiAccountId: number | null;
  /** The name at that time. */
  holderName: string;
  /** The session it was injected into; null: checked out by hand. */
  lsid: string | null;
  checkedOutAt: Date;
}

/** Whether this check-out was made by hand by the actor. */
export function isOwnCheckOut(actor: Actor, { userId, apiAccountId, lsid }: VaultCheckOut): boolean {
  if (lsid !== null) return false;
  if (actor.kind === 'user') return userId === actor.userId;
  return actor.kind === 'api_account' && apiAccountId === actor.apiAccountId;
}

/** Made by hand by somebody, or a program, that was deleted meanwhile: nobody can check it in. */
export function isOfNobody({ userId, apiAccountId, lsid }: VaultCheckOut): boolean {
  return userId === null && apiAccountId === null && lsid === null;
}

/** Who has what. Hold the account's row (`VaultAccounts.lockById`) around reading and writing. */
export interface VaultCheckOuts {
  /** Open ones of these accounts, the oldest first. */
  findOpen(accountIds: readonly number[]): Promise<VaultCheckOut[]>;
  /** Accounts with an open check-out by hand of somebody, or a program, that was deleted meanwhile. */
  accountsOfNobody(limit: number): Promise<number[]>;
  /** Also notes when the account was last checked out. */
  insert(checkOut: Omit<VaultCheckOut, 'id' | 'checkedOutAt'>): Promise<VaultCheckOut>;
  /** Ends them; those that have ended stay as they are. */
  end(ids: readonly number[]): Promise<void>;
}
