/** One key of a keytab. */
export interface KeytabEntry {
  /** `HTTP/support.example.com`, without the realm. */
  name: string;
  realm: string;
  /** Key version number: every new password or key of the account raises it. */
  kvno: number;
  enctype: number;
  writtenAt: Date;
  /** The entry as it stood in the file, without its length. */
  raw: Buffer;
}

export type ReadKeytab = { kind: 'keytab'; entries: KeytabEntry[] } | { kind: 'unusable'; reason: string };

const VERSION = 0x0502;

/**
 * Reads a keytab, format version 2 as MIT and Heimdal write it. Deleted entries are skipped. Never fails: a file that
 * is none says why.
 */
export function readKeytab(base64: string): ReadKeytab {
  const file = Buffer.from(base64.replace(/\s+/g, ''), 'base64');
  if (file.length < 2) return unusable('it is empty');
  const version = file.readUInt16BE(0);
  if (version !== VERSION) return unusable(otherFile(file, version));
  const entries: KeytabEntry[] = [];
  for (let at = 2; at + 4 <= file.length; ) {
    const length = file.readInt32BE(at);
    at += 4;
    // A file may end in zeros; a negative length is the room of a deleted entry.
    if (length === 0) break;
    const end = at + Math.abs(length);
    if (end > file.length) return unusable('it ends in the middle of an entry: was it copied in full?');
    if (length > 0) {
      const entry = readEntry(file.subarray(at, end));
      if (entry === undefined) return unusable('one of its entries is damaged');
      entries.push(entry);
    }
    at = end;
  }
  return entries.length === 0 ? unusable('it holds no keys') : { kind: 'keytab', entries };
}

/** A keytab file with these entries. */
export function keytabOf(entries: readonly KeytabEntry[]): Buffer {
  const header = Buffer.alloc(2);
  header.writeUInt16BE(VERSION);
  const parts = entries.flatMap(({ raw }) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(raw.length);
    return [length, raw];
  });
  return Buffer.concat([header, ...parts]);
}

/** The keys of one service; directories do not mind the case of service names. */
export function keysOf(
  entries: readonly KeytabEntry[],
  service: { name: string; realm: string },
): KeytabEntry[] {
  const wanted = service.name.toLowerCase();
  return entries.filter(({ name, realm }) => realm === service.realm && name.toLowerCase() === wanted);
}

export function principalOf({ name, realm }: { name: string; realm: string }): string {
  return `${name}@${realm}`;
}

function readEntry(raw: Buffer): KeytabEntry | undefined {
  try {
    let at = 0;
    const short = () => {
      at += 2;
      return raw.readUInt16BE(at - 2);
    };
    const bytes = () => {
      const length = short();
      if (at + length > raw.length) throw new RangeError('beyond the entry');
      at += length;
      return raw.subarray(at - length, at);
    };
    const count = short();
    const realm = bytes().toString('utf8');
    const components = Array.from({ length: count }, () => bytes().toString('utf8'));
    // Name type, then the time of writing.
    at += 4;
    const writtenAt = new Date(raw.readUInt32BE(at) * 1000);
    at += 4;
    const shortKvno = raw.readUInt8(at);
    at += 1;
    const enctype = short();
    bytes();
    const longKvno = raw.length - at >= 4 ? raw.readUInt32BE(at) : 0;
    return { name: components.join('/'), realm, kvno: longKvno || shortKvno, enctype, writtenAt, raw };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function otherFile(file: Buffer, version: number): string {
  if (version === 0x0501) return 'it is a keytab of the old format version 1';
  const start = file.subarray(0, 64).toString('latin1');
  if (/^[A-Za-z0-9+/\s]+=*\s*$/.test(start)) return 'it is text: it may have been encoded to Base64 twice';
  if (start.startsWith('-----BEGIN')) return 'it is a PEM file';
  return 'it does not begin as a keytab does';
}

function unusable(reason: string): ReadKeytab {
  return { kind: 'unusable', reason };
}

/** Names of encryption types (RFC 3961, 4120, 8009) that people meet. */
const ENCTYPES: Record<number, string> = {
  1: 'des-cbc-crc',
  3: 'des-cbc-md5',
  16: 'des3-cbc-sha1',
  17: 'aes128-cts-hmac-sha1-96',
  18: 'aes256-cts-hmac-sha1-96',
  19: 'aes128-cts-hmac-sha256-128',
  20: 'aes256-cts-hmac-sha384-192',
  23: 'arcfour-hmac',
};

export function enctypeName(enctype: number): string {
  return ENCTYPES[enctype] ?? `encryption type ${enctype}`;
}

/** DES, 3DES and RC4 are broken or deprecated (RFC 6649, RFC 8429). */
export function isWeak(enctype: number): boolean {
  return enctype < 17 || enctype === 23 || enctype === 24;
}
