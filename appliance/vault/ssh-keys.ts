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

/** A user certificate to be signed. */
export interface CertificateOrder {
  authority: { privateKey: string; passphrase: string | undefined; publicKey: string };
  /** Whose it is. */
  publicKey: string;
  /** What hosts write into their logs about whoever shows it. */
  keyId: string;
  /** The names that may be signed in with; none would be all of them. */
  principals: readonly string[];
  validAfter: Date;
  validBefore: Date;
  /** e.g. `permit-pty` */
  extensions: readonly string[];
}

/** Reads and makes SSH keys. What is wrong with a key is said without showing any of it. */
export interface SshKeys {
  /**
   * A private key in OpenSSH, PEM (PKCS#1, PKCS#8, SEC1) or PuTTY format. Fails with `invalid` naming `private_key`
   * for what is none, or of a kind that is not used any more, and `private_key_passphrase` when that is missing or wrong.
   */
  read(privateKey: string, passphrase: string | undefined): Promise<ReadPrivateKey>;
  /**
   * The same private key, not encrypted: opening one may take seconds, which whoever uses it is spared. Fails when the
   * passphrase does not open it.
   */
  withoutPassphrase(privateKey: string, passphrase: string): Promise<string>;
  /** A new Ed25519 pair. */
  generate(): SshKeyPair;
  /** A new pair of the same kind and size as this public key (kind and base64). */
  generateLike(publicKey: string): Promise<SshKeyPair>;
  /**
   * The line of an OpenSSH user certificate, without comment. Fails with `invalid` naming `private_key_public_cert`
   * for what is none, or is not for this public key.
   */
  readCertificate(certificate: string, publicKey: string): string;
  /** The line of a new OpenSSH user certificate. Fails when the authority's key cannot be opened. */
  issueCertificate(order: CertificateOrder): Promise<string>;
}
