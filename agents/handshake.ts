import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';

/**
 * The mutual challenge and response of program sockets. Each side signs both nonces under its own context, so a
 * signature made by one end can never be played back as the other's.
 */
export const NONCE_BYTES = 32;
export const RAW_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** What speaks to the server; a signature made for one kind is worth nothing for another. */
export type ProgramKind = 'jumpoint' | 'ecm';

const contexts = (kind: ProgramKind) => ({
  program: Buffer.from(`bridgehead ${kind} v1 program`, 'utf8'),
  server: Buffer.from(`bridgehead ${kind} v1 server`, 'utf8'),
});
const CONTEXTS: Record<ProgramKind, { program: Buffer; server: Buffer }> = {
  jumpoint: contexts('jumpoint'),
  ecm: contexts('ecm'),
};

/** PKCS #8 and SPKI wrappings of raw 32-byte keys (RFC 8410); node:crypto takes keys only wrapped. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** A fresh nonce, base64. */
export function newNonce(): string {
  return randomBytes(NONCE_BYTES).toString('base64');
}

export interface RawKeyPair {
  /** Raw 32 bytes. */
  publicKey: Buffer;
  /** PKCS #8 PEM. */
  privateKeyPem: string;
}

export function newKeyPair(kind: 'ed25519' | 'x25519'): RawKeyPair {
  const { publicKey, privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return {
    publicKey: rawPublicKey(publicKey),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The Ed25519 private key whose seed is `seed` (32 bytes, e.g. derived from the site key). */
export function ed25519FromSeed(seed: Uint8Array): KeyObject {
  if (seed.length !== RAW_KEY_BYTES) throw new Error('An Ed25519 seed has 32 bytes.');
  return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

/** Raw 32 bytes of the public half of an Ed25519 or X25519 key. */
export function rawPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return Buffer.from(publicKey.export({ type: 'spki', format: 'der' }).subarray(-RAW_KEY_BYTES));
}

/** How people compare a public key: `SHA256:` and base64 without padding. */
export function keyFingerprint(rawPublic: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(rawPublic).digest('base64').replace(/=+$/, '')}`;
}

/** What the program answers to a challenge: base64 of its signature. */
export function signAsProgram(
  kind: ProgramKind,
  identity: KeyObject,
  serverNonce: string,
  programNonce: string,
): string {
  return sign(null, message(CONTEXTS[kind].program, serverNonce, programNonce), identity).toString('base64');
}

/** Never throws: a malformed key or signature is simply not valid. */
export function programSignatureIsValid(
  kind: ProgramKind,
  identityPublicKey: Uint8Array,
  signature: string,
  serverNonce: string,
  programNonce: string,
): boolean {
  return isValid(identityPublicKey, signature, message(CONTEXTS[kind].program, serverNonce, programNonce));
}

/** What the server proves in `welcome`: base64 of its signature. */
export function signAsServer(
  kind: ProgramKind,
  serverKey: KeyObject,
  programNonce: string,
  serverNonce: string,
): string {
  return sign(null, message(CONTEXTS[kind].server, programNonce, serverNonce), serverKey).toString('base64');
}

/** Never throws: a malformed key or signature is simply not valid. */
export function serverSignatureIsValid(
  kind: ProgramKind,
  serverPublicKey: Uint8Array,
  signature: string,
  programNonce: string,
  serverNonce: string,
): boolean {
  return isValid(serverPublicKey, signature, message(CONTEXTS[kind].server, programNonce, serverNonce));
}

function message(context: Buffer, first: string, second: string): Buffer {
  return Buffer.concat([context, Buffer.from(first, 'base64'), Buffer.from(second, 'base64')]);
}

function isValid(rawPublic: Uint8Array, signature: string, signed: Buffer): boolean {
  const bytes = Buffer.from(signature, 'base64');
  if (rawPublic.length !== RAW_KEY_BYTES || bytes.length !== SIGNATURE_BYTES) return false;
  try {
    const key = createPublicKey({
      key: Buffer.concat([ED25519_SPKI, rawPublic]),
      format: 'der',
      type: 'spki',
    });
    return verify(null, signed, key, bytes);
  } catch {
    return false;
  }
}
