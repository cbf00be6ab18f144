import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContractDocument } from '../../../api/contract/contract-document.ts';
import { contractRouter, unservedOperations } from '../../../api/contract/contract-router.ts';
import { sendCreated, sendPage } from '../../../api/contract/paging.ts';
import { ApplianceError, invalidField } from '../../../appliance/errors.ts';
import { TINY_CONTRACT } from './tiny-contract.ts';

const document = new ContractDocument(TINY_CONTRACT);
let seen: { params: unknown; query: unknown; body: unknown };
let total = 42;

function note(req: Request): void {
  seen = { params: req.params, query: req.query, body: req.body };
}

const HALF = 'must be well-formed Unicode: it holds half of a surrogate pair.';
const kiosk = { id: 7, name: 'Kiosk' };
const handlers = {
  'kiosk.index': async (req: Request, res: Response) => {
    note(req);
    sendPage(req, res, { items: total === 0 ? [] : [kiosk], total });
  },
  'kiosk.store': async (req: Request, res: Response) => {
    note(req);
    if (req.body.name === 'taken') {
      throw new ApplianceError('conflict', 'Taken.', { fields: { name: ['Taken.'] } });
    }
    if (req.body.name === 'broken') throw new Error('secret detail');
    if (req.body.name === 'bad') throw invalidField('port', 'port is bad.');
    sendCreated(res, '/kiosk/7', req.body.name === 'breach' ? { name: 'no id' } : kiosk);
  },
  'kiosk.show': async (req: Request, res: Response) => {
    note(req);
    if (Number(req.params['id']) !== 7) throw new ApplianceError('not_found', 'There is no such kiosk.');
    res.json(kiosk);
  },
  'kiosk.update': async (req: Request, res: Response) => {
    note(req);
    res.json(kiosk);
  },
  'kiosk.destroy': async (_req: Request, res: Response) => {
    res.status(204).end();
  },
  'kiosk.installer': async (_req: Request, res: Response) => {
    res.type('text/plain').send('installer');
  },
  'kiosk.upload': async (req: Request, res: Response) => {
    let bytes = 0;
    for await (const chunk of req) bytes += (chunk as Buffer).length;
    res.json({ bytes, body: req.body ?? null });
  },
};

let server: Server;
let url: string;

