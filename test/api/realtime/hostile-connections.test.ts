import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { UpgradeDispatcher, type UpgradeRoute } from '../../../api/realtime/upgrade-dispatcher.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

/**
 * Sends these bytes and answers the status line; empty when the server only hangs up, or says nothing for `patienceMs`
 * (for bytes after which it rightly waits for more).
 */
async function statusLine(url: string, bytes: string | Buffer, patienceMs = 0): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
    // A connection that is kept alive has said what it has to say.
    if (text.includes('\r\n\r\n')) setTimeout(() => socket.destroy(), 20);
  });
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.write(bytes);
  await once(socket, 'close');
  return text.split('\r\n', 1)[0] ?? '';
}

const upgrade = (target: string, more = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`;

describe('the HTTP port of a server', () => {
  let appliance: TestAppliance;
  const uncaught: unknown[] = [];
  const remember = (error: unknown) => void uncaught.push(error);

  beforeAll(async () => {
    appliance = await testAppliance();
    process.on('uncaughtException', remember);
    process.on('unhandledRejection', remember);
  });
  afterEach(async () => {
    expect(uncaught.splice(0)).toEqual([]);
    expect((await appliance.anonymous('/healthz')).status).toBe(200);
  });
  afterAll(async () => {
    process.off('uncaughtException', remember);
    process.off('unhandledRejection', remember);
    await appliance?.stop();
  });

  it.each([
    '//',
    '///',
    '//:99999/',
    '//[',
    'http://',
    'http://:99999/',
    'http://host/relay/x',
    '*',
    '?',
    '\\',
  ])('answers 400 to a WebSocket asked for at %s', async (target) => {
    expect(await statusLine(appliance.url, upgrade(target))).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each(['/%', '/%00', '/%ff%fe', '/relay/%', '/relay/', '/relay//', '/relay/..', '/;', '/#', '/@:99999'])(
    'refuses a WebSocket asked for at %s',
    async (target) => {
      expect(await statusLine(appliance.url, upgrade(target))).toMatch(/^HTTP\/1\.1 4\d\d /);
    },
  );

  it.each([
    'Sec-WebSocket-Protocol: bridgehead.relay.v1\r\n',
    'Sec-WebSocket-Protocol: bridgehead.relay.v1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n',
    'Sec-WebSocket-Protocol: bridgehead.relay.v1\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
    'Sec-WebSocket-Protocol: ,bridgehead.relay.v1,,\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
    'Sec-WebSocket-Protocol: bridgehead.relay.v1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Extensions: permessage-deflate; =;;\r\n',
    'Sec-WebSocket-Protocol: bridgehead.relay.v1\r\nOrigin: http://[\r\n',
    'Sec-WebSocket-Protocol: bridgehead.relay.v1\r\nX-Forwarded-For: ,,;%00\r\nCookie: %;=\r\n',
  ])('refuses or survives upgrade headers %j', async (headers) => {
    await statusLine(appliance.url, upgrade(`/relay/${'x'.repeat(43)}`, headers), 700);
    await statusLine(appliance.url, upgrade('/agent/jumpoint', headers.replaceAll('relay', 'jumpoint')), 700);
  });

  it('survives request lines, targets and headers of any kind', async () => {
    const requests: (string | Buffer)[] = [
      '\r\n\r\n',
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET  HTTP/1.1\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'CONNECT x:1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: \0\r\n\r\n',
      'GET /\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: [\r\n\r\n',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
      'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
      'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: nonsense\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      Buffer.from('160301020001000001fc0303', 'hex'),
      randomBytes(4096),
    ];
    for (const target of [
      '//',
      '//:99999/',
      'http://',
      '/%',
      '/%00',
      '/%E0%A4%A',
      '/api/config/v1/%',
      '/a?%&[=',
      '/..%2f..',
    ])
      requests.push(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
    const answers = await Promise.all(requests.map((request) => statusLine(appliance.url, request, 700)));
    expect(answers.filter((line) => line.includes(' 500 '))).toEqual([]);
  });
});

it('a WebSocket whose handling throws is closed, and so is one that cannot be taken over', async () => {
  const server = createServer();
  const failing = (path: string, accept: UpgradeRoute['accept']): UpgradeRoute => ({
    path,
    subprotocol: 'bridgehead.relay.v1',
    maxPayload: 1024,
    callers: 'programs',
    limit: 10,
    accept,
  });
  const dispatcher = new UpgradeDispatcher({
    routes: [
      failing('/agent/jumpoint', () => {
        throw new Error('cannot accept');
      }),
      failing('/relay/', (socket) => {
        socket.on('message', () => {
          throw new Error('cannot handle');
        });
        socket.resume();
      }),
    ],
    site: { publicOrigin: 'http://127.0.0.1', nodeOrigins: () => [] },
    trustsProxy: () => false,
    log: pino({ level: 'silent' }),
  });
  dispatcher.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const path of ['/agent/jumpoint', '/relay/ticket']) {
    const socket = new WebSocket(`${url}${path}`, 'bridgehead.relay.v1');
    socket.on('error', () => undefined).on('open', () => socket.send('anything'));
    const [code] = await once(socket, 'close');
    expect(code).toBe(1006);
  }
  server.close();
});
