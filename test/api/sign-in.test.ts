import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KnownDevices } from '../../appliance/access/known-devices.ts';
import { systemClock } from '../../appliance/clock.ts';
import { DEFAULT_SITE_SETTINGS } from '../../appliance/settings/site-settings.ts';
import { accessPolicyOf } from '../../appliance/settings/site-settings-cache.ts';
import { SealedSecrets } from '../../appliance/vault/keys/sealed-secrets.ts';
import { VaultKeyRing } from '../../appliance/vault/keys/vault-keys.ts';
import { Argon2PasswordHasher } from '../../integrations/argon2/argon2-password-hasher.ts';
import { loadSiteKey } from '../../integrations/files/site-key-file.ts';
import { OutboundHttpClient } from '../../integrations/http/outbound-http-client.ts';
import { PgUnitOfWork, pgStores } from '../../schema/pg-stores.ts';
import { secondFactorGround } from '../../server/second-factor-services.ts';
import { signInServices } from '../../server/sign-in-services.ts';
import { type Caller, caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';

const PASSWORD = 'a good long password';
const API = '/api/config/v1';

let appliance: TestAppliance;
let passwordHash: string;
let users = 0;
let username: string;
let userId: number;

beforeAll(async () => {
  appliance = await testAppliance();
  passwordHash = await new Argon2PasswordHasher().hash(PASSWORD);
});
afterAll(() => appliance.stop());

beforeEach(async () => {
  users += 1;
  username = `rep${users}`;
  const [row] = await appliance.sql<{ id: number }[]>`
    insert into app_user (username, public_display_name, password_hash)
    values (${username}, 'Sam', ${passwordHash}) returning id`;
  userId = row!.id;
});

async function signIn(
  password = PASSWORD,
  name = username,
  headers: Record<string, string> = {},
): Promise<Response> {
  return appliance.anonymous(`${API}/sign-in`, {
    method: 'POST',
    json: { username: name, password },
    headers,
  });
}

function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie()[0]!.split(';', 1)[0]!;
}

/** A browser page of the site, signed in. */
async function browser(): Promise<Caller> {
  const cookie = cookieOf(await signIn());
  return caller(appliance.url, async () => ({ cookie, origin: appliance.url }));
}

