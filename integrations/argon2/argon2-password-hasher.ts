import { hash, verify } from '@node-rs/argon2';
import type { PasswordHasher } from '../../appliance/access/password-hasher.ts';

/** OWASP's first recommendation for Argon2id (the library's default variant): 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export class Argon2PasswordHasher implements PasswordHasher {
  async hash(password: string): Promise<string> {
    return hash(password, COST);
  }

  async verify(passwordHash: string, password: string): Promise<boolean> {
    if (!passwordHash.startsWith('$argon2')) return false;
    return verify(passwordHash, password);
  }
}
