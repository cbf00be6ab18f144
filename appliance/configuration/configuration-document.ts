/** A value as JSON and YAML have it. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };
export type Fields = { readonly [name: string]: Value };

/** One object of the configuration as a file describes it. A field that it does not name stays as it is. */
export interface ConfigurationDocument {
  /** Name of a kind of object: `jump-groups`. */
  type: string;
  fields: Fields;
  /** Where it stands, for people: `jump-groups.yaml:12`. */
  source: string;
  /** Values of the environment variables that its secrets name. */
  environment?: Readonly<Record<string, string>>;
}

/** Documents that describe a site. */
export interface ConfigurationTree {
  /** Kinds of object that are described in full: only objects of these are ever deleted. */
  types: readonly string[];
  documents: readonly ConfigurationDocument[];
}

/** Stands in files where a secret would: it is never exported, and applying this text leaves the secret alone. */
export const KEPT_ON_THE_SERVER = 'kept on the server';

/** The variable that a secret is to be taken from: `{ from_environment: DB_PASSWORD }`. */
export function environmentVariableIn(value: Value | undefined): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { from_environment: variable, ...others } = value as Fields;
  return typeof variable === 'string' && Object.keys(others).length === 0 ? variable : undefined;
}

/**
 * The fields of a document with the secrets that the environment has. Nothing but secrets is ever taken from there, as
 * everything else is shown in plans.
 */
export function withEnvironment(
  { fields, environment = {} }: ConfigurationDocument,
  secrets: readonly string[],
): Fields {
  const found: Record<string, Value> = {};
  for (const name of secrets) {
    const variable = environmentVariableIn(fields[name]);
    const value = variable === undefined ? undefined : environment[variable];
    if (value !== undefined && value !== '') found[name] = value;
  }
  return { ...fields, ...found };
}

/** Why something cannot be applied. */
export interface ConfigurationRefusal {
  type: string;
  /** Empty when the document does not tell. */
  key: string;
  source: string;
  /** Empty when it is about the whole object. */
  field: string;
  message: string;
}

/** The same text for equal values: members of objects in the order of their names. */
export function canonical(value: Value | undefined): string {
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value as Fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => `${JSON.stringify(name)}:${canonical(entry)}`);
  return `{${members.join(',')}}`;
}

/** The order of objects in files and plans: by name, the same on every machine. */
export function byKey(a: string, b: string): number {
  const [lowA, lowB] = [a.toLowerCase(), b.toLowerCase()];
  if (lowA !== lowB) return lowA < lowB ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
