const MAGIC = Buffer.from('openssh-key-v1\0', 'latin1');

/**
 * How often the passphrase of a key in OpenSSH format is stirred (PROTOCOL.key of OpenSSH); undefined for keys that are
 * not encrypted, are in another format, or are damaged.
 */
export function bcryptRoundsOf(privateKey: string): number | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(privateKey)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, 'base64');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  let at = MAGIC.length;
  const next = (): Buffer => {
    const end = at + 4 + (at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0);
    const field = bytes.subarray(at + 4, end);
    at = end;
    return field;
  };
  next(); // the cipher
  if (next().toString('latin1') !== 'bcrypt') return undefined;
  const options = next();
  // The salt, and after it the rounds.
  if (options.length < 8) return undefined;
  const salt = options.readUInt32BE(0);
  return options.length < 8 + salt ? undefined : options.readUInt32BE(4 + salt);
}