async function commandLine(): Promise<Caller> {
  const answer = await appliance.anonymous(`${API}/user-token`, {
    method: 'POST',
    json: { username, password: PASSWORD, name: 'laptop' },
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return caller(appliance.url, async () => ({ authorization: `Bearer ${token}` }));
}

async function isSignedIn(who: Caller): Promise<boolean> {
  return (await who(`${API}/me`)).status === 200;
}

async function audited(): Promise<string[]> {
  const rows = await appliance.sql<{ line: string }[]>`
    select concat_ws(': ', event_type, after ->> 'reason') as line from audit_event
     where object_type = 'user' and object_id = ${String(userId)} order by id`;
  return rows.map((row) => row.line);
}

describe('signing in with a browser', () => {
  it('sets a cookie that scripts cannot read and other sites cannot send along with writes', async () => {
    const answer = await signIn();
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ id: userId, username, must_change_password: false });
    const cookie = answer.headers.getSetCookie()[0]!;
    expect(cookie).toMatch(/^bridgehead_session=[A-Za-z0-9]{40};/);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Lax');
    expect(cookie).not.toContain('Secure');
    expect(await audited()).toEqual(['user.signed_in']);
  });

  it('does not look at the case of the user name', async () => {
    expect((await signIn(PASSWORD, username.toUpperCase())).status).toBe(200);
  });

  it('marks the cookie Secure when the site is reached by https', async () => {
    const behindProxy = await testAppliance({
      env: { BRIDGEHEAD_PUBLIC_URL: 'https://support.example.com', BRIDGEHEAD_TRUSTED_PROXIES: '127.0.0.1' },
    });
    try {
      const answer = await behindProxy.anonymous(`${API}/sign-in`, {
        method: 'POST',
        json: { username: 'admin', password: behindProxy.adminPassword },
        headers: { origin: 'https://support.example.com', 'x-forwarded-for': '198.51.100.7' },
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.getSetCookie()[0]).toContain('Secure');
      expect(answer.headers.get('strict-transport-security')).toContain('max-age=31536000');
      const [row] = await behindProxy.sql`select address from user_credential`;
      expect(row).toEqual({ address: '198.51.100.7' });
    } finally {
      await behindProxy.stop();
    }
  });

  it('believes no forwarding header of a caller that is not a trusted proxy', async () => {
    await signIn(PASSWORD, username, { 'x-forwarded-for': '198.51.100.7' });
    const [row] = await appliance.sql`select address from user_credential where user_id = ${userId}`;
    expect(row).toEqual({ address: '127.0.0.1' });
  });

  it('keeps neither password nor cookie as text', async () => {
    const secret = cookieOf(await signIn()).split('=')[1]!;
    const [row] = await appliance.sql<{ text: string }[]>`
      select (select string_agg(u::text, ' ') from app_user u) || (select string_agg(c::text, ' ') from user_credential c)
          || (select string_agg(e::text, ' ') from audit_event e) as text`;
    expect(row!.text).not.toContain(PASSWORD);
    expect(row!.text).not.toContain(secret);
  });
});

describe('failures to sign in', () => {
  it('read the same for a wrong password, an unknown, a disabled, a locked and a passwordless user', async () => {
    const bodies = new Set<string>();
    const fail = async (answer: Promise<Response>) => {
      expect((await answer).status).toBe(401);
      expect((await answer).headers.getSetCookie()).toEqual([]);
      bodies.add(await (await answer).text());
    };
    await fail(signIn('wrong'));
    await fail(signIn('wrong', 'nobody'));
    await appliance.sql`update app_user set enabled = false where id = ${userId}`;
    await fail(signIn());
    await appliance.sql`update app_user set enabled = true where id = ${userId}`;
    await appliance.sql`
      update sign_in_failure set blocked_until = now() + interval '1 min' where user_id = ${userId}`;
    await fail(signIn());
    await appliance.sql`update app_user set password_hash = null where id = ${userId}`;
    await appliance.sql`delete from sign_in_failure where user_id = ${userId}`;
    await fail(signIn());
    expect([...bodies]).toHaveLength(1);
    expect(JSON.parse([...bodies][0]!)).toEqual({
      error: 'access_denied',
      message: expect.stringMatching(/\w/),
    });
  });

  it('cost one verification of the same kind of hash for an unknown user as for a wrong password', async () => {
    const verified: string[] = [];
    const real = new Argon2PasswordHasher();
    const secrets = new SealedSecrets(new VaultKeyRing(() => [loadSiteKey(appliance.config.siteKeyFile)]));
    const { signInService } = signInServices({
      stores: pgStores(appliance.sql),
      unitOfWork: new PgUnitOfWork(appliance.sql),
      passwords: {
        hash: (password) => real.hash(password),
        verify: (hash, password) => {
          verified.push(hash.replace(/\$[^$]+\$[^$]+$/, ''));
          return real.verify(hash, password);
        },
      },
      policy: { current: () => accessPolicyOf(DEFAULT_SITE_SETTINGS) },
      credentialEvents: { publish: () => {}, subscribe: () => () => {} },
      secrets,
      factors: secondFactorGround({ secrets, clock: systemClock, publicUrl: appliance.url }),
      http: new OutboundHttpClient({ privateRanges: () => [] }),
      log: { info: () => {}, warn: () => {}, error: () => {} },
      publicUrl: appliance.url,
      settings: { current: () => DEFAULT_SITE_SETTINGS },
      devices: new KnownDevices({ key: Buffer.alloc(32), clock: systemClock }),
      siteKey: loadSiteKey(appliance.config.siteKeyFile),
      clock: systemClock,
    });
    for (const name of [username, 'nobody']) {
      const origin = { kind: 'browser' as const, address: '127.0.0.1', userAgent: '' };
      await expect(signInService.signIn({ username: name, password: 'wrong' }, origin)).rejects.toMatchObject(
        { code: 'unauthenticated' },
      );
    }
    expect(verified).toHaveLength(2);
    expect(verified[0]).toBe(verified[1]);
  });

  it('lock the network out after five in a row, for a while, even for the right password', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) await signIn('wrong');
    expect((await signIn()).status).toBe(401);
    expect(await audited()).toEqual([
      ...Array.from({ length: 4 }, () => 'user.sign_in_failed: wrong password'),
      'user.locked_out',
      'user.sign_in_failed: wrong password',
      'user.sign_in_failed: locked',
    ]);
    await appliance.sql`
      update sign_in_failure set blocked_until = now() - interval '1 s' where user_id = ${userId}`;
    expect((await signIn('wrong')).status).toBe(401);
    expect((await signIn()).status).toBe(200);
    const kept =
      await appliance.sql`select source, failures, blocked_until from sign_in_failure where user_id = ${userId}`;
    expect([...kept]).toEqual([{ source: 'everywhere', failures: 6, blocked_until: null }]);
  });

  it('count guesses made at the same time', async () => {
    await Promise.all(Array.from({ length: 12 }, () => signIn('wrong')));
    const looked = (await audited()).filter((line) => line === 'user.sign_in_failed: wrong password');
    expect(looked).toHaveLength(5);
  });

  it('leave the name of an unknown user out of the audit log: it may be a password', async () => {
    await signIn('wrong', 'my secret by mistake');
    const [row] =
      await appliance.sql`select count(*)::int as n from audit_event e where e::text like '%by mistake%'`;
    expect(row).toEqual({ n: 0 });
  });
});

