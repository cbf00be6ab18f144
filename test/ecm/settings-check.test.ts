import { describe, expect, it } from 'vitest';
import type { SettingsSchema } from '../../ecm/sdk/settings.ts';
import { checkSettings, schemaProblems } from '../../ecm/sdk/settings-check.ts';

const SCHEMA = {
  url: { type: 'url', description: 'Where the store is.' },
  token: { type: 'secret', description: 'Opens it.' },
  mount: { type: 'text', description: 'Where secrets are.', default: 'secret' },
  mode: { type: 'text', description: 'How.', choices: ['kv', 'ldap'], optional: true },
  code: {
    type: 'text',
    description: 'A code.',
    optional: true,
    pattern: { regex: '[a-z]+|[0-9]+', told: 'must be letters or digits.' },
  },
  retries: { type: 'whole', description: 'How often.', default: 3, least: 0, most: 10 },
  verify: { type: 'flag', description: 'Whether.', default: true },
  file: { type: 'path', description: 'A file.', default: 'store.kdbx' },
  headers: { type: 'text-map', description: 'Headers.', default: {} },
  groups: { type: 'text-list', description: 'Groups.', default: ['a'] },
} as const satisfies SettingsSchema;

const GOOD = { url: 'https://vault.example.com', token: { secret: 'xyz' } };

const check = (given: Record<string, unknown>) =>
  checkSettings(SCHEMA, given, { absolutePath: (path) => `/folder/${path}` });
const messages = (given: Record<string, unknown>) =>
  check({ ...GOOD, ...given }).problems.map(({ setting, message }) => `${setting} ${message}`);

describe('settings', () => {
  it('get their defaults, and paths become absolute', () => {
    const { values, problems } = check(GOOD);
    expect(problems).toEqual([]);
    expect({ ...values, headers: { ...(values.headers as object) } }).toEqual({
      url: 'https://vault.example.com',
      token: 'xyz',
      mount: 'secret',
      mode: undefined,
      code: undefined,
      retries: 3,
      verify: true,
      file: '/folder/store.kdbx',
      headers: {},
      groups: ['a'],
    });
  });

  it('are all told of at once', () => {
    const given = {
      url: 'nowhere',
      mount: 7,
      mode: 'x',
      retries: 11,
      verify: 'yes',
      headers: [],
      groups: [1],
      mout: 1,
    };
    expect(check(given).problems.map(({ setting }) => setting)).toEqual([
      'url',
      'token',
      'mount',
      'mode',
      'retries',
      'verify',
      'headers',
      'groups',
      'mout',
    ]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ url: 5 }, 'url must be a text, not a number. Put it in quotation marks.'],
    [{ url: 'ftp://x' }, 'url must be a URL that begins with http or https.'],
    [{ url: 'https://me:pw@x' }, 'url must not hold a user name or password.'],
    [{ url: undefined }, 'url is missing. It is a URL: Where the store is.'],
    [
      { token: undefined },
      'token is missing. It comes from the environment, { env: NAME }, or from a file, { file: PATH }.',
    ],
    [{ token: 'literal' }, 'token must not stand in the file itself: write { env: NAME } or { file: PATH }.'],
    [{ token: { secret: '' } }, 'token is empty.'],
    [{ mode: 'KV' }, 'mode must be one of kv, ldap.'],
    [{ code: 'a1' }, 'code must be letters or digits.'],
    [{ retries: 2.5 }, 'retries must be a whole number.'],
    [{ retries: '3' }, 'retries must be a whole number, not a text.'],
    [{ retries: -1 }, 'retries must be from 0 to 10.'],
    [{ verify: 1 }, 'verify must be true or false, not a number.'],
    [{ file: '' }, 'file must not be empty.'],
    [{ headers: { a: 1 } }, 'headers "a" must be a text, not a number. Put it in quotation marks.'],
    [{ groups: 'a' }, 'groups must be a list of texts, not a text.'],
    [{ groups: ['a', {}] }, 'groups entry 2 must be a text, not a map.'],
    [{ mount: 'x\0' }, 'mount holds a NUL character.'],
    [{ Retries: 3 }, 'Retries is unknown. Is "retries" meant?'],
    [{ constructor: 3 }, /^constructor is unknown. There are: url, token, /.source],
  ])('that are wrong are told of in words: %j', (given, message) => {
    const told = messages(given);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      message.startsWith('^') ? new RegExp(message) : new RegExp(`^${escaped(message)}$`),
    );
  });

  it('never repeat what was given for a secret', () => {
    expect(JSON.stringify(check({ url: GOOD.url, token: 'planted' }))).not.toContain('planted');
  });
});

describe('a schema', () => {
  it('that is one has no problems', () => {
    expect(schemaProblems(SCHEMA)).toEqual([]);
    expect(schemaProblems({})).toEqual([]);
  });

  it.each<[unknown, string]>([
    [undefined, 'settings must be an object'],
    [{ 'a-b': { type: 'text', description: 'x' } }, 'setting "a-b": a name has'],
    [{ a: { type: 'number', description: 'x' } }, 'the type must be one of text, '],
    [{ a: { type: 'text' } }, 'a description is needed'],
    [{ a: { type: 'secret', description: 'x', default: 'y' } }, 'a secret has no default'],
    [{ a: { type: 'whole', description: 'x', default: 5, most: 3 } }, 'its default must be at most 3.'],
    [{ a: { type: 'text', description: 'x', pattern: { regex: '(', told: '' } } }, 'no regular expression'],
  ])('that is none is told of: %j', (schema, message) => {
    expect(schemaProblems(schema).join()).toContain(message);
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
