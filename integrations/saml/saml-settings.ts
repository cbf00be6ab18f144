import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { ProviderSource } from '../../appliance/directory/identity-provider.ts';
import { samlAddresses } from '../../appliance/directory/saml-addresses.ts';
import type { SamlBinding, SigningKey } from './saml-bindings.ts';

/** The settings of a SAML provider with our own names and keys, as the adapter uses them. */
export interface SamlSettings {
  acsUrl: string;
  sloUrl: string;
  /** Our entity ID: the address of our metadata unless the provider says otherwise. */
  spEntityId: string;
  idpEntityId: string;
  idpCertificates: string[];
  loginUrl: string;
  loginBinding: SamlBinding;
  logoutUrl: string;
  logoutBinding: SamlBinding;
  nameIdFormat: string;
  signRequests: boolean;
  requireSignedResponse: boolean;
  requireEncryption: boolean;
  allowUnsolicited: boolean;
  clockSkewMs: number;
  userName: string;
  displayName: string;
  email: string;
  groupAttribute: string;
  groupDelimiter: string;
  caseInsensitiveNameIds: boolean;
  /** Code names of custom fields and the attributes that fill them. */
  customFields: { codeName: string; template: string }[];
  signingKey: SigningKey | undefined;
  /** The present key, and the one that takes over. */
  decryptionKeys: KeyObject[];
  certificate: string;
  nextCertificate: string;
}

/** Reads what a provider is set to. Secrets that cannot be opened fail as `SealedSecrets.read` does. */
export async function samlSettings(source: ProviderSource, publicUrl: string): Promise<SamlSettings> {
  const { id, settings } = source.provider;
  const [privateKey, nextPrivateKey] = await Promise.all([
    source.secret('private_key'),
    source.secret('next_private_key'),
  ]);
  const text = (name: string) => String(settings[name] ?? '');
  const flag = (name: string) => settings[name] === true;
  const addresses = samlAddresses(publicUrl, id);
  const certificate = text('certificate');
  const signingKey = privateKey && certificate ? { privateKey, certificate } : undefined;
  return {
    acsUrl: addresses.assertionConsumer,
    sloUrl: addresses.singleLogout,
    spEntityId: text('sp_entity_id') || addresses.metadata,
    idpEntityId: text('entity_id'),
    idpCertificates: pemBlocks(text('idp_certificates')),
    loginUrl: text('login_url'),
    loginBinding: text('sso_url_protocol_binding') as SamlBinding,
    logoutUrl: text('logout_url'),
    logoutBinding: (text('logout_url_protocol_binding') || 'HTTP Redirect') as SamlBinding,
    nameIdFormat: text('name_id_format'),
    signRequests: flag('force_signed_request'),
    requireSignedResponse: flag('require_signed_response'),
    requireEncryption: flag('require_encrypted_assertion'),
    allowUnsolicited: flag('allow_unsolicited'),
    clockSkewMs: Number(settings['clock_skew'] ?? 60) * 1000,
    userName: text('user_name'),
    displayName: text('display_name'),
    email: text('email'),
    groupAttribute: text('group_lookup_attribute_name'),
    groupDelimiter: text('group_delimiter'),
    caseInsensitiveNameIds: flag('case_insensitive_name_ids'),
    customFields: customFieldsOf(settings['custom_fields']),
    signingKey,
    decryptionKeys: [privateKey, nextPrivateKey]
      .filter((pem) => pem !== undefined)
      .map((pem) => createPrivateKey(pem)),
    certificate,
    nextCertificate: text('next_certificate'),
  };
}

export function pemBlocks(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
}

function customFieldsOf(value: unknown): SamlSettings['customFields'] {
  if (!Array.isArray(value)) return [];
  return value.map((line) => {
    const [codeName = '', ...rest] = String(line).split('=');
    return { codeName: codeName.trim(), template: rest.join('=').trim() };
  });
}
