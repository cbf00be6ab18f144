import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';
import { KerberosProcess } from '../../integrations/kerberos/kerberos-process.ts';
import { KerberosTester } from '../../integrations/kerberos/kerberos-tester.ts';
import { providerSource } from '../support/provider-source.ts';
import { type TestKdc, testKdc } from '../support/test-kdc.ts';

const LOOKUP = {
  complete: async (_: unknown, identity: object) => ({ kind: 'complete', identity }) as never,
};

let kdc: TestKdc;
let keytab: string;

beforeAll(async () => {
  kdc = await testKdc();
  await kdc.addUser('alice', 'alice pw');
  keytab = await kdc.keytab('HTTP/localhost');
});
afterAll(() => kdc?.stop());

interface Trial {
  settings?: ProviderSettings;
  keytab?: string;
  username?: string;
  password?: string;
  environment?: Record<string, string>;
}

async function test({
  settings = {},
  keytab: own = keytab,
  environment = kdc.environment,
  ...who
}: Trial = {}) {
  const tester = new KerberosTester({
    publicUrl: 'http://localhost:8080',
    lookup: LOOKUP,
    library: () => new KerberosProcess({ environment }),
  });
  const trace = new ProviderTrace();
  await tester.test(providerSource('kerberos', settings, { keytab: own }), who, trace);
  return trace;
}

const line = ({ steps }: ProviderTrace) => steps.map(({ step, outcome }) => `${step} ${outcome}`);
const textOf = (trace: ProviderTrace) =>
  trace.steps.map(({ message, advice }) => `${message} ${advice ?? ''}`).join('\n');

describe('the test of a Kerberos provider', () => {
  it('goes the whole way: library, keytab, services, rules, password, realm', async () => {
    const trace = await test({ username: 'alice', password: 'alice pw' });
    expect(line(trace)).toEqual([
      'module passed',
      'keytab passed',
      'spn passed',
      'rules passed',
      'password passed',
      'realm passed',
    ]);
    expect(textOf(trace)).toMatch(/HTTP\/localhost@TEST\.LOCAL \(version 2, aes256-cts-hmac-sha1-96\)/);
  });

  it.each([
    ['nothing at all', '', /it is empty/],
    ['text', 'c29tZSB0ZXh0', /Base64 twice|does not begin/],
    ['a file cut short', undefined, /in the middle of an entry/],
  ])('names what is wrong with a keytab that is %s', async (_, text, reason) => {
    const cut = Buffer.from(keytab, 'base64').subarray(0, -7).toString('base64');
    const trace = await test({ keytab: text ?? cut });
    expect(trace.failure).toMatchObject({ step: 'keytab', message: expect.stringMatching(reason) });
    expect(trace.failure?.advice).toMatch(/ktpass|ktadd/);
  });

  it('misses the HTTP service and says how to get it', async () => {
    const trace = await test({ keytab: await kdc.keytab('host/localhost') });
    expect(trace.failure).toMatchObject({ step: 'spn', advice: expect.stringMatching(/HTTP\/localhost/) });
  });

  it('notes a keytab for another name than that of this site', async () => {
    const trace = await test({ keytab: await kdc.keytab('HTTP/support.test.local') });
    expect(trace.failure).toBeUndefined();
    expect(textOf(trace)).toMatch(/None of them is HTTP\/localhost/);
  });

  it('finds that the key was changed after the keytab was exported', async () => {
    const old = await kdc.keytab('HTTP/changed.test.local');
    await kdc.keytab('HTTP/changed.test.local');
    const trace = await test({ keytab: old });
    expect(trace.failure?.advice).toMatch(/out of date|anew/i);
  });

  it.each([
    ['a wrong password', { username: 'alice', password: 'wrong' }, 'password', /refuses the password/],
    ['an unknown user', { username: 'nobody', password: 'pw' }, 'password', /does not know this user/],
    [
      'a user whom the rules keep out',
      { username: 'alice', settings: { user_mode: 1 } },
      'rules',
      /not in the list/,
    ],
    ['a name that nobody has', { username: 'a b' }, 'rules', /no name of a Kerberos user/],
  ])('explains %s', async (_, trial, step, reason) => {
    const trace = await test(trial);
    expect(trace.failure).toMatchObject({ step, message: expect.stringMatching(reason) });
    expect(textOf(trace)).not.toMatch(/wrong pw|alice pw/);
  });

  it('explains clocks that differ', async () => {
    const late = await testKdc({ realm: 'LATE.LOCAL', clock: '-1h' });
    try {
      await late.addUser('alice', 'alice pw');
      const trial = { keytab: await late.keytab('HTTP/localhost'), environment: late.environment };
      const trace = await test({ ...trial, username: 'alice', password: 'alice pw' });
      expect(trace.failure).toMatchObject({ step: 'clock', advice: expect.stringMatching(/clocks/) });
    } finally {
      await late.stop();
    }
  });

  it('notes a realm that this server cannot find, which no sign-in needs', async () => {
    const trace = await test({
      environment: { KRB5_CONFIG: '/dev/null' },
      username: 'alice',
      password: 'pw',
    });
    expect(trace.failure).toBeUndefined();
    expect(textOf(trace)).toMatch(/does not know where the domain controllers of the realm are/);
  });

  it('notes a pattern that matches in the middle', async () => {
    const trace = await test({ settings: { user_mode: 2, allowed_users_regex: 'alice' } });
    expect(textOf(trace)).toMatch(/matches any part/);
  });
});
