import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { versionOf } from '../../appliance/access/agreement-gate.ts';
import { SignInStandings } from '../../appliance/access/sign-in-standing.ts';
import { DEFAULT_SITE_SETTINGS } from '../../appliance/settings/site-settings.ts';
import { accessPolicyOf } from '../../appliance/settings/site-settings-cache.ts';
import { pgStores } from '../../schema/pg-stores.ts';
import { configurationCalls } from '../support/configuration-calls.ts';
import { type Browser, browserAt, browserCall } from '../support/cookie-browser.ts';
import { PASSWORD, type ProxiedSite, proxiedSite } from '../support/proxied-site.ts';
import type { TestAppliance } from '../support/test-appliance.ts';

const HOME = '198.51.100.7';
const OFFICE = '192.0.2.10';

let site: ProxiedSite;
let one: TestAppliance;
let two: TestAppliance;
let username: string;
let userId: number;

beforeAll(async () => {
  site = await proxiedSite();
  ({ one, two } = site);
});
afterAll(() => site.stop());

beforeEach(async () => {
  ({ id: userId, username } = await site.person());
});

const browser = (address = HOME): Browser => browserAt(address);
const call = (
  from: Browser,
  path: string,
  json?: object,
  { site = one, method }: { site?: TestAppliance; method?: string } = {},
) => browserCall(site, from, path, json, method);

const signIn = (from: Browser, password = PASSWORD, site = one, name = username) =>
  call(from, '/sign-in', { username: name, password }, { site });

async function settings(changes: object): Promise<void> {
  const { status, body } = await configurationCalls(one.api)('PATCH', '/site-setting', changes);
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^200/);
}

async function audited(type: string): Promise<Record<string, unknown>[]> {
  const rows = await one.sql<{ after: Record<string, unknown> }[]>`
    select after from audit_event where object_type = 'user' and object_id = ${String(userId)} and event_type = ${type}
     order by id`;
  return rows.map(({ after }) => after);
}

describe('wrong passwords', () => {
  it('of strangers, in parallel on two processes, are looked at five times and lock nobody else out', async () => {
    const known = browser(OFFICE);
    expect((await signIn(known)).status).toBe(200);

    const guesses = Array.from({ length: 16 }, (_, n) => signIn(browser(), 'wrong', n % 2 === 0 ? one : two));
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([401]));

    const reasons = (await audited('user.sign_in_failed')).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'wrong password')).toHaveLength(5);
    expect(reasons.filter((reason) => reason === 'locked')).toHaveLength(11);
    expect(await audited('user.locked_out')).toEqual([
      { address: HOME, for: '198.51.100.0/24', until: expect.stringMatching(/^20/) },
    ]);
    expect((await signIn(browser(), PASSWORD, two)).status, 'from the network of the guesses').toBe(401);
    expect((await signIn(browser('203.0.113.5'), PASSWORD, two)).status, 'from another network').toBe(200);
    known.address = HOME;
    expect((await signIn(known, PASSWORD, two)).status, 'on a known device in the same network').toBe(200);
  });

  it('on a known device lock that device alone, whatever the network', async () => {
    const known = browser();
    await signIn(known);
    for (let n = 0; n < 5; n++) {
      known.address = `203.0.${n}.1`;
      await signIn(known, 'wrong');
    }
    expect((await signIn(known)).status).toBe(401);
    expect((await signIn(browser())).status).toBe(200);
    expect((await audited('user.locked_out')).map((row) => row['for'])).toEqual(['this device']);
  });

  it('from very many networks slow strangers down, and no known device', async () => {
    const known = browser();
    await signIn(known);
    await settings({ user_lockout_attempts: 1 });
    for (let n = 0; n < 12; n++) await signIn(browser(`10.1.${n}.1`), 'wrong');
    expect((await signIn(browser('203.0.113.5'))).status).toBe(401);
    expect((await signIn(known)).status).toBe(200);
    await settings({ user_lockout_attempts: null });
  });

  it('do not keep somebody who is signed in from changing their password', async () => {
    const page = browser();
    await signIn(page);
    for (let n = 0; n < 6; n++) await signIn(browser(), 'wrong');
    const changed = await call(page, '/me/password', {
      current_password: PASSWORD,
      new_password: 'another good password',
    });
    expect(changed.status).toBe(204);
  });

  it('are forgotten when an administrator unlocks the account', async () => {
    for (let n = 0; n < 5; n++) await signIn(browser(), 'wrong');
    const api = configurationCalls(one.api);
    expect((await api('GET', `/user/${userId}`)).body.failed_logins).toBe(5);
    expect((await api('PATCH', `/user/${userId}`, { failed_logins: 0 })).body.failed_logins).toBe(0);
    expect((await signIn(browser(), PASSWORD, two)).status).toBe(200);
  });

  it('cost the known device of the last local administrator a minute at most', async () => {
    const known = browser();
    expect((await signIn(known, one.adminPassword, one, 'admin')).status).toBe(200);
    for (let n = 0; n < 5; n++) await signIn(known, 'wrong', one, 'admin');
    const [row] = await one.sql<{ seconds: number }[]>`
      select extract(epoch from blocked_until - now())::float8 as seconds from sign_in_failure f
        join app_user u on u.id = f.user_id where u.username = 'admin' and source like 'device %'`;
    expect(row!.seconds).toBeLessThanOrEqual(60);
    await one.sql`delete from sign_in_failure`;
  });
});

