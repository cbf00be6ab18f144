import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bh, makeBh } from '../support/bh.ts';
import { configurationCalls } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { type TestKdc, testKdc } from '../support/test-kdc.ts';

const WITH_MODULE = { NODE_PATH: join(import.meta.dirname, '../../node_modules') };

let appliance: TestAppliance;
let kdc: TestKdc;
let bh: Bh;
let url: string;
let alice: Record<string, string>;

beforeAll(async () => {
  [appliance, kdc, bh] = await Promise.all([testAppliance(), testKdc(), makeBh()]);
  url = `http://localhost:${new URL(appliance.url).port}`;
  await kdc.addUser('alice', 'alice pw');
  alice = await kdc.ticketOf('alice', 'alice pw');
  const call = configurationCalls(appliance.admin);
  const policy = await call('POST', '/group-policy', { name: 'Domain users' });
  const keytab = await kdc.keytab('HTTP/localhost');
  const kerberos = { type: 'kerberos', name: 'Domain', keytab, default_policy: policy.body.id };
  expect((await call('POST', '/security-provider', kerberos)).status).toBe(201);
});
afterAll(async () => {
  await appliance?.stop();
  await kdc?.stop();
  await bh?.remove();
});

describe('bh sign-in --kerberos', () => {
  it('signs in with the ticket of the person', async () => {
    const run = await bh.run(['sign-in', '--kerberos', url], { env: { ...WITH_MODULE, ...alice } });
    expect(run).toMatchObject({ exitCode: 0, stdout: `Signed in to ${url} as alice@TEST.LOCAL.\n` });
    expect((await bh.run(['whoami'])).stdout).toMatch(/alice@TEST\.LOCAL/);
  });

  it('says what to do without a ticket', async () => {
    const env = { ...WITH_MODULE, ...kdc.environment, KRB5CCNAME: 'FILE:/nonexistent' };
    const run = await bh.run(['sign-in', '--kerberos', url], { env });
    expect(run.exitCode).not.toBe(0);
    expect(run.stderr).toMatch(/no Kerberos ticket for HTTP\/localhost.*\nGet one with kinit/);
  });

  it('says what to install without the native module', async () => {
    const run = await bh.run(['sign-in', '--kerberos', url], { env: alice });
    expect(run.exitCode).not.toBe(0);
    expect(run.stderr).toMatch(/npm install .*kerberos/);
  });
});
