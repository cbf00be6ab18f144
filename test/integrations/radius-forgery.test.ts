import { createHash, createHmac } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { afterAll, describe, expect, it } from 'vitest';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { RadiusProvider } from '../../integrations/radius/radius-provider.ts';
import { RadiusServers } from '../../integrations/radius/radius-servers.ts';
import { providerSource } from '../support/provider-source.ts';

const SECRET = 'shared';
const LOOKUP = {
  complete: async (_: unknown, identity: object) => ({ kind: 'complete', identity }) as never,
};
const ACCEPT = 2;
const REJECT = 3;

interface Forgery {
  code?: number;
  secret?: string;
  identifier?: number;
  signed?: boolean;
  attributes?: Buffer;
}

/** An answer as a server makes it, but for what is wrong with it. */
function answerTo(request: Buffer, forgery: Forgery = {}): Buffer {
  const { code = ACCEPT, secret = SECRET, signed = true } = forgery;
  const signature = signed ? Buffer.concat([Buffer.from([80, 18]), Buffer.alloc(16)]) : Buffer.alloc(0);
  const packet = Buffer.concat([Buffer.alloc(20), signature, forgery.attributes ?? Buffer.alloc(0)]);
  packet[0] = code;
  packet[1] = forgery.identifier ?? request[1]!;
  packet.writeUInt16BE(packet.length, 2);
  request.copy(packet, 4, 4, 20);
  if (signed) createHmac('md5', secret).update(packet).digest().copy(packet, 22);
  const authenticator = createHash('md5').update(packet).update(secret).digest();
  authenticator.copy(packet, 4);
  return packet;
}

const running: { close(): void }[] = [];
afterAll(() => {
  for (const one of running.splice(0)) one.close();
});

type Conduct = (request: Buffer, from: RemoteInfo, socket: Socket, count: number) => void;

/** A server that does as it is told; signs in `alice` there. */
async function against(conduct: Conduct, timeout = 1) {
  const socket = createSocket('udp4');
  const requests: Buffer[] = [];
  socket.on('message', (request, from) => {
    requests.push(request);
    conduct(request, from, socket, requests.length);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const servers = new RadiusServers();
  running.push(servers, socket);
  const settings = { hostname: '127.0.0.1', port: socket.address().port, timeout };
  const source = providerSource('radius', settings, { shared_secret: SECRET });
  const provider = new RadiusProvider({ servers, lookup: LOOKUP });
  const trace = new ProviderTrace();
  const signIn = () => provider.checkPassword(source, { username: 'alice', password: 'pw' }, trace);
  return { signIn, requests, trace, socket };
}

const send = (bytes: (request: Buffer) => Buffer): Conduct => {
  return (request, from, socket) => socket.send(bytes(request), from.port, from.address);
};

describe.concurrent('an answer', () => {
  it('that is right is taken', async () => {
    const { signIn, requests } = await against(send((request) => answerTo(request)));
    expect(await signIn()).toMatchObject({ outcome: 'accepted' });
    // The request is signed as a whole, and its signature comes first.
    const [request] = requests as [Buffer];
    expect([...request.subarray(20, 22)]).toEqual([80, 18]);
    const unsigned = Buffer.from(request);
    unsigned.fill(0, 22, 38);
    expect(createHmac('md5', SECRET).update(unsigned).digest()).toEqual(request.subarray(22, 38));
    expect(request.includes('pw')).toBe(false);
  });

  it.each<[string, (request: Buffer) => Buffer]>([
    ['signed with another secret', (request) => answerTo(request, { secret: 'guessed' })],
    ['without Message-Authenticator', (request) => answerTo(request, { signed: false })],
    ['to another request', (request) => answerTo(request, { identifier: (request[1]! + 1) % 256 })],
    ['cut short', (request) => answerTo(request).subarray(0, 30)],
    ['shorter than a header', () => Buffer.from([2, 0, 0, 20])],
    ['with an attribute of no length', (request) => answerTo(request, { attributes: Buffer.from([18, 0]) })],
    [
      'with an attribute beyond the end',
      (request) => answerTo(request, { attributes: Buffer.from([18, 99]) }),
    ],
    ['of a code that is no answer', (request) => answerTo(request, { code: 5 })],
    ['that repeats the request', (request) => request],
    [
      'whose refusal was turned into a welcome',
      (request) => {
        const refusal = answerTo(request, { code: REJECT });
        refusal[0] = ACCEPT;
        return refusal;
      },
    ],
    [
      'with two signatures',
      (request) =>
        answerTo(request, { attributes: Buffer.concat([Buffer.from([80, 18]), Buffer.alloc(16)]) }),
    ],
  ])('%s is left out', async (_, forge) => {
    const { signIn, trace } = await against(send(forge));
    await expect(signIn()).rejects.toMatchObject({ code: 'unavailable' });
    expect(trace.failure).toMatchObject({ step: 'answer' });
  });

  it('that is forged does not keep the true one out', async () => {
    const { signIn } = await against((request, from, socket) => {
      socket.send(answerTo(request, { secret: 'guessed' }), from.port, from.address);
      socket.send(answerTo(request, { code: REJECT }), from.port, from.address);
      socket.send(answerTo(request), from.port, from.address);
    });
    expect(await signIn()).toMatchObject({ outcome: 'refused' });
  });

  it('from another port is left out', async () => {
    const stranger = createSocket('udp4');
    running.push(stranger);
    const { signIn } = await against((request, from) =>
      stranger.send(answerTo(request), from.port, from.address),
    );
    await expect(signIn()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('of an earlier sign-in is good for no other', async () => {
    let first: Buffer | undefined;
    const { signIn } = await against((request, from, socket) => {
      first ??= answerTo(request);
      const replayed = Buffer.from(first);
      replayed[1] = request[1]!;
      socket.send(replayed, from.port, from.address);
    });
    expect(await signIn()).toMatchObject({ outcome: 'accepted' });
    await expect(signIn()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('that comes late is left out and harms nobody', async () => {
    const { signIn } = await against((request, from, socket, count) => {
      if (count === 1) setTimeout(() => socket.send(answerTo(request), from.port, from.address), 1200);
      if (count > 1) socket.send(answerTo(request, { code: REJECT }), from.port, from.address);
    });
    await expect(signIn()).rejects.toMatchObject({ code: 'unavailable' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await signIn()).toMatchObject({ outcome: 'refused' });
  });
});

describe.concurrent('a request', () => {
  it('that is lost is sent again, the very same', async () => {
    const { signIn, requests } = await against((request, from, socket, count) => {
      if (count > 1) socket.send(answerTo(request), from.port, from.address);
    }, 3);
    expect(await signIn()).toMatchObject({ outcome: 'accepted' });
    expect(requests).toHaveLength(2);
    expect(requests[0]).toEqual(requests[1]);
  });

  it('is one of at most 200 that wait', async () => {
    const { signIn, requests } = await against(() => undefined);
    const outcomes = await Promise.allSettled(Array.from({ length: 210 }, () => signIn()));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(new Set(requests.map((request) => request[1])).size).toBeLessThanOrEqual(200);
  });
});
