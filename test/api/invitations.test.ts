import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PgExpiredAccess } from '../../schema/access/pg-expired-access.ts';
import { configurationCalls } from '../support/configuration-calls.ts';
import { type Browser, browserAt, browserCall } from '../support/cookie-browser.ts';
import { PASSWORD, type ProxiedSite, proxiedSite } from '../support/proxied-site.ts';
import type { TestAppliance } from '../support/test-appliance.ts';

const INSIDE = '192.0.2.10';
const OUTSIDE = '203.0.113.77';

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
  ({ id: userId, username } = await site.person({
    perm_invite_external_rep: true,
    perm_support_allowed: 'full_support',
  }));
});

async function signedIn(name = username, site = one): Promise<Browser> {
  const page = browserAt(INSIDE);
  const { status } = await browserCall(site, page, '/sign-in', { username: name, password: PASSWORD });
  expect(status).toBe(200);
  return page;
}

async function invitation(wanted: object = {}) {
  const inviter = await signedIn();
  const { status, body } = await browserCall(one, inviter, '/rep-invitation', {
    name: 'Kim',
    comments: 'printers',
    ...wanted,
  });
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^201/);
  return { inviter, id: body.id as number, key: body.key as string, url: body.url as string };
}

const enter = (key: string, site = one, from = browserAt(OUTSIDE)) =>
  browserCall(site, from, '/sign-in/invitation', { key });

