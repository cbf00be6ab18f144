import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../appliance/clock.ts';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';
import { kerberosProblem } from '../../integrations/kerberos/kerberos-failure.ts';
import { KerberosProcess } from '../../integrations/kerberos/kerberos-process.ts';
import { KerberosProvider } from '../../integrations/kerberos/kerberos-provider.ts';
import { providerSource } from '../support/provider-source.ts';
import { negotiateToken, type TestKdc, testKdc } from '../support/test-kdc.ts';

const LOOKUP = {
  complete: async (_: unknown, identity: object) => ({ kind: 'complete', identity }) as never,
};

let kdc: TestKdc;
let other: TestKdc;
let library: KerberosProcess;
let keytab: string;
let alice: Record<string, string>;
/** What the database remembers. */
const used = new Set<string>();
const replays = {
  remember: async (id: number, proof: string) => used.size < used.add(`${id} ${proof}`).size,
};
const warnings: string[] = [];
const log = { warn: (_: object, message: string) => void warnings.push(message) };
const token = (ticket = alice, host?: string) => negotiateToken(ticket, host);

beforeAll(async () => {
  [kdc, other] = await Promise.all([testKdc(), testKdc({ realm: 'OTHER.LOCAL' })]);
  await kdc.addUser('alice', 'alice pw');
  [keytab, alice] = await Promise.all([kdc.keytab('HTTP/localhost'), kdc.ticketOf('alice', 'alice pw')]);
  library = new KerberosProcess({ environment: kdc.environment });
});

afterAll(async () => {
  await library?.stop();
  await Promise.all([kdc?.stop(), other?.stop()]);
});

/** A provider with the keytab unless the settings say another. */
function sourceOf(given: ProviderSettings = {}) {
  const { keytab: own = keytab, ...settings } = given;
  return providerSource('kerberos', settings, { keytab: String(own) });
}

async function negotiate(given: string, settings: ProviderSettings = {}, by = library) {
  const provider = new KerberosProvider({ library: by, lookup: LOOKUP, replays, clock: systemClock, log });
  const trace = new ProviderTrace();
  const answer = await provider.negotiate(sourceOf(settings), given, trace);
  return { answer, trace };
}

describe('a SPNEGO token', () => {
  it('says who somebody is, and is answered so that the client knows the server', async () => {
    const { answer } = await negotiate(await token());
    expect(answer).toEqual({
      outcome: 'accepted',
      identity: { externalId: 'alice@TEST.LOCAL', username: 'alice@TEST.LOCAL' },
      token: expect.stringMatching(/^oYG/),
    });
  });

  it('gives the name without the realm where the provider leaves it out', async () => {
    const { answer } = await negotiate(await token(), { strip_realm: true });
    expect(answer).toMatchObject({ identity: { externalId: 'alice@TEST.LOCAL', username: 'alice' } });
  });

  it('is good once', async () => {
    const once = await token();
    await negotiate(once);
    const { answer, trace } = await negotiate(once);
    expect(answer.outcome).toBe('refused');
    expect(trace.failure).toMatchObject({ step: 'replay', message: 'This very proof was used before.' });
  });

  it('is good once for all processes of a host', async () => {
    const once = await token();
    const second = new KerberosProcess({ environment: kdc.environment });
    await negotiate(once);
    const { trace } = await negotiate(once, {}, second);
    expect(trace.failure?.step).toBe('replay');
    await second.stop();
  });

  it('is good once for all hosts of the site', async () => {
    const once = await token();
    const elsewhere = { remember: async () => false };
    const provider = new KerberosProvider({
      library,
      lookup: LOOKUP,
      replays: elsewhere,
      clock: systemClock,
      log,
    });
    const answer = await provider.negotiate(sourceOf(), once, new ProviderTrace());
    expect(answer).toEqual({ outcome: 'refused', reason: 'This very proof was used before.' });
  });

  it.each(['', 'Tm90aGluZw==', 'YIIB', '!!!', 'YA==', 'oYG1MIGyoAMKAQA='])(
    'that is none is refused: %j',
    async (text) => {
      const { answer, trace } = await negotiate(text);
      expect(answer.outcome).toBe('refused');
      expect(trace.failure).toMatchObject({ step: 'token' });
    },
  );

  it('that was changed on the way is refused', async () => {
    const bytes = Buffer.from(await token(), 'base64');
    bytes[bytes.length - 5]! ^= 0xff;
    const { answer } = await negotiate(bytes.toString('base64'));
    expect(answer.outcome).toBe('refused');
  });

  it('of NTLM is told apart from Kerberos', async () => {
    const raw = Buffer.from('NTLMSSP\0\x01\0\0\0\x07\x82\x08\xa2', 'latin1');
    const wrapped = Buffer.concat([
      Buffer.from('602a06062b0601050502a020301ea00e300c060a2b06010401823702020aa20c040a', 'hex'),
      Buffer.from('NTLMSSP\0\x01\0', 'latin1'),
    ]);
    for (const bytes of [raw, wrapped]) {
      const { answer, trace } = await negotiate(bytes.toString('base64'));
      expect(answer).toEqual({
        outcome: 'refused',
        reason: 'The client offered NTLM, which is no Kerberos.',
      });
      expect(trace.failure?.advice).toMatch(/browser/);
    }
  });
});

