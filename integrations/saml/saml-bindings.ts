import { constants, createPrivateKey, sign, verify, X509Certificate } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { ProviderRedirect } from '../../appliance/directory/identity-provider.ts';
import { SamlRefusal } from './saml-refusal.ts';
import { signedXml } from './saml-signature.ts';
import { LARGEST_MESSAGE_BYTES } from './saml-xml-limits.ts';

export type SamlBinding = 'HTTP Redirect' | 'HTTP POST';
export type SamlParameter = 'SAMLRequest' | 'SAMLResponse';

export const BINDING_URI: Record<SamlBinding, string> = {
  'HTTP Redirect': 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
  'HTTP POST': 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
};

const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const RSA_SHA512 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512';

export interface SigningKey {
  privateKey: string;
  certificate: string;
}

/** A message on its way, by the binding; signed when there is a key. */
export function outgoing(
  message: { parameter: SamlParameter; xml: string; id: string; relayState?: string | undefined },
  to: { url: string; binding: SamlBinding },
  key: SigningKey | undefined,
): ProviderRedirect {
  const { parameter, xml, id, relayState } = message;
  if (to.binding === 'HTTP POST') {
    const text = key === undefined ? xml : signedXml(xml, id, key);
    return {
      kind: 'form',
      action: to.url,
      fields: {
        [parameter]: Buffer.from(text).toString('base64'),
        ...(relayState !== undefined && { RelayState: relayState }),
      },
    };
  }
  // SAML bindings, 3.4.4.1: the signature covers these parameters as they are encoded here, in this order.
  const parts = [`${parameter}=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}`];
  if (relayState !== undefined) parts.push(`RelayState=${encodeURIComponent(relayState)}`);
  if (key !== undefined) {
    parts.push(`SigAlg=${encodeURIComponent(RSA_SHA256)}`);
    const value = sign('sha256', Buffer.from(parts.join('&')), createPrivateKey(key.privateKey));
    parts.push(`Signature=${encodeURIComponent(value.toString('base64'))}`);
  }
  const separator = to.url.includes('?') ? '&' : '?';
  return { kind: 'redirect', url: `${to.url}${separator}${parts.join('&')}` };
}

/** The text of a posted message. */
export function decodePosted(value: string): string {
  const compact = value.replace(/\s+/g, '');
  if (compact.length > (LARGEST_MESSAGE_BYTES * 4) / 3) {
    throw new SamlRefusal('message', `The message is larger than ${LARGEST_MESSAGE_BYTES} bytes.`);
  }
  if (compact === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    throw new SamlRefusal('message', 'The message is not in Base64.');
  }
  return utf8(Buffer.from(compact, 'base64'));
}

/** The text of a message from an address (DEFLATE); what it unpacks to is bounded. */
export function decodeRedirected(value: string): string {
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(value))
    throw new SamlRefusal('message', 'The message is not in Base64.');
  try {
    return utf8(inflateRawSync(Buffer.from(value, 'base64'), { maxOutputLength: LARGEST_MESSAGE_BYTES }));
  } catch (error) {
    if (error instanceof SamlRefusal) throw error;
    throw new SamlRefusal('message', 'The message cannot be unpacked, or is too large when it is.');
  }
}

/**
 * Whether the query of an address was signed by one of the certificates (SAML bindings, 3.4.4.1). The query is taken as
 * it came: encoding it again could change a letter of what was signed.
 */
export function isSignedQuery(
  rawQuery: string,
  parameter: SamlParameter,
  certificates: readonly string[],
): boolean {
  const raw = new Map<string, string>();
  for (const part of rawQuery.split('&')) {
    const [name = ''] = part.split('=', 1);
    // Two of a name: one could be verified and the other be read.
    if (raw.has(name)) return false;
    raw.set(name, part);
  }
  const algorithm = decoded(raw.get('SigAlg'));
  const hash = algorithm === RSA_SHA256 ? 'sha256' : algorithm === RSA_SHA512 ? 'sha512' : undefined;
  const signature = decoded(raw.get('Signature'));
  if (hash === undefined || signature === undefined || !raw.has(parameter)) return false;
  const covered = [raw.get(parameter), raw.get('RelayState'), raw.get('SigAlg')].filter(
    (part) => part !== undefined,
  );
  return certificates.some((pem) => {
    const key = new X509Certificate(pem).publicKey;
    return (
      key.asymmetricKeyType === 'rsa' &&
      verify(
        hash,
        Buffer.from(covered.join('&')),
        { key, padding: constants.RSA_PKCS1_PADDING },
        Buffer.from(signature, 'base64'),
      )
    );
  });
}

function decoded(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part.slice(part.indexOf('=') + 1).replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SamlRefusal('message', 'The message is not in UTF-8.');
  }
}