describe('an invitation', () => {
  it('lets its holder in once, with no right at all, in no list, for as long as it lasts', async () => {
    const { inviter, key, url } = await invitation();
    expect(key).toMatch(/^bhi_[A-Za-z0-9]{40}$/);
    expect(url).toBe(`${one.url}/console#invitation=${key}`);
    const both = await Promise.all([enter(key, one), enter(key, two)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
    const me = both.find(({ status }) => status === 200)!.body;
    expect(me).toMatchObject({ public_display_name: 'Kim', perm_admin: false, rights: [], jump_methods: [] });
    expect(me.session_seconds_left).toBeLessThanOrEqual(7200);
    expect((await enter(key)).status).toBe(401);
    const admin = configurationCalls(one.admin);
    expect((await admin('GET', '/user?search=Kim')).body).toEqual([]);
    expect((await admin('GET', `/user/${me.id}`)).status).toBe(404);
    expect((await admin('PATCH', `/user/${me.id}`, { perm_admin: true })).status).toBe(404);
    const listed = await browserCall(one, inviter, '/rep-invitation');
    expect(listed.body[0]).toMatchObject({ state: 'used', used_from: OUTSIDE, invited_by: 'Sam' });
    const [kept] = await one.sql<{ text: string }[]>`
      select (select string_agg(i::text, ' ') from rep_invitation i) || (select string_agg(e::text, ' ') from audit_event e) as text`;
    expect(kept!.text).not.toContain(key);
    const [row] = await one.sql`
      select after from audit_event where event_type = 'user.signed_in' and object_id = ${String(me.id)}`;
    expect(row).toMatchObject({ after: { methods: ['invitation'], address: OUTSIDE } });
  });

  it('ends its sign-in on every process when it is taken back, and by itself', async () => {
    const { inviter, id, key } = await invitation();
    const guest = browserAt(OUTSIDE);
    expect((await enter(key, two, guest)).status).toBe(200);
    expect((await browserCall(one, guest, '/rep-invitation', { name: 'Friend' })).status).toBe(403);
    expect((await browserCall(one, inviter, `/rep-invitation/${id}`, undefined, 'DELETE')).status).toBe(204);
    expect((await browserCall(two, guest, '/me')).status).toBe(401);

    const later = await invitation();
    const other = browserAt(OUTSIDE);
    expect((await enter(later.key, one, other)).status).toBe(200);
    const [row] = await one.sql<{ same: boolean }[]>`
      select c.expires_at = i.expires_at as same from rep_invitation i join user_credential c using (user_id)
       where i.id = ${later.id}`;
    expect(row).toEqual({ same: true });
  });

  it('goes with the account of whoever invited, and so does the temporary account', async () => {
    const { key } = await invitation();
    const guest = await enter(key);
    expect(guest.status).toBe(200);
    await one.sql`delete from app_user where id = ${userId}`;
    await new PgExpiredAccess(one.sql).deleteAll();
    expect(await one.sql`select from app_user where id = ${guest.body.id}`).toHaveLength(0);
  });

  it('that is revoked, expired, of somebody disabled or unknown lets nobody in', async () => {
    const revoked = await invitation();
    await browserCall(one, revoked.inviter, `/rep-invitation/${revoked.id}`, undefined, 'DELETE');
    const expired = await invitation();
    await one.sql`update rep_invitation set expires_at = now() where id = ${expired.id}`;
    const orphaned = await invitation();
    await one.sql`update app_user set enabled = false where id = ${userId}`;
    const messages = new Set<string>();
    for (const key of [revoked.key, expired.key, orphaned.key, 'bhi_nonsense']) {
      const refused = await enter(key);
      expect(refused.status).toBe(401);
      messages.add(refused.body.message);
    }
    expect([...messages]).toHaveLength(1);
  });

  it('is made only by those who may, and taken back by them or an administrator', async () => {
    const { id } = await invitation();
    const other = await signedIn((await site.person({ perm_invite_external_rep: true })).username);
    expect((await browserCall(one, other, `/rep-invitation/${id}`, undefined, 'DELETE')).status).toBe(404);
    expect((await browserCall(one, other, '/rep-invitation')).body).toEqual([]);
    const none = await browserCall(one, other, '/rep-invitation', { name: 'Kim', session_policy_id: 999 });
    expect([none.status, Object.keys(none.body.errors ?? {})]).toEqual([422, ['session_policy_id']]);
    const without = await signedIn((await site.person({})).username);
    expect((await browserCall(one, without, '/rep-invitation')).status).toBe(403);
    expect((await configurationCalls(one.admin)('DELETE', `/rep-invitation/${id}`)).status).toBe(204);
  });

  it('takes a licence', async () => {
    const { key } = await invitation();
    const api = configurationCalls(one.api);
    await one.sql`
      delete from user_credential c using app_user u
       where u.id = c.user_id and c.representative and u.id <> ${userId}`;
    await api('PATCH', '/site-setting', { representative_licenses: 1 });
    expect((await enter(key)).status).toBe(403);
    await api('PATCH', '/site-setting', { representative_licenses: 2 });
    expect((await enter(key)).status, 'the key is still good').toBe(200);
    const { body } = await configurationCalls(one.admin)('GET', '/representative-license');
    expect(body).toMatchObject({ licenses: 2, used: 2, holders: [{ invited: false }, { invited: true }] });
    await api('PATCH', '/site-setting', { representative_licenses: null });
  });
});

describe('the sign-ins of a user', () => {
  it('are seen, restricted and ended by administrators', async () => {
    const admin = configurationCalls(one.admin);
    const page = await signedIn(username, two);
    for (let n = 0; n < 5; n++) {
      await browserCall(one, browserAt('203.0.113.9'), '/sign-in', { username, password: 'wrong' });
    }
    expect((await admin('GET', `/user/${userId}/sign-in`)).body).toMatchObject({
      network_restriction: 'site',
      failures: [
        { source: 'network 203.0.113.0/24', failures: 5, blocked_until: expect.stringMatching(/^20/) },
      ],
      sign_ins: [{ kind: 'browser', address: INSIDE }],
    });
    const change = { network_restriction: 'always', networks: ['192.0.2.0/24'] };
    expect((await admin('PATCH', `/user/${userId}/sign-in`, change)).body).toMatchObject(change);
    expect((await browserCall(two, page, '/me')).status).toBe(200);
    page.address = OUTSIDE;
    expect((await browserCall(two, page, '/me')).status).toBe(401);
    page.address = INSIDE;
    for (const networks of [[], ['nonsense']]) {
      const refused = await admin('PATCH', `/user/${userId}/sign-in`, { ...change, networks });
      expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['networks']]);
    }
    expect((await admin('PATCH', '/user/1/sign-in', change)).body.errors.networks[0]).toContain(
      'Your own address',
    );
    expect((await admin('DELETE', `/user/${userId}/sign-in`)).status).toBe(204);
    expect((await browserCall(two, page, '/me')).status).toBe(401);
    const rows = await one.sql<{ event: string; actor: string }[]>`
      select event_type as event, actor_name as actor from audit_event
       where object_id = ${String(userId)} and event_type in ('user.network_restriction_changed', 'user.sign_ins_ended')
       order by id`;
    expect(rows.map(({ event }) => event)).toEqual([
      'user.network_restriction_changed',
      'user.sign_ins_ended',
    ]);
  });
});
