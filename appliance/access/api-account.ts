import type { ApiPermission, CommandLevel } from '../actor.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

/** A program that may call the APIs. Its secret is kept as a hash only. */
export interface ApiAccount extends Revised {
  id: number;
  name: string;
  comments: string;
  enabled: boolean;
  /** See `parseNetworkList`; empty lets it call from anywhere. */
  ipAddresses: string;
  clientId: string;
  commandLevel: CommandLevel;
  permissions: ApiPermission[];
  /** The client secret itself is a bearer token of the SCIM API; it never expires. */
  longLivedBearerToken: boolean;
  failedLogins: number;
  lockedUntil: Date | null;
}

export type ApiAccountSettings = Pick<
  ApiAccount,
  'name' | 'comments' | 'enabled' | 'ipAddresses' | 'commandLevel' | 'permissions' | 'longLivedBearerToken'
>;

/** Unique names: writes fail with `conflict` naming `name`. */
export interface ApiAccounts {
  /** In the order of their ids. The name is compared whole, ignoring case. */
  find(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<ApiAccount>>;
  findById(id: number): Promise<ApiAccount | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<ApiAccount | undefined>;
  insert(account: ApiAccountSettings, clientId: string, secretHash: Buffer): Promise<ApiAccount>;
  /** Raises the revision by one and answers it. */
  update(account: ApiAccount): Promise<number>;
  /** Forgets failed logins too. */
  setSecret(id: number, secretHash: Buffer): Promise<void>;
  delete(id: number): Promise<void>;
}
