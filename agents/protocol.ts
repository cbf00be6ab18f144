import { NONCE_BYTES, RAW_KEY_BYTES, SIGNATURE_BYTES } from './handshake.ts';
import {
  asObject,
  base64Field,
  flagField,
  listField,
  optional,
  ProtocolError,
  requiredText,
  textField,
  textListField,
  type WireObject,
  wholeField,
  wireObject,
  wordField,
} from './wire-fields.ts';

export { ProtocolError } from './wire-fields.ts';

/**
 * The wire between the server, the Jumpoint program and a representative's terminal. Control messages and the text
 * frames of a relay are JSON objects with the member `t`; binary frames of a relay are terminal bytes.
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

// Enrolment ----------------------------------------------------------------------------------------------------

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

// Control socket -----------------------------------------------------------------------------------------------

export interface ShellTarget {
  protocol: 'ssh' | 'telnet';
  hostname: string;
  port: number;
  /** Empty: the representative is asked (SSH), or the remote login asks (Telnet). */
  username: string;
  terminal: 'xterm' | 'VT100';
  /** Seconds between keep-alive packets; 0 sends none. */
  keep_alive: number;
}

export interface ShellAccess {
  /** What the Jumpoint may reach: anything, `ranges` only, or `provisioned` systems only. */
  mode: 'open' | 'limited' | 'provisioned';
  /** `10.0.0.0/8`, `10.0.0.5`, `10.0.0.5-10.0.0.9`; compared with the resolved address. Used by `limited`. */
  ranges: string[];
  /** Systems that may be reached in mode `provisioned`, as they were provisioned. */
  provisioned: { hostname: string; port: number }[];
}

export type ServerControlMessage =
  | { t: 'challenge'; nonce: string; node_id: string }
  | {
      t: 'welcome';
      signature: string;
      heartbeat_seconds: number;
      /** Every URL the site can be reached under, tried in turn on reconnect. */
      urls: string[];
      /**
       * Never dialled. `address` is an IP address; `0.0.0.0` or `::` stands for every address of the program's own
       * host. Port 0 stands for every port.
       */
      refuse: RefusedAddress[];
    }
  /** Takes the place of the welcome's list whenever that changes. */
  | { t: 'refuse'; refuse: RefusedAddress[] }
  | ChannelOpen
  | { t: 'channel.close'; channel_id: string; reason: string };

export interface RefusedAddress {
  address: string;
  port: number;
}

export interface ChannelOpen {
  t: 'channel.open';
  channel_id: string;
  lsid: string;
  kind: 'terminal';
  /** `ws:` or `wss:` with the ticket as its last part. Never logged. */
  relay_url: string;
  target: ShellTarget;
  size: TerminalSize;
  access: ShellAccess;
}

export type ProgramControlMessage =
  | {
      t: 'hello';
      jumpoint_node_id: number;
      nonce: string;
      signature: string;
      version: string;
      hostname: string;
      private_ip: string;
    }
  | { t: 'channel.refused'; channel_id: string; reason: string };

/** Parses what the server sent on a control socket. */
export function parseServerControlMessage(text: string | Buffer): ServerControlMessage {
  const message = wireObject(text, MAX_CONTROL_BYTES);
  switch (message.t) {
    case 'challenge':
      return {
        t: 'challenge',
        nonce: base64Field(message, 'nonce', NONCE_BYTES),
        node_id: textField(message, 'node_id', 64),
      };
    case 'welcome':
      return {
        t: 'welcome',
        signature: base64Field(message, 'signature', SIGNATURE_BYTES),
        heartbeat_seconds: wholeField(message, 'heartbeat_seconds', 1, 3600),
        urls: urlListField(message, 'urls'),
        refuse: parseRefusedAddresses(message),
      };
    case 'refuse':
      return { t: 'refuse', refuse: parseRefusedAddresses(message) };
    case 'channel.open':
      return parseChannelOpen(message);
    case 'channel.close':
      return {
        t: 'channel.close',
        channel_id: requiredText(message, 'channel_id', 64),
        reason: textField(message, 'reason', 1024),
      };
    default:
      throw unknownType(message);
  }
}

function parseRefusedAddresses(message: WireObject): RefusedAddress[] {
  return listField(message, 'refuse', 1000, (value) => {
    const entry = asObject(value, 'refuse');
    return { address: requiredText(entry, 'address', 64), port: wholeField(entry, 'port', 0, 65535) };
  });
}

