import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import { VAULT_ROLES, type VaultRole } from './vault-access.ts';

/** Accounts that share who may use them, on which Jump Items, and a policy. */
export interface VaultAccountGroup extends Revised {
  id: number;
  name: string;
  description: string;
  /** Code name of its policy; null: the default one. */
  accountPolicy: string | null;
}

/** A grant on all accounts of a group. */
export interface VaultAccountGroupUser {
  accountGroupId: number;
  userId: number;
  role: VaultRole;
}

/** A grant is what its role is, so that names its revision. */
export function revisionOfGrant({ role }: { role: VaultRole }): number {
  return VAULT_ROLES.indexOf(role) + 1;
}

/** An account as far as groups are concerned. */
export interface GroupedAccount {
  id: number;
  name: string;
  /** Null for a personal account. */
  accountGroupId: number | null;
}

/** Names are compared whole, ignoring case, but for the search. */
export interface VaultAccountGroupFilter {
  name?: string | undefined;
  /** Part of the name or the description. */
  search?: string | undefined;
}

/**
 * Unique names: writes fail with `conflict` naming `name`, and with `invalid` naming `account_policy` for a code name
 * that no policy has.
 */
export interface VaultAccountGroups {
  /** In the order of their ids. */
  find(filter: VaultAccountGroupFilter, page: PageRequest): Promise<Page<VaultAccountGroup>>;
  findById(id: number): Promise<VaultAccountGroup | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<VaultAccountGroup | undefined>;
  /** For every Jump Item, until its association says otherwise. */
  insert(group: Omit<VaultAccountGroup, 'id' | 'revision'>): Promise<VaultAccountGroup>;
  /** Raises the revision by one and answers it. */
  update(group: VaultAccountGroup): Promise<number>;
  /** Its grants and its association go with it. No account may be in it any more. */
  delete(id: number): Promise<void>;
  /** Ids of its accounts, in their order. */
  accounts(id: number, page: PageRequest): Promise<Page<number>>;
  findAccount(accountId: number): Promise<GroupedAccount | undefined>;
  /** The same, held until the transaction ends. */
  lockAccount(accountId: number): Promise<GroupedAccount | undefined>;
  moveAccount(accountId: number, toGroupId: number): Promise<void>;
  /** All of them; answers which those were. */
  moveAccounts(fromGroupId: number, toGroupId: number): Promise<GroupedAccount[]>;
  /** What grants and group policies let this person do with the accounts of the group; undefined: nothing. */
  roleOn(groupId: number, userId: number): Promise<VaultRole | undefined>;
}

/** Writes fail with `conflict` for a user twice and `invalid` for an unknown one, naming `user_id`. */
export interface VaultAccountGroupUsers {
  /** Direct grants in the order of the user ids. */
  find(groupId: number, page: PageRequest): Promise<Page<VaultAccountGroupUser>>;
  findOne(groupId: number, userId: number): Promise<VaultAccountGroupUser | undefined>;
  insert(grant: VaultAccountGroupUser): Promise<void>;
  update(grant: VaultAccountGroupUser): Promise<void>;
  delete(groupId: number, userId: number): Promise<void>;
}