describe('the keytab', () => {
  it('of another realm leaves the token to other providers', async () => {
    const { answer, trace } = await negotiate(await token(), {
      keytab: await other.keytab('HTTP/localhost'),
    });
    expect(answer).toEqual({ outcome: 'unknown' });
    expect(trace.failure?.message).toMatch(/HTTP\/localhost@TEST\.LOCAL, and the keytab holds no key of it/);
  });

  it('without the service of the ticket leaves it to other providers', async () => {
    const { answer } = await negotiate(await token(), { keytab: await kdc.keytab('host/localhost') });
    expect(answer).toEqual({ outcome: 'unknown' });
  });

  it('out of date is explained by the key versions', async () => {
    const old = await kdc.keytab('HTTP/old.test.local');
    const now = await kdc.keytab('HTTP/old.test.local');
    const given = () => token(alice, 'old.test.local');
    const { answer, trace } = await negotiate(await given(), { keytab: old });
    expect(answer.outcome).toBe('refused');
    expect(trace.failure).toMatchObject({
      step: 'key',
      message:
        'The ticket is sealed with version 3 of the key of HTTP/old.test.local@TEST.LOCAL; the keytab holds 2.',
    });
    expect((await negotiate(await given(), { keytab: now })).answer.outcome).toBe('accepted');
  });

  it('that is none makes the provider unavailable', async () => {
    const given = await token();
    await expect(
      negotiate(given, { keytab: Buffer.from('no keytab').toString('base64') }),
    ).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('is nowhere on the disk when nobody signs in', async () => {
    await negotiate(await token());
    const places = readdirSync(tmpdir()).filter((name) => name.startsWith('bridgehead-kerberos-'));
    expect(places.filter((name) => existsSync(join(tmpdir(), name, 'keytab')))).toEqual([]);
  });
});

describe('the settings of the provider', () => {
  it.each([
    [{ user_mode: 1, allowed_users: ['bob'] }, /not in the list/],
    [{ user_mode: 2, allowed_users_regex: '^bob@' }, /does not match/],
    [{ user_mode: 2, allowed_users_regex: '^((a|l|i|c|e)+)+@TEST\\.LOCALx$|^((.+)+)+$y' }, /too long/],
  ])('keep out: %j', async (settings, reason) => {
    const { answer, trace } = await negotiate(await token(), settings);
    expect(answer).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(reason) });
    expect(trace.failure?.step).toBe('rules');
  });

  it.each([
    { user_mode: 1, allowed_users: ['ALICE'] },
    { user_mode: 1, allowed_users: ['alice@TEST.LOCAL'] },
    { user_mode: 2, allowed_users_regex: '@TEST\\.LOCAL$' },
    { spn_mode: true, allowed_spns: ['HTTP@LocalHost'] },
    { spn_mode: true, allowed_spns: ['http/localhost@TEST.LOCAL'] },
  ])('let in: %j', async (settings) => {
    expect((await negotiate(await token(), settings)).answer.outcome).toBe('accepted');
  });

  it('name the services that tickets are taken for', async () => {
    const settings = { spn_mode: true, allowed_spns: ['HTTP/support.test.local'] };
    expect((await negotiate(await token(), settings)).answer.outcome).toBe('unknown');
  });
});

describe('the clock', () => {
  it('that is an hour off is named', async () => {
    const late = await testKdc({ realm: 'LATE.LOCAL', clock: '-1h' });
    try {
      await late.addUser('alice', 'alice pw');
      const itsKeytab = await late.keytab('HTTP/localhost');
      const given = await token(await late.ticketOf('alice', 'alice pw'));
      const { answer, trace } = await negotiate(given, { keytab: itsKeytab });
      expect(answer.outcome).toBe('refused');
      expect(trace.failure).toMatchObject({ step: 'clock', message: expect.stringMatching(/clocks/) });
    } finally {
      await late.stop();
    }
  });
});

describe('a host without the native module', () => {
  it('says what to install, in the log once', async () => {
    const missing = {
      ask: async () => ({ reply: 'missing', message: "Cannot find module 'kerberos'" }) as const,
    };
    const provider = new KerberosProvider({
      library: missing,
      lookup: LOOKUP,
      replays,
      clock: systemClock,
      log,
    });
    const trace = new ProviderTrace();
    for (let attempt = 0; attempt < 2; attempt++) {
      const source = sourceOf();
      await expect(provider.negotiate(source, await token(), trace)).rejects.toMatchObject({
        code: 'unavailable',
      });
    }
    expect(trace.failure).toMatchObject({ step: 'module', advice: expect.stringMatching(/libkrb5-dev/) });
    expect(await kerberosProblem(missing)).toMatch(/native module was not built.*libkrb5-dev/);
    expect(await kerberosProblem(library)).toBeUndefined();
    expect(warnings).toEqual(['This server has no Kerberos: its native module was not built.']);
  });
});

describe('the Kerberos process', () => {
  it('is started anew after it died', async () => {
    await negotiate(await token());
    const places = () => readdirSync(tmpdir()).filter((name) => name.startsWith('bridgehead-kerberos-'));
    const before = new Set(places());
    process.kill(library.pid!, 'SIGKILL');
    // Nothing of it stays behind.
    await expect.poll(() => [...before].filter((name) => !places().includes(name)).length).toBeGreaterThan(0);
    await expect.poll(async () => (await negotiate(await token())).answer.outcome).toBe('accepted');
  });
});
