import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import radius from 'radius';

export interface RadiusRequest {
  packet: Buffer;
  identifier: number;
  authenticator: Buffer;
}

export type RadiusCode = 'accept' | 'reject' | 'challenge';

export interface RadiusAnswer {
  code: RadiusCode;
  /** All `Reply-Message` together; empty when there is none. */
  message: string;
  /** What the next request has to bring along. */
  state: Buffer | undefined;
}

/** Why a packet is not believed: each one is left out as if it had not come. */
export type Disbelief = 'malformed' | 'other_request' | 'not_authentic' | 'no_message_authenticator';

const HEADER = 20;
const LONGEST = 4096;
const CODES: Record<number, RadiusCode> = { 2: 'accept', 3: 'reject', 11: 'challenge' };
const REPLY_MESSAGE = 18;
const STATE = 24;
const MESSAGE_AUTHENTICATOR = 80;
const ZEROS = Buffer.alloc(16);
/** Type and length of the first attribute. */
const FIRST_VALUE = HEADER + 2;

/**
 * A request that is signed as a whole: Message-Authenticator comes first (RFC 3579 and the answer to CVE-2024-3596),
 * over a random authenticator.
 */
export function encodeRequest(
  code: 'Access-Request' | 'Status-Server',
  identifier: number,
  secret: string,
  attributes: [string, string | number | Buffer][],
): RadiusRequest {
  const authenticator = randomBytes(16);
  const packet = radius.encode({
    code,
    secret,
    identifier,
    authenticator,
    attributes: [['Message-Authenticator', ZEROS], ...attributes],
    add_message_authenticator: false,
  });
  hmac(packet, secret).copy(packet, FIRST_VALUE);
  return { packet, identifier, authenticator };
}

/**
 * Judges an answer to a request. It has to be whole, signed by Response Authenticator (RFC 2865) and, always, by one
 * Message-Authenticator: without that, a stranger between the two can turn a refusal into a welcome (CVE-2024-3596).
 */
export function readAnswer(
  bytes: Buffer,
  request: RadiusRequest,
  secret: string,
): { kind: 'answer'; answer: RadiusAnswer } | { kind: 'disbelieved'; why: Disbelief } {
  const packet = wholePacket(bytes);
  const attributes = packet && attributesOf(packet);
  if (packet === undefined || attributes === undefined) return disbelieved('malformed');
  if (packet[1] !== request.identifier) return disbelieved('other_request');
  const signed = Buffer.from(packet);
  request.authenticator.copy(signed, 4);
  const expected = createHash('md5').update(signed).update(secret).digest();
  if (!timingSafeEqual(expected, packet.subarray(4, HEADER))) return disbelieved('not_authentic');
  const signatures = attributes.filter(({ type }) => type === MESSAGE_AUTHENTICATOR);
  const [signature] = signatures;
  if (signature === undefined) return disbelieved('no_message_authenticator');
  if (signatures.length > 1 || signature.value.length !== 16) return disbelieved('malformed');
  const given = Buffer.from(signature.value);
  ZEROS.copy(signed, signature.at);
  if (!timingSafeEqual(hmac(signed, secret), given)) return disbelieved('not_authentic');
  const code = CODES[packet[0]!];
  if (code === undefined) return disbelieved('malformed');
  return {
    kind: 'answer',
    answer: {
      code,
      message: shown(attributes.filter(({ type }) => type === REPLY_MESSAGE).map(({ value }) => value)),
      state: attributes.find(({ type }) => type === STATE)?.value,
    },
  };
}

/** Octets beyond the length are padding (RFC 2865, 3). */
function wholePacket(bytes: Buffer): Buffer | undefined {
  if (bytes.length < HEADER) return undefined;
  const length = bytes.readUInt16BE(2);
  return length < HEADER || length > LONGEST || length > bytes.length ? undefined : bytes.subarray(0, length);
}

interface Attribute {
  type: number;
  value: Buffer;
  /** Where the value begins. */
  at: number;
}

function attributesOf(packet: Buffer): Attribute[] | undefined {
  const attributes: Attribute[] = [];
  for (let at = HEADER; at < packet.length; ) {
    const length = packet[at + 1] ?? 0;
    if (length < 2 || at + length > packet.length) return undefined;
    attributes.push({ type: packet[at]!, value: packet.subarray(at + 2, at + length), at: at + 2 });
    at += length;
  }
  return attributes;
}

/** For people: one line or more, no control characters, not endless. */
function shown(parts: Buffer[]): string {
  const text = Buffer.concat(parts).toString('utf8');
  return text
    .replace(/[^\P{C}\n]/gu, ' ')
    .trim()
    .slice(0, 1000);
}

function hmac(packet: Buffer, secret: string): Buffer {
  return createHmac('md5', secret).update(packet).digest();
}

function disbelieved(why: Disbelief): { kind: 'disbelieved'; why: Disbelief } {
  return { kind: 'disbelieved', why };
}
