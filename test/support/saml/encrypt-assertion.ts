import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';

const XMLENC = 'http://www.w3.org/2001/04/xmlenc#';
const XMLENC11 = 'http://www.w3.org/2009/xmlenc11#';
const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';

export type KeyTransport = 'oaep' | 'oaep-sha256' | 'rsa1_5';
export type ContentCipher = 'aes128-cbc' | 'aes256-cbc' | 'aes128-gcm' | 'aes256-gcm' | 'tripledes-cbc';

const TRANSPORT: Record<KeyTransport, string> = {
  oaep: `<xenc:EncryptionMethod Algorithm="${XMLENC}rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="${XMLDSIG}sha1"/></xenc:EncryptionMethod>`,
  'oaep-sha256': `<xenc:EncryptionMethod Algorithm="${XMLENC11}rsa-oaep"><ds:DigestMethod Algorithm="${XMLENC}sha256"/><e11:MGF xmlns:e11="${XMLENC11}" Algorithm="${XMLENC11}mgf1sha256"/></xenc:EncryptionMethod>`,
  rsa1_5: `<xenc:EncryptionMethod Algorithm="${XMLENC}rsa-1_5"/>`,
};

/** An EncryptedAssertion for the owner of the certificate. */
export function encryptAssertion(
  assertion: string,
  certificate: string,
  { transport = 'oaep', cipher = 'aes256-gcm' }: { transport?: KeyTransport; cipher?: ContentCipher } = {},
): string {
  const gcm = cipher.endsWith('gcm');
  const triple = cipher === 'tripledes-cbc';
  const key = randomBytes(triple ? 24 : cipher.includes('128') ? 16 : 32);
  const iv = randomBytes(gcm ? 12 : triple ? 8 : 16);
  const name = triple ? 'des-ede3-cbc' : cipher.replace('aes', 'aes-');
  const sealer = createCipheriv(name as 'aes-256-gcm', key, iv);
  const sealed = Buffer.concat([
    iv,
    sealer.update(assertion),
    sealer.final(),
    ...(gcm ? [sealer.getAuthTag()] : []),
  ]);
  const wrapped = publicEncrypt(
    {
      key: certificate,
      padding: transport === 'rsa1_5' ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_OAEP_PADDING,
      ...(transport !== 'rsa1_5' && { oaepHash: transport === 'oaep' ? 'sha1' : 'sha256' }),
    },
    key,
  );
  return (
    `<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="${XMLENC}" Type="${XMLENC}Element">` +
    `<xenc:EncryptionMethod Algorithm="${gcm ? XMLENC11 : XMLENC}${cipher}"/><ds:KeyInfo xmlns:ds="${XMLDSIG}">` +
    `<xenc:EncryptedKey>${TRANSPORT[transport]}<xenc:CipherData><xenc:CipherValue>${wrapped.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>` +
    `<xenc:CipherData><xenc:CipherValue>${sealed.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`
  );
}
