import type {
  Setting,
  SettingProblem,
  SettingsSchema,
  TextSetting,
  UrlSetting,
  WholeSetting,
} from './settings.ts';

/** A secret as the host has read it, so that a literal text in the file is told apart from it. */
export interface SecretText {
  secret: string;
}

export interface SettingsCheck {
  /** One problem at most for each setting, in the order of the schema; unknown names come last. */
  problems: SettingProblem[];
  /** What the plug-in gets. Complete only when there are no problems. */
  values: Record<string, unknown>;
}

export interface SettingsCheckOptions {
  /** Makes a relative path absolute. */
  absolutePath(path: string): string;
}

const LONGEST_TEXT = 8192;
const LONGEST_SECRET = 65536;
const MOST_ENTRIES = 200;

/**
 * Checks what an administrator wrote against a schema and finds everything that is wrong with it. A message never
 * repeats a value that was given for a secret.
 */
export function checkSettings(
  schema: SettingsSchema,
  given: Readonly<Record<string, unknown>>,
  options: SettingsCheckOptions,
): SettingsCheck {
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(schema)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || value === null) {
      const missing =
        'default' in setting && setting.default !== undefined ? undefined : missingMessage(setting);
      if (missing !== undefined) problems.push({ setting: name, message: missing });
      values[name] = defaultOf(setting, options);
      continue;
    }
    const problem = problemOf(setting, value);
    if (problem !== undefined) problems.push({ setting: name, message: problem });
    else values[name] = givenValue(setting, value, options);
  }
  for (const name of Object.keys(given))
    if (!Object.hasOwn(schema, name)) problems.push({ setting: name, message: unknownMessage(name, schema) });
  return { problems, values };
}

function missingMessage(setting: Setting): string | undefined {
  if (setting.optional) return undefined;
  return setting.type === 'secret'
    ? `is missing. It comes from the environment, { env: NAME }, or from a file, { file: PATH }.`
    : `is missing. It is ${KINDS[setting.type]}: ${setting.description}`;
}

function unknownMessage(name: string, schema: SettingsSchema): string {
  const known = Object.keys(schema);
  const near = known.find((one) => plain(one) === plain(name));
  if (near !== undefined) return `is unknown. Is "${near}" meant?`;
  return known.length === 0
    ? 'is unknown: this plug-in has no settings.'
    : `is unknown. There are: ${known.join(', ')}.`;
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const KINDS: Record<Setting['type'], string> = {
  text: 'a text',
  url: 'a URL',
  path: 'a path',
  secret: 'a secret',
  whole: 'a whole number',
  flag: 'true or false',
  'text-map': 'a map of texts',
  'text-list': 'a list of texts',
};

function problemOf(setting: Setting, value: unknown): string | undefined {
  switch (setting.type) {
    case 'text':
      return textProblem(value) ?? textRuleProblem(setting, value as string);
    case 'url':
      return textProblem(value) ?? urlProblem(setting, value as string);
    case 'path':
      return textProblem(value) ?? (value === '' ? 'must not be empty.' : undefined);
    case 'secret':
      return secretProblem(value);
    case 'whole':
      return wholeProblem(setting, value);
    case 'flag':
      return typeof value === 'boolean' ? undefined : wrongKind('true or false', value);
    case 'text-map':
      return mapProblem(value);
    case 'text-list':
      return listProblem(value);
  }
}

function wrongKind(needed: string, value: unknown): string {
  const found = Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'a map'
      : typeof value === 'string'
        ? 'a text'
        : typeof value === 'number'
          ? 'a number'
          : String(value);
  return `must be ${needed}, not ${found}.`;
}

function textProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') {
    const quoted = typeof value === 'object' ? '' : ` Put it in quotation marks.`;
    return wrongKind('a text', value) + quoted;
  }
  if (value.length > LONGEST_TEXT) return `has more than ${LONGEST_TEXT} characters.`;
  return value.includes('\0') ? 'holds a NUL character.' : undefined;
}

function textRuleProblem({ choices, pattern }: TextSetting, value: string): string | undefined {
  if (choices !== undefined && !choices.includes(value)) return `must be one of ${choices.join(', ')}.`;
  if (pattern !== undefined && !wholeText(pattern.regex).test(value)) return pattern.told;
  return undefined;
}

