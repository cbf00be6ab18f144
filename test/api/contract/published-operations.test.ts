import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ContractDocument,
  type ContractOperation,
  type JsonSchema,
} from '../../../api/contract/contract-document.ts';
import { namesOf } from '../../../api/contract/request-schema.ts';
import { liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { PUBLISHED_OPERATIONS } from './published-operations.ts';

const BASE = '/api/config/v1';
const document = ContractDocument.ofThisVersion();
const published = document.operations.filter(({ addition }) => !addition);
const named = (operations: readonly ContractOperation[]) =>
  operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const);

let appliance: TestAppliance;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  await populate();
}, 120_000);
afterAll(() => appliance?.stop());

/** One call as an API account with every permission, exactly with these headers. */
async function call(
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; text: string; json: unknown }> {
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  // Bytes get no Content-Type of their own.
  const response = await appliance.api(BASE + path, {
    method,
    headers,
    body: text === null ? null : new TextEncoder().encode(text),
  });
  const answer = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(answer);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text: answer, json };
}

/** The objects that the document's own examples make, as far as they can be made one after the other. */
async function populate(): Promise<void> {
  await call('POST', '/user', {
    body: { username: 'kim', public_display_name: 'Kim', private_display_name: 'Kim' },
  });
  await call('POST', '/jump-group', { body: { name: 'Kiosks' } });
  await call('POST', '/vault/endpoint', { body: { name: 'web-1', hostname: 'web-1.example.com' } });
  // Only programs make these: one that examples of automation name, and one for the list.
  await appliance.sql`
    insert into jump_item (id, kind, name, hostname, jump_group_id)
    values (1000, 'jump_client', 'Kiosk 1', 'kiosk-1', 1), (1001, 'jump_client', 'Kiosk 2', 'kiosk-2', 1)`;
  await appliance.sql`
    insert into jump_client (jump_item_id, operating_system) values (1000, 'Debian GNU/Linux 12')`;
  for (const operation of published) {
    const example = exampleOf(operation);
    if (operation.method !== 'POST' || example === undefined) continue;
    const path = await placeOf(operation.path);
    if (path !== undefined && operation.answers['201'] !== undefined)
      await call('POST', path, { body: example });
  }
}

function exampleOf(operation: ContractOperation): Record<string, unknown> | undefined {
  return operation.body?.content['application/json']?.example as Record<string, unknown> | undefined;
}

/** The path with ids of objects there are: the last ones of the lists on the way. Undefined when a list is empty. */
async function placeOf(template: string): Promise<string | undefined> {
  let path = '';
  for (const segment of template.split('/').slice(1)) {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) {
      path += `/${segment}`;
    } else if (name === 'platform') {
      path += '/linux';
    } else {
      const { status, json } = await call('GET', path);
      const last = status === 200 && Array.isArray(json) ? json.at(-1) : undefined;
      const id =
        (last as Record<string, unknown> | undefined)?.[name] ?? (last as { id?: unknown } | undefined)?.id;
      if (id === undefined) return undefined;
      path += `/${id}`;
    }
  }
  return path;
}

describe('every published operation', () => {
  it('is in the contract under its published method, path and operationId', () => {
    const offered = new Map(published.map((one) => [one.operationId, `${one.method} ${one.path}`]));
    // A second path of one resource comes later in the document.
    for (const one of published.toReversed()) offered.set(one.operationId, `${one.method} ${one.path}`);
    const missing = PUBLISHED_OPERATIONS.filter(
      ({ operationId, method, path }) => offered.get(operationId) !== `${method} ${path}`,
    );
    expect(missing).toEqual([]);
  });

  it.each(named(published))(
    '%s refuses callers without a credential as published',
    async (_, { method, path }) => {
      const url = BASE + path.replaceAll(/\{\w+\}/g, '1');
      const answer = await appliance.anonymous(url, { method });
      expect([answer.status, await answer.json()]).toEqual([
        401,
        { error: 'access_denied', message: expect.any(String) },
      ]);
    },
  );

  it.each(named(published))(
    '%s refuses a parameter that it does not know with 401',
    async (_, { method, path }) => {
      const { status, json } = await call(method, `${path.replaceAll(/\{\w+\}/g, '1')}?colour=red`, {
        ...(method === 'GET' ? {} : { body: {} }),
      });
      expect([status, json]).toEqual([
        401,
        expect.objectContaining({ message: expect.stringContaining('colour') }),
      ]);
    },
  );
});

it('are held to the rules with an object of every family, but where nothing can make one yet', async () => {
  const templates = [...new Set(published.map(({ path }) => path))].filter((path) => path.includes('{'));
  const without: string[] = [];
  for (const template of templates) if ((await placeOf(template)) === undefined) without.push(template);
  expect(without.filter((template) => !WITHOUT_OBJECTS.test(template))).toEqual([]);
});

/** Files of scripts. */
const WITHOUT_OBJECTS = /^\/endpoint-automation\/resource\/|installer_id/;

