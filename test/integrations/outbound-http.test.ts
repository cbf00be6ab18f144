import type { LookupAddress } from 'node:dns';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutboundRequest } from '../../appliance/outbound-http.ts';
import { chooseAddress } from '../../integrations/http/outbound-address.ts';
import { OutboundHttpClient } from '../../integrations/http/outbound-http-client.ts';
import { httpServer, httpsServer, type TestHttpServer } from '../support/https-server.ts';

const LOOPBACK: LookupAddress = { address: '127.0.0.1', family: 4 };

let secure: TestHttpServer;
let plain: TestHttpServer;
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];

function answer(req: IncomingMessage, res: ServerResponse): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const { method = '', url = '', headers } = req;
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    switch (url.split('?', 1)[0]) {
      case '/redirect':
        res.writeHead(302, { location: '/elsewhere' }).end();
        break;
      case '/hang':
        break;
      case '/drip': {
        res.writeHead(200);
        const drip = setInterval(() => res.write('.'), 50);
        res.on('close', () => clearInterval(drip));
        break;
      }
      case '/flood': {
        res.writeHead(200);
        const more = () => {
          while (!res.destroyed && res.write(Buffer.alloc(65_536)));
        };
        res.on('drain', more);
        more();
        break;
      }
      case '/cut':
        res.writeHead(200, { 'content-length': 100 });
        res.write('half');
        res.socket?.destroy();
        break;
      default:
        res.writeHead(url === '/missing' ? 404 : 200, { 'x-told': 'yes' }).end('answered');
    }
  });
}

beforeAll(async () => {
  secure = await httpsServer(['tickets.test', '127.0.0.1'], answer);
  plain = await httpServer(answer);
});
afterAll(async () => {
  await secure?.stop();
  await plain?.stop();
});

function client(
  options: { ranges?: string[]; addresses?: LookupAddress[]; asked?: string[] } = {},
): OutboundHttpClient {
  return new OutboundHttpClient({
    privateRanges: () => options.ranges ?? ['127.0.0.0/8'],
    resolve: async (hostname) => {
      options.asked?.push(hostname);
      return options.addresses ?? [LOOPBACK];
    },
  });
}

const request = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'POST',
  url,
  body: 'question',
  timeoutMs: 3000,
  maxAnswerBytes: 1000,
  caCertificates: secure.certificate,
  ...more,
});
const at = (path: string, name = 'tickets.test') => `https://${name}:${secure.port}${path}`;

