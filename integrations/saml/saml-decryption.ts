import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto';
import { SamlRefusal } from './saml-refusal.ts';
import { attributeOf, elementsOf, isNamed, NS, neededText, onlyChild, parseXml } from './saml-xml.ts';

/** CBC is what most identity providers do by default; the signature within tells whether a text was tampered with. */
const CONTENT: Record<
  string,
  { cipher: 'aes-128-cbc' | 'aes-256-cbc' | 'aes-128-gcm' | 'aes-256-gcm'; keyBytes: number }
> = {
  [`${NS.encryption}aes128-cbc`]: { cipher: 'aes-128-cbc', keyBytes: 16 },
  [`${NS.encryption}aes256-cbc`]: { cipher: 'aes-256-cbc', keyBytes: 32 },
  [`${NS.encryption11}aes128-gcm`]: { cipher: 'aes-128-gcm', keyBytes: 16 },
  [`${NS.encryption11}aes256-gcm`]: { cipher: 'aes-256-gcm', keyBytes: 32 },
};

const ADVICE_ALGORITHM = 'Let the identity provider encrypt with RSA-OAEP and AES (GCM or CBC).';

/**
 * The assertion in an EncryptedAssertion, parsed. Any of the keys may fit, since keys are rolled over. Everything that
 * goes wrong after the algorithms are known is one refusal, so that answers tell nothing about keys or padding.
 */
export function decryptAssertion(
  encrypted: Element,
  keys: readonly KeyObject[],
): { xml: string; root: Element } {
  if (keys.length === 0) {
    throw new SamlRefusal(
      'decryption',
      'The assertion is encrypted, and this provider has no private key.',
      'Generate a key pair for the provider and give its certificate (or our metadata) to the identity provider.',
    );
  }
  const data = onlyChild(encrypted, NS.encryption, 'EncryptedData');
  if (data === undefined) throw new SamlRefusal('decryption', 'EncryptedAssertion holds no EncryptedData.');
  const content = CONTENT[methodOf(data)];
  if (content === undefined) throw refused(methodOf(data));
  const encryptedKey = encryptedKeyOf(encrypted, data);
  const oaepHash = oaepHashOf(encryptedKey);
  const wrapped = cipherBytes(encryptedKey);
  const sealed = cipherBytes(data);
  for (const key of keys) {
    const text = attempt(key, oaepHash, wrapped, content, sealed);
    if (text === undefined) continue;
    try {
      return parseXml(text);
    } catch {
      // Falls through: what a wrong key makes of a text is no XML.
    }
  }
  throw new SamlRefusal(
    'decryption',
    'The assertion could not be decrypted with our private key: it was encrypted for another certificate, or changed.',
    'Wrong certificate: give our present metadata or certificate to the identity provider, so that it encrypts for the key that is here.',
  );
}

/** Beside the data (SAML core 2.3.4) or within its KeyInfo. Several recipients are not supported. */
function encryptedKeyOf(encrypted: Element, data: Element): Element {
  const keyInfo = onlyChild(data, NS.signature, 'KeyInfo');
  const found = [encrypted, ...(keyInfo ? [keyInfo] : [])].flatMap((place) =>
    elementsOf(place).filter((child) => isNamed(child, NS.encryption, 'EncryptedKey')),
  );
  if (found.length !== 1) {
    throw new SamlRefusal(
      'decryption',
      `EncryptedAssertion has ${found.length} encrypted keys instead of one.`,
    );
  }
  return found[0]!;
}

function methodOf(element: Element): string {
  const method = onlyChild(element, NS.encryption, 'EncryptionMethod');
  return (method && attributeOf(method, 'Algorithm')) ?? '';
}

/** node uses one hash for both parts of OAEP, so only pairs that are alike can be read. */
function oaepHashOf(encryptedKey: Element): 'sha1' | 'sha256' {
  const algorithm = methodOf(encryptedKey);
  const method = onlyChild(encryptedKey, NS.encryption, 'EncryptionMethod')!;
  const digestMethod = method && onlyChild(method, NS.signature, 'DigestMethod');
  const digest = (digestMethod && attributeOf(digestMethod, 'Algorithm')) ?? `${NS.signature}sha1`;
  if (algorithm === `${NS.encryption}rsa-oaep-mgf1p` && digest === `${NS.signature}sha1`) return 'sha1';
  if (algorithm === `${NS.encryption11}rsa-oaep`) {
    const mask = onlyChild(method, NS.encryption11, 'MGF');
    const maskName = (mask && attributeOf(mask, 'Algorithm')) ?? `${NS.encryption11}mgf1sha1`;
    if (digest === `${NS.encryption}sha256` && maskName === `${NS.encryption11}mgf1sha256`) return 'sha256';
    if (digest === `${NS.signature}sha1` && maskName === `${NS.encryption11}mgf1sha1`) return 'sha1';
    throw refused(`${algorithm} with ${digest} and ${maskName}`);
  }
  throw refused(algorithm === `${NS.encryption}rsa-oaep-mgf1p` ? `${algorithm} with ${digest}` : algorithm);
}

function refused(algorithm: string): SamlRefusal {
  return new SamlRefusal(
    'decryption',
    `The assertion is encrypted with ${algorithm.slice(0, 200) || 'no algorithm'}, which is not accepted.`,
    ADVICE_ALGORITHM,
  );
}

function cipherBytes(element: Element): Buffer {
  const data = onlyChild(element, NS.encryption, 'CipherData');
  const value = data && onlyChild(data, NS.encryption, 'CipherValue');
  if (value === undefined) throw new SamlRefusal('decryption', `${element.localName} holds no CipherValue.`);
  return Buffer.from(neededText(value), 'base64');
}

function attempt(
  key: KeyObject,
  oaepHash: string,
  wrapped: Buffer,
  { cipher, keyBytes }: (typeof CONTENT)[string],
  sealed: Buffer,
): string | undefined {
  try {
    const secret = privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, wrapped);
    if (secret.length !== keyBytes) return undefined;
    const plain =
      cipher === 'aes-128-gcm' || cipher === 'aes-256-gcm'
        ? openGcm(cipher, secret, sealed)
        : openCbc(cipher, secret, sealed);
    return new TextDecoder('utf-8', { fatal: true }).decode(plain);
  } catch {
    return undefined;
  }
}

function openGcm(cipher: 'aes-128-gcm' | 'aes-256-gcm', key: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv(cipher, key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}

/** Padding of XML Encryption 5.2: the last byte counts, the others may be anything. */
function openCbc(cipher: 'aes-128-cbc' | 'aes-256-cbc', key: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv(cipher, key, sealed.subarray(0, 16));
  decipher.setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(sealed.subarray(16)), decipher.final()]);
  const padding = plain.at(-1) ?? 0;
  if (padding < 1 || padding > 16) throw new Error('padding');
  return plain.subarray(0, plain.length - padding);
}
