import { RAW_KEY_BYTES } from './handshake.ts';
import {
  asObject,
  base64Field,
  ProtocolError,
  requiredText,
  textField,
  urlField,
  urlListField,
  type WireObject,
  wholeField,
  wireObject,
} from './wire-fields.ts';

export { ProtocolError } from './wire-fields.ts';

/**
 * The wire between the server, the Jumpoint program and a representative's terminal: what all of it shares, and
 * enrolment. Control messages (`control-protocol.ts`) and the text frames of a relay (`relay-protocol.ts`) are JSON
 * objects with the member `t`; binary frames of a relay are terminal bytes.
 * Every parser throws `ProtocolError` for input it does not know; the socket is then closed with 1002.
 */
export const JUMPOINT_SUBPROTOCOL = 'bridgehead.jumpoint.v1';
export const RELAY_SUBPROTOCOL = 'bridgehead.relay.v1';
export const JUMPOINT_PATH = '/agent/jumpoint';
export const ENROL_PATH = '/agent/jumpoint/enrol';
export const RELAY_PATH_PREFIX = '/relay/';

/** `maxPayload` of control sockets. */
export const MAX_CONTROL_BYTES = 256 * 1024;
/** Longest JSON text frame on a relay: an answer may carry a private key. */
export const MAX_RELAY_TEXT_BYTES = 64 * 1024;
/** Longest JSON text frame to a Jumpoint: a sealed credential may be larger than anything a representative says. */
export const MAX_TEXT_TO_JUMPOINT = 128 * 1024;
/** Terminal bytes are sent in frames of at most this many bytes. */
export const RELAY_FRAME_BYTES = 64 * 1024;
/** `maxPayload` of relay sockets. */
export const MAX_RELAY_BYTES = 1024 * 1024;
/** A socket whose unsent bytes pass this is full: its source pauses until they fall under half of it. */
export const RELAY_HIGH_WATER_BYTES = 1024 * 1024;

export const MAX_COLUMNS = 1000;
export const MAX_ROWS = 1000;

/** Close codes of program and relay sockets, beside the standard 1000, 1001, 1002 and 1011. */
export const CloseCode = {
  /** The key is not enrolled, was revoked, or the signature is wrong: connecting again does not help. */
  notEnrolled: 4401,
  /** The Jumpoint is disabled; try again later. */
  disabled: 4403,
  /** The ticket is unknown, used or too old. */
  badTicket: 4404,
  /** The same key connected again; the newer connection stays. */
  replaced: 4409,
  /** The session ended. */
  ended: 4410,
} as const;

export interface TerminalSize {
  columns: number;
  rows: number;
}

/** What an enrolment token string carries: base64url of this as JSON. */
export interface EnrolmentToken {
  url: string;
  token: string;
  /** The server's Ed25519 public key, raw 32 bytes in base64, pinned from here on. */
  server_key: string;
}

export interface EnrolRequest {
  token: string;
  identity_public_key: string;
  sealing_public_key: string;
  hostname: string;
  version: string;
}

export interface EnrolAnswer {
  jumpoint_node_id: number;
  jumpoint_name: string;
  server_key: string;
  urls: string[];
}

export function encodeEnrolmentToken(token: EnrolmentToken): string {
  return Buffer.from(JSON.stringify(token), 'utf8').toString('base64url');
}

export function decodeEnrolmentToken(text: string): EnrolmentToken {
  const trimmed = text.trim();
  if (!/^[A-Za-z0-9_-]{16,4096}$/.test(trimmed)) throw new ProtocolError('This is no enrolment token.');
  const value = wireObject(Buffer.from(trimmed, 'base64url'), 4096);
  return {
    url: urlField(value, 'url', ['http:', 'https:']),
    token: requiredText(value, 'token', 512),
    server_key: base64Field(value, 'server_key', RAW_KEY_BYTES),
  };
}

/** `value` is the parsed JSON body. */
export function parseEnrolRequest(value: unknown): EnrolRequest {
  const body = asObject(value, 'body');
  return {
    token: requiredText(body, 'token', 512),
    identity_public_key: base64Field(body, 'identity_public_key', RAW_KEY_BYTES),
    sealing_public_key: base64Field(body, 'sealing_public_key', RAW_KEY_BYTES),
    hostname: textField(body, 'hostname', 255),
    version: textField(body, 'version', 64),
  };
}

export function parseEnrolAnswer(value: unknown): EnrolAnswer {
  const body = asObject(value, 'body');
  return {
    jumpoint_node_id: wholeField(body, 'jumpoint_node_id', 1, 2 ** 31 - 1),
    jumpoint_name: textField(body, 'jumpoint_name', 255),
    server_key: base64Field(body, 'server_key', RAW_KEY_BYTES),
    urls: urlListField(body, 'urls'),
  };
}

/** Columns and rows as members of `object`. */
export function parseSize(object: WireObject): TerminalSize {
  return {
    columns: wholeField(object, 'columns', 1, MAX_COLUMNS),
    rows: wholeField(object, 'rows', 1, MAX_ROWS),
  };
}
