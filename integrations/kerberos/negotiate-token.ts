import { createHash } from 'node:crypto';
import { DerError, DerReader, membersOf } from './der-reader.ts';

/** What a ticket says of itself in clear text: nothing here is proven. */
export interface OfferedTicket {
  service: { name: string; realm: string };
  /** Version of the service's key that the ticket is sealed with; undefined when it does not say. */
  kvno: number | undefined;
  enctype: number;
  /** Alike for the same proof alone, however it is wrapped. */
  proof: string;
}

export type NegotiateToken =
  | { kind: 'kerberos'; ticket: OfferedTicket }
  /** NTLM is offered by browsers and hosts that have no Kerberos ticket. */
  | { kind: 'ntlm' }
  | { kind: 'unusable'; reason: string };

/** 65,535 octets of ticket in Base64: more than any directory issues. */
const LONGEST_TOKEN = 87_400;
const OIDS = {
  spnego: '2b0601050502',
  kerberos: '2a864886f712010202',
  /** What older Windows calls Kerberos by, for the want of a bit. */
  kerberosOfOldWindows: '2a864882f712010202',
  ntlm: '2b06010401823702020a',
} as const;
const NTLMSSP = Buffer.from('NTLMSSP\0', 'latin1');

/**
 * Looks into the token of `Authorization: Negotiate` (RFC 4559, RFC 4178, RFC 4120) far enough to know whose key it is
 * sealed with, before anything is tried. Never fails.
 */
export function readNegotiateToken(base64: string): NegotiateToken {
  if (base64.length > LONGEST_TOKEN) return unusable('it is too long');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return unusable('it is no Base64');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.subarray(0, NTLMSSP.length).equals(NTLMSSP)) return { kind: 'ntlm' };
  try {
    return readInitialToken(bytes);
  } catch (error) {
    if (error instanceof DerError) return unusable('it is no SPNEGO token');
    throw error;
  }
}

function readInitialToken(bytes: Buffer): NegotiateToken {
  if (bytes[0] === 0xa1) return unusable('it goes on with a negotiation that nobody began here');
  const outer = new DerReader(bytes).expect(0x60);
  if (oidOf(outer) !== OIDS.spnego) return unusable('it is no SPNEGO token');
  const offer = membersOf(outer.expect(0xa0).expect(0x30));
  const mechanisms = mechanismsOf(offer.get(0));
  const inner = offer.get(2)?.expect(0x04).rest;
  if (inner?.subarray(0, NTLMSSP.length).equals(NTLMSSP)) return { kind: 'ntlm' };
  const offersKerberos = mechanisms.some((oid) => oid === OIDS.kerberos || oid === OIDS.kerberosOfOldWindows);
  if (!offersKerberos) {
    return mechanisms.includes(OIDS.ntlm) ? { kind: 'ntlm' } : unusable('it offers no Kerberos');
  }
  if (inner === undefined) return unusable('it offers Kerberos without a ticket');
  return { kind: 'kerberos', ticket: readTicket(inner) };
}

function mechanismsOf(list: DerReader | undefined): string[] {
  const mechanisms: string[] = [];
  const oids = list?.expect(0x30);
  while (oids !== undefined && !oids.isAtEnd) mechanisms.push(oidOf(oids));
  return mechanisms;
}

/** The initial token of Kerberos itself (RFC 4121): 01 00, then AP-REQ. */
function readTicket(bytes: Buffer): OfferedTicket {
  const token = new DerReader(bytes).expect(0x60);
  const oid = oidOf(token);
  if (oid !== OIDS.kerberos && oid !== OIDS.kerberosOfOldWindows) throw new DerError('not of Kerberos');
  const framed = token.rest;
  if (framed.length < 2 || framed.readUInt16BE(0) !== 0x0100) throw new DerError('no AP-REQ');
  const request = membersOf(new DerReader(framed.subarray(2)).expect(0x6e).expect(0x30));
  const ticket = membersOf(needed(request.get(3)).expect(0x61).expect(0x30));
  const name = membersOf(needed(ticket.get(2)).expect(0x30));
  const sealed = membersOf(needed(ticket.get(3)).expect(0x30));
  const authenticator = membersOf(needed(request.get(4)).expect(0x30));
  const kvno = sealed.get(1);
  return {
    service: {
      name: namesOf(needed(name.get(1))).join('/'),
      realm: needed(ticket.get(1)).expect(0x1b).rest.toString('utf8'),
    },
    kvno: kvno && integerOf(kvno),
    enctype: integerOf(needed(sealed.get(0))),
    proof: createHash('sha256')
      .update(needed(authenticator.get(2)).expect(0x04).rest)
      .digest('base64url'),
  };
}

function namesOf(list: DerReader): string[] {
  const names: string[] = [];
  for (const strings = list.expect(0x30); !strings.isAtEnd; ) {
    names.push(strings.expect(0x1b).rest.toString('utf8'));
  }
  return names;
}

function oidOf(reader: DerReader): string {
  return reader.expect(0x06).rest.toString('hex');
}

function integerOf(reader: DerReader): number {
  const bytes = reader.expect(0x02).rest;
  if (bytes.length === 0 || bytes.length > 6) throw new DerError('no usual number');
  return bytes.readIntBE(0, bytes.length);
}

function needed(member: DerReader | undefined): DerReader {
  if (member === undefined) throw new DerError('a member is missing');
  return member;
}

function unusable(reason: string): NegotiateToken {
  return { kind: 'unusable', reason };
}