describe('network restrictions', () => {
  const nobody = { representative_network_restriction: null, representative_networks: null };

  it('that hold always refuse sign-ins and every later request from elsewhere', async () => {
    await settings({
      representative_network_restriction: 'always',
      representative_networks: ['192.0.2.0/24', '2001:db8::/32'],
    });
    const page = browser(OFFICE);
    expect((await signIn(page)).status).toBe(200);
    expect((await call(page, '/me')).status).toBe(200);
    page.address = HOME;
    expect((await call(page, '/me')).status).toBe(401);
    const refused = await signIn(page);
    expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining('this network')]);
    expect(await audited('user.sign_in_failed')).toContainEqual(
      expect.objectContaining({ reason: 'network', address: HOME, provider: 'Local' }),
    );
    page.address = '2001:db8::7';
    expect((await call(page, '/me')).status).toBe(200);
    await settings(nobody);
  });

  it('on the first time alone let a device in from anywhere once it has signed in from inside', async () => {
    await settings({ representative_network_restriction: 'first_time', representative_networks: [OFFICE] });
    const laptop = browser(HOME);
    expect((await signIn(laptop)).status).toBe(403);
    laptop.address = OFFICE;
    expect((await signIn(laptop)).status).toBe(200);
    laptop.address = HOME;
    expect((await call(laptop, '/me')).status).toBe(200);
    expect((await signIn(laptop)).status).toBe(200);
    expect((await signIn(browser(HOME))).status).toBe(403);
    await settings(nobody);
  });

  it('of a person go before those of the site', async () => {
    await one.sql`update app_user set network_restriction = 'always', networks = '{203.0.113.0/24}' where id = ${userId}`;
    expect((await signIn(browser(OFFICE))).status).toBe(403);
    expect((await signIn(browser('203.0.113.9'))).status).toBe(200);
  });

  it('cannot be set by somebody they would shut out, or with nothing in them', async () => {
    const admin = configurationCalls(one.admin);
    const change = (networks: string[]) =>
      admin('PATCH', '/site-setting', {
        administrator_network_restriction: 'always',
        administrator_networks: networks,
      });
    for (const [networks, says] of [
      [['192.0.2.0/24'], 'Your own address, 127.0.0.1'],
      [[], 'at least one network'],
      [['127.0.0.0/8', '10.0.0.0/99'], '“10.0.0.0/99” is neither'],
    ] as const) {
      const refused = await change([...networks]);
      expect([refused.status, refused.body.errors]).toEqual([
        422,
        { administrator_networks: [expect.stringContaining(says)] },
      ]);
    }
    expect((await change(['127.0.0.0/8'])).status).toBe(200);
    await settings({ administrator_network_restriction: null, administrator_networks: null });
  });
});

