import { createHash } from 'node:crypto';

/** Kinds of host key that OpenSSH still makes or takes. */
const KINDS: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
]);

/**
 * An SSH host key in the one form in which it is kept: kind and base64. It may come as the line of a `.pub` file, of
 * `known_hosts` or of `ssh-keyscan`, with names before it and a comment behind it. Undefined for what is none.
 */
export function hostKeyFrom(text: string): string | undefined {
  const words = text.trim().split(/[ \t]+/);
  const start = words.findIndex((word) => KINDS.has(word));
  const [kind, encoded] = words.slice(start, start + 2);
  // Marked lines of known_hosts speak of authorities and of revoked keys.
  if (start < 0 || start > 1 || kind === undefined || encoded === undefined || /[\r\n]/.test(text.trim())) {
    return undefined;
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const blob = Buffer.from(encoded, 'base64');
  // The blob names its kind first (RFC 4253, 6.6): a key cut short or put together from two is found out.
  const name = Buffer.from(kind, 'ascii');
  const named = Buffer.concat([Buffer.from([0, 0, 0, name.length]), name]);
  if (!blob.subarray(0, named.length).equals(named) || !isWhole(blob)) return undefined;
  return `${kind} ${blob.toString('base64')}`;
}

/** Strings with their lengths, one after the other to the end, and at least one after the name of the kind. */
function isWhole(blob: Buffer): boolean {
  let parts = 0;
  let at = 0;
  while (at + 4 <= blob.length) {
    const length = blob.readUInt32BE(at);
    if (length === 0) return false;
    at += 4 + length;
    parts += 1;
  }
  return at === blob.length && parts >= 2;
}

/** `SHA256:...` of a host key (kind and base64), as OpenSSH prints it. */
export function fingerprintOf(hostKey: string): string {
  const blob = Buffer.from(hostKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