describe('a call to another system', () => {
  it('goes to the address the name had, with the name of the URL, and brings the answer back', async () => {
    seen = [];
    const asked: string[] = [];
    const got = await client({ asked }).send(request(at('/ask?x=1'), { headers: { 'x-mine': '1' } }));
    expect([got.status, got.body.toString(), got.headers['x-told']]).toEqual([200, 'answered', 'yes']);
    expect(asked).toEqual(['tickets.test']);
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/ask?x=1',
        body: 'question',
        headers: { host: `tickets.test:${secure.port}`, 'x-mine': '1', 'content-length': '8' },
      },
    ]);
    expect((await client().send(request(at('/missing')))).status).toBe(404);
    expect((await client().send(request(`http://127.0.0.1:${plain.port}/`))).status).toBe(200);
  });

  it.each([
    ['a redirect', '/redirect', 'redirected'],
    ['silence', '/hang', 'timed_out'],
    ['an answer that never ends, byte by byte', '/drip', 'timed_out'],
    ['an answer that never ends, all at once', '/flood', 'too_large'],
    ['a connection that is cut in the answer', '/cut', 'unreachable'],
  ])('fails with %s', async (_, path, problem) => {
    seen = [];
    const started = Date.now();
    const sent = client().send(
      request(at(path), { timeoutMs: 600, maxAnswerBytes: path === '/drip' ? 1e6 : 1000 }),
    );
    await expect(sent).rejects.toMatchObject({ name: 'OutboundFailure', problem });
    expect(Date.now() - started).toBeLessThan(2500);
    expect(seen.map(({ url }) => url)).toEqual([path]);
  });

  it('fails when nobody listens, the name has no address, or the other end speaks something else', async () => {
    const garbage = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('220 mail.example.com ESMTP\r\n');
    });
    await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
    const { port } = garbage.address() as { port: number };
    await expect(client().send(request(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
      problem: 'unreachable',
    });
    await expect(client().send(request(`https://127.0.0.1:${port}/`))).rejects.toMatchObject({
      name: 'OutboundFailure',
    });
    garbage.close();
    await expect(client().send(request('http://127.0.0.1:1/'))).rejects.toMatchObject({
      problem: 'unreachable',
    });
    await expect(client({ addresses: [] }).send(request(at('/')))).rejects.toMatchObject({
      problem: 'unknown_host',
    });
    const system = new OutboundHttpClient({ privateRanges: () => [] });
    await expect(system.send(request('https://no-such-host.invalid/'))).rejects.toMatchObject({
      problem: 'unknown_host',
    });
  });

  it('waits for the deadline only, also for a resolver that never answers', async () => {
    const stuck = new OutboundHttpClient({ privateRanges: () => [], resolve: () => new Promise(() => {}) });
    await expect(stuck.send(request(at('/'), { timeoutMs: 100 }))).rejects.toMatchObject({
      problem: 'timed_out',
    });
  });

  it('trusts no certificate that nobody vouches for, that is for another name, or that is plainly wrong', async () => {
    const untrusted = request(at('/'), { caCertificates: undefined });
    await expect(client().send(untrusted)).rejects.toMatchObject({ problem: 'certificate_refused' });
    await expect(client().send(request(at('/', 'other.test')))).rejects.toMatchObject({
      problem: 'certificate_refused',
    });
    expect((await client().send(request(at('/', '127.0.0.1')))).status).toBe(200);
  });

  it.each([
    'file:///etc/passwd',
    'ftp://tickets.test/',
    'https://me:secret@tickets.test/',
    'tickets.test',
    '',
  ])('refuses the address %j', async (url) => {
    const sent = client().send(request(url));
    await expect(sent).rejects.toMatchObject({
      problem: 'bad_url',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('opens no connection to a private address that is not listed', async () => {
    const before = secure.connections();
    for (const ranges of [[], ['10.0.0.0/8'], ['::1']]) {
      await expect(client({ ranges }).send(request(at('/')))).rejects.toMatchObject({
        problem: 'address_refused',
      });
      await expect(client({ ranges }).send(request(at('/', '127.0.0.1')))).rejects.toMatchObject({
        problem: 'address_refused',
      });
    }
    expect(secure.connections()).toBe(before);
  });
});

describe('an address', () => {
  const chosen = (address: string, ranges: string[] = []) => {
    try {
      return chooseAddress('name', [{ address, family: address.includes(':') ? 6 : 4 }], ranges).address;
    } catch {
      return 'refused';
    }
  };

  it.each(['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'])('is public: %s', (address) => {
    expect(chosen(address)).toBe(address);
  });

  it.each([
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '127.0.0.1',
    '100.64.0.1',
    '0.0.0.0',
    '198.18.0.1',
    '::1',
    'fd00::1',
    'fec0::1',
    '::ffff:10.0.0.1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ])('is private: %s', (address) => {
    expect(chosen(address)).toBe('refused');
  });

  it.each([
    '169.254.169.254',
    'fe80::1',
    '224.0.0.1',
    '255.255.255.255',
    '0.0.0.0',
    '::',
    '::ffff:169.254.169.254',
  ])('is never called, listed or not: %s', (address) => {
    expect(chosen(address, ['0.0.0.0/0', '::/0'])).toBe('refused');
  });

  it('may be listed, in any spelling', () => {
    expect(chosen('10.1.2.3', ['10.1.0.0/16'])).toBe('10.1.2.3');
    expect(chosen('::ffff:10.1.2.3', ['10.1.2.3'])).toBe('10.1.2.3');
    expect(chosen('fd00::1', ['fd00::/8'])).toBe('fd00::1');
    expect(chosen('10.2.2.3', ['10.1.0.0/16'])).toBe('refused');
  });

  it('is the first one that may be called', () => {
    const addresses = [
      { address: '10.0.0.1', family: 4 },
      { address: '93.184.215.14', family: 4 },
    ];
    expect(chooseAddress('name', addresses, []).address).toBe('93.184.215.14');
  });
});
