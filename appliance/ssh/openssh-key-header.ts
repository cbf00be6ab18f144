import { SshReader } from './ssh-wire.ts';

const MAGIC = Buffer.from('openssh-key-v1\0', 'latin1');

/**
 * How often the passphrase of a key in OpenSSH format is stirred (PROTOCOL.key of OpenSSH); undefined for keys that are
 * not encrypted, are in another format, or are damaged.
 */
export function bcryptRoundsOf(privateKey: string): number | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(privateKey)?.[1];
  const bytes = Buffer.from(body ?? '', 'base64');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const header = new SshReader(bytes.subarray(MAGIC.length));
  header.string(); // the cipher
  if (header.string()?.toString('latin1') !== 'bcrypt') return undefined;
  const options = new SshReader(header.string() ?? Buffer.alloc(0));
  options.string(); // the salt
  return options.uint32();
}
