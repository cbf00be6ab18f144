import { createHash, hkdfSync, randomBytes } from 'node:crypto';

/** What a derived key is for. Two purposes never share a key. */
export type KeyPurpose =
  | 'recordings'
  | 'agent identity'
  | 'uploads'
  | 'vault'
  | 'known devices'
  | 'portal identity'
  | 'ecm endpoint'
  | 'fingerprint';

/**
 * The key of a site: 32 random bytes kept outside the database and shared by all its processes. It is never used
 * directly; every use derives its own key (HKDF-SHA-256, RFC 5869).
 */
export interface SiteKey {
  /** 32 bytes for one purpose, the same on every process of the site. */
  derive(purpose: KeyPurpose): Buffer;
  /** Tells two keys apart without giving either away; stored in the database. */
  readonly fingerprint: string;
}

export const SITE_KEY_BYTES = 32;

export function siteKey(bytes: Uint8Array): SiteKey {
  if (bytes.length !== SITE_KEY_BYTES)
    throw new Error(`A site key has ${SITE_KEY_BYTES} bytes, not ${bytes.length}.`);
  const derive = (purpose: KeyPurpose) =>
    Buffer.from(hkdfSync('sha256', bytes, 'bridgehead site key v1', purpose, 32));
  return {
    derive,
    fingerprint: createHash('sha256').update(derive('fingerprint')).digest('hex').slice(0, 32),
  };
}

export function newSiteKeyBytes(): Buffer {
  return randomBytes(SITE_KEY_BYTES);
}
