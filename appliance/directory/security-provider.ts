import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { Use } from '../uses.ts';

export const SECURITY_PROVIDER_TYPES = [
  'local',
  'ldap',
  'radius',
  'kerberos',
  'saml',
  'scim',
  'saml_portal',
  'oidc',
] as const;
export type SecurityProviderType = (typeof SECURITY_PROVIDER_TYPES)[number];

/** The users kept by the appliance itself. */
export const LOCAL_PROVIDER_ID = 1;

export type ProviderSettingValue = string | number | boolean | readonly string[] | readonly number[];
/** By wire name; which ones a type has is in PROVIDER_KINDS. Secrets are not among them. */
export type ProviderSettings = Record<string, ProviderSettingValue>;

/** Where users come from and are authenticated. */
export interface SecurityProvider extends Revised {
  id: number;
  type: SecurityProviderType;
  name: string;
  enabled: boolean;
  /** Lower ones are asked first; without gaps from 0. */
  priority: number;
  /** Group policy that every user of the provider belongs to; null is none. */
  defaultPolicyId: number | null;
  settings: ProviderSettings;
}

/** Unique names: writes fail with `conflict` naming `name`, and `invalid` naming `default_policy`. */
export interface SecurityProviders {
  /** In the order of their ids. Providers that only look up groups are left out of the published list. */
  find(filter: { withGroupLookupOnly: boolean }, page: PageRequest): Promise<Page<SecurityProvider>>;
  findById(id: number): Promise<SecurityProvider | undefined>;
  /** Enabled ones that authenticate users, in the order of priority. */
  enabledForSignIn(): Promise<SecurityProvider[]>;
  /** Every one in the order of priority, held until the transaction ends. There are few. */
  lockAll(): Promise<SecurityProvider[]>;
  insert(provider: Omit<SecurityProvider, 'id' | 'revision'>): Promise<SecurityProvider>;
  /** Raises the revision by one and answers it. */
  update(provider: SecurityProvider): Promise<number>;
  /** Writes the order alone; no change of the providers as their revisions count them. */
  setPriority(id: number, priority: number): Promise<void>;
  delete(id: number): Promise<void>;
  /** Users, members of group policies, and providers that look up groups there. */
  usesOf(id: number): Promise<Use[]>;
}