function parseChannelOpen(message: WireObject): ChannelOpen {
  const target = asObject(message.target, 'target');
  const access = asObject(message.access, 'access');
  return {
    t: 'channel.open',
    channel_id: requiredText(message, 'channel_id', 64),
    lsid: requiredText(message, 'lsid', 64),
    kind: wordField(message, 'kind', ['terminal']),
    relay_url: urlField(message, 'relay_url', ['ws:', 'wss:']),
    target: {
      protocol: wordField(target, 'protocol', ['ssh', 'telnet']),
      hostname: requiredText(target, 'hostname', 256),
      port: wholeField(target, 'port', 1, 65535),
      username: textField(target, 'username', 128),
      terminal: wordField(target, 'terminal', ['xterm', 'VT100']),
      keep_alive: wholeField(target, 'keep_alive', 0, 86400),
    },
    size: parseSize(asObject(message.size, 'size')),
    access: {
      mode: wordField(access, 'mode', ['open', 'limited', 'provisioned']),
      ranges: textListField(access, 'ranges', 1000, 100),
      provisioned: listField(access, 'provisioned', 1000, (value) => {
        const entry = asObject(value, 'provisioned');
        return { hostname: requiredText(entry, 'hostname', 256), port: wholeField(entry, 'port', 1, 65535) };
      }),
    },
  };
}

/** Parses what a Jumpoint program sent on its control socket. */
export function parseProgramControlMessage(text: string | Buffer): ProgramControlMessage {
  const message = wireObject(text, MAX_CONTROL_BYTES);
  switch (message.t) {
    case 'hello':
      return {
        t: 'hello',
        jumpoint_node_id: wholeField(message, 'jumpoint_node_id', 1, 2 ** 31 - 1),
        nonce: base64Field(message, 'nonce', NONCE_BYTES),
        signature: base64Field(message, 'signature', SIGNATURE_BYTES),
        version: textField(message, 'version', 64),
        hostname: textField(message, 'hostname', 255),
        private_ip: textField(message, 'private_ip', 64),
      };
    case 'channel.refused':
      return {
        t: 'channel.refused',
        channel_id: requiredText(message, 'channel_id', 64),
        reason: textField(message, 'reason', 1024),
      };
    default:
      throw unknownType(message);
  }
}

// Relay socket -------------------------------------------------------------------------------------------------

export type PromptKind = 'username' | 'credential' | 'keyboard-interactive' | 'host-key';

export interface Prompt {
  t: 'prompt';
  /** Echoed in the answer. Unique within the channel. */
  id: string;
  kind: PromptKind;
  title: string;
  text: string;
  /** What is asked for, in order; an answer's `values` follow it. `echo: false` is typed blind. */
  prompts: { label: string; echo: boolean }[];
  /** Of a `credential` prompt: what the target accepts. */
  methods?: ('password' | 'private-key')[];
  host?: string;
  port?: number;
  /** Of a `host-key` prompt: e.g. `ssh-ed25519`. */
  algorithm?: string;
  /** `SHA256:...` as OpenSSH prints it. */
  fingerprint?: string;
}

