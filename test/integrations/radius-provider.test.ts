import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';
import { RadiusProvider } from '../../integrations/radius/radius-provider.ts';
import { RadiusServers } from '../../integrations/radius/radius-servers.ts';
import { RadiusTester } from '../../integrations/radius/radius-tester.ts';
import { providerSource } from '../support/provider-source.ts';
import { freeUdpPort, type TestFreeradius, testFreeradius } from '../support/test-freeradius.ts';

const LOOKUP = {
  complete: async (_: unknown, identity: object) => ({ kind: 'complete', identity }) as never,
};
const UMLAUT = `Pässwört ${'é'.repeat(58)}x`;

let radius: TestFreeradius;
const servers = new RadiusServers();
const provider = new RadiusProvider({ servers, lookup: LOOKUP });

beforeAll(async () => {
  radius = await testFreeradius({
    users: { alice: 'alice pw', carol: 'carol pw', ülf: UMLAUT },
    codes: { carol: '492039' },
  });
});
afterAll(async () => {
  servers.close();
  await radius?.stop();
});

function sourceOf(settings: ProviderSettings = {}, secret = radius.secret) {
  const usual = { hostname: '127.0.0.1', port: radius.port, timeout: 1 };
  return providerSource('radius', { ...usual, ...settings }, { shared_secret: secret });
}

async function check(username: string, password: string, settings: ProviderSettings = {}, secret?: string) {
  const trace = new ProviderTrace();
  const source = sourceOf(settings, secret);
  return { answer: await provider.checkPassword(source, { username, password }, trace), trace, source };
}

async function test(
  settings: ProviderSettings = {},
  { secret, ...who }: { secret?: string; username?: string; password?: string } = {},
) {
  const trace = new ProviderTrace();
  await new RadiusTester({ servers, provider }).test(sourceOf(settings, secret), who, trace);
  return trace;
}

describe('a password', () => {
  it('is taken by the RADIUS server', async () => {
    expect((await check('alice', 'alice pw')).answer).toEqual({
      outcome: 'accepted',
      identity: { externalId: 'alice', username: 'alice' },
    });
  });

  it('is refused with the words of the server, for the audit log', async () => {
    const { answer } = await check('alice', 'wrong');
    expect(answer).toEqual({
      outcome: 'refused',
      reason: `refused by 127.0.0.1:${radius.port}: Wrong user name or password`,
    });
  });

  it('may hold 128 bytes of UTF-8 and no more', async () => {
    expect(Buffer.byteLength(UMLAUT)).toBe(128);
    expect((await check('ülf', UMLAUT)).answer.outcome).toBe('accepted');
    const { answer, trace } = await check('ülf', `${'é'.repeat(64)}x`);
    expect(answer.outcome).toBe('refused');
    expect(trace.failure?.message).toMatch(/1 to 128 bytes; this one has 129/);
  });

  it('of somebody who is not among the allowed users is not sent', async () => {
    const { answer } = await check('alice', 'alice pw', { allowed_users: ['bob'], port: 9 });
    expect(answer).toEqual({ outcome: 'unknown' });
    expect((await check('alice', 'alice pw', { allowed_users: ['ALICE'] })).answer.outcome).toBe('accepted');
  });

  it('is checked for many people at once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => check('alice', 'alice pw')));
    expect(new Set(answers.map(({ answer }) => answer.outcome))).toEqual(new Set(['accepted']));
  });
});

