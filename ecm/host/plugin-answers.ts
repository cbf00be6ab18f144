import type { CredentialPackage, CredentialSummary, EndpointSummary, Health } from '../sdk/plugin.ts';

/** Longest whole credential, as the box it travels in takes it: see `agents/credential-package.ts`. */
const MOST_CREDENTIAL_BYTES = 60 * 1024;
const LONGEST = {
  username: 255,
  domain: 255,
  password: 8192,
  privateKey: 32768,
  passphrase: 1024,
  certificate: 16384,
} as const satisfies Record<keyof CredentialPackage, number>;
const LONGEST_NAME = 255;
const LONGEST_LEASE = 1024;
const LONGEST_DETAIL = 500;

/** A plug-in answered what no plug-in may answer. The message says what, and never repeats a value. */
export class WrongAnswer extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WrongAnswer';
  }
}

export interface Listed<T> {
  items: T[];
  /** There were more than the limit. */
  truncated: boolean;
  /** Why some were left out, and how many; empty: none was. */
  leftOut: string;
}

export function parseSummaries(value: unknown, limit: number): Listed<CredentialSummary> {
  return listed(value, limit, (item) => ({
    id: idOf(item),
    label: nameOf(item, 'label'),
    ...(item.username !== undefined && item.username !== '' && { username: nameOf(item, 'username') }),
  }));
}

export function parseEndpoints(value: unknown, limit: number): Listed<EndpointSummary> {
  return listed(value, limit, (item) => {
    const { port, type } = item;
    if (typeof type !== 'string' || !/^[a-z0-9_]{1,64}$/.test(type))
      throw new WrongAnswer('type is no kind of item');
    if (port !== undefined && !(Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65535))
      throw new WrongAnswer('port is no port number');
    return {
      id: idOf(item),
      label: nameOf(item, 'label'),
      type,
      hostname: nameOf(item, 'hostname'),
      ...(port !== undefined && { port: port as number }),
    };
  });
}

/** A single entry that is none is left out; the others are still good. */
function listed<T extends { id: string }>(
  value: unknown,
  limit: number,
  parse: (item: Record<string, unknown>) => T,
): Listed<T> {
  if (!Array.isArray(value)) throw new WrongAnswer('it answered a search with something that is no list');
  const items = new Map<string, T>();
  const reasons: string[] = [];
  for (const [index, one] of value.slice(0, limit).entries()) {
    try {
      const item = parse(objectOf(one));
      if (items.has(item.id)) throw new WrongAnswer('id is that of another one');
      items.set(item.id, item);
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error;
      reasons.push(`entry ${index + 1}: ${error.message}`);
    }
  }
  return { items: [...items.values()], truncated: value.length > limit, leftOut: leftOutText(reasons) };
}

function leftOutText(reasons: readonly string[]): string {
  if (reasons.length === 0) return '';
  const [first] = reasons;
  return reasons.length === 1 ? `1 is left out (${first})` : `${reasons.length} are left out (${first}, ...)`;
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WrongAnswer('is no object');
  return value as Record<string, unknown>;
}

function idOf(item: Record<string, unknown>): string {
  const { id } = item;
  if (
    typeof id !== 'string' ||
    id === '' ||
    id.length > LONGEST_NAME ||
    /\p{Cc}/u.test(id) ||
    !id.isWellFormed()
  )
    throw new WrongAnswer(`id must be a text of 1 to ${LONGEST_NAME} characters without control characters`);
  return id;
}

/** Text that people read: what would break a line or a terminal is replaced. */
function nameOf(item: Record<string, unknown>, member: string): string {
  const value = item[member];
  if (typeof value !== 'string' || value.trim() === '' || value.length > LONGEST_NAME)
    throw new WrongAnswer(`${member} must be a text of 1 to ${LONGEST_NAME} characters`);
  return shown(value);
}

export interface ParsedCredential {
  credential: CredentialPackage;
  lease: string | undefined;
}

export function parseCredential(value: unknown): ParsedCredential {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WrongAnswer('it gave something that is no credential');
  const given = value as Record<string, unknown>;
  const credential: CredentialPackage = {};
  for (const [member, most] of Object.entries(LONGEST) as [keyof CredentialPackage, number][]) {
    const text = given[member];
    if (text === undefined || text === null || text === '') continue;
    if (typeof text !== 'string' || text.length > most || text.includes('\0') || !text.isWellFormed())
      throw new WrongAnswer(
        `${member} of the credential it gave must be a text of at most ${most} characters`,
      );
    credential[member] = text;
  }
  if (credential.password === undefined && credential.privateKey === undefined)
    throw new WrongAnswer('it gave a credential without a password and without a private key');
  for (const member of ['passphrase', 'certificate'] as const)
    if (credential[member] !== undefined && credential.privateKey === undefined)
      throw new WrongAnswer(`it gave a ${member} without a private key`);
  if (/[\r\n]/.test(credential.certificate?.trim() ?? ''))
    throw new WrongAnswer('the certificate of the credential it gave must be one line');
  if (Buffer.byteLength(JSON.stringify(credential)) > MOST_CREDENTIAL_BYTES)
    throw new WrongAnswer(`it gave a credential of more than ${MOST_CREDENTIAL_BYTES} bytes`);
  return { credential, lease: leaseOf(given.lease) };
}

function leaseOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (
    typeof value !== 'string' ||
    value.length > LONGEST_LEASE ||
    /\p{Cc}/u.test(value) ||
    !value.isWellFormed()
  )
    throw new WrongAnswer(`the lease it gave must be a text of at most ${LONGEST_LEASE} characters`);
  return value;
}

export function parseHealth(value: unknown): Health {
  const { healthy, detail } = (value ?? {}) as Record<string, unknown>;
  if (typeof healthy !== 'boolean' || typeof detail !== 'string')
    throw new WrongAnswer('it answered a health check without saying whether it is healthy');
  return { healthy, detail: messageText(detail) };
}

/** Text of a plug-in for people: one line without control characters, cut where nobody reads any more. */
export function messageText(text: string): string {
  const line = shown(text).trim();
  return line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}…` : line;
}

/** Also without the marks that turn the direction of text around and make one thing read like another. */
function shown(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\uFFFD');
}
