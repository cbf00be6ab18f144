import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationCalls } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { negotiateToken, type TestKdc, testKdc } from '../support/test-kdc.ts';

const API = '/api/config/v1';
const run = promisify(execFile);

let appliance: TestAppliance;
let kdc: TestKdc;
let keytab: string;
let alice: Record<string, string>;
let providerId: number;

beforeAll(async () => {
  [appliance, kdc] = await Promise.all([
    testAppliance().then((started) => started),
    testKdc().then((started) => started),
  ]);
  await kdc.addUser('alice', 'alice pw');
  [keytab, alice] = await Promise.all([kdc.keytab('HTTP/localhost'), kdc.ticketOf('alice', 'alice pw')]);
});
afterAll(async () => {
  await appliance?.stop();
  await kdc?.stop();
});

function negotiate(path: string, token?: string, init: RequestInit & { json?: unknown } = {}) {
  return appliance.anonymous(`${API}${path}`, {
    method: 'POST',
    ...init,
    headers: { ...init.headers, ...(token !== undefined && { authorization: `Negotiate ${token}` }) },
  });
}

async function auditOf(type: string): Promise<{ after: unknown } | undefined> {
  const [row] = await appliance.sql<{ after: unknown }[]>`
    select after from audit_event where event_type = ${type} order by id desc limit 1`;
  return row;
}

describe('without a Kerberos provider', () => {
  it('there is no such way to sign in, and the sign-in page knows', async () => {
    expect((await negotiate('/sign-in/negotiate')).status).toBe(404);
    const options = await appliance.anonymous(`${API}/sign-in/options`);
    expect(await options.json()).toMatchObject({ negotiate: false });
  });
});

describe('with a Kerberos provider', () => {
  beforeAll(async () => {
    const call = configurationCalls(appliance.admin);
    const policy = await call('POST', '/group-policy', { name: 'Domain users' });
    const provider = await call('POST', '/security-provider', {
      type: 'kerberos',
      name: 'Domain',
      keytab,
      strip_realm: true,
      default_policy: policy.body.id,
    });
    expect(provider.status).toBe(201);
    providerId = Number(provider.body.id);
  });

  it('a client without a ticket is asked for one, here and nowhere else', async () => {
    const asked = await negotiate('/sign-in/negotiate');
    expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, 'Negotiate']);
    const elsewhere = await appliance.anonymous(`${API}/me`);
    expect(elsewhere.headers.get('www-authenticate')).toBe('Bearer');
    const options = await appliance.anonymous(`${API}/sign-in/options`);
    expect(await options.json()).toMatchObject({ negotiate: true });
  });

  it('a browser is signed in, gets an account and the proof of the site', async () => {
    const answer = await negotiate('/sign-in/negotiate', await negotiateToken(alice), {
      headers: { origin: appliance.url },
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ username: 'alice' });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Negotiate \S+$/);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^bridgehead_session=/);
    expect(await auditOf('user.signed_in')).toMatchObject({
      after: { provider: 'Domain', methods: ['kerberos'] },
    });
  });

  it('curl --negotiate gets a token that works', async () => {
    const port = new URL(appliance.url).port;
    const url = `http://localhost:${port}${API}/user-token/negotiate`;
    const { stdout } = await run(
      'curl',
      ['-s', '--negotiate', '-u', ':', '-H', 'content-type: application/json', '-d', '{"name":"curl"}', url],
      { env: { PATH: process.env['PATH'], ...alice } },
    );
    const { access_token: token } = JSON.parse(stdout) as { access_token: string };
    const me = await appliance.anonymous(`${API}/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(await me.json()).toMatchObject({ username: 'alice' });
  });

  it('a ticket that is refused says so blandly, without asking again, and is audited with the reason', async () => {
    const token = await negotiateToken(alice);
    await negotiate('/sign-in/negotiate', token);
    const again = await negotiate('/sign-in/negotiate', token);
    expect(again.status).toBe(401);
    expect(again.headers.get('www-authenticate')).toBeNull();
    expect(again.headers.getSetCookie()).toEqual([]);
    expect(JSON.stringify(await again.json())).not.toMatch(/replay|proof|ticket/i);
    expect(await auditOf('user.sign_in_failed')).toMatchObject({
      after: { provider: 'Domain', method: 'kerberos', reason: 'This very proof was used before.' },
    });
  });

  it('a page of another site cannot sign its visitor in', async () => {
    const answer = await negotiate('/sign-in/negotiate', await negotiateToken(alice), {
      headers: { origin: 'https://evil.example.com' },
    });
    expect(answer.status).toBe(403);
  });

  it('a ticket of a realm that nobody knows is refused with the name of its service', async () => {
    const other = await testKdc({ realm: 'OTHER.LOCAL' });
    try {
      await other.addUser('alice', 'pw');
      await other.keytab('HTTP/localhost');
      const token = await negotiateToken(await other.ticketOf('alice', 'pw'));
      expect((await negotiate('/sign-in/negotiate', token)).status).toBe(401);
      expect(await auditOf('user.sign_in_failed')).toMatchObject({
        after: { reason: expect.stringMatching(/HTTP\/localhost@OTHER\.LOCAL/) },
      });
    } finally {
      await other.stop();
    }
  });

  it('a ticket of a person whom no group policy names is no way in', async () => {
    await configurationCalls(appliance.admin)('PATCH', `/security-provider/${providerId}`, {
      default_policy: 0,
    });
    await kdc.addUser('bob', 'bob pw');
    const token = await negotiateToken(await kdc.ticketOf('bob', 'bob pw'));
    expect((await negotiate('/sign-in/negotiate', token)).status).toBe(401);
    expect(await auditOf('user.sign_in_failed')).toMatchObject({
      after: { username: 'bob', unique_id: 'bob@TEST.LOCAL' },
    });
  });
});
