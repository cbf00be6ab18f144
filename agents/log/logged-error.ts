import { REDACTED } from './secret-names.ts';

interface DatabaseError extends Error {
  code: string;
  detail?: unknown;
  where?: unknown;
}

/** Of an address that is none, such as one whose password is not escaped: what it would show could be anywhere. */
const ADDRESSES = ['input', 'base'];

/** Of a database error, when the driver is asked to keep them. */
const VALUES_OF_QUERY = ['parameters', 'args'];
const LONGEST_CHAIN = 10;

/**
 * What is logged of an error: type, message and stack with those of its causes, and its own properties. Values that
 * database errors quote are left out; errors that it holds are handed on as they are.
 */
export function loggedError(error: Error): Record<string, unknown> {
  const { cause: _, errors, ...own } = error as Error & { errors?: unknown };
  const chain = chainOf(error);
  return {
    ...own,
    ...(isDatabaseError(error) && databaseFacts(error)),
    ...(isAddressError(error) && withoutFields(error, ADDRESSES)),
    type: error.constructor?.name ?? error.name,
    message: chain.map((each) => withoutValues(each.message, each)).join(': '),
    stack: chain.map((each) => withoutValues(each.stack ?? each.message, each)).join('\ncaused by: '),
    ...(Array.isArray(errors) && { aggregateErrors: errors }),
  };
}

/** An error, its cause, the cause of that. */
function chainOf(error: Error): Error[] {
  const chain: Error[] = [];
  for (let next: unknown = error; next instanceof Error && chain.length < LONGEST_CHAIN; next = next.cause) {
    if (chain.includes(next)) break;
    chain.push(next);
  }
  return chain;
}

/** As PostgreSQL reports them: a severity and a code of five characters. */
function isDatabaseError(error: Error): error is DatabaseError {
  const { severity, code } = error as { severity?: unknown; code?: unknown };
  return typeof severity === 'string' && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
}

function isAddressError(error: Error): boolean {
  return (error as { code?: unknown }).code === 'ERR_INVALID_URL';
}

function withoutFields(error: Error, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in error).map((name) => [name, REDACTED]));
}

function databaseFacts(error: DatabaseError): Record<string, unknown> {
  const facts = withoutFields(error, VALUES_OF_QUERY);
  if (typeof error.detail === 'string') facts['detail'] = detailWithoutValues(error.detail);
  if (typeof error.where === 'string') facts['where'] = placeWithoutValues(error.where);
  return facts;
}

/** `Key (user_id, name)=(7, x) already exists.` keeps its columns; a "failing row" keeps nothing. */
function detailWithoutValues(detail: string): string {
  const [, columns, rest] = /^(Key \(.*?\))=\(.*\)([^()]*)$/s.exec(detail) ?? [];
  return columns === undefined ? REDACTED : `${columns}=(${REDACTED})${rest}`;
}

/** Functions and their lines, but no statement and no line of input. */
function placeWithoutValues(where: string): string {
  const isFunction = (line: string) => /^PL\/pgSQL function \S+ line \d+ at [\w ]+$/.test(line);
  return where
    .split('\n')
    .map((line) => (isFunction(line) ? line : REDACTED))
    .join('\n');
}

/** Errors about data (class 22) quote it: `invalid input syntax for type integer: "x"`. */
function withoutValues(text: string, error: Error): string {
  if (!isDatabaseError(error) || !error.code.startsWith('22')) return text;
  return text.replaceAll(error.message, error.message.replace(/".*"/s, `"${REDACTED}"`));
}
