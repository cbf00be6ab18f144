import type { IncomingMessage, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plugin } from '../../../ecm/plugins/rest/plugin.ts';
import { httpServer, type TestHttpServer } from '../../support/https-server.ts';
import { aPluginSession, callOptions, findOptions, openPlugin } from '../../support/test-plugin.ts';

type Settings = Parameters<typeof openPlugin<typeof plugin.settings>>[1];

describe('the REST plug-in with a store of another kind', () => {
  let server: TestHttpServer;
  let asked: { method: string; url: string; authorization: string; body: string }[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  let tokens = 0;
  let refusedToken = '';

  beforeAll(async () => {
    server = await httpServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        asked.push({ method, url, authorization: headers.authorization ?? '', body });
        if (url === '/token') return void tokenAnswer(response);
        if (headers.authorization === `Bearer ${refusedToken}`) return void response.writeHead(401).end();
        answer(request, response, body);
      });
    });
  });
  afterAll(() => server.stop());

  function tokenAnswer(response: ServerResponse) {
    response.end(
      JSON.stringify({ access_token: `token-${++tokens}`, token_type: 'Bearer', expires_in: 300 }),
    );
  }
  const open = (settings: Settings = {}) => {
    asked = [];
    const url = `http://127.0.0.1:${server.port}/api/`;
    return openPlugin(plugin, {
      url,
      find_path: '/hosts/{hostname}/credentials?q={search}&size={limit}&from={offset}',
      find_items: '/data/items',
      find_label: '/title',
      get_path: '/credentials/{id}',
      get_username: '/user',
      get_password: '/secret',
      ...settings,
    });
  };
  const session = aPluginSession({ hostname: 'web01' });

  it('pages through what it finds, with the words of the search', async () => {
    answer = (request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://x');
      const from = Number(searchParams.get('from'));
      const items = [...Array(450).keys()]
        .slice(from, from + 200)
        .map((number) => ({ id: number, title: `credential ${number}` }));
      response.end(JSON.stringify({ data: { items } }));
    };
    const opened = await open();
    expect(await opened.findCredentials(session, findOptions('a b/&?', 1000))).toHaveLength(450);
    expect(asked.map(({ url }) => url)).toEqual([
      '/api/hosts/web01/credentials?q=a%20b%2F%26%3F&size=200&from=0',
      '/api/hosts/web01/credentials?q=a%20b%2F%26%3F&size=200&from=200',
      '/api/hosts/web01/credentials?q=a%20b%2F%26%3F&size=200&from=400',
      '/api/hosts/web01/credentials?q=a%20b%2F%26%3F&size=200&from=450',
    ]);
    expect(await opened.findCredentials(session, findOptions('', 150))).toHaveLength(150);
  });

  it('gives what a search has found without listing everything again', async () => {
    answer = (request, response) => {
      const found = { data: { items: [{ id: 'a b/ü', title: 'odd' }] } };
      const secret = { user: 'u', secret: 's' };
      response.end(JSON.stringify(request.url?.includes('/hosts/') ? found : secret));
    };
    const opened = await open({ find_path: '/hosts/{hostname}?q={search}' });
    await opened.findCredentials(session, findOptions('odd'));
    asked = [];
    expect(await opened.getCredential(session, 'a b/ü', callOptions())).toEqual({
      username: 'u',
      password: 's',
    });
    expect(asked.map(({ url }) => url)).toEqual(['/api/credentials/a%20b%2F%C3%BC']);
    const somebody = aPluginSession({ hostname: 'web01', user: 'mallory' });
    await opened.getCredential(somebody, 'a b/ü', callOptions());
    expect(asked.map(({ url }) => url)).toContain('/api/hosts/web01?q=');
  });

  it('lists the systems of a store, and asks for the credentials of the one that was chosen', async () => {
    const systems = [
      { id: 7, title: 'Payroll', address: '10.2.0.7', port: 2222 },
      { id: 8, title: 'Stock', address: '10.2.0.8', kind: 'remote_rdp', port: 'none' },
      { id: 9, title: 'Without an address' },
    ];
    answer = (request, response) => {
      const found = request.url?.includes('/inventory')
        ? { data: systems }
        : { data: { items: [{ id: 'root' }] } };
      response.end(JSON.stringify({ ...found, user: 'root', secret: 's' }));
    };
    const opened = await open({
      endpoints_path: '/inventory?for={user}',
      endpoints_items: '/data',
      endpoints_label: '/title',
      endpoints_hostname: '/address',
      endpoints_port: '/port',
      endpoints_type: '/kind',
      find_path: '/systems/{endpoint}/credentials',
    });
    const nobodyChosen = { ...session, jumpItem: undefined };
    const find = (search: string, types: string[] = []) =>
      opened.findEndpoints?.(nobodyChosen, { ...findOptions(search), types });
    const payroll = { id: '7', label: 'Payroll', type: 'shell_jump', hostname: '10.2.0.7', port: 2222 };
    const stock = { id: '8', label: 'Stock', type: 'remote_rdp', hostname: '10.2.0.8' };
    expect(await find('')).toEqual([payroll, stock]);
    expect(asked.map(({ url }) => url)).toEqual(['/api/inventory?for=rita']);
    expect(await find('10.2.0.7')).toEqual([payroll]);
    expect(await find('', ['remote_rdp', 'web_jump'])).toEqual([stock]);
    expect(await opened.findCredentials(session, findOptions())).toEqual([]);
    const chosen = { ...session, endpointId: '7' };
    expect(await opened.findCredentials(chosen, findOptions())).toEqual([{ id: 'root', label: 'root' }]);
    expect(asked.at(-1)?.url).toBe('/api/systems/7/credentials');
    await expect(opened.getCredential(session, 'root', callOptions())).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await open()).findEndpoints).toBeUndefined();
  });

  it('tells the store about the end, with the lease', async () => {
    answer = (request, response) => {
      if (request.method === 'DELETE') return void response.writeHead(404).end();
      response.end(
        JSON.stringify({ data: { items: { one: { title: 'One' } } }, user: 'u', secret: 's', lease: 77 }),
      );
    };
    const opened = await open({
      find_path: '/hosts/{hostname}',
      find_id: '$key',
      get_lease: '/lease',
      release_path: '/credentials/{id}/leases/{lease}',
      release_method: 'DELETE',
    });
    expect(await opened.getCredential(session, 'one', callOptions())).toEqual({
      username: 'u',
      password: 's',
      lease: '77',
    });
    await opened.releaseCredential?.(session, 'one', new Date(), { lease: '77', ...callOptions() });
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', url: '/api/credentials/one/leases/77' });
  });

  it('says who it is by bearer token and by basic authentication', async () => {
    answer = (_request, response) => void response.end('{"data":{"items":[]}}');
    await (await open({ auth: 'bearer', token: 't' })).findCredentials(session, findOptions());
    expect(asked[0]?.authorization).toBe('Bearer t');
    await (await open({ auth: 'basic', username: 'ü', password: 'p:w' })).findCredentials(
      session,
      findOptions(),
    );
    expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('ü:p:w').toString('base64')}`);
  });

  it('gets access tokens, keeps them, and gets another when one is refused', async () => {
    answer = (_request, response) => void response.end('{"data":{"items":[]}}');
    const opened = await open({
      auth: 'oauth',
      oauth_token_url: `http://127.0.0.1:${server.port}/token`,
      oauth_client_id: 'me & you',
      oauth_client_secret: 'sécret+1',
      oauth_scope: 'read',
    });
    await opened.findCredentials(session, findOptions());
    await opened.findCredentials(session, findOptions());
    expect(asked.filter(({ url }) => url === '/token')).toEqual([
      {
        method: 'POST',
        url: '/token',
        authorization: `Basic ${Buffer.from('me+%26+you:s%C3%A9cret%2B1').toString('base64')}`,
        body: 'grant_type=client_credentials&scope=read',
      },
    ]);
    refusedToken = asked.at(-1)?.authorization.slice('Bearer '.length) ?? '';
    expect(opened.masked).toContain(refusedToken);
    await opened.findCredentials(session, findOptions());
    expect(asked.filter(({ url }) => url === '/token')).toHaveLength(2);
  });

  it.each([
    [401, 'misconfigured'],
    [403, 'forbidden'],
    [409, 'in_use'],
    [423, 'in_use'],
    [429, 'unavailable'],
    [503, 'unavailable'],
    [400, 'misconfigured'],
    [302, 'misconfigured'],
  ])('takes status %i as %s and repeats nothing of the answer', async (status, code) => {
    answer = (_request, response) =>
      void response.writeHead(status, { location: 'http://127.0.0.1:1/stolen' }).end('secret words');
    const opened = await open();
    const failure = await opened.findCredentials(session, findOptions()).catch((error: Error) => error);
    expect(failure).toMatchObject({ code });
    expect(String(failure)).not.toMatch(/secret words|stolen/);
    expect(asked).toHaveLength(1);
  });

  it('refuses what is no JSON, compressed, too large, or has no list there', async () => {
    const opened = await open();
    const find = () => opened.findCredentials(session, findOptions());
    answer = (_request, response) => void response.end('password=s3cret');
    const failure = await find().catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'unavailable' });
    expect(inspect(failure)).not.toContain('s3cret');
    answer = (_request, response) => void response.setHeader('content-encoding', 'gzip').end('x');
    await expect(find()).rejects.toMatchObject({ code: 'unavailable' });
    answer = (_request, response) => {
      const piece = 'x'.repeat(1024 * 1024);
      const flood = () => {
        while (response.write(piece));
      };
      response.on('drain', flood);
      flood();
    };
    await expect(find()).rejects.toThrow('The store answered with more than 8 MiB.');
    answer = (_request, response) => void response.end('{"data":{"items":"x"}}');
    await expect(find()).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it('waits so long and no longer, and not when nobody waits', async () => {
    answer = (_request, response) => void response.write('{');
    const opened = await open({ timeout_seconds: 1 });
    await expect(opened.findCredentials(session, findOptions())).rejects.toThrow(
      'The store did not answer within 1 seconds.',
    );
    const patient = await open();
    const stop = new AbortController();
    const waiting = patient.findCredentials(session, { search: '', limit: 1, signal: stop.signal });
    setTimeout(() => stop.abort(new Error('nobody waits')), 100);
    await expect(waiting).rejects.toThrow('nobody waits');
  });
});

describe('the settings of the REST plug-in', () => {
  it('are told everything that is wrong at once', () => {
    const problems = plugin.check?.({
      ...Object.fromEntries(
        Object.entries(plugin.settings).map(([name, setting]) => [
          name,
          'default' in setting ? setting.default : undefined,
        ]),
      ),
      auth: 'oauth',
      find_path: 'no slash',
      get_path: '/x/{hots}',
      find_id: 'id',
      get_decode: ['rot13'],
      certificate_file: '/x',
    } as never);
    expect(problems?.map(({ setting }) => setting).sort()).toEqual([
      'certificate_key_file',
      'find_id',
      'find_path',
      'get_decode',
      'get_password',
      'get_path',
      'oauth_client_id',
      'oauth_client_secret',
      'oauth_token_url',
    ]);
  });

  it('need https to other machines', async () => {
    const settings = { get_path: '/{id}', get_password: '', credentials: { a: 'a' } };
    await expect(openPlugin(plugin, { ...settings, url: 'http://store.example.com' })).rejects.toMatchObject({
      code: 'misconfigured',
    });
    await openPlugin(plugin, { ...settings, url: 'http://store.example.com', plain_http: true });
  });
});
