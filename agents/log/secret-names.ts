/** Stands where a secret would. */
export const REDACTED = '[redacted]';

/** Names of fields that hold secrets, in lower case without `_` and `-`. */
const SECRET_NAMES = new Set([
  'pwd',
  'pin',
  'otp',
  'passcode',
  'jwt',
  'totp',
  'recoverycode',
  'recoverycodes',
  // A relay ticket. The number of a ticket in a ticket system is a ticket_id.
  'ticket',
  // What goes on with a sign-in that is under way.
  'signin',
  'samlresponse',
  'relaystate',
  'keytab',
  'pfx',
  // Names and values in turn.
  'rawheaders',
  // Parsers hand over what they could not read.
  'body',
  'rawbody',
  // Where programs and documents take secrets from.
  'env',
  'environment',
]);

const SECRET_ENDING =
  /(?:(?:password|passwd|passphrase|secret|token)(?:s|hash|hashes|value|confirmation|\d+)?|(?:cookie|authorization|assertion|verifier|privatekey)s?|key)$/;

/** Keys that everybody may know. */
const PUBLIC_KEY = /(?:public|host|server|external)key$/;

/** Names come from code, so there are few; should they come from data one day, the memory does not grow with them. */
const MOST_REMEMBERED = 5_000;
const remembered = new Map<string, boolean>();

/**
 * Whether a field of this name holds a secret, however it is written: `private_key`, `privateKey`, `X-Vault-Token`.
 * What only speaks of one does not: `token_type`, `password_expires_at`, `public_key`.
 */
export function isSecretName(name: string): boolean {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const plain = name.toLowerCase().replace(/[_-]/g, '');
  const secret = SECRET_NAMES.has(plain) || (SECRET_ENDING.test(plain) && !PUBLIC_KEY.test(plain));
  if (remembered.size < MOST_REMEMBERED) remembered.set(name, secret);
  return secret;
}
