import type { ReactNode } from 'react';
import type { Read } from '../../shared/api.ts';
import { DirectorySyncPanel } from './directory-sync.tsx';
import { DirectoryTracePanel } from './directory-trace.tsx';
import { ProviderTest } from './provider-test.tsx';
import { SamlSetup } from './saml-setup.tsx';
import { ScimProvisioning } from './scim-provisioning.tsx';
import type { ProviderType } from './security-provider-fields.ts';
import type { Provider } from './security-provider-record.ts';

export interface ProviderTabProps {
  read: Read<Provider>;
  /** The provider was changed in the panel and has to be read again. */
  onChanged: () => void;
}

interface ProviderTab {
  /** In the address, as `?section=`. */
  value: string;
  label: string;
  types: readonly ProviderType[];
  panel: (props: ProviderTabProps) => ReactNode;
}

/** What stands beside the settings of a provider, by type. */
export const PROVIDER_TABS: readonly ProviderTab[] = [
  {
    value: 'saml',
    label: 'Metadata and keys',
    types: ['saml', 'saml_portal'],
    panel: SamlSetup,
  },
  { value: 'provisioning', label: 'Provisioning', types: ['scim'], panel: ScimProvisioning },
  {
    value: 'test',
    label: 'Test',
    types: ['ldap', 'radius', 'kerberos', 'saml', 'saml_portal', 'oidc'],
    panel: ProviderTest,
  },
  { value: 'sync', label: 'Synchronisation', types: ['ldap'], panel: DirectorySyncPanel },
  { value: 'trace', label: 'Trace a person', types: ['ldap'], panel: DirectoryTracePanel },
];