describe('a question that the server asks back', () => {
  it('is shown, and its answer goes back with the state', async () => {
    const { answer, source } = await check('carol', 'carol pw');
    expect(answer).toMatchObject({ outcome: 'challenge', message: 'Enter the code from your phone, carol.' });
    const { state } = answer as { state: string };
    const answered = (response: string) =>
      provider.answerChallenge(source, { username: 'carol', state, response }, new ProviderTrace());
    expect(await answered('000000')).toMatchObject({ outcome: 'refused', reason: /Wrong code/ });
    expect(await answered('492039')).toMatchObject({ outcome: 'accepted' });
  });

  it('goes to the server that asked it and no other', async () => {
    const { answer } = await check('carol', 'carol pw');
    const { state } = answer as { state: string };
    const moved = sourceOf({ hostname: 'localhost', port: await freeUdpPort() });
    await expect(
      provider.answerChallenge(moved, { username: 'carol', state, response: '492039' }, new ProviderTrace()),
    ).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('several servers', () => {
  it('are asked in their order until one answers', async () => {
    const settings = { port: await freeUdpPort(), alternate_servers: [`127.0.0.1:${radius.port}`] };
    const { answer, trace } = await check('alice', 'alice pw', settings);
    expect(answer.outcome).toBe('accepted');
    expect(trace.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'connect noted',
      'answer passed',
    ]);
    // The one that was not there is not tried first for a while.
    expect((await check('alice', 'alice pw', settings)).trace.steps).toHaveLength(1);
  });
});

describe('the test of a RADIUS provider', () => {
  it('asks the server whether it is there, then tries the person', async () => {
    const trace = await test({}, { username: 'alice', password: 'alice pw' });
    expect(trace.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'answer noted',
      'answer passed',
      'password passed',
    ]);
  });

  it('shows the question that follows a password', async () => {
    const trace = await test({}, { username: 'carol', password: 'carol pw' });
    expect(trace.failure).toBeUndefined();
    expect(trace.steps.at(-1)).toMatchObject({
      step: 'challenge',
      message: expect.stringMatching(/phone, carol/),
    });
  });

  it('explains a wrong shared secret: the server is silent', async () => {
    const trace = await test({ timeout: 1 }, { secret: 'another', username: 'alice', password: 'alice pw' });
    expect(trace.failure).toMatchObject({
      step: 'answer',
      message: expect.stringMatching(/did not answer within 1/),
    });
    expect(trace.failure?.advice).toMatch(/shared secret differs\. Register 127\.0\.0\.1 as a client/);
    expect(JSON.stringify(trace.steps)).not.toMatch(/alice pw/);
  });

  it('explains a client that the server does not know: the server is silent', async () => {
    const strict = await testFreeradius({ users: { alice: 'alice pw' }, client: '192.0.2.1' });
    try {
      const trace = await test(
        { port: strict.port, timeout: 1 },
        { username: 'alice', password: 'alice pw' },
      );
      expect(trace.failure?.advice).toMatch(/silent towards clients they do not know/);
      expect(await strict.log()).toMatch(/unknown client/);
    } finally {
      await strict.stop();
    }
  });

  it('explains answers without Message-Authenticator, and takes none of them', async () => {
    const old = await testFreeradius({ users: { alice: 'alice pw' }, withoutMessageAuthenticator: true });
    try {
      const settings = { port: old.port, timeout: 1 };
      const trace = await test(settings, { username: 'alice', password: 'alice pw' });
      expect(trace.failure).toMatchObject({
        message: expect.stringMatching(/without Message-Authenticator/),
      });
      await expect(check('alice', 'alice pw', settings)).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      await old.stop();
    }
  });

  it.each([
    ['nothing listens', { port: 'free' }, 'connect', /Nothing listens/],
    ['the name has no address', { hostname: 'radius.invalid' }, 'resolve', /has no address/],
  ])('explains that %s', async (_, settings, step, reason) => {
    const port = 'port' in settings ? await freeUdpPort() : radius.port;
    const trace = await test({ ...settings, port });
    expect(trace.failure).toMatchObject({ step, message: expect.stringMatching(reason) });
    expect(trace.failure?.advice).toMatch(/Check/);
  });

  it('explains a refusal', async () => {
    const trace = await test({}, { username: 'alice', password: 'wrong' });
    expect(trace.failure).toMatchObject({
      step: 'password',
      message: expect.stringMatching(/alice was refused by/),
    });
  });

  it('misses the shared secret', async () => {
    expect((await test({}, { secret: '' })).failure).toMatchObject({ step: 'secret' });
  });
});
