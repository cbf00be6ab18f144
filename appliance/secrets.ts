import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Bytes at or past this would favour the first letters of the alphabet, so they are thrown away. */
const UNBIASED_BELOW = 256 - (256 % TOKEN_ALPHABET.length);

/** `length` random characters of `A-Za-z0-9`, about 5.95 bits each: 40 characters carry 238 bits. */
export function randomToken(length = 40): string {
  let token = '';
  while (token.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < UNBIASED_BELOW && token.length < length)
        token += TOKEN_ALPHABET[byte % TOKEN_ALPHABET.length];
    }
  }
  return token;
}

/**
 * What is kept of a random token or secret. A fast hash is right for these: they carry far more than 128 bits,
 * so there is nothing to guess. Passwords go through `PasswordHasher` instead.
 */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** Compares two secrets or two hashes in a time that does not depend on where they differ. */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
