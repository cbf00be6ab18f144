import { sign } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { sshString, sshStrings } from '../../appliance/ssh/ssh-wire.ts';
import { plainEd25519Key } from './openssh-private-key.ts';

/** What is done with a private key. Opening one may take long: see `bcryptRoundsOf`. */
export interface KeyWork {
  privateKey: string;
  passphrase: string | undefined;
  /** To be signed; without it the key is only looked at. */
  data?: Uint8Array;
  /** Answer the private key as well, not encrypted. */
  plain?: true;
}

/** What came of it. */
export type KeyResult =
  | { problem: 'encrypted' | 'unreadable' }
  | {
      problem?: undefined;
      kind: string;
      isPrivate: boolean;
      /** Kind and base64. */
      publicKey: string;
      /** As SSH writes it, its kind included (RFC 4253 6.6, RFC 8332). */
      signature?: Uint8Array;
      /** Where it was asked for. */
      privateKey?: string;
    };

/** Never throws. */
export function workedKey({ privateKey, passphrase, data, plain }: KeyWork): KeyResult {
  try {
    const parsed = ssh2.utils.parseKey(privateKey, passphrase);
    // It answers a list when a file may hold several, and errors instead of throwing most of them.
    const key = Array.isArray(parsed) ? parsed[0] : parsed;
    if (key === undefined) return { problem: 'unreadable' };
    if (key instanceof Error) {
      return { problem: /encrypted.*no passphrase/i.test(key.message) ? 'encrypted' : 'unreadable' };
    }
    const publicKey = `${key.type} ${key.getPublicSSH().toString('base64')}`;
    const result = {
      kind: key.type,
      isPrivate: key.isPrivateKey(),
      publicKey,
      ...(plain && { privateKey: plainKey(key) }),
    };
    return data === undefined ? result : { ...result, signature: signatureOf(key, data) };
  } catch {
    return { problem: 'unreadable' };
  }
}

function plainKey(key: ParsedKey): string {
  const pem = key.getPrivatePEM();
  return key.type === 'ssh-ed25519' ? plainEd25519Key(pem, key.getPublicSSH()) : pem;
}

/** OpenSSH has its largest curve go with the largest hash; RSA keys sign with SHA-2 alone. */
const HASHES: Record<string, { kind: string; hash: string | null }> = {
  'ssh-ed25519': { kind: 'ssh-ed25519', hash: null },
  'ssh-rsa': { kind: 'rsa-sha2-512', hash: 'sha512' },
  'ecdsa-sha2-nistp256': { kind: 'ecdsa-sha2-nistp256', hash: 'sha256' },
  'ecdsa-sha2-nistp384': { kind: 'ecdsa-sha2-nistp384', hash: 'sha384' },
  'ecdsa-sha2-nistp521': { kind: 'ecdsa-sha2-nistp521', hash: 'sha512' },
};

function signatureOf(key: ParsedKey, data: Uint8Array): Buffer {
  const how = HASHES[key.type];
  if (how === undefined) throw new Error(`Keys of the kind ${key.type} sign nothing here.`);
  const raw = sign(how.hash, data, { key: key.getPrivatePEM(), dsaEncoding: 'ieee-p1363' });
  return sshStrings([how.kind, key.type.startsWith('ecdsa-') ? pairOfIntegers(raw) : raw]);
}

/** Both halves of an ECDSA signature as SSH has them (RFC 5656 3.1.2). */
function pairOfIntegers(raw: Buffer): Buffer {
  const half = raw.length / 2;
  return Buffer.concat(
    [raw.subarray(0, half), raw.subarray(half)].map((number) => sshString(positive(number))),
  );
}

/** A number without leading zeros, but one where its first bit would make it negative (RFC 4251 5, mpint). */
function positive(number: Buffer): Buffer {
  let from = 0;
  while (from < number.length && number[from] === 0) from++;
  const digits = number.subarray(from);
  return (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
}
