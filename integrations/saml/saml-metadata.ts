import type { ProviderSource } from '../../appliance/directory/identity-provider.ts';
import type { SamlMetadataWriter } from '../../appliance/directory/saml-metadata.ts';
import { BINDING_URI } from './saml-bindings.ts';
import { newMessageId } from './saml-messages.ts';
import { pemBlocks, type SamlSettings, samlSettings } from './saml-settings.ts';
import { signedXml } from './saml-signature.ts';
import { escapeXml as e, NS } from './saml-xml.ts';

/** What encryption an identity provider should choose, the best first. */
const ENCRYPTION_METHODS = [
  `${NS.encryption11}aes256-gcm`,
  `${NS.encryption11}aes128-gcm`,
  `${NS.encryption}aes256-cbc`,
  `${NS.encryption}aes128-cbc`,
  `${NS.encryption}rsa-oaep-mgf1p`,
];

/**
 * Our metadata for one provider (SAML metadata 2.4.4), signed when there is a key. While a key is rolled over it holds
 * the present certificate and the next one for signatures, and the next one for encryption.
 */
function serviceProviderMetadata(settings: SamlSettings): string {
  const id = newMessageId();
  const key = settings.signingKey;
  const certificates = [
    ...pemBlocks(settings.certificate).slice(0, 1),
    ...pemBlocks(settings.nextCertificate).slice(0, 1),
  ];
  // To be encrypted for the next one already, so that nothing is encrypted for a key that is about to go.
  const keys =
    certificates.map((pem) => descriptor('signing', pem)).join('') +
    certificates
      .slice(-1)
      .map((pem) => descriptor('encryption', pem))
      .join('');
  const logout = (['HTTP Redirect', 'HTTP POST'] as const)
    .map(
      (binding) =>
        `<md:SingleLogoutService Binding="${BINDING_URI[binding]}" Location="${e(settings.sloUrl)}"/>`,
    )
    .join('');
  const format =
    settings.nameIdFormat === '' ? '' : `<md:NameIDFormat>${e(settings.nameIdFormat)}</md:NameIDFormat>`;
  const xml =
    `<md:EntityDescriptor xmlns:md="${NS.metadata}" ID="${id}" entityID="${e(settings.spEntityId)}">` +
    `<md:SPSSODescriptor AuthnRequestsSigned="${key !== undefined}" WantAssertionsSigned="true"` +
    ` protocolSupportEnumeration="${NS.protocol}">${keys}${logout}${format}` +
    `<md:AssertionConsumerService index="0" isDefault="true" Binding="${BINDING_URI['HTTP POST']}" Location="${e(settings.acsUrl)}"/>` +
    '</md:SPSSODescriptor></md:EntityDescriptor>';
  return `<?xml version="1.0" encoding="UTF-8"?>\n${key === undefined ? xml : signedXml(xml, id, key)}\n`;
}

function descriptor(use: 'signing' | 'encryption', pem: string): string {
  const methods =
    use === 'signing'
      ? ''
      : ENCRYPTION_METHODS.map((algorithm) => `<md:EncryptionMethod Algorithm="${algorithm}"/>`).join('');
  return (
    `<md:KeyDescriptor use="${use}"><ds:KeyInfo xmlns:ds="${NS.signature}"><ds:X509Data><ds:X509Certificate>` +
    `${pem.replace(/-----[A-Z ]+-----|\s/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>${methods}</md:KeyDescriptor>`
  );
}

export class ServiceProviderMetadata implements SamlMetadataWriter {
  readonly #publicUrl: string;

  constructor(deps: { publicUrl: string }) {
    this.#publicUrl = deps.publicUrl;
  }

  async write(source: ProviderSource): Promise<string> {
    return serviceProviderMetadata(await samlSettings(source, this.#publicUrl));
  }
}
