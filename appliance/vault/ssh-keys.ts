export interface SshKeyPair {
  /** OpenSSH format, not encrypted. */
  privateKey: string;
  /** Kind and base64 as OpenSSH writes them, without comment. */
  publicKey: string;
}

export interface ReadPrivateKey {
  publicKey: string;
  /** It could only be read with its passphrase. */
  encrypted: boolean;
}

/** Reads and makes SSH keys. What is wrong with a key is said without showing any of it. */
export interface SshKeys {
  /**
   * A private key in OpenSSH, PEM (PKCS#1, PKCS#8, SEC1) or PuTTY format. Fails with `invalid` naming `private_key`
   * for what is none, or of a kind that is not used any more, and `private_key_passphrase` when that is missing or wrong.
   */
  read(privateKey: string, passphrase: string | undefined): Promise<ReadPrivateKey>;
  /** A new Ed25519 pair. */
  generate(): SshKeyPair;
  /**
   * The line of an OpenSSH user certificate, without comment. Fails with `invalid` naming `private_key_public_cert`
   * for what is none, or is not for this public key.
   */
  readCertificate(certificate: string, publicKey: string): string;
}
