import fc from 'fast-check';
import { parse } from 'scim2-parse-filter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseScimFilter, type ScimFilter } from '../../appliance/directory/scim-filter.ts';
import { ENTERPRISE, type ScimSite, scimSite } from '../support/scim-site.ts';

type Json = Record<string, unknown>;

let site: ScimSite;
let people: Json[];
beforeAll(async () => {
  site = await scimSite();
  const operations = fc.sample(aPerson, { numRuns: 40, seed: 4711 }).map((data, place) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `u${place}`,
    data: { ...data, userName: `${place % 2 ? 'User' : 'user'}${place}@example.com` },
  }));
  await site.scim('POST', '/Bulk', { Operations: operations });
  people = (await site.scim('GET', '/Users?count=200')).body.Resources;
  const groups = [people.slice(0, 10), people.slice(5, 30)].map((members, place) => ({
    displayName: `Team ${place}`,
    members: members.map(({ id }) => ({ value: id })),
  }));
  for (const group of groups) await site.scim('POST', '/Groups', group);
  people = (await site.scim('GET', '/Users?count=200')).body.Resources;
});
afterAll(() => site.stop());

const WORDS = [
  '',
  'work',
  'WORK',
  'home',
  'a',
  'ab',
  'B%',
  '_',
  'x\\y',
  'quote"d',
  "it's",
  'ünï',
  '70',
  'true',
  'Team 0',
];
const aWord = fc.constantFrom(...WORDS);
const aPerson = fc.record(
  {
    externalId: fc.uuid(),
    active: fc.constantFrom<unknown>(true, false, 'True', 'False'),
    title: aWord,
    nickName: aWord,
    name: fc.record({ familyName: aWord, givenName: aWord }, { requiredKeys: [] }),
    emails: fc.uniqueArray(fc.record({ value: aWord, type: aWord }, { requiredKeys: ['value'] }), {
      maxLength: 3,
    }),
    roles: fc.array(fc.record({ value: aWord, primary: fc.constant(false) }), { maxLength: 2 }),
    [ENTERPRISE]: fc.record({ department: aWord }, { requiredKeys: [] }),
  },
  { requiredKeys: ['externalId'] },
);

const SINGLE = [
  'title',
  'NICKNAME',
  'name.familyName',
  'userName',
  'externalId',
  'id',
  `${ENTERPRISE}:department`,
];
const MANY = ['emails', 'emails.type', 'roles.value', 'groups.display', 'groups'];
const TEXT_OPS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'EQ', 'Co'];
const quoted = (text: string) => JSON.stringify(text);
const aTextComparison = (paths: string[]) =>
  fc
    .tuple(fc.constantFrom(...paths), fc.constantFrom(...TEXT_OPS), aWord)
    .map(([path, op, word]) => `${path} ${op} ${quoted(word)}`);
const aLeaf = fc.oneof(
  aTextComparison(SINGLE),
  aTextComparison(MANY),
  fc.constantFrom(...SINGLE, ...MANY, 'name', 'emails', 'active').map((path) => `${path} pr`),
  fc
    .tuple(fc.constantFrom('eq', 'ne'), fc.constantFrom('true', 'false', '"True"', '"False"'))
    .map(([op, value]) => `active ${op} ${value}`),
  fc
    .tuple(fc.constantFrom('title', 'emails.type'), fc.constantFrom('eq', 'ne'))
    .map(([path, op]) => `${path} ${op} null`),
);
const aValuePath = fc
  .tuple(
    fc.constantFrom('emails', 'roles'),
    fc.constantFrom('and', 'or'),
    aTextComparison(['value']),
    aTextComparison(['type', 'value']),
    fc.boolean(),
  )
  .map(([path, op, one, other, negated]) => `${path}[${negated ? `not (${one})` : one} ${op} ${other}]`);
const aFilter = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'filter' },
    aLeaf,
    aValuePath,
    fc
      .tuple(tie('filter'), fc.constantFrom('and', 'or', 'AND'), tie('filter'))
      .map(([a, op, b]) => `${a} ${op} ${b}`),
    tie('filter').map((one) => `(${one})`),
    tie('filter').map((one) => `not (${one})`),
  ),
})).filter;

