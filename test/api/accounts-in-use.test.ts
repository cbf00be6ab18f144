import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configurationCalls } from '../support/configuration-calls.ts';
import { type Browser, browserAt, browserCall } from '../support/cookie-browser.ts';
import { until } from '../support/live-jumpoint.ts';
import { PASSWORD, type ProxiedSite, proxiedSite } from '../support/proxied-site.ts';
import type { TestAppliance } from '../support/test-appliance.ts';

const API = '/api/config/v1';
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

/** As `settings`, and on the other process too: it reads all of them again by itself, the name of the site included. */
async function settingsEverywhere(changes: object): Promise<void> {
  const company_name = randomUUID();
  await settings({ ...changes, company_name });
  await until('the other process to know', async () => {
    const { body } = await call(browser(), '/sign-in/options', undefined, { site: two });
    return body.company_name === company_name;
  });
}

async function audited(type: string): Promise<Record<string, unknown>[]> {
  const rows = await one.sql<{ after: Record<string, unknown> }[]>`
    select after from audit_event where object_type = 'user' and object_id = ${String(userId)} and event_type = ${type}
     order by id`;
  return rows.map(({ after }) => after);
}

describe('an account in use', () => {
  it('is handed over when the person says so; the other browser ends at once on every process', async () => {
    await settingsEverywhere({ account_in_use: 'terminate_others' });
    const desk = browser(OFFICE);
    expect((await signIn(desk)).status).toBe(200);
    expect((await signIn(desk, PASSWORD, two)).status, 'the same browser again').toBe(200);
    const token = await call(browser(), '/user-token', { username, password: PASSWORD });
    expect(token.status, 'programs do not count').toBe(201);

    const home = browser();
    const asked = await signIn(home, PASSWORD, two);
    expect([asked.status, asked.body]).toMatchObject([
      202,
      { step: 'account_in_use', details: { sign_ins: 1 } },
    ]);
    expect((await call(desk, '/me')).status).toBe(200);
    const taken = await call(
      home,
      '/sign-in/step',
      { sign_in: asked.body.sign_in, accept: true },
      { site: two },
    );
    expect(taken.status).toBe(200);
    expect((await call(desk, '/me')).status).toBe(401);
    const bearer = await one.anonymous(`${API}/me`, {
      headers: { authorization: `Bearer ${token.body.access_token}` },
    });
    expect(bearer.status).toBe(200);
    expect(await audited('user.other_sign_ins_ended')).toEqual([
      { sign_ins: 1, reason: 'account in use', address: HOME },
    ]);
    await settings({ account_in_use: null });
  });

  it('keeps a second browser out where the site says so, also when both come at once', async () => {
    await settingsEverywhere({ account_in_use: 'refuse_second' });
    const both = await Promise.all([signIn(browser()), signIn(browser(OFFICE), PASSWORD, two)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect((await signIn(browser())).body.message).toContain('signed in elsewhere');
    await settings({ account_in_use: null });
  });
});

describe('licences', () => {
  it('are taken by person, and two at once cannot take the last one', async () => {
    const others = await Promise.all(
      [1, 2, 3, 4].map(async () => (await site.person({ perm_support_allowed: 'full_support' })).username),
    );
    await one.sql`delete from user_credential where representative`;
    await settingsEverywhere({ representative_licenses: 2 });
    const all = await Promise.all(
      others.map((name, n) => signIn(browser(`203.0.${n}.1`), PASSWORD, n % 2 === 0 ? one : two, name)),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 403, 403]);
    const inside = others[all.findIndex(({ status }) => status === 200)]!;
    const outside = all.findIndex(({ status }) => status === 403);
    expect(all[outside]!.body.message).toContain('All 2 licences are in use');
    expect((await signIn(browser(), PASSWORD, two, inside)).status, 'another browser of a holder').toBe(200);
    expect((await signIn(browser())).status, 'no representative').toBe(200);
    expect((await signIn(browser(), one.adminPassword, one, 'admin')).status).toBe(200);
    await one.sql`delete from user_credential c using app_user u where u.id = c.user_id and u.username = ${inside}`;
    expect((await signIn(browser(), PASSWORD, one, others[outside]!)).status, 'once one is free').toBe(200);
    await settings({ representative_licenses: null });
  });
});
