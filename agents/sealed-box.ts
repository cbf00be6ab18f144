import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { RAW_KEY_BYTES, rawPublicKey } from './handshake.ts';

/**
 * Sealing for one recipient: an ephemeral X25519 key agreement, HKDF-SHA256 over both public keys, AES-256-GCM with the
 * context as additional data. Only the holder of the recipient's private key opens it, and only for the same context, so
 * what was sealed for one channel cannot be played into another.
 */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const INFO = Buffer.from('bridgehead sealed box v1', 'utf8');
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const CIPHER = 'aes-256-gcm';

/** Base64. `recipient` is a raw X25519 public key (32 bytes). */
export function seal(recipient: Uint8Array, context: string, plain: Uint8Array): string {
  const recipientKey = publicKeyOf(recipient);
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const ephemeral = rawPublicKey(publicKey);
  const key = agreedKey(privateKey, recipientKey, ephemeral, recipient);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context, 'utf8'));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), ephemeral, nonce, cipher.getAuthTag(), text]).toString('base64');
}

/** Throws when it was sealed for somebody else or for another context, or was damaged. */
export function unseal(recipientKey: KeyObject, context: string, sealed: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64');
  const head = 1 + RAW_KEY_BYTES + NONCE_BYTES + TAG_BYTES;
  if (bytes[0] !== VERSION || bytes.length < head)
    throw new Error('This is no sealed box of a known version.');
  const ephemeral = bytes.subarray(1, 1 + RAW_KEY_BYTES);
  const nonce = bytes.subarray(1 + RAW_KEY_BYTES, 1 + RAW_KEY_BYTES + NONCE_BYTES);
  const tag = bytes.subarray(head - TAG_BYTES, head);
  const key = agreedKey(recipientKey, publicKeyOf(ephemeral), ephemeral, rawPublicKey(recipientKey));
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(context, 'utf8'))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(bytes.subarray(head)), decipher.final()]);
}

function agreedKey(
  privateKey: KeyObject,
  publicKey: KeyObject,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
): Buffer {
  const shared = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), INFO, 32));
}

function publicKeyOf(raw: Uint8Array): KeyObject {
  if (raw.length !== RAW_KEY_BYTES) throw new Error('An X25519 public key has 32 bytes.');
  return createPublicKey({ key: Buffer.concat([X25519_SPKI, raw]), format: 'der', type: 'spki' });
}
