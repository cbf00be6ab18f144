import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { SecretOwner } from './keys/sealed-secrets.ts';
import type { SecretId } from './keys/secret-envelope.ts';
import type { RotationState } from './rotation/vault-rotation.ts';
import type { VaultRole } from './vault-access.ts';

/** The types that can be made here. */
export const VAULT_ACCOUNT_TYPES = ['username_password', 'ssh', 'ssh_ca', 'opaque_token'] as const;
export type VaultAccountType = (typeof VAULT_ACCOUNT_TYPES)[number];

/** Published types that come from discovery or from other systems: nothing is of them here. */
export const FOREIGN_ACCOUNT_TYPES = [
  'windows_local',
  'windows_domain',
  'aws_secret',
  'password_safe',
  'x509_ca',
  'x509_csr',
] as const;

/** The group of accounts that nobody put in another. */
export const DEFAULT_ACCOUNT_GROUP_ID = 1;

/** Credentials kept by the appliance. The secret itself is among the sealed secrets, see {@link vaultSecret}. */
export interface VaultAccount extends Revised {
  id: number;
  type: VaultAccountType;
  /** 1 to 255 characters; need not be unique. */
  name: string;
  /** By which files know it: unique among shared accounts, empty for personal ones. */
  codeName: string;
  description: string;
  /** Empty for tokens. Of an authority: whom its certificates are for. */
  username: string;
  /** Whose personal account it is; null: a shared one. */
  ownerUserId: number | null;
  /** Null for personal accounts, which are in no group. */
  accountGroupId: number | null;
  /** Code name of its policy; null: that of its group. */
  accountPolicy: string | null;
  /** Where its password or key is changed; null: nowhere. */
  endpointId: number | null;
  /** Of SSH accounts: kind and base64 as OpenSSH writes them, without comment. Otherwise empty. */
  publicKey: string;
  /** An OpenSSH certificate for that key, one line. */
  publicCert: string | null;
  /** The private key is kept encrypted, and its passphrase beside it. */
  hasPassphrase: boolean;
  secretChangedAt: Date;
  /** Null: never. */
  lastCheckoutAt: Date | null;
  createdAt: Date;
}

export type NewVaultAccount = Omit<
  VaultAccount,
  'id' | 'revision' | 'secretChangedAt' | 'lastCheckoutAt' | 'createdAt'
>;

export function isPersonal({ ownerUserId }: Pick<VaultAccount, 'ownerUserId'>): boolean {
  return ownerUserId !== null;
}

/** What is kept sealed of an account. */
export type VaultSecretName =
  | 'password'
  | 'token'
  | 'private_key'
  | 'private_key_passphrase'
  // Of a rotation that goes on: the host may take it already.
  | 'pending_password'
  | 'pending_private_key';

/** Where {@link SealedSecrets} keeps a secret of an account. */
export function vaultSecret(accountId: number, name: VaultSecretName): SecretId {
  return { ...vaultSecretOwner(accountId), name };
}

export function vaultSecretOwner(accountId: number): SecretOwner {
  return { ownerType: 'vault_account', ownerId: accountId };
}

/** How audit rows name an account. */
export function auditedAccount(account: Pick<VaultAccount, 'id' | 'name'>): {
  type: string;
  id: number;
  name: string;
} {
  return { type: 'vault_account', id: account.id, name: account.name };
}

/** An account as lists show it. */
export interface ListedVaultAccount extends VaultAccount {
  /** Who has it now, each once, who has it longest first; the names at that time. */
  checkedOutBy: string[];
  /** Of the rotation that was asked for last; null: there was none. */
  rotationState: RotationState | null;
}

export interface VaultAccountFilter {
  type?: string | undefined;
  /** Compared whole, ignoring case. */
  name?: string | undefined;
  /** Part of the name or the user name. */
  search?: string | undefined;
  accountGroupId?: number | undefined;
  endpointId?: number | undefined;
  /** Also those that are personal. */
  includePersonal: boolean;
}

/** What the policy that holds for an account says: its own, else its group's, else the default one. */
export interface VaultAccountRules {
  autoRotateCredentials: boolean;
  allowSimultaneousCheckout: boolean;
  /** Days; null: no password is changed by schedule. */
  maximumPasswordAge: number | null;
}

/**
 * Writes fail with `invalid` naming `account_group_id` or `endpoint_id` for one that does not exist. Ask
 * {@link VaultAccounts.policyNamed} before naming a policy.
 */
export interface VaultAccounts {
  /** In the order of their ids. */
  find(filter: VaultAccountFilter, page: PageRequest): Promise<Page<ListedVaultAccount>>;
  findById(id: number): Promise<VaultAccount | undefined>;
  /** The same, held until the transaction ends: whoever checks out, checks in or changes the secret goes through it. */
  lockById(id: number): Promise<VaultAccount | undefined>;
  insert(account: NewVaultAccount): Promise<VaultAccount>;
  /** Raises the revision by one. With `secretChanged` it also notes the time. */
  update(account: VaultAccount, options?: { secretChanged?: boolean }): Promise<VaultAccount>;
  /** Its secrets, grants, associations and check-outs go with it. */
  delete(id: number): Promise<void>;
  /** A code name that begins so and that nobody else gets until the transaction ends. */
  freeCodeName(start: string): Promise<string>;
  rulesOf(id: number): Promise<VaultAccountRules>;
  /** The code name of a policy as it is written; undefined for none. Case does not matter. */
  policyNamed(codeName: string): Promise<string | undefined>;
}

/** A grant on an account itself. */
export interface VaultAccountUser {
  accountId: number;
  userId: number;
  role: VaultRole;
}

/** Writes fail with `conflict` for a user twice and `invalid` naming `user_id` for one that does not exist. */
export interface VaultAccountUsers {
  /** Direct grants in the order of the user ids. */
  find(accountId: number, page: PageRequest): Promise<Page<VaultAccountUser>>;
  findOne(accountId: number, userId: number): Promise<VaultAccountUser | undefined>;
  insert(grant: VaultAccountUser): Promise<void>;
  /** The grant `of` becomes this one, perhaps for another person. */
  update(of: VaultAccountUser, grant: VaultAccountUser): Promise<void>;
  delete(accountId: number, userId: number): Promise<void>;
}