describe('time-outs', () => {
  const age = (minutes: number) =>
    one.sql`update user_credential set last_seen_at = now() - make_interval(mins => ${minutes}) where user_id = ${userId}`;

  it('do not see reading as activity, but writing and saying so', async () => {
    const page = browser();
    await signIn(page);
    await age(50);
    const me = await call(page, '/me');
    expect(me.body).toMatchObject({ idle_seconds: 3600, idle_seconds_left: expect.closeTo(600, -1) });
    expect((await call(page, '/me/activity', {})).body).toMatchObject({
      idle_seconds_left: 3600,
      session_seconds_left: expect.closeTo(43_200, -2),
      session_expires_at: me.body.session_expires_at,
    });
    await age(61);
    expect((await call(page, '/me/activity', {})).status, 'nothing brings an idle one back').toBe(401);
  });

  it('of a person go before those of the site, and may be none', async () => {
    const page = browser();
    await signIn(page);
    await one.sql`update app_user set settings = '{"perm_console_idle_timeout": 300}' where id = ${userId}`;
    await age(4);
    expect((await call(page, '/me')).body).toMatchObject({ idle_seconds: 300 });
    await age(6);
    expect((await call(page, '/me')).status).toBe(401);
    await one.sql`update app_user set settings = '{"perm_console_idle_timeout": 0}' where id = ${userId}`;
    expect((await call(page, '/me')).body).toMatchObject({ idle_seconds: null, idle_seconds_left: null });
  });

  it('end browser sessions on every process, and tell so', async () => {
    const page = browser();
    await signIn(page);
    await age(61);
    const heard: string[] = [];
    const standings = new SignInStandings({
      stores: pgStores(one.sql),
      policy: { current: () => accessPolicyOf(DEFAULT_SITE_SETTINGS) },
      events: { publish: ({ kind }) => void heard.push(kind), subscribe: () => () => {} },
    });
    expect(await standings.endOverdue()).toBeGreaterThan(0);
    expect(heard).toContain('credential_ended');
    const left = await one.sql`select from user_credential where user_id = ${userId}`;
    expect(left).toHaveLength(0);
  });
});

describe('the login agreement', () => {
  const agreement = { login_agreement_title: 'House rules', login_agreement_text: 'Be kind.\nNo tricks.' };

  it('is asked of browsers and programs at every sign-in, and the hash of what was accepted is audited', async () => {
    await settings({ ...agreement, login_agreement_enabled: true });
    const page = browser();
    for (let n = 0; n < 2; n++) {
      const asked = await signIn(page);
      expect([asked.status, asked.body]).toMatchObject([
        202,
        { step: 'agreement', details: { title: 'House rules', text: agreement.login_agreement_text } },
      ]);
      const accepted = await call(page, '/sign-in/step', { sign_in: asked.body.sign_in, accept: true });
      expect(accepted.status).toBe(200);
    }
    const token = await call(browser(), '/user-token', { username, password: PASSWORD, name: 'bh' });
    expect([token.status, token.body.step]).toEqual([202, 'agreement']);
    expect(
      (await call(browser(), '/user-token/step', { sign_in: token.body.sign_in, accept: true })).status,
    ).toBe(201);
    expect((await audited('user.sign_in_challenged'))[0]).toEqual({
      step: 'agreement',
      provider: 'Local',
      address: HOME,
    });
    const version = versionOf(agreement);
    expect(await audited('user.agreement_accepted')).toEqual(Array(3).fill({ version, address: HOME }));
    await settings({ login_agreement_enabled: null });
  });

  it('that is declined, or changed while it is read, is asked again', async () => {
    await settings({ ...agreement, login_agreement_enabled: true });
    const page = browser();
    const asked = await signIn(page);
    const declined = await call(page, '/sign-in/step', { sign_in: asked.body.sign_in, accept: false });
    expect([declined.status, declined.body.problem]).toEqual([
      202,
      expect.stringContaining('have to accept'),
    ]);
    await settings({ login_agreement_text: 'Be very kind.' });
    const stale = await call(page, '/sign-in/step', { sign_in: declined.body.sign_in, accept: true });
    expect([stale.status, stale.body.details.text]).toEqual([202, 'Be very kind.']);
    expect(await audited('user.agreement_accepted')).toEqual([]);
    expect((await call(page, '/sign-in/step', { sign_in: stale.body.sign_in, accept: true })).status).toBe(
      200,
    );
    await settings({ login_agreement_enabled: null });
  });

  it('needs a text', async () => {
    const { status, body } = await configurationCalls(one.api)('PATCH', '/site-setting', {
      login_agreement_enabled: true,
      login_agreement_text: ' ',
    });
    expect([status, Object.keys(body.errors)]).toEqual([422, ['login_agreement_text']]);
  });
});

