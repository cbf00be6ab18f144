import type { PluginErrorCode, SessionContext } from '../sdk/plugin.ts';
import type { SettingProblem } from '../sdk/settings.ts';

/** What the host says to the process of a plug-in. */
export type ToPlugin =
  | {
      t: 'load';
      /** Absolute path of the plug-in's file. */
      file: string;
      /** Relative paths of settings count from here. */
      folder: string;
      /** For the conformance kit alone: results come as the plug-in made them, with members that it must not have. */
      raw?: true;
    }
  | {
      t: 'settings';
      /** As in the file; secrets that were read are `{ secret: text }`. */
      given: Record<string, unknown>;
      /** Something is known to be wrong with these, which therefore get no value; the rest is only checked. */
      known_problems: string[];
    }
  | { t: 'call'; id: number; call: PluginCall }
  | { t: 'cancel'; id: number }
  | { t: 'ping'; id: number }
  | { t: 'close' };

export type PluginCall =
  | { method: 'findCredentials'; session: SessionContext; search: string; limit: number }
  | { method: 'getCredential'; session: SessionContext; credentialId: string }
  | {
      method: 'releaseCredential';
      session: SessionContext;
      credentialId: string;
      /** RFC 3339 */
      endedAt: string;
      lease?: string;
    }
  /** Hosts from before there were kinds do not name any. */
  | {
      method: 'findEndpoints';
      session: SessionContext;
      search: string;
      limit: number;
      types?: readonly string[];
    }
  | { method: 'sessionStarted'; session: SessionContext; credentialId?: string; historyUrl?: string }
  | { method: 'sessionComplete'; session: SessionContext }
  | { method: 'checkHealth' };

export interface Capabilities {
  release: boolean;
  endpointSearch: boolean;
  sessionStarted: boolean;
  sessionComplete: boolean;
  health: boolean;
}

/** What a plug-in is, as its process says it. */
export interface Hello {
  t: 'hello';
  name: string;
  version: string;
  description: string;
  /** Names of the settings whose values are secrets. */
  secrets: string[];
  /** For the conformance kit: the settings that must be given. */
  required: string[];
}

export type LogLevel = 'info' | 'warn' | 'error';

/** A failure inside the plug-in: with a code it is for people, without one its text is for the log alone. */
export interface CallError {
  t: 'error';
  id: number;
  code: PluginErrorCode | undefined;
  message: string;
}

/** What the process of a plug-in says to the host. The host believes none of it: see `parsed-messages.ts`. */
export type FromPlugin =
  | Hello
  | { t: 'problems'; problems: SettingProblem[] }
  | { t: 'ready'; capabilities: Capabilities }
  /** It could not be loaded or made; as with `CallError`. */
  | { t: 'failed'; code: PluginErrorCode | undefined; message: string }
  | { t: 'result'; id: number; value: unknown }
  | CallError
  | { t: 'log'; level: LogLevel; message: string }
  | { t: 'mask'; secret: string }
  | { t: 'pong'; id: number };

/** Longest text of a log line, a problem or an error on this channel. */
export const MAX_MESSAGE_TEXT = 8192;
