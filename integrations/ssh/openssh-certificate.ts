import { randomBytes } from 'node:crypto';
import { SshReader, sshString, sshStrings } from '../../appliance/ssh/ssh-wire.ts';
import type { CertificateOrder } from '../../appliance/vault/ssh-keys.ts';

// PROTOCOL.certkeys of OpenSSH.

/** Kinds of certificates: the kind of the key inside, and how many strings it is between the nonce and the serial number. */
const KINDS: Record<string, { kind: string; fields: number }> = {
  'ssh-ed25519-cert-v01@openssh.com': { kind: 'ssh-ed25519', fields: 1 },
  'ssh-rsa-cert-v01@openssh.com': { kind: 'ssh-rsa', fields: 2 },
  'ecdsa-sha2-nistp256-cert-v01@openssh.com': { kind: 'ecdsa-sha2-nistp256', fields: 2 },
  'ecdsa-sha2-nistp384-cert-v01@openssh.com': { kind: 'ecdsa-sha2-nistp384', fields: 2 },
  'ecdsa-sha2-nistp521-cert-v01@openssh.com': { kind: 'ecdsa-sha2-nistp521', fields: 2 },
};

const USER_CERTIFICATE = 1;
const SERIAL_BYTES = 8;

/**
 * The public key that an OpenSSH user certificate (its line) is for, as kind and base64; undefined when it is no such
 * certificate. Whether somebody trusts its signature is for the hosts it is shown to.
 */
export function plainKeyOfCertificate(line: string): string | undefined {
  const [kind = '', base64 = ''] = line.split(' ');
  const form = KINDS[kind];
  const bytes = Buffer.from(base64, 'base64');
  if (form === undefined || bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) {
    return undefined;
  }
  const reader = new SshReader(bytes);
  if (reader.string()?.toString('latin1') !== kind || reader.string() === undefined) return undefined;
  const from = reader.position;
  for (let field = 0; field < form.fields; field++) if (reader.string() === undefined) return undefined;
  const key = reader.between(from, reader.position);
  reader.skip(SERIAL_BYTES);
  if (reader.uint32() !== USER_CERTIFICATE) return undefined;
  return `${form.kind} ${Buffer.concat([sshString(form.kind), key]).toString('base64')}`;
}

/**
 * Everything of a user certificate before its signature, and its kind. Throws for a key of a kind that has no
 * certificates.
 */
export function unsignedCertificate(
  order: Omit<CertificateOrder, 'authority'>,
  authorityPublicKey: string,
): { kind: string; body: Buffer } {
  const [keyKind = ''] = order.publicKey.split(' ');
  const kind = Object.keys(KINDS).find((name) => KINDS[name]?.kind === keyKind);
  if (kind === undefined) throw new Error(`There are no certificates for keys of the kind ${keyKind}.`);
  const key = blobOf(order.publicKey);
  const body = Buffer.concat([
    sshString(kind),
    sshString(randomBytes(32)),
    key.subarray(4 + keyKind.length),
    // Told apart by hosts that keep lists of revoked ones; random, because nobody here counts.
    randomBytes(SERIAL_BYTES),
    uint32(USER_CERTIFICATE),
    sshString(order.keyId),
    sshString(sshStrings(order.principals)),
    uint64(seconds(order.validAfter)),
    uint64(seconds(order.validBefore)),
    // No critical options.
    sshString(''),
    // In the order of their names, each without data.
    sshString(Buffer.concat([...order.extensions].sort().map((name) => sshStrings([name, ''])))),
    sshString(''),
    sshString(blobOf(authorityPublicKey)),
  ]);
  return { kind, body };
}

function blobOf(publicKey: string): Buffer {
  return Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