beforeAll(async () => {
  const app = express();
  app.disable('etag');
  app.use(
    contractRouter({
      document,
      handlers,
      basePath: '/api/config/v1',
      publicUrl: 'https://support.example.com',
      log: pino({ level: 'silent' }),
      validateResponses: true,
      gate: (operation) => (req, _res, next) => {
        if (operation.access !== 'public' && req.headers['x-who'] === undefined) {
          throw new ApplianceError('unauthenticated', 'Who are you?');
        }
        next();
      },
    }),
  );
  app.use((_req, res) => {
    res.status(404).json({ message: 'fell through' });
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/config/v1`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function call(path: string, init: RequestInit = {}): Promise<globalThis.Response> {
  return fetch(url + path, { ...init, headers: { 'x-who': 'me', ...init.headers } });
}

async function post(body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await call('/kiosk', {
    method: 'POST',
    body: new Blob([text]),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

async function get(path: string) {
  const answer = await call(path);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

describe('finding the operation', () => {
  it('prefers a fixed segment over a parameter and serves paths that refer to others', async () => {
    expect(await (await call('/kiosk/installer')).text()).toBe('installer');
    expect((await get('/kiosk/7')).body).toEqual(kiosk);
    expect((await get('/old-kiosk/7')).body).toEqual(kiosk);
    expect((await get('/kiosk/7/')).status).toBe(200);
  });

  it('lets paths it does not know fall through', async () => {
    expect((await get('/kiosk/7/deeper')).body).toEqual({ message: 'fell through' });
    expect((await get('/kiosk//')).status).toBe(404);
  });

  it('answers 405 and OPTIONS with Allow in the documented form', async () => {
    const wrong = await call('/kiosk', { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET,HEAD,POST']);
    const options = await call('/kiosk/7', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([200, 'GET,HEAD,PATCH,DELETE']);
  });

  it('answers HEAD wherever GET works, with the same headers and no body', async () => {
    const head = await call('/kiosk', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('x-bt-pagination-total')).toBe('42');
    expect(await head.text()).toBe('');
  });

  it('lists operations nobody serves and answers them with 501', async () => {
    expect(unservedOperations(document, handlers)).toEqual(['unserved.show']);
    expect((await get('/unserved')).status).toBe(501);
  });

  it('asks the gate before it looks at the request', async () => {
    const refused = await fetch(`${url}/kiosk?nonsense=1`);
    expect([refused.status, (await refused.json()).error]).toEqual([401, 'access_denied']);
    expect((await fetch(`${url}/kiosk/installer`)).status).toBe(200);
  });
});

describe('parameters', () => {
  it('become the types of the contract, with its defaults', async () => {
    await get('/kiosk?per_page=20&clustered=true&name=a%20b&since=2026-01-05T08:00:00.123Z');
    expect(seen.query).toEqual({
      per_page: 20,
      current_page: 1,
      clustered: true,
      name: 'a b',
      since: '2026-01-05T08:00:00.123Z',
    });
    await get('/kiosk/7');
    expect(seen.params).toEqual({ id: 7 });
  });

  it('clamp page numbers instead of refusing them', async () => {
    await get('/kiosk?per_page=1&current_page=0');
    expect(seen.query).toMatchObject({ per_page: 5, current_page: 1 });
    await get('/kiosk?per_page=100000&current_page=-3');
    expect(seen.query).toMatchObject({ per_page: 100, current_page: 1 });
  });

  it('answer 401 when unknown, naming the culprit', async () => {
    const { status, body } = await get('/kiosk?colour=red');
    expect(status).toBe(401);
    expect(body.message).toContain('colour');
    expect(Object.keys(body.errors)).toEqual(['colour']);
  });

  it.each([
    ['/kiosk?per_page=ten', 'per_page'],
    ['/kiosk?clustered=maybe', 'clustered'],
    ['/kiosk?since=2026-01-05T08:00:00%2B02:00', 'since'],
    ['/kiosk?since=2026-01-05T08:00:00', 'since'],
    ['/kiosk?name=a&name=b', 'name'],
    ['/kiosk?name=a%00b', 'name'],
    ['/kiosk/abc', 'id'],
    ['/kiosk/99999999999', 'id'],
    ['/kiosk/%00', 'id'],
    ['/kiosk/%zz', 'id'],
  ])('answer 422 when invalid: %s', async (path, field) => {
    const { status, body } = await get(path);
    expect(status).toBe(422);
    expect(body.message).toContain(field);
    expect(Object.keys(body.errors)).toEqual([field]);
  });

  it('tolerate misspelt content types on GET', async () => {
    const answer = await call('/kiosk', { headers: { 'content-type': 'application\\json' } });
    expect(answer.status).toBe(200);
  });
});

describe('bodies', () => {
  it('pass with and without a content type', async () => {
    expect((await post({ name: 'a', port: 22 })).status).toBe(201);
    for (const type of ['', 'application/x-www-form-urlencoded', 'application\\json']) {
      expect((await post({ name: 'a' }, { 'content-type': type })).status).toBe(201);
    }
    expect(seen.body).toEqual({ name: 'a', color: 'red' });
  });

  it('answer 401 for a field that occurs nowhere in the object, also deep inside', async () => {
    const { status, body } = await post({ name: 'a', colour: 'red' });
    expect([status, Object.keys(body.errors)]).toEqual([401, ['colour']]);
    const deep = await post({ name: 'a', windows: [{ day: 1, hour: 2 }] });
    expect([deep.status, Object.keys(deep.body.errors)]).toEqual([401, ['windows.0.hour']]);
    expect((await post('{"name":"a","__proto__":{"x":1}}')).status).toBe(401);
  });

  it('lose response-only fields and explicit nulls that mean "not set"', async () => {
    expect((await post({ id: 3, connected: true, name: 'a', color: null, port: null })).status).toBe(201);
    expect(seen.body).toEqual({ name: 'a', color: 'red', port: null });
    const missing = await post({ name: null });
    expect(missing.body.errors).toEqual({ name: ['name is required.'] });
  });

  it('get no defaults when they change something', async () => {
    await call('/kiosk/7', { method: 'PATCH', body: '{"port":22,"comments":"x"}' });
    expect(seen.body).toEqual({ port: 22, comments: 'x' });
  });

  it.each([
    [{ name: '' }, 'name', 'name must have from 1 to 10 characters.'],
    [{ name: 'far too long a name' }, 'name', 'name must have from 1 to 10 characters.'],
    [{ name: 'a', port: '22' }, 'port', 'port must be a whole number (not in quotes) or null.'],
    [{ name: 'a', port: 0 }, 'port', 'port must be from 1 to 65535.'],
    [{ name: 'a', color: 'blue' }, 'color', 'color must be one of red, green.'],
    [{ name: 'a', windows: [{}] }, 'windows.0.day', 'windows.0.day is required.'],
    [{ name: 'a\u0000b' }, 'name', 'name must not hold NUL characters.'],
    [{ name: 'G\ud800' }, 'name', `name ${HALF}`],
    [{ name: '\udc00\ud800' }, 'name', `name ${HALF}`],
    [{ name: 'a', windows: [{ day: 'x\udfff' }] }, 'windows.0.day', `windows.0.day ${HALF}`],
    [{ name: 'a', 'b\ud83d': 1 }, 'body', `body ${HALF}`],
    [{ name: 'a', windows: [{ '\ud800': 1 }] }, 'windows.0', `windows.0 ${HALF}`],
  ])('answer 422 with a sentence: %j', async (given, field, sentence) => {
    const { status, body } = await post(given);
    expect(status).toBe(422);
    expect(body).toEqual({ message: sentence, errors: { [field]: [sentence] } });
  });

  it('name every bad field at once', async () => {
    const { body } = await post({ port: 0, color: 'blue' });
    expect(Object.keys(body.errors).sort()).toEqual(['color', 'name', 'port']);
  });

  it.each(['{"name":', '[1]', '"x"', '', 'null'])(
    'answer 422 when they are no JSON object: %s',
    async (text) => {
      const { status, body } = await post(text);
      expect(status).toBe(422);
      expect(body.message).not.toBe('');
    },
  );

  it('that are nested without end are refused, not walked', async () => {
    const deep = `${'{"a":'.repeat(200)}"\\u0000"${'}'.repeat(200)}`;
    expect((await post(`{"name":${deep}}`)).status).toBe(422);
  });

  it('answer 413 past the limit, with and without a stated length', async () => {
    const long = JSON.stringify({ name: 'a', comments: 'x'.repeat(3000) });
    expect((await post(long)).status).toBe(413);
    const stream = new Blob([long]).stream();
    const answer = await call('/kiosk', { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
    expect(answer.status).toBe(413);
    expect((await answer.json()).message).toContain('2000');
  });

  it('answer 415 when compressed and 422 when not UTF-8', async () => {
    expect((await post('{}', { 'content-encoding': 'gzip' })).status).toBe(415);
    const answer = await call('/kiosk', { method: 'POST', body: new Uint8Array([0x22, 0xff, 0x22]) });
    expect(answer.status).toBe(422);
  });

  it('of other declared types are left to the handler as a stream', async () => {
    const answer = await call('/kiosk/upload', {
      method: 'POST',
      body: 'x'.repeat(5000),
      headers: { 'content-type': 'text/csv' },
    });
    expect(await answer.json()).toEqual({ bytes: 5000, body: null });
  });
});

describe('answers', () => {
  it('carry absolute page links and pagination headers', async () => {
    const { headers } = await get('/kiosk?name=a/b&per_page=5&current_page=3');
    const base = 'https://support.example.com/api/config/v1/kiosk?name=a%2Fb&per_page=5&current_page=';
    expect(headers.get('link')).toBe(
      `<${base}1>; rel="first", <${base}2>; rel="previous", <${base}4>; rel="next", <${base}9>; rel="last"`,
    );
    expect(headers.get('x-bt-pagination-last-page')).toBe('9');
    expect(headers.get('x-bt-pagination-current-page')).toBe('3');
    expect(headers.get('x-bt-pagination-per-page')).toBe('5');
  });

  it('past the end are reported as the last page, so that loops over pages end', async () => {
    const { headers } = await get('/kiosk?per_page=5&current_page=99');
    expect(headers.get('x-bt-pagination-current-page')).toBe('9');
    expect(headers.get('x-bt-pagination-last-page')).toBe('9');
    expect(headers.get('link')).toContain('current_page=9>; rel="previous"');
    expect(headers.get('link')).not.toContain('rel="next"');
  });

  it('have at least one page', async () => {
    total = 0;
    const { headers, body } = await get('/kiosk');
    total = 42;
    expect([headers.get('x-bt-pagination-last-page'), headers.get('x-bt-pagination-total'), body]).toEqual([
      '1',
      '0',
      [],
    ]);
    expect(headers.get('link')).toMatch(/^<[^>]+>; rel="first", <[^>]+>; rel="last"$/);
  });

  it('tell where a new object is', async () => {
    const { status, headers } = await post({ name: 'a' });
    expect([status, headers.get('location')]).toEqual([
      201,
      'https://support.example.com/api/config/v1/kiosk/7',
    ]);
  });

  it('for failures follow the contract: duplicates 422, unknown ids 404, faults opaque', async () => {
    expect(await get('/kiosk/8')).toMatchObject({
      status: 404,
      body: { message: 'There is no such kiosk.' },
    });
    expect(await post({ name: 'taken' })).toMatchObject({
      status: 422,
      body: { errors: { name: ['Taken.'] } },
    });
    expect(await post({ name: 'bad' })).toMatchObject({
      status: 422,
      body: { errors: { port: ['port is bad.'] } },
    });
    const fault = await post({ name: 'broken' });
    expect(fault.status).toBe(500);
    expect(JSON.stringify(fault.body)).not.toContain('secret');
  });

  it('that break the contract become a 500 in tests', async () => {
    const { status, headers } = await post({ name: 'breach' });
    expect([status, headers.get('location')]).toEqual([500, null]);
    expect((await call('/kiosk/7', { method: 'DELETE' })).status).toBe(204);
  });
});
