import type { ProviderSource } from '../../appliance/directory/identity-provider.ts';
import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';
import { providerSource } from './provider-source.ts';
import type { TestSamba } from './test-samba.ts';
import { SLAPD_ADMIN, SLAPD_PASSWORD, SUFFIX, type TestSlapd } from './test-slapd.ts';

/** Settings that fit OpenLDAP. */
export function openLdapSettings(slapd: TestSlapd, settings: ProviderSettings = {}): ProviderSettings {
  return {
    hostname: 'localhost',
    port: slapd.port,
    encryption: 2,
    ca_certificates: slapd.authority,
    bind_username: SLAPD_ADMIN,
    search_base_dn: SUFFIX,
    object_classes: ['inetOrgPerson'],
    unique_id: ['entryUUID'],
    username: 'uid',
    group_schema_object_classes: ['groupOfNames'],
    group_schema_base_dn: `ou=groups,${SUFFIX}`,
    network_timeout: 2,
    ...settings,
  };
}

export function openLdapSource(
  slapd: TestSlapd,
  settings: ProviderSettings = {},
  password = SLAPD_PASSWORD,
): ProviderSource {
  return providerSource('ldap', openLdapSettings(slapd, settings), { bind_password: password });
}

/** Settings that fit Active Directory. */
export function activeDirectorySource(samba: TestSamba, settings: ProviderSettings = {}): ProviderSource {
  return providerSource(
    'ldap',
    {
      hostname: samba.address,
      port: 636,
      encryption: 1,
      ca_certificates: samba.authority,
      bind_username: samba.administrator.name,
      search_base_dn: samba.base,
      recursive_groups: true,
      network_timeout: 5,
      ...settings,
    },
    { bind_password: samba.administrator.password },
  );
}
