import { PluginError } from '../../sdk/plugin.ts';
import { isRecord } from '../http.ts';

/** What RFC 6901 finds in a document: `/data/0/name`; empty for the document itself. */
export function atPointer(document: unknown, pointer: string): unknown {
  if (pointer === '') return document;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, token) => memberOf(value, token), document);
}

function memberOf(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d*)$/.test(token) ? value[Number(token)] : undefined;
  return isRecord(value) && Object.hasOwn(value, token) ? value[token] : undefined;
}

/** A text, number or flag as text; undefined for everything else. */
export function textAt(document: unknown, pointer: string | undefined): string | undefined {
  if (pointer === undefined) return undefined;
  const value = atPointer(document, pointer);
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** An element of what was found: `key` is its name in an object, or its place in a list. */
export interface Item {
  key: string;
  value: unknown;
}

/** The elements of a list, or the members of an object. */
export function itemsAt(document: unknown, pointer: string, setting: string): Item[] {
  const value = atPointer(document, pointer);
  if (Array.isArray(value)) return value.map((element, at) => ({ key: String(at), value: element }));
  if (isRecord(value)) return Object.entries(value).map(([key, member]) => ({ key, value: member }));
  if (value === undefined || value === null) return [];
  throw new PluginError(
    'misconfigured',
    `The answer of the store has no list at the place that ${setting} names.`,
  );
}

/** `$key` is the name of a member; anything else a pointer into the element. */
export function textOfItem({ key, value }: Item, pointer: string | undefined): string | undefined {
  return pointer === '$key' ? key : textAt(value, pointer);
}

export function isPointer(text: string): boolean {
  return text === '' || /^(\/([^~]|~[01])*)+$/.test(text);
}

/** Undoes what a store has wrapped around a value. */
export function decoded(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce((current, step) => {
    if (typeof current !== 'string') throw misfit(step);
    if (step === 'base64') return Buffer.from(current, 'base64').toString('utf8');
    try {
      return JSON.parse(current) as unknown;
    } catch {
      // Not the cause: its message quotes the value.
      throw misfit(step);
    }
  }, value);
}

function misfit(step: string): PluginError {
  return new PluginError(
    'misconfigured',
    `The value of the credential is not what get_decode says (${step}).`,
  );
}