/** The slow way: looks at every resource as it is answered. */
function fits(resource: Json, filter: ScimFilter): boolean {
  switch (filter.op) {
    case 'and':
      return filter.filters.every((one) => fits(resource, one));
    case 'or':
      return filter.filters.some((one) => fits(resource, one));
    case 'not':
      return !fits(resource, filter.filter);
    case 'value':
      return listOf(memberOf(resource, filter.path)).some((one) => fits(one as Json, filter.filter));
    case 'pr':
      return valuesAt(resource, filter.path, false).length > 0;
    default: {
      const values = valuesAt(resource, filter.path, true).map(String);
      const exact = /^(id|externalid|groups|groups\.value)$/i.test(filter.path);
      const text = (value: unknown) => (exact ? String(value) : String(value).toLowerCase());
      if (filter.value === null) return filter.op === 'eq' ? values.length === 0 : values.length > 0;
      const wanted = text(filter.value);
      if (filter.op === 'ne') return !values.some((value) => text(value) === wanted);
      return values.some((value) => compares(text(value), filter.op as string, wanted));
    }
  }
}

function compares(is: string, op: string, wanted: string): boolean {
  const order = Buffer.compare(Buffer.from(is), Buffer.from(wanted));
  switch (op) {
    case 'eq':
      return order === 0;
    case 'co':
      return is.includes(wanted);
    case 'sw':
      return is.startsWith(wanted);
    case 'ew':
      return is.endsWith(wanted);
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    default:
      return order <= 0;
  }
}

function valuesAt(resource: Json, path: string, asValue: boolean): unknown[] {
  const [, urn, rest] = /^(urn:.*):([^:]+)$/i.exec(path) ?? [undefined, undefined, path];
  const holder = urn === undefined ? resource : ((memberOf(resource, urn) ?? {}) as Json);
  const [name, sub] = rest!.split('.');
  return listOf(memberOf(holder, name!)).flatMap((one) => {
    const isObject = typeof one === 'object' && one !== null;
    const value = sub === undefined && !(isObject && asValue) ? one : memberOf(one as Json, sub ?? 'value');
    return value === undefined ? [] : [value];
  });
}

