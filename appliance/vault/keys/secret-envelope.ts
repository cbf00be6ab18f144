import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SiteKey } from '../../site-key.ts';

/** Whose secret it is and which one. Bound into the seal: an envelope put in another place does not open. */
export interface SecretId {
  /** Kind of the owner as audit rows call it, e.g. `security_provider`. */
  ownerType: string;
  /** 0 for the site itself. */
  ownerId: number;
  /** e.g. `bind_password` */
  name: string;
}

export interface SealedSecret {
  /** Fingerprint of the site key that wrapped the data key. */
  wrappedBy: string;
  /** Nonce (12 bytes), tag (16) and cipher text. */
  wrappedKey: Buffer;
  sealed: Buffer;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Seals secrets that must be read back: AES-256-GCM with a data key of its own for each, which is wrapped by a key
 * derived from the site key. So the database alone gives nothing away, and another site key costs re-wrapping 32 bytes.
 */
export class SecretEnvelope {
  readonly #wrappingKey: Buffer;
  readonly #fingerprint: string;

  constructor(siteKey: SiteKey) {
    this.#wrappingKey = siteKey.derive('vault');
    this.#fingerprint = siteKey.fingerprint;
  }

  /** The same text sealed twice gives two envelopes that have nothing in common. */
  seal(id: SecretId, text: string): SealedSecret {
    const dataKey = randomBytes(KEY_BYTES);
    const sealed = encrypt(dataKey, boundTo('secret', id), Buffer.from(text, 'utf8'));
    return { wrappedBy: this.#fingerprint, wrappedKey: this.#wrap(id, dataKey), sealed };
  }

  /** Throws when the envelope was sealed for something else, by another site key, or is damaged. */
  open(id: SecretId, envelope: SealedSecret): string {
    const dataKey = this.#unwrap(id, envelope);
    return decrypt(dataKey, boundTo('secret', id), envelope.sealed).toString('utf8');
  }

  /** The same secret for another site key; the sealed text stays as it is. */
  rewrapped(id: SecretId, envelope: SealedSecret, to: SecretEnvelope): SealedSecret {
    const wrappedKey = to.#wrap(id, this.#unwrap(id, envelope));
    return { wrappedBy: to.#fingerprint, wrappedKey, sealed: envelope.sealed };
  }

  #wrap(id: SecretId, dataKey: Buffer): Buffer {
    return encrypt(this.#wrappingKey, boundTo('data key', id), dataKey);
  }

  #unwrap(id: SecretId, { wrappedBy, wrappedKey }: SealedSecret): Buffer {
    if (wrappedBy !== this.#fingerprint) {
      throw new Error(`${id.name} of ${id.ownerType} ${id.ownerId} was sealed with another site key.`);
    }
    return decrypt(this.#wrappingKey, boundTo('data key', id), wrappedKey);
  }
}

function boundTo(what: string, { ownerType, ownerId, name }: SecretId): Buffer {
  return Buffer.from(JSON.stringify(['bridgehead vault v1', what, ownerType, ownerId, name]));
}

function encrypt(key: Buffer, boundData: Buffer, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(boundData);
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

function decrypt(key: Buffer, boundData: Buffer, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(boundData)
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}
