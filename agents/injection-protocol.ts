import { optional, requiredText, textField, type WireObject } from './wire-fields.ts';

/**
 * How a credential reaches a Jumpoint: the order to open a channel says that there is one; the program asks for it on
 * the relay when it is needed (the target answers, and its identity is settled), and gets it sealed for its own key.
 * So nothing leaves a vault for a target that is not there, and a program holds a secret for moments. The same for
 * every kind of channel.
 */

/** Word in a program's `hello`: it can be given credentials. */
export const ABILITY_CREDENTIALS = 'credentials';

/** In `channel.open`: a credential waits for this channel. */
export interface ChannelCredential {
  /** What people read. */
  name: string;
  /** The login name of the target was given by hand and stays, whatever login name the credential has. */
  keep_username: boolean;
}

/** From the Jumpoint to the server on a relay; never passed on to the representative. */
export type InjectionRequest =
  | { t: 'credential-wanted' }
  /** What became of it. `reason` of a failure is for people and holds no secret. */
  | { t: 'credential-used'; ok: boolean; reason: string };

/** From the server to the Jumpoint on a relay; no representative can send it. A failure ends the channel instead. */
export interface InjectedCredential {
  t: 'credential';
  /** Sealed box (base64) with a `CredentialPackage`, bound to the channel. */
  sealed: string;
  /** Of the credential; empty when its source does not tell it. */
  username: string;
}

/** A sealed package is at most this long. */
const MAX_SEALED = 96 * 1024;

export function parseChannelCredential(value: WireObject): ChannelCredential {
  return { name: textField(value, 'name', 1024), keep_username: value.keep_username === true };
}

/** Undefined when `t` is another message. */
export function parseInjectionRequest(message: WireObject): InjectionRequest | undefined {
  switch (message.t) {
    case 'credential-wanted':
      return { t: 'credential-wanted' };
    case 'credential-used':
      return { t: 'credential-used', ok: message.ok === true, reason: textField(message, 'reason', 4096) };
    default:
      return undefined;
  }
}

export function parseInjectedCredential(message: WireObject): InjectedCredential {
  return {
    t: 'credential',
    sealed: requiredText(message, 'sealed', MAX_SEALED),
    username: optional(message, 'username', (from, name) => textField(from, name, 255)).username ?? '',
  };
}
