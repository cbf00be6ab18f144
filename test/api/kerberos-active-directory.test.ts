import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { negotiateToken } from '../support/test-kdc.ts';
import { type TestSamba, testSamba } from '../support/test-samba.ts';

const run = promisify(execFile);
const ALICE_PASSWORD = 'Passw0rd!1';

let appliance: TestAppliance;
let samba: TestSamba;
let directory: string;
let call: Call;
let alice: Record<string, string>;
let kerberosId: number;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bridgehead-ad-'));
  [appliance, samba] = await Promise.all([testAppliance(), testSamba({ address: '127.0.0.57' })]);
  call = configurationCalls(appliance.admin);
  await samba.addUser('alice', ALICE_PASSWORD, ['--given-name=Alice', '--surname=Liddell']);
  await samba.addUser('svc', 'Passw0rd!2');
  await samba.addServicePrincipal('HTTP/localhost', 'svc');
  await samba.addGroup('Support', ['alice']);
  const keytab = join(directory, 'http.keytab');
  await samba.exportKeytab('HTTP/localhost@AD.TEST', keytab);
  alice = { KRB5_CONFIG: samba.krb5Conf, KRB5CCNAME: `FILE:${join(directory, 'ccache')}` };
  const kinit = run('kinit', ['alice@AD.TEST'], { env: { PATH: process.env['PATH'], ...alice } });
  kinit.child.stdin?.end(`${ALICE_PASSWORD}\n`);
  await kinit;
  const ldap = await call('POST', '/security-provider', {
    type: 'ldap',
    name: 'Groups of the domain',
    user_authentication: false,
    hostname: samba.address,
    port: 636,
    encryption: 1,
    ca_certificates: samba.authority,
    bind_username: samba.administrator.name,
    bind_password: samba.administrator.password,
    search_base_dn: samba.base,
  });
  const kerberos = await call('POST', '/security-provider', {
    type: 'kerberos',
    name: 'Domain',
    keytab: await readFile(keytab, 'base64'),
    strip_realm: true,
    external_lookup: [ldap.body.id],
  });
  expect([ldap.status, kerberos.status]).toEqual([201, 201]);
  kerberosId = kerberos.body.id;
  const policy = await call('POST', '/group-policy', { name: 'Support staff' });
  const member = await call('POST', `/group-policy/${policy.body.id}/member`, {
    security_provider_id: ldap.body.id,
    distinguished_name: `CN=Support,CN=Users,${samba.base}`,
  });
  expect(member.status).toBe(201);
}, 60_000);

afterAll(async () => {
  await appliance?.stop();
  await samba?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function signIn() {
  const answer = await appliance.anonymous('/api/config/v1/sign-in/negotiate', {
    method: 'POST',
    headers: { authorization: `Negotiate ${await negotiateToken(alice)}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function lastReason(): Promise<unknown> {
  const [row] = await appliance.sql<{ reason: string }[]>`
    select after ->> 'reason' as reason from audit_event
     where event_type = 'user.sign_in_failed' order by id desc limit 1`;
  return row?.reason;
}

describe('a person of Active Directory', () => {
  it('signs in by ticket, with name and groups of the directory', async () => {
    expect(await signIn()).toMatchObject({
      status: 200,
      body: { username: 'alice', public_display_name: 'Alice Liddell' },
    });
  });

  it('is tested the whole way', async () => {
    const { body } = await call('POST', `/security-provider/${kerberosId}/test`, { username: 'alice' });
    expect(body).toMatchObject({ passed: true });
    expect(body.steps).toContainEqual(
      expect.objectContaining({
        step: 'lookup',
        message: expect.stringMatching(/knows alice and \d+ of their/),
      }),
    );
  });

  it('who left the group has no way in any more', async () => {
    await samba.tool(['group', 'removemembers', 'Support', 'alice']);
    expect((await signIn()).status).toBe(401);
    expect(await lastReason()).toMatch(/no group policy/);
    await samba.tool(['group', 'addmembers', 'Support', 'alice']);
    expect((await signIn()).status).toBe(200);
  });

  it('who was disabled there is out, though the ticket is good for hours', async () => {
    await samba.tool(['user', 'disable', 'alice']);
    expect((await signIn()).status).toBe(401);
    expect(await lastReason()).toBe('disabled in the directory');
  });
});
