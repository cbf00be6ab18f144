import type { EcmPlugin, EcmWait } from '../appliance/ecm/ecm-host.ts';
import { ECM_WAITS } from '../appliance/ecm/ecm-host.ts';
import type { EcmQuestion } from '../appliance/ecm/ecm-question.ts';
import { fitting, parseQuestion, questionToWire } from './ecm-questions.ts';
import { NONCE_BYTES, RAW_KEY_BYTES, SIGNATURE_BYTES } from './handshake.ts';
import {
  asObject,
  base64Field,
  flagField,
  listField,
  optional,
  requiredText,
  textField,
  unknownType,
  urlListField,
  type WireObject,
  wholeField,
  wireObject,
  wordField,
} from './wire-fields.ts';

/**
 * The wire between the server and the hosts of the Endpoint Credential Manager: JSON objects with the member `t` on one
 * control socket that the host dials. The server asks, the host answers; close codes are those of `protocol.ts`.
 * Every parser throws `ProtocolError` for input it does not know; the socket is then closed with 1002.
 */
export const ECM_SUBPROTOCOL = 'bridgehead.ecm.v1';
export const ECM_PATH = '/agent/ecm';
export const ECM_ENROL_PATH = '/agent/ecm/enrol';

/** `maxPayload` of these sockets: 200 results, or a sealed credential. */
export const MAX_ECM_BYTES = 1024 * 1024;
/** So many questions are open at a host at once; the server keeps to it. */
export const MOST_OPEN_QUESTIONS = 32;
const MOST_PLUGINS = 32;
const LONGEST_DETAIL = 1024;
const LAST_ID = 2 ** 31 - 1;

// Enrolment ----------------------------------------------------------------------------------------------------

/** Sent with the bearer token of an API account that has `perm_ecm`. */
export interface EcmEnrolRequest {
  name: string;
  identity_public_key: string;
  sealing_public_key: string;
  hostname: string;
  version: string;
}

export interface EcmEnrolAnswer {
  ecm_host_id: number;
  name: string;
  /** The server's Ed25519 public key, raw 32 bytes in base64, pinned from here on. */
  server_key: string;
  urls: string[];
}

/** `value` is the parsed JSON body. */
export function parseEcmEnrolRequest(value: unknown): EcmEnrolRequest {
  const body = asObject(value, 'body');
  return {
    name: requiredText(body, 'name', 128),
    identity_public_key: base64Field(body, 'identity_public_key', RAW_KEY_BYTES),
    sealing_public_key: base64Field(body, 'sealing_public_key', RAW_KEY_BYTES),
    hostname: textField(body, 'hostname', 255),
    version: textField(body, 'version', 64),
  };
}

export function parseEcmEnrolAnswer(value: unknown): EcmEnrolAnswer {
  const body = asObject(value, 'body');
  return {
    ecm_host_id: wholeField(body, 'ecm_host_id', 1, LAST_ID),
    name: textField(body, 'name', 128),
    server_key: base64Field(body, 'server_key', RAW_KEY_BYTES),
    urls: urlListField(body, 'urls'),
  };
}

// Control socket -----------------------------------------------------------------------------------------------

/** What the server says of itself once the host has proved its key. */
interface ServerProof {
  signature: string;
  heartbeat_seconds: number;
  /** Every URL the site can be reached under, tried in turn on reconnect. */
  urls: string[];
}

export type EcmServerMessage =
  | { t: 'challenge'; nonce: string; node_id: string }
  /** Nothing is asked yet; the connection stays, and `welcome` follows when the reason is gone. */
  | ({ t: 'waiting'; reason: EcmWait; text: string } & ServerProof)
  | ({ t: 'welcome' } & ServerProof)
  /** `id` counts up within the connection. The host answers once, within the time. */
  | { t: 'request'; id: number; time_left_ms: number; question: EcmQuestion }
  /** Nobody waits for the answer any longer. */
  | { t: 'cancel'; id: number };

export type EcmProgramMessage =
  | {
      t: 'hello';
      ecm_host_id: number;
      nonce: string;
      signature: string;
      version: string;
      hostname: string;
      private_ip: string;
      plugins: EcmPlugin[];
    }
  /** `reply` is parsed by `parseReply` once it is known what was asked. */
  | { t: 'answer'; id: number; reply: WireObject }
  | { t: 'plugins'; plugins: EcmPlugin[] };

export function ecmServerText(message: EcmServerMessage): string {
  if (message.t !== 'request') return JSON.stringify(message);
  const { question, ...rest } = message;
  return JSON.stringify({ ...rest, ...questionToWire(question) });
}

