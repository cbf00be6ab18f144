import {
  type InjectedCredential,
  type InjectionRequest,
  parseInjectedCredential,
  parseInjectionRequest,
} from './injection-protocol.ts';
import { MAX_RELAY_TEXT_BYTES, MAX_TEXT_TO_JUMPOINT, parseSize, type TerminalSize } from './protocol.ts';
import {
  asObject,
  flagField,
  listField,
  optional,
  requiredText,
  textField,
  textListField,
  unknownType,
  type WireObject,
  wholeField,
  wireObject,
  wordField,
} from './wire-fields.ts';

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
  'credential-unavailable',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** From the Jumpoint to the representative. */
export type JumpointRelayMessage =
  /** `username`: as whom the shell was signed in, which an injected credential or a person may have said. */
  | {
      t: 'status';
      state: 'connecting' | 'authenticating' | 'connected';
      detail?: string;
      username?: string;
    }
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

/** What reaches a Jumpoint on a relay: the representative's words and the server's own. */
export type ToJumpointRelayMessage = RepresentativeRelayMessage | InjectedCredential;

/** From the server to the representative. */
export type ServerRelayMessage =
  | { t: 'notice'; kind: 'forced-end'; ends_at: string; text: string }
  | { t: 'ended'; reason: string; text: string }
  | { t: 'resumed' };

/** Parses a text frame that came from the Jumpoint's end of a relay: for the representative, or for the server. */
export function parseJumpointRelayMessage(text: string | Buffer): JumpointRelayMessage | InjectionRequest {
  const message = wireObject(text, MAX_RELAY_TEXT_BYTES);
  return parseInjectionRequest(message) ?? jumpointRelayMessage(message);
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
        ...optional(message, 'username', (from, name) => textField(from, name, 255)),
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

/** Parses a text frame at the Jumpoint's end of a relay. */
export function parseRelayMessageForJumpoint(text: string | Buffer): ToJumpointRelayMessage {
  const message = wireObject(text, MAX_TEXT_TO_JUMPOINT);
  return message.t === 'credential' ? parseInjectedCredential(message) : representativeRelayMessage(message);
}

/** Parses a text frame that came from the representative's end of a relay. */
export function parseRepresentativeRelayMessage(text: string | Buffer): RepresentativeRelayMessage {
  return representativeRelayMessage(wireObject(text, MAX_RELAY_TEXT_BYTES));
}

function representativeRelayMessage(message: WireObject): RepresentativeRelayMessage {
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
