import { optional, textField, type WireObject, wireObject } from './wire-fields.ts';

/** Longest package, in bytes of its JSON. */
const MAX_PACKAGE_BYTES = 64 * 1024;

/**
 * A credential on its way to the program that uses it. It travels only inside a sealed box and lives only in memory.
 * At least one of `password` and `private_key` is there.
 */
export interface CredentialPackage {
  username?: string;
  domain?: string;
  password?: string;
  /** OpenSSH, PEM or PuTTY format. */
  private_key?: string;
  passphrase?: string;
  /** OpenSSH certificate that belongs to the key, one line. */
  certificate?: string;
}

export function packageBytes(credential: CredentialPackage): Buffer {
  return Buffer.from(JSON.stringify(credential), 'utf8');
}

/** Throws `ProtocolError` when it is no package. */
export function parseCredentialPackage(bytes: Buffer): CredentialPackage {
  return credentialPackage(wireObject(bytes, MAX_PACKAGE_BYTES));
}

/** The same of what was parsed already. */
export function credentialPackage(value: WireObject): CredentialPackage {
  const text = <Name extends string>(name: Name, most: number) =>
    optional(value, name, (from, at) => textField(from, at, most));
  return {
    ...text('username', 255),
    ...text('domain', 255),
    ...text('password', 8192),
    ...text('private_key', 32768),
    ...text('passphrase', 1024),
    ...text('certificate', 16384),
  };
}

/** What a box with a credential for a channel is bound to. */
export function channelCredentialContext(channelId: string): string {
  return `credential for channel ${channelId}`;
}
