import { isNativeError } from 'node:util/types';
import { loggedError } from './logged-error.ts';
import { isSecretName, REDACTED } from './secret-names.ts';

/** Deeper than anything that is logged on purpose. */
const DEEPEST = 8;

type Fields = Record<string, unknown>;

/**
 * The fields of a log line without the values of those that hold secrets, at any depth: in objects, lists, headers,
 * errors and what errors carry. Answers the same object when there is nothing to take out. Never throws, so that no
 * line is lost to a getter.
 */
export function redactedFields(fields: Fields): Fields {
  try {
    return fieldsWithoutSecrets(fields, []);
  } catch {
    return { unreadable: 'the fields of this line could not be read' };
  }
}

function fieldsWithoutSecrets(fields: Fields, above: object[]): Fields {
  let copy: Fields | undefined;
  above.push(fields);
  const keepsSecret = 'value' in fields && holdsSecretOfName(fields);
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    const secret = isSecretName(name) || (keepsSecret && name === 'value');
    const shown = secret ? redactedValue(value) : valueWithoutSecrets(value, above);
    if (shown === value) continue;
    copy ??= { ...fields };
    copy[name] = shown;
  }
  above.pop();
  return copy ?? fields;
}

/** Yes, no and nothing tell nothing: `has_password`, `token: null`. */
function redactedValue(value: unknown): unknown {
  return value === undefined || value === null || typeof value === 'boolean' ? value : REDACTED;
}

function valueWithoutSecrets(value: unknown, above: object[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (above.includes(value)) return '[circular]';
  if (above.length >= DEEPEST) return '[deeper]';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return listWithoutSecrets(value, above);
  if (value instanceof Error || isNativeError(value)) {
    above.push(value);
    const shown = fieldsWithoutSecrets(loggedError(value), above);
    above.pop();
    return shown;
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== 'function') return fieldsWithoutSecrets(value as Fields, above);
  const told: unknown = toJSON.call(value);
  return told === value ? fieldsWithoutSecrets(value as Fields, above) : valueWithoutSecrets(told, above);
}

function listWithoutSecrets(list: unknown[], above: object[]): unknown[] {
  const [name, value] = list;
  const isPair = list.length === 2 && Array.isArray(above.at(-1));
  if (isPair && typeof name === 'string' && isSecretName(name)) return [name, redactedValue(value)];
  above.push(list);
  const shown = list.map((each) => valueWithoutSecrets(each, above));
  above.pop();
  return shown.every((each, at) => each === list[at]) ? list : shown;
}

/** As fields of forms, attributes of directories and headers are often held: `{ name: 'password', value: '...' }`. */
function holdsSecretOfName({ name, field, key }: Fields): boolean {
  return [name, field, key].some((word) => typeof word === 'string' && isSecretName(word));
}
