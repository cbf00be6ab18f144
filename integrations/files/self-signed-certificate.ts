import {
  generateKeyPair,
  generateKeyPairSync,
  type KeyPairKeyObjectResult,
  randomBytes,
  sign,
} from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import ipaddr from 'ipaddr.js';

/** Distinguished encoding rules, as far as one certificate needs them (X.690, RFC 5280). */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length =
    content.length < 0x80
      ? Buffer.from([content.length])
      : content.length < 0x100
        ? Buffer.from([0x81, content.length])
        : Buffer.from([0x82, content.length >> 8, content.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const setOf = (...parts: Uint8Array[]) => der(0x31, ...parts);
const octets = (content: Uint8Array) => der(0x04, content);
const bits = (content: Uint8Array) => der(0x03, Buffer.from([0]), content);
const text = (value: string) => der(0x0c, Buffer.from(value));
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const explicit = (number: number, content: Uint8Array) => der(0xa0 | number, content);
const utcTime = (time: Date) =>
  der(0x17, Buffer.from(`${time.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));

const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));
const RSA_WITH_SHA256 = sequence(objectId('2a864886f70d01010b'), der(0x05));
const COMMON_NAME = objectId('550403');
const EXTENSION = { subjectAltName: '551d11', basicConstraints: '551d13', extendedKeyUsage: '551d25' };
const SERVER_AUTHENTICATION = objectId('2b06010505070301');
const CRITICAL = der(0x01, Buffer.from([0xff]));
const HOUR_MS = 3_600_000;

/** A new P-256 key and a certificate for these host names and addresses that it signs itself. PEM. */
export function selfSignedCertificate(hosts: string[], days: number): { cert: string; key: string } {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    sequence(objectId(EXTENSION.extendedKeyUsage), octets(sequence(SERVER_AUTHENTICATION))),
    sequence(objectId(EXTENSION.subjectAltName), octets(sequence(...hosts.map(alternativeName)))),
  ];
  return signedByItself(keys, ECDSA_WITH_SHA256, hosts[0] ?? 'bridgehead', days, extensions);
}

/** A new RSA key of 3072 bits and a certificate of that name that it signs itself: for signing and decrypting. PEM. */
export async function selfSignedRsaCertificate(
  name: string,
  days: number,
): Promise<{ cert: string; key: string }> {
  const keys = await promisify(generateKeyPair)('rsa', { modulusLength: 3072 });
  return signedByItself(keys, RSA_WITH_SHA256, name, days, []);
}

function signedByItself(
  { publicKey, privateKey }: KeyPairKeyObjectResult,
  algorithm: Buffer,
  commonName: string,
  days: number,
  extensions: Buffer[],
): { cert: string; key: string } {
  const name = sequence(setOf(sequence(COMMON_NAME, text(commonName.slice(0, 64)))));
  const from = new Date(Date.now() - HOUR_MS);
  const until = new Date(from.getTime() + days * 24 * HOUR_MS);
  const serial = randomBytes(16);
  // A positive number without a leading zero byte.
  serial[0] = ((serial[0] as number) & 0x3f) | 0x40;
  const signed = sequence(
    explicit(0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    sequence(utcTime(from), utcTime(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(sequence(objectId(EXTENSION.basicConstraints), CRITICAL, octets(sequence())), ...extensions),
    ),
  );
  const certificate = sequence(signed, algorithm, bits(sign('sha256', signed, privateKey)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

function alternativeName(host: string): Buffer {
  return isIP(host) === 0
    ? der(0x82, Buffer.from(host))
    : der(0x87, Buffer.from(ipaddr.parse(host).toByteArray()));
}
