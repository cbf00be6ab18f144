import { PLUGIN_ERROR_CODES } from '../sdk/plugin.ts';
import { FrameProblem } from './frames.ts';
import { type FromPlugin, MAX_MESSAGE_TEXT } from './messages.ts';

const MOST_SETTINGS = 200;
const LEVELS = ['info', 'warn', 'error'] as const;

/** A message of a plug-in's process, taken apart member by member. Throws `FrameProblem` when it is none. */
export function parseFromPlugin(message: object): FromPlugin {
  const value = message as Record<string, unknown>;
  switch (value.t) {
    case 'result':
      return { t: 'result', id: whole(value, 'id'), value: value.value };
    case 'error':
      return { t: 'error', id: whole(value, 'id'), code: errorCode(value), message: text(value, 'message') };
    case 'log':
      return { t: 'log', level: oneOf(value, 'level', LEVELS), message: text(value, 'message') };
    case 'mask':
      return { t: 'mask', secret: text(value, 'secret') };
    case 'pong':
      return { t: 'pong', id: whole(value, 'id') };
    case 'hello':
      return {
        t: 'hello',
        name: text(value, 'name', /^[A-Za-z0-9_-]{1,64}$/),
        version: text(value, 'version', /^[\x21-\x7e]{1,32}$/),
        description: text(value, 'description', /^[^\0]{0,500}$/u),
        secrets: names(value, 'secrets'),
        required: names(value, 'required'),
      };
    case 'problems':
      return {
        t: 'problems',
        problems: list(value, 'problems').map((one) => ({
          setting: text(one as Record<string, unknown>, 'setting'),
          message: text(one as Record<string, unknown>, 'message'),
        })),
      };
    case 'ready':
      return { t: 'ready', capabilities: capabilities(value.capabilities) };
    case 'failed':
      return { t: 'failed', code: errorCode(value), message: text(value, 'message') };
    default:
      throw new FrameProblem('a message of an unknown kind');
  }
}

function capabilities(value: unknown) {
  const flags = (value ?? {}) as Record<string, unknown>;
  return {
    release: flag(flags, 'release'),
    endpointSearch: flag(flags, 'endpointSearch'),
    sessionStarted: flag(flags, 'sessionStarted'),
    sessionComplete: flag(flags, 'sessionComplete'),
    health: flag(flags, 'health'),
  };
}

function text(object: Record<string, unknown> | null, name: string, pattern?: RegExp): string {
  const value = object?.[name];
  if (typeof value !== 'string' || value.length > MAX_MESSAGE_TEXT || (pattern && !pattern.test(value)))
    throw new FrameProblem(`a message with a wrong ${name}`);
  return value;
}

function whole(object: Record<string, unknown>, name: string): number {
  const value = object[name];
  if (!Number.isSafeInteger(value)) throw new FrameProblem(`a message with a wrong ${name}`);
  return value as number;
}

function flag(object: Record<string, unknown>, name: string): boolean {
  const value = object[name];
  if (typeof value !== 'boolean') throw new FrameProblem(`a message with a wrong ${name}`);
  return value;
}

function oneOf<Word extends string>(
  object: Record<string, unknown>,
  name: string,
  words: readonly Word[],
): Word {
  const word = words.find((one) => one === object[name]);
  if (word === undefined) throw new FrameProblem(`a message with a wrong ${name}`);
  return word;
}

function list(object: Record<string, unknown>, name: string): unknown[] {
  const value = object[name];
  if (!Array.isArray(value) || value.length > MOST_SETTINGS)
    throw new FrameProblem(`a message with a wrong ${name}`);
  return value;
}

function names(object: Record<string, unknown>, name: string): string[] {
  return list(object, name).map((one) => text({ [name]: one }, name));
}

function errorCode(object: Record<string, unknown>) {
  return object.code === undefined ? undefined : oneOf(object, 'code', PLUGIN_ERROR_CODES);
}