describe('a browser session', () => {
  it('writes only from pages of this site', async () => {
    const cookie = cookieOf(await signIn());
    const write = (headers: Record<string, string>) =>
      appliance.anonymous(`${API}/sign-out`, { method: 'POST', headers: { cookie, ...headers } });
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: appliance.url.replace(/\d+$/, '1') },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await write(headers as Record<string, string>)).status, JSON.stringify(headers)).toBe(403);
    }
    expect((await appliance.anonymous(`${API}/me`, { headers: { cookie } })).status).toBe(200);
    expect((await write({ 'sec-fetch-site': 'same-origin' })).status).toBe(204);
  });

  it('is not begun by a page of another site', async () => {
    expect((await signIn(PASSWORD, username, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await signIn(PASSWORD, username, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  it('ends with signing out', async () => {
    const page = await browser();
    const other = await browser();
    expect((await page(`${API}/sign-out`, { method: 'POST' })).status).toBe(204);
    expect(await isSignedIn(page)).toBe(false);
    expect(await isSignedIn(other)).toBe(true);
    expect(await audited()).toContain('user.signed_out');
  });

  it('ends everywhere at once', async () => {
    const everywhere = [await browser(), await browser(), await commandLine()];
    expect((await everywhere[0]!(`${API}/me/sign-out-everywhere`, { method: 'POST' })).status).toBe(204);
    for (const one of everywhere) expect(await isSignedIn(one)).toBe(false);
  });

  it('ends when idle for too long, when too old, and when the user is disabled', async () => {
    const page = await browser();
    await appliance.sql`update user_credential set last_seen_at = now() - interval '59 min' where user_id = ${userId}`;
    expect(await isSignedIn(page)).toBe(true);
    expect((await page(`${API}/me/activity`, { method: 'POST' })).status).toBe(200);
    await appliance.sql`update user_credential set last_seen_at = last_seen_at - interval '59 min' where user_id = ${userId}`;
    expect(await isSignedIn(page)).toBe(true);
    await appliance.sql`update user_credential set last_seen_at = now() - interval '61 min' where user_id = ${userId}`;
    expect(await isSignedIn(page)).toBe(false);

    const second = await browser();
    await appliance.sql`update user_credential set expires_at = now() where user_id = ${userId}`;
    expect(await isSignedIn(second)).toBe(false);

    const third = await browser();
    await appliance.sql`update app_user set enabled = false where id = ${userId}`;
    expect(await isSignedIn(third)).toBe(false);
  });

  it('is not opened by a command-line token in the cookie, nor the other way round', async () => {
    const secret = cookieOf(await signIn()).split('=')[1]!;
    const asBearer = await appliance.anonymous(`${API}/me`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(asBearer.status).toBe(401);
  });
});

describe('a password', () => {
  const change = (who: Caller, current: string, replacement: string) =>
    who(`${API}/me/password`, {
      method: 'POST',
      json: { current_password: current, new_password: replacement },
    });

  it('is changed with the current one, and every other session ends', async () => {
    const page = await browser();
    const others = [await browser(), await commandLine()];
    expect((await change(page, PASSWORD, 'another good password')).status).toBe(204);
    expect(await isSignedIn(page)).toBe(true);
    for (const other of others) expect(await isSignedIn(other)).toBe(false);
    expect((await signIn()).status).toBe(401);
    expect((await signIn('another good password')).status).toBe(200);
    expect(await audited()).toContain('user.password_changed');
  });

  it.each([
    ['the wrong current one', 'wrong', 'another good password', 'current_password'],
    ['a short one', PASSWORD, 'short', 'new_password'],
    ['the same again', PASSWORD, PASSWORD, 'new_password'],
  ])('is not changed with %s', async (_name, current, replacement, field) => {
    const answer = await change(await browser(), current, replacement);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ errors: { [field]: [expect.stringMatching(/\w/)] } });
    expect((await signIn()).status).toBe(200);
  });

  it('may not be the user name', async () => {
    await appliance.sql`update app_user set username = 'averylongusername' where id = ${userId}`;
    username = 'averylongusername';
    const answer = await change(await browser(), PASSWORD, 'AveryLongUserName');
    expect(answer.status).toBe(422);
  });

  it('that was set by somebody else has to be changed before anything else', async () => {
    await appliance.sql`update app_user set must_change_password = true where id = ${userId}`;
    const page = await browser();
    const me = await page(`${API}/me`);
    expect(await me.json()).toMatchObject({ must_change_password: true });
    const refused = await page(`${API}/jump-group`);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: 'password_change_required' });
    expect((await change(page, PASSWORD, 'my very own password')).status).toBe(204);
    expect((await page(`${API}/jump-group`)).status).not.toBe(403);
  });
});

describe('a command-line token', () => {
  it('is shown once, works without an origin, and is revoked by its owner', async () => {
    const bh = await commandLine();
    expect(await isSignedIn(bh)).toBe(true);
    const [row] = await appliance.sql`select kind, user_agent from user_credential where user_id = ${userId}`;
    expect(row).toEqual({ kind: 'token', user_agent: 'laptop' });
    expect((await bh(`${API}/user-token`, { method: 'DELETE' })).status).toBe(204);
    expect(await isSignedIn(bh)).toBe(false);
  });

  it('does not need an administrator to call what administrators call, and is refused there', async () => {
    const bh = await commandLine();
    expect((await bh(`${API}/user`)).status).toBe(403);
  });
});

describe('host names', () => {
  /** `fetch` does not let a caller choose the Host header. */
  function statusFor(host: string, path = `${API}/me`): Promise<number> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(appliance.url);
      httpRequest({ hostname, port, path, headers: { host } }, (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  }

  it('that are not this site’s are answered 421, health checks excepted', async () => {
    expect(await statusFor('evil.example')).toBe(421);
    expect(await statusFor('evil.example', '/login')).toBe(421);
    expect(await statusFor('127.0.0.1.evil.example')).toBe(421);
    expect(await statusFor('evil.example', '/healthz')).toBe(200);
  });

  it('of loopback are known under any port', async () => {
    for (const host of ['localhost', 'localhost:9999', '[::1]:80', new URL(appliance.url).host]) {
      expect(await statusFor(host), host).toBe(401);
    }
  });
});
