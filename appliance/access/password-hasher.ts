/** Turns passwords into something that is slow to guess. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False for a wrong password and for a hash this hasher did not make. */
  verify(passwordHash: string, password: string): Promise<boolean>;
}
