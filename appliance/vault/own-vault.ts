import type { VaultRole } from './vault-access.ts';
import type { VaultAccount } from './vault-account.ts';
import type { VaultCheckOut } from './vault-check-out.ts';

/** An account as somebody sees it who may use it. */
export interface OwnVaultAccount extends VaultAccount {
  role: VaultRole;
  /** Null for a personal account. */
  accountGroupName: string | null;
  /** One at a time may have it. */
  exclusive: boolean;
  /** Its policy has its secret changed after check-in, where that can be done from here. */
  rotatedAfterCheckIn: boolean;
  /** Open ones, the oldest first. */
  checkOuts: VaultCheckOut[];
}

export interface OwnVaultFilter {
  /** Part of the name, the user name or the name of the group. */
  search?: string | undefined;
  type?: string | undefined;
  role?: VaultRole | undefined;
  personal?: boolean | undefined;
  /** Only those that the person has checked out by hand. */
  checkedOut?: boolean | undefined;
}

/** Where a page begins: behind this account. */
export interface OwnVaultPosition {
  /** The name as it is sorted. */
  name: string;
  id: number;
}

export interface OwnVaultPage {
  items: OwnVaultAccount[];
  /** Of all pages. */
  total: number;
  next: OwnVaultPosition | undefined;
}

/** Accounts one person may use. */
export interface OwnVault {
  /** By name, ignoring case. */
  find(
    userId: number,
    filter: OwnVaultFilter,
    page: { after: OwnVaultPosition | undefined; limit: number },
  ): Promise<OwnVaultPage>;
  /** Undefined also for one that the person may not use. */
  findOne(userId: number, id: number): Promise<OwnVaultAccount | undefined>;
  /** How many personal accounts the person has; no more come while the transaction lasts. */
  holdPersonal(userId: number): Promise<number>;
}
