import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

/** A system on which passwords and keys of accounts are changed. */
export interface VaultEndpoint extends Revised {
  id: number;
  name: string;
  hostname: string;
  description: string;
  operatingSystem: string;
  domainName: string;
  distinguishedName: string;
  /** Through which it is reached; null: nothing is changed there. */
  jumpointId: number | null;
  /** Of its SSH service. */
  port: number;
  /** Kind and base64. Empty: not known yet, and nothing is changed there. */
  hostKey: string;
}

/** Text is compared whole, ignoring case, but for the search. */
export interface VaultEndpointFilter {
  name?: string | undefined;
  hostname?: string | undefined;
  description?: string | undefined;
  domainName?: string | undefined;
  /** Part of the name, the hostname, the domain or the description. */
  search?: string | undefined;
}

/** Unique names: writes fail with `conflict` naming `name`, and `invalid` naming `jumpoint_id` for one that does not exist. */
export interface VaultEndpoints {
  /** In the order of their ids. */
  find(filter: VaultEndpointFilter, page: PageRequest): Promise<Page<VaultEndpoint>>;
  findById(id: number): Promise<VaultEndpoint | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<VaultEndpoint | undefined>;
  insert(endpoint: Omit<VaultEndpoint, 'id' | 'revision'>): Promise<VaultEndpoint>;
  /** Raises the revision by one and answers it. */
  update(endpoint: VaultEndpoint): Promise<number>;
  /** Accounts and Jump Items let go of it. */
  delete(id: number): Promise<void>;
  /** Whether the password of an account that is changed there may not be checked out by this person. */
  hasPasswordsHiddenFrom(id: number, userId: number): Promise<boolean>;
  /** How many are reached through this Jumpoint. */
  countOf(jumpointId: number): Promise<number>;
  /** Ids of Remote RDP items that seem to lead there and are tied to no endpoint, in their order. */
  candidates(endpoint: VaultEndpoint, limit: number): Promise<number[]>;
  /** Ties a Jump Item to the endpoint. */
  tie(endpointId: number, jumpItemId: number): Promise<void>;
}