function memberOf(object: Json, name: string): unknown {
  return Object.entries(object).find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

async function found(filter: string): Promise<unknown[]> {
  const { status, body } = await site.scim('GET', `/Users?count=200&filter=${encodeURIComponent(filter)}`);
  expect(`${status} ${filter} ${status === 200 ? '' : JSON.stringify(body)}`).toMatch(/^200/);
  return body.Resources.map(({ id }: Json) => id);
}

describe('a filter', () => {
  it('finds in the database what a look at every resource finds', { timeout: 60_000 }, async () => {
    expect(people).toHaveLength(40);
    await fc.assert(
      fc.asyncProperty(aFilter, async (text) => {
        const parsed = parseScimFilter(text);
        expect(await found(text)).toEqual(people.filter((one) => fits(one, parsed)).map(({ id }) => id));
      }),
      { numRuns: 200 },
    );
  });

  it('is read as another parser reads it', () => {
    const plain = aFilter.filter((text) => !text.includes('\\') && !text.includes('['));
    fc.assert(
      fc.property(plain, (text) => {
        expect(flattened(parseScimFilter(text))).toEqual(flattened(parse(text) as never));
      }),
      { numRuns: 300 },
    );
  });

  it('asks for times', async () => {
    const moment = (people[3] as { meta: { created: string } }).meta.created;
    expect(await found(`meta.created eq "${moment}"`)).toContain(people[3]!.id);
    expect(await found('meta.lastModified gt "2020-01-01T00:00:00Z"')).toHaveLength(40);
    expect(await found('meta.lastModified lt "2020-01-01T01:00:00+01:00"')).toEqual([]);
    expect(await found('meta.resourceType eq "User"')).toHaveLength(40);
  });

  it('asks for groups by members', async () => {
    const filter = (text: string) => site.scim('GET', `/Groups?filter=${encodeURIComponent(text)}`);
    const names = async (text: string) =>
      (await filter(text)).body.Resources.map(({ displayName }: Json) => displayName);
    expect(await names(`members[value eq "${people[7]!.id}"]`)).toEqual(['Team 0', 'Team 1']);
    expect(await names(`members.value eq "${people[20]!.id}"`)).toEqual(['Team 1']);
    expect(await names('displayName eq "TEAM 0"')).toEqual(['Team 0']);
    expect(await names('not (members pr)')).toEqual([]);
  });

  it.each([
    "' or 1=1 --",
    'userName eq "x" or 1 eq 1',
    `userName eq "x'; drop table app_user; --`,
    'userName eq "x") or (id pr',
    'title); delete from app_user; --(a pr',
    "attributes#>>'{}' pr",
    'password eq "x"',
    'password_hash pr',
  ])('of hostile text is refused: %s', async (text) => {
    const { status, body } = await site.scim('GET', `/Users?filter=${encodeURIComponent(text)}`);
    expect(`${status} ${body.scimType}`).toBe('400 invalidFilter');
  });

  it('takes every text as a value', async () => {
    for (const text of [`x'; drop table app_user; --`, '%', '_', '\\', '$1', '\u2028', '"']) {
      expect(await found(`userName eq ${quoted(text)}`)).toEqual([]);
      expect(await found(`userName co ${quoted(text)}`)).toEqual([]);
    }
    expect(await found('userName sw "USER1"')).not.toEqual([]);
    expect((await site.scim('GET', '/Users?count=0')).body.totalResults).toBe(40);
  });

  it.each([
    ['userName', 'character 9'],
    ['userName eq', 'value'],
    ['userName is "x"', 'one of eq'],
    ['userName eq x', 'value'],
    ['(userName pr', 'closing parenthesis'],
    ['emails[type eq "x"', 'closing bracket'],
    ['userName eq "x', 'closing quotation mark'],
    ['userName pr and', 'name of an attribute'],
    ['userName pr userName pr', 'and, or'],
    ['colour eq "x"', 'no attribute colour'],
    ['active gt true', 'eq and ne alone'],
    ['active eq "maybe"', 'true or false'],
    ['meta.created gt "yesterday"', 'time like'],
    ['meta.created co "2026-01-01T00:00:00Z"', 'makes no sense'],
    ['title gt null', 'makes no sense'],
    ['name eq "x"', 'part of name'],
    ['title[value eq "x"]', 'one value'],
    ['emails[colour eq "x"]', 'no colour'],
    [`${'('.repeat(60)}title pr${')'.repeat(60)}`, 'too deeply'],
    [Array(300).fill('title pr').join(' or '), 'at most 200'],
  ])('that is wrong is refused and says where: %s', async (text, problem) => {
    const { status, body } = await site.scim('GET', `/Users?filter=${encodeURIComponent(text)}`);
    expect(`${status} ${body.scimType} ${body.detail}`).toContain('400 invalidFilter');
    expect(body.detail).toContain(problem);
  });

  it('of a name with a backslash is found whether or not it is escaped', async () => {
    await site.scim('POST', '/Users', { userName: 'DOMAIN\\zoe' });
    expect(await found('userName eq "DOMAIN\\\\zoe"')).toHaveLength(1);
    expect(await found('userName eq "DOMAIN\\zoe"')).toHaveLength(1);
  });
});

type Other = { op: string; attrPath?: string; compValue?: unknown; filters?: Other[]; filter?: Other };

/** Both trees in one form; what is joined by the same word is one list. */
function flattened(filter: ScimFilter | Other): unknown {
  const one = filter as Other & { path?: string; value?: unknown };
  if (one.filters) {
    const parts = one.filters.map(flattened) as unknown[][];
    return [one.op, ...parts.flatMap((part) => (part[0] === one.op ? part.slice(1) : [part]))];
  }
  if (one.filter) return ['not', flattened(one.filter)];
  return [
    one.op,
    one.path ?? one.attrPath,
    one.op === 'pr' ? null : 'value' in one ? one.value : one.compValue,
  ];
}