export const REFUSAL_CODES = [
  'host-key-changed',
  'host-key-refused',
  'unreachable',
  'authentication-failed',
  'not-allowed',
  'protocol-error',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** From the Jumpoint to the representative. */
export type JumpointRelayMessage =
  | { t: 'status'; state: 'connecting' | 'authenticating' | 'connected'; detail?: string }
  | Prompt
  /** The jump did not come about; the socket closes after it. */
  | { t: 'refused'; code: RefusalCode; message: string }
  /** The remote shell ended; the socket closes after it. `code` is null when the target told none. */
  | { t: 'exit'; code: number | null; signal?: string; message: string };

export interface PromptAnswer {
  t: 'answer';
  id: string;
  values?: string[];
  choice?: 'save' | 'once' | 'abort';
  username?: string;
  password?: string;
  private_key?: string;
  passphrase?: string;
  cancel?: true;
}

/** From the representative; `close` is for the server, the others pass through to the Jumpoint. */
export type RepresentativeRelayMessage = ({ t: 'resize' } & TerminalSize) | PromptAnswer | { t: 'close' };

/** From the server to the representative. */
export type ServerRelayMessage =
  | { t: 'notice'; kind: 'forced-end'; ends_at: string; text: string }
  | { t: 'ended'; reason: string; text: string }
  | { t: 'resumed' };

/** Parses a text frame that came from the Jumpoint's end of a relay. */
export function parseJumpointRelayMessage(text: string | Buffer): JumpointRelayMessage {
  return jumpointRelayMessage(wireObject(text, MAX_RELAY_TEXT_BYTES));
}

/** Parses a text frame at the representative's end: the Jumpoint's messages and the server's own. */
export function parseRelayMessageForRepresentative(
  text: string | Buffer,
): JumpointRelayMessage | ServerRelayMessage {
  const message = wireObject(text, MAX_RELAY_TEXT_BYTES);
  switch (message.t) {
    case 'notice':
      return {
        t: 'notice',
        kind: wordField(message, 'kind', ['forced-end']),
        ends_at: textField(message, 'ends_at', 64),
        text: textField(message, 'text', 4096),
      };
    case 'ended':
      return {
        t: 'ended',
        reason: textField(message, 'reason', 256),
        text: textField(message, 'text', 4096),
      };
    case 'resumed':
      return { t: 'resumed' };
    default:
      return jumpointRelayMessage(message);
  }
}

function jumpointRelayMessage(message: WireObject): JumpointRelayMessage {
  switch (message.t) {
    case 'status':
      return {
        t: 'status',
        state: wordField(message, 'state', ['connecting', 'authenticating', 'connected']),
        ...optional(message, 'detail', (from, name) => textField(from, name, 1024)),
      };
    case 'prompt':
      return parsePrompt(message);
    case 'refused':
      return {
        t: 'refused',
        code: wordField(message, 'code', REFUSAL_CODES),
        message: textField(message, 'message', 4096),
      };
    case 'exit':
      return {
        t: 'exit',
        code: message.code === null ? null : wholeField(message, 'code', -(2 ** 31), 2 ** 32 - 1),
        ...optional(message, 'signal', (from, name) => textField(from, name, 64)),
        message: textField(message, 'message', 4096),
      };
    default:
      throw unknownType(message);
  }
}

function parsePrompt(message: WireObject): Prompt {
  return {
    t: 'prompt',
    id: requiredText(message, 'id', 64),
    kind: wordField(message, 'kind', ['username', 'credential', 'keyboard-interactive', 'host-key']),
    title: textField(message, 'title', 4096),
    text: textField(message, 'text', 16384),
    prompts: listField(message, 'prompts', 32, (value) => {
      const prompt = asObject(value, 'prompts');
      return { label: textField(prompt, 'label', 4096), echo: flagField(prompt, 'echo') };
    }),
    ...optional(message, 'methods', (from, name) =>
      listField(from, name, 2, (method) =>
        wordField({ methods: method }, 'methods', ['password', 'private-key'] as const),
      ),
    ),
    ...optional(message, 'host', (from, name) => textField(from, name, 256)),
    ...optional(message, 'port', (from, name) => wholeField(from, name, 1, 65535)),
    ...optional(message, 'algorithm', (from, name) => textField(from, name, 128)),
    ...optional(message, 'fingerprint', (from, name) => textField(from, name, 128)),
  };
}

/** Parses a text frame that came from the representative's end of a relay. */
export function parseRepresentativeRelayMessage(text: string | Buffer): RepresentativeRelayMessage {
  const message = wireObject(text, MAX_RELAY_TEXT_BYTES);
  switch (message.t) {
    case 'resize':
      return { t: 'resize', ...parseSize(message) };
    case 'close':
      return { t: 'close' };
    case 'answer':
      return {
        t: 'answer',
        id: requiredText(message, 'id', 64),
        ...optional(message, 'values', (from, name) => textListField(from, name, 32, 4096)),
        ...optional(message, 'choice', (from, name) =>
          wordField(from, name, ['save', 'once', 'abort'] as const),
        ),
        ...optional(message, 'username', (from, name) => textField(from, name, 256)),
        ...optional(message, 'password', (from, name) => textField(from, name, 4096)),
        ...optional(message, 'private_key', (from, name) => textField(from, name, 32768)),
        ...optional(message, 'passphrase', (from, name) => textField(from, name, 4096)),
        ...(message.cancel === true ? { cancel: true as const } : {}),
      };
    default:
      throw unknownType(message);
  }
}

// Shared -------------------------------------------------------------------------------------------------------

function parseSize(object: WireObject): TerminalSize {
  return {
    columns: wholeField(object, 'columns', 1, MAX_COLUMNS),
    rows: wholeField(object, 'rows', 1, MAX_ROWS),
  };
}

function urlField(object: WireObject, field: string, protocols: readonly string[]): string {
  const text = requiredText(object, field, 2048);
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
    throw new ProtocolError(`${field}: a URL of kind ${protocols.join(' or ')} is needed.`);
  return text;
}

function urlListField(object: WireObject, field: string): string[] {
  return listField(object, field, 32, (value) => urlField({ [field]: value }, field, ['http:', 'https:']));
}

function unknownType(message: WireObject): ProtocolError {
  return new ProtocolError(`t: ${JSON.stringify(String(message.t)).slice(0, 64)} is no known message.`);
}
