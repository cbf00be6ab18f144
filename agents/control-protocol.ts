import { NONCE_BYTES, SIGNATURE_BYTES } from './handshake.ts';
import { type ChannelCredential, parseChannelCredential } from './injection-protocol.ts';
import { MAX_CONTROL_BYTES, parseSize, type TerminalSize } from './protocol.ts';
import { parseTaskMessage, parseTaskRun, type TaskMessage, type TaskRun } from './task-protocol.ts';
import {
  asObject,
  base64Field,
  listField,
  optional,
  requiredText,
  textField,
  textListField,
  unknownType,
  urlField,
  urlListField,
  type WireObject,
  wholeField,
  wireObject,
  wordField,
} from './wire-fields.ts';

/** Where a Shell Jump leads. */
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

/** As much of a target as dialling it takes. */
export type DialledTarget = Pick<ShellTarget, 'hostname' | 'port'>;

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
  | TaskRun
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
  /** One waits for this channel: the program asks for it on the relay. */
  credential?: ChannelCredential;
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
      /** What it can do beyond the first version of the protocol. */
      abilities?: string[];
      /** Tasks it was given on an earlier connection and will yet tell the end of. */
      tasks?: string[];
    }
  | { t: 'channel.refused'; channel_id: string; reason: string }
  | TaskMessage;

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
    case 'task.run':
      return parseTaskRun(message, parseAccess);
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
    access: parseAccess(asObject(message.access, 'access')),
    ...optional(message, 'credential', (from, name) => parseChannelCredential(asObject(from[name], name))),
  };
}

function parseAccess(access: WireObject): ShellAccess {
  return {
    mode: wordField(access, 'mode', ['open', 'limited', 'provisioned']),
    ranges: textListField(access, 'ranges', 1000, 100),
    provisioned: listField(access, 'provisioned', 1000, (value) => {
      const entry = asObject(value, 'provisioned');
      return { hostname: requiredText(entry, 'hostname', 256), port: wholeField(entry, 'port', 1, 65535) };
    }),
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
        ...optional(message, 'abilities', (from, name) => textListField(from, name, 100, 64)),
        ...optional(message, 'tasks', (from, name) => textListField(from, name, 1000, 64)),
      };
    case 'channel.refused':
      return {
        t: 'channel.refused',
        channel_id: requiredText(message, 'channel_id', 64),
        reason: textField(message, 'reason', 1024),
      };
    default: {
      const task = parseTaskMessage(message);
      if (task === undefined) throw unknownType(message);
      return task;
    }
  }
}
