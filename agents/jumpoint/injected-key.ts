import type { ParsedKey } from 'ssh2';
import { certifiedKey, publicHalf, signAsCertified } from './ssh-certificates.ts';

/**
 * The private key of a credential as the library can sign with it, until it is put away: the library keeps what it
 * signed in with for as long as the connection lives, and of these that is the public half.
 */
export class InjectedKey {
  readonly bare: ParsedKey;
  /** With its certificate in the place of the bare key; undefined without one. */
  readonly certified: ParsedKey | undefined;
  #privateKey: ParsedKey | undefined;

  /** Fails with `ShellRefusal` when the certificate does not fit. */
  constructor(privateKey: ParsedKey, certificate: string | undefined) {
    this.#privateKey = privateKey;
    const half = publicHalf(privateKey);
    this.bare = this.#signing(half, (key, data, hash) => key.sign(data, hash));
    this.certified =
      certificate === undefined
        ? undefined
        : this.#signing(certifiedKey(half, certificate), (key, data) => signAsCertified(key, data));
  }

  putAway(): void {
    this.#privateKey = undefined;
  }

  #signing(half: ParsedKey, sign: (key: ParsedKey, data: Buffer, hash?: string) => Buffer): ParsedKey {
    const signed = (data: Buffer, hash?: string): Buffer | Error =>
      this.#privateKey === undefined
        ? new Error('The key was put away.')
        : sign(this.#privateKey, data, hash);
    // What is asked of a key beyond these two is answered by the public half.
    return Object.create(half, { isPrivateKey: { value: () => true }, sign: { value: signed } }) as ParsedKey;
  }
}
