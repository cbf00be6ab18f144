import { hashRaw } from '@node-rs/argon2';
import type { PasswordCost, PasswordKeys } from '../../appliance/vault/keys/key-backup.ts';

const KEY_BYTES = 32;

/** Argon2id, the library's default variant, in a thread of its own. */
export class Argon2PasswordKeys implements PasswordKeys {
  async derive(password: string, salt: Buffer, { memoryKib, passes, lanes }: PasswordCost): Promise<Buffer> {
    return await hashRaw(password, {
      memoryCost: memoryKib,
      timeCost: passes,
      parallelism: lanes,
      outputLen: KEY_BYTES,
      salt,
    });
  }
}