/** Parses what the server sent. */
export function parseEcmServerMessage(text: string | Buffer): EcmServerMessage {
  const message = wireObject(text, MAX_ECM_BYTES);
  switch (message.t) {
    case 'challenge':
      return {
        t: 'challenge',
        nonce: base64Field(message, 'nonce', NONCE_BYTES),
        node_id: textField(message, 'node_id', 64),
      };
    case 'waiting':
      return {
        t: 'waiting',
        reason: wordField(message, 'reason', ECM_WAITS),
        text: textField(message, 'text', 1024),
        ...parseProof(message),
      };
    case 'welcome':
      return { t: 'welcome', ...parseProof(message) };
    case 'request':
      return {
        t: 'request',
        id: wholeField(message, 'id', 1, LAST_ID),
        time_left_ms: wholeField(message, 'time_left_ms', 1, 600_000),
        question: parseQuestion(message),
      };
    case 'cancel':
      return { t: 'cancel', id: wholeField(message, 'id', 1, LAST_ID) };
    default:
      throw unknownType(message);
  }
}

function parseProof(message: WireObject): ServerProof {
  return {
    signature: base64Field(message, 'signature', SIGNATURE_BYTES),
    heartbeat_seconds: wholeField(message, 'heartbeat_seconds', 1, 3600),
    urls: urlListField(message, 'urls'),
  };
}

export function ecmProgramText(message: EcmProgramMessage): string {
  if (message.t === 'answer') return JSON.stringify({ t: 'answer', id: message.id, ...message.reply });
  return JSON.stringify({ ...message, plugins: message.plugins.slice(0, MOST_PLUGINS).map(pluginToWire) });
}

/** Parses what a host sent. */
export function parseEcmProgramMessage(text: string | Buffer): EcmProgramMessage {
  const message = wireObject(text, MAX_ECM_BYTES);
  switch (message.t) {
    case 'hello':
      return {
        t: 'hello',
        ecm_host_id: wholeField(message, 'ecm_host_id', 1, LAST_ID),
        nonce: base64Field(message, 'nonce', NONCE_BYTES),
        signature: base64Field(message, 'signature', SIGNATURE_BYTES),
        version: textField(message, 'version', 64),
        hostname: textField(message, 'hostname', 255),
        private_ip: textField(message, 'private_ip', 64),
        plugins: parsePlugins(message),
      };
    case 'answer':
      return { t: 'answer', id: wholeField(message, 'id', 1, LAST_ID), reply: message };
    case 'plugins':
      return { t: 'plugins', plugins: parsePlugins(message) };
    default:
      throw unknownType(message);
  }
}

function pluginToWire(plugin: EcmPlugin): WireObject {
  const { capabilities, health, problem } = plugin;
  return {
    instance: plugin.instance,
    name: fitting(plugin.name, 64),
    version: fitting(plugin.version, 64),
    description: fitting(plugin.description, LONGEST_DETAIL),
    state: plugin.state,
    capabilities: {
      health: capabilities.health,
      endpoint_search: capabilities.endpointSearch,
      session_started: capabilities.sessionStarted,
      session_complete: capabilities.sessionComplete,
    },
    ...(health && { health: { healthy: health.healthy, detail: fitting(health.detail, LONGEST_DETAIL) } }),
    ...(problem !== undefined && { problem: fitting(problem, LONGEST_DETAIL) }),
  };
}

function parsePlugins(message: WireObject): EcmPlugin[] {
  return listField(message, 'plugins', MOST_PLUGINS, (value) => parsePlugin(asObject(value, 'plugins')));
}

function parsePlugin(plugin: WireObject): EcmPlugin {
  const capabilities = asObject(plugin.capabilities, 'capabilities');
  return {
    instance: requiredText(plugin, 'instance', 64),
    name: textField(plugin, 'name', 64),
    version: textField(plugin, 'version', 64),
    description: textField(plugin, 'description', LONGEST_DETAIL),
    state: wordField(plugin, 'state', ['running', 'restarting', 'broken']),
    capabilities: {
      health: flagField(capabilities, 'health'),
      endpointSearch: flagField(capabilities, 'endpoint_search'),
      sessionStarted: flagField(capabilities, 'session_started'),
      sessionComplete: flagField(capabilities, 'session_complete'),
    },
    health: optional(plugin, 'health', (from, name) => {
      const health = asObject(from[name], 'health');
      return { healthy: flagField(health, 'healthy'), detail: textField(health, 'detail', LONGEST_DETAIL) };
    }).health,
    problem: optional(plugin, 'problem', (from, name) => textField(from, name, LONGEST_DETAIL)).problem,
  };
}
