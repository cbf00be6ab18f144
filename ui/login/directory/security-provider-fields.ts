import type { Schema } from '../../shared/api.ts';
import type { Choice } from '../../shared/choices.ts';
import type { TypeForm } from './provider-fields/field-shapes.ts';
import { kerberosForm } from './provider-fields/kerberos-fields.ts';
import { LDAP_FORM } from './provider-fields/ldap-fields.ts';
import { OIDC_FORM } from './provider-fields/oidc-fields.ts';
import { radiusForm } from './provider-fields/radius-fields.ts';
import { SAML_FORM, SAML_PORTAL_FORM } from './provider-fields/saml-fields.ts';
import { scimForm } from './provider-fields/scim-fields.ts';

export type ProviderType = Schema<'SecurityProvider'>['type'];

export const PROVIDER_LABELS: Record<ProviderType, string> = {
  local: 'Local',
  ldap: 'LDAP',
  radius: 'RADIUS',
  kerberos: 'Kerberos',
  saml: 'SAML',
  saml_portal: 'SAML for public portals',
  oidc: 'OpenID Connect',
  scim: 'SCIM',
};

/**
 * The fields of one type. `providers` are the LDAP providers that look up groups, `signers` those that sign people in
 * whom SCIM provisions.
 */
export function formOf(type: ProviderType, providers: Choice[], signers: Choice[] = []): TypeForm {
  switch (type) {
    case 'local':
      return { fields: [], defaults: {} };
    case 'ldap':
      return LDAP_FORM;
    case 'radius':
      return radiusForm(providers);
    case 'kerberos':
      return kerberosForm(providers);
    case 'saml':
      return SAML_FORM;
    case 'saml_portal':
      return SAML_PORTAL_FORM;
    case 'oidc':
      return OIDC_FORM;
    case 'scim':
      return scimForm(signers);
  }
}