describe('password rules', () => {
  const change = (page: Browser, current: string, next: string) =>
    call(page, '/me/password', { current_password: current, new_password: next });

  it('refuse common passwords and those used before, and date the next change', async () => {
    await settings({ password_history: 2, password_expiration_days: 30 });
    const page = browser();
    await signIn(page);
    const common = await change(page, PASSWORD, 'Password2026!');
    expect([common.status, common.body.errors.new_password]).toEqual([
      422,
      [expect.stringContaining('Choose several words')],
    ]);
    expect((await change(page, PASSWORD, 'the second password')).status).toBe(204);
    expect((await change(page, 'the second password', 'the third password')).status).toBe(204);
    const used = await change(page, 'the third password', PASSWORD);
    expect(used.body.errors.new_password).toEqual([expect.stringContaining('used this password before')]);
    expect((await change(page, 'the third password', 'the fourth password')).status).toBe(204);
    expect((await change(page, 'the fourth password', PASSWORD)).status).toBe(204);
    const [row] = await one.sql<{ days: number }[]>`
      select round(extract(epoch from password_expires_at - now()) / 86400)::int as days from app_user where id = ${userId}`;
    expect(row).toEqual({ days: 30 });
    await settings({ password_history: null, password_expiration_days: null });
  });

  it('let somebody whose password has expired do nothing but choose another', async () => {
    await one.sql`update app_user set password_expires_at = now() where id = ${userId}`;
    const page = browser();
    expect((await signIn(page)).body).toMatchObject({ must_change_password: true });
    expect((await call(page, '/jump-group')).status).toBe(403);
  });
});

describe('the last local administrator', () => {
  it('cannot be disabled or demoted, however many administrators a directory has', async () => {
    const [provider] = await one.sql<{ id: number }[]>`
      insert into security_provider (name, type) values ('Directory', 'ldap') returning id`;
    await one.sql`
      insert into app_user (username, public_display_name, perm_admin, security_provider_id)
      values ('chief', 'Chief', true, ${provider!.id})`;
    const admin = configurationCalls(one.admin);
    const { body } = await admin('GET', '/user?username=admin');
    for (const [field, change] of [
      ['enabled', { enabled: false }],
      ['perm_admin', { perm_admin: false }],
    ] as const) {
      const refused = await admin('PATCH', `/user/${body[0].id}`, change);
      expect([refused.status, refused.body.errors]).toEqual([
        422,
        { [field]: [expect.stringContaining('last enabled local administrator')] },
      ]);
    }
    expect((await admin('DELETE', `/user/${body[0].id}`)).status).toBe(422);
  });
});