describe('every path', () => {
  const paths = [...new Set(document.operations.map(({ path }) => path))];
  const methodsOf = (path: string) =>
    document.operations.filter((one) => one.path === path).map((one) => one.method);

  it.each(paths)(
    '%s lists its methods, HEAD with GET and without spaces, and refuses others',
    async (path) => {
      const methods = methodsOf(path);
      const expected = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].sort();
      const url = path.replaceAll(/\{\w+\}/g, '1');
      const options = await call('OPTIONS', url);
      const allow = options.headers.get('allow') ?? '';
      expect([options.status, allow.split(',').sort()]).toEqual([200, expected]);
      expect(allow).not.toContain(' ');
      const other = ['PUT', 'PATCH', 'POST', 'DELETE'].find((method) => !methods.includes(method))!;
      const refused = await call(other, url, { body: {} });
      expect([refused.status, refused.headers.get('allow'), refused.json]).toEqual([
        405,
        allow,
        { message: expect.any(String) },
      ]);
    },
  );
});

describe('every published GET that answers JSON', () => {
  const reads = published.filter(
    ({ method, answers }) => method === 'GET' && answers['200']?.content?.['application/json'] !== undefined,
  );

  it.each(named(reads))(
    '%s is compact, has id first, and has the same headers with HEAD',
    async (_, { path }) => {
      const place = await placeOf(path);
      if (place === undefined) return;
      const { status, text, json, headers } = await call('GET', place);
      expect([status, text]).toEqual([200, JSON.stringify(json)]);
      for (const object of [json].flat()) {
        const names = Object.keys(object as object);
        if (names.includes('id')) expect(names[0]).toBe('id');
      }
      const head = await call('HEAD', place);
      expect([head.status, head.text]).toEqual([200, '']);
      const compared = (from: Headers) =>
        Object.fromEntries(
          [...from].filter(([name]) => !/^(date|keep-alive|connection|x-ratelimit|x-request)/.test(name)),
        );
      expect(compared(head.headers)).toEqual(compared(headers));
    },
  );

  it.each(named(reads))('%s does not mind odd types in its headers', async (_, { path }) => {
    const place = await placeOf(path);
    if (place === undefined) return;
    const { text } = await call('GET', place, { headers: { accept: 'application/json' } });
    for (const headers of [
      { 'content-type': 'application\\json', accept: '*/*' },
      { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html, application/xhtml+xml' },
      { 'content-type': 'nonsense', accept: 'nonsense' },
      { accept: '' },
    ]) {
      const answer = await call('GET', place, { headers });
      expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([
        200,
        'application/json; charset=utf-8',
        text,
      ]);
    }
  });
});

describe('every published list in pages', () => {
  const paged = PUBLISHED_OPERATIONS.filter((one) => one.paged);
  /** Described the other way round in one place each; clients rely on both. */
  const also = ['api.config.user.group_policies', 'api.config.jumpoint.user.index'];
  const lists = published.filter(
    ({ operationId }) => also.includes(operationId) || paged.some((one) => one.operationId === operationId),
  );

  it.each(named(lists))('%s has its headers, and takes any page', async (_, { path }) => {
    const place = await placeOf(path);
    if (place === undefined) return;
    const page = async (query: string) => {
      const { status, json, headers } = await call('GET', `${place}${query}`);
      expect([query, status], JSON.stringify(json)).toEqual([query, 200]);
      const number = (name: string) => Number(headers.get(`x-bt-pagination-${name}`));
      return {
        items: json as unknown[],
        current: number('current-page'),
        last: number('last-page'),
        perPage: number('per-page'),
        total: number('total'),
        link: headers.get('link') ?? '',
      };
    };
    const whole = await page('');
    expect(whole).toMatchObject({
      current: 1,
      perPage: 100,
      last: Math.max(1, Math.ceil(whole.total / 100)),
    });
    expect(whole.items).toHaveLength(Math.min(whole.total, 100));
    for (const rel of ['first', 'last']) expect(whole.link).toContain(`; rel="${rel}"`);
    for (const part of whole.link.split(', ')) {
      const url = new URL(/^<(.*)>; rel="\w+"$/.exec(part)?.[1] ?? '');
      expect([url.origin, url.searchParams.has('per_page'), url.searchParams.has('current_page')]).toEqual([
        appliance.url,
        true,
        true,
      ]);
      expect(url.search).not.toContain('/');
    }
    expect(await page('?per_page=1')).toMatchObject({ perPage: 5, total: whole.total });
    expect(await page('?per_page=100000')).toMatchObject({ perPage: 100 });
    expect(await page('?current_page=0')).toMatchObject({ current: 1, items: whole.items });
    expect(await page('?current_page=-7&per_page=-1')).toMatchObject({ current: 1, perPage: 5 });
    expect((await page('?current_page=2000000')).items).toEqual([]);
    expect((await call('GET', `${place}?per_page=many`)).status).toBe(422);
    expect((await call('GET', `${place}?per_page=5&per_page=6`)).status).toBe(422);
  });
});

describe('every published operation on one object', () => {
  const shows = published.filter(({ method, path }) => method === 'GET' && path.endsWith('{id}'));

  it.each(named(shows))(
    '%s answers 404 with a message for an id of nothing, 422 for no id',
    async (_, { path }) => {
      const missing = await call('GET', path.replaceAll(/\{\w+\}/g, '2147483647'));
      expect([missing.status, missing.json]).toEqual([404, { message: expect.any(String) }]);
      for (const bad of ['0', '-1', '2147483648', 'abc', '1.5', '%00']) {
        const { status, json } = await call('GET', path.replaceAll(/\{\w+\}/g, bad));
        expect([bad, status, json]).toEqual([
          bad,
          422,
          { message: expect.any(String), errors: expect.any(Object) },
        ]);
      }
    },
  );
});

describe('every published change', () => {
  const changes = published.filter(({ method }) => method === 'PATCH');

  it.each(named(changes))(
    '%s takes back the object it answered, id and all, and changes nothing',
    async (_, one) => {
      const place = await placeOf(one.path);
      const before = place === undefined ? undefined : await call('GET', place);
      if (place === undefined || before?.status !== 200) return;
      const answer = await call('PATCH', place, {
        body: before.text,
        headers: { accept: 'application/json' },
      });
      expect([answer.status, answer.text]).toEqual([200, before.text]);
    },
  );

  it.each(named(changes))('%s takes an explicit null for anything as not set', async (_, one) => {
    const place = await placeOf(one.path);
    // What it answers is one of the policies that it names.
    if (place === undefined || one.operationId === 'api.config.user.group_policy_change') return;
    const schema = document.resolve(one.body?.content['application/json']?.schema ?? {});
    for (const name of namesOf(schema)) {
      const { status, text } = await call('PATCH', place, { body: { [name]: null } });
      expect([name, status], text).toEqual([name, 200]);
    }
  });

  it.each(named(changes))(
    '%s refuses an unknown field with 401, a quoted number and broken JSON with 422',
    async (_, one) => {
      const place = (await placeOf(one.path)) ?? one.path.replaceAll(/\{\w+\}/g, '1');
      const unknown = await call('PATCH', place, { body: { colour: 'red' } });
      expect([unknown.status, unknown.json]).toEqual([
        401,
        { message: expect.stringContaining('colour'), errors: { colour: [expect.any(String)] } },
      ]);
      for (const body of ['{', '[]', '"text"', 'null', '{"a":1}x', '\u0000']) {
        expect([body, (await call('PATCH', place, { body })).status]).toEqual([body, 422]);
      }
      const [name] = integersOf(one);
      if (name !== undefined) {
        const quoted = await call('PATCH', place, { body: { [name]: '1' } });
        expect([quoted.status, Object.keys((quoted.json as { errors: object }).errors)]).toEqual([
          422,
          [name],
        ]);
      }
    },
  );

  function integersOf({ body }: ContractOperation): string[] {
    const schema: JsonSchema = document.resolve(body?.content['application/json']?.schema ?? {});
    const properties = { ...schema.allOf?.[0]?.properties, ...schema.properties };
    return Object.entries(properties)
      .filter(([, property]) => [property.type].flat().includes('integer') && property.readOnly !== true)
      .map(([name]) => name);
  }
});

describe('every published creation', () => {
  const creations = published.filter(
    ({ method, answers, body }) =>
      method === 'POST' && body?.content['application/json'] !== undefined && answers['201'] !== undefined,
  );

  it.each(named(creations))(
    '%s reads JSON without a type, and answers an object that can be found',
    async (_, one) => {
      const place = await placeOf(one.path);
      if (place === undefined) return;
      const example = exampleOf(one) ?? {};
      const fresh = Object.fromEntries(
        Object.entries(example).map(([name, value]) => [name, isUnique(name) ? `${value}_again` : value]),
      );
      let answer = await call('POST', place, { body: fresh, headers: { accept: 'application/json' } });
      if (answer.status === 422 && !Object.keys(fresh).some(isUnique)) {
        // A membership there is already: take it away and give it again.
        const id = Object.values(fresh).find((value) => typeof value === 'number');
        await call('DELETE', `${place}/${id}`);
        answer = await call('POST', place, { body: fresh, headers: { accept: 'application/json' } });
      }
      expect(answer.status, answer.text).toBe(201);
      expect(Object.keys(answer.json as object).length, 'clients read an object here').toBeGreaterThan(0);
      const location = answer.headers.get('location') ?? '';
      expect(location).toMatch(new RegExp(`^${appliance.url}${BASE}/`));
      const found = await call('GET', location.replace(appliance.url + BASE, ''));
      if (found.status !== 405) expect([location, found.status]).toEqual([location, 200]);
    },
  );

  function isUnique(name: string): boolean {
    return ['name', 'code_name', 'display_name', 'username', 'external_id', 'email_address'].includes(name);
  }
});