function wholeText(regex: string): RegExp {
  return new RegExp(`^(?:${regex})$`, 'u');
}

function urlProblem({ schemes = ['http', 'https'] }: UrlSetting, value: string): string | undefined {
  const url = parsedUrl(value);
  if (url === null) return 'must be a URL, e.g. https://vault.example.com.';
  if (!schemes.includes(url.protocol.slice(0, -1)))
    return `must be a URL that begins with ${schemes.join(' or ')}.`;
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password.';
  return undefined;
}

function parsedUrl(value: string): URL | null {
  try {
    return new URL(value);
  } catch {
    return null;
  }
}

function secretProblem(value: unknown): string | undefined {
  if (!isSecretText(value))
    return 'must not stand in the file itself: write { env: NAME } or { file: PATH }.';
  if (value.secret === '') return 'is empty.';
  return value.secret.length > LONGEST_SECRET ? `has more than ${LONGEST_SECRET} characters.` : undefined;
}

export function isSecretText(value: unknown): value is SecretText {
  return typeof value === 'object' && value !== null && typeof (value as SecretText).secret === 'string';
}

function wholeProblem({ least, most }: WholeSetting, value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    return typeof value === 'number' ? 'must be a whole number.' : wrongKind('a whole number', value);
  }
  if ((least !== undefined && value < least) || (most !== undefined && value > most)) {
    if (least === undefined) return `must be at most ${most}.`;
    return most === undefined ? `must be at least ${least}.` : `must be from ${least} to ${most}.`;
  }
  return undefined;
}

function mapProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return wrongKind('a map of texts', value);
  const entries = Object.entries(value);
  if (entries.length > MOST_ENTRIES) return `has more than ${MOST_ENTRIES} entries.`;
  for (const [name, text] of entries) {
    const problem = textProblem(text);
    if (problem !== undefined) return `"${name}" ${problem}`;
  }
  return undefined;
}

function listProblem(value: unknown): string | undefined {
  if (!Array.isArray(value)) return wrongKind('a list of texts', value);
  if (value.length > MOST_ENTRIES) return `has more than ${MOST_ENTRIES} entries.`;
  for (const [index, text] of value.entries()) {
    const problem = textProblem(text);
    if (problem !== undefined) return `entry ${index + 1} ${problem}`;
  }
  return undefined;
}

function defaultOf(setting: Setting, options: SettingsCheckOptions): unknown {
  if (!('default' in setting) || setting.default === undefined) return undefined;
  return givenValue(setting, setting.default, options);
}

function givenValue(setting: Setting, value: unknown, { absolutePath }: SettingsCheckOptions): unknown {
  if (setting.type === 'path') return absolutePath(value as string);
  if (setting.type === 'secret') return (value as SecretText).secret;
  // Without a prototype: a name such as "constructor" is either in the map or it is not.
  if (setting.type === 'text-map') return Object.freeze(Object.assign(Object.create(null), value));
  if (setting.type === 'text-list') return Object.freeze([...(value as string[])]);
  return value;
}

/** What is wrong with a schema itself; empty when it is one. For schemas that somebody else's code made. */
export function schemaProblems(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    return ['settings must be an object, {} when there are none.'];
  return Object.entries(schema).flatMap(([name, setting]) => {
    const problem = settingProblem(name, setting);
    return problem === undefined ? [] : [`setting "${name}": ${problem}`];
  });
}

function settingProblem(name: string, value: unknown): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name))
    return 'a name has 1 to 64 letters, digits and underscores.';
  if (typeof value !== 'object' || value === null) return 'an object is needed.';
  const setting = value as Setting & { default?: unknown };
  if (!Object.hasOwn(KINDS, setting.type)) return `the type must be one of ${Object.keys(KINDS).join(', ')}.`;
  if (typeof setting.description !== 'string' || setting.description === '')
    return 'a description is needed.';
  if (setting.type === 'text' && setting.pattern !== undefined) {
    try {
      wholeText(setting.pattern.regex);
    } catch {
      return 'its pattern is no regular expression.';
    }
  }
  if (setting.default === undefined) return undefined;
  if ((setting.type as string) === 'secret') return 'a secret has no default.';
  const problem = problemOf(setting, setting.default);
  return problem === undefined ? undefined : `its default ${problem}`;
}
