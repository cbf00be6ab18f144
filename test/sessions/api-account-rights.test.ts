import { afterAll, beforeAll, expect, it } from 'vitest';
import { API_PERMISSIONS } from '../../appliance/actor.ts';
import { until } from '../support/live-jumpoint.ts';
import { LiveSite, post } from '../support/live-site.ts';
import { type Caller, caller } from '../support/test-appliance.ts';

const BASE = '/api/config/v1';

let site: LiveSite;
let lsid: string;

beforeAll(async () => {
  site = await LiveSite.start();
  const started = await site.start(site.appliance.admin, await site.item());
  await site.work(started);
  lsid = started.lsid;
});
afterAll(() => site?.stop());

/** An API account with these rights and no others. */
async function account(rights: Record<string, unknown>): Promise<Caller> {
  const { admin, url } = site.appliance;
  const made = await post(admin, '/api-account', { name: JSON.stringify(rights), ...rights });
  const answer = await fetch(new URL('/oauth2/token', url), {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${made.client_id}:${made.client_secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return caller(url, async () => ({ authorization: `Bearer ${token}` }));
}

async function looks(who: Caller): Promise<number[]> {
  const paths = ['/session', `/session/${lsid}`, `/session/${lsid}/event`, `/session/${lsid}/recording/0`];
  const answers = await Promise.all(paths.map((path) => who(`${BASE}${path}`)));
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  return answers.map(({ status }) => status);
}

const change = async (who: Caller) =>
  (await who(`${BASE}/session/${lsid}`, { method: 'PATCH', json: { external_key: 'INC1' } })).status;
const terminate = async (who: Caller) =>
  (await who(`${BASE}/session/${lsid}/terminate`, { method: 'POST' })).status;

it.each(API_PERMISSIONS.filter((name) => name !== 'perm_reporting_support'))(
  'an API account with %s alone neither sees nor touches sessions',
  async (permission) => {
    const who = await account({ [permission]: true });
    expect([...(await looks(who)), await change(who), await terminate(who)]).toEqual(Array(6).fill(403));
  },
);

it('perm_reporting_support lets an API account look at sessions and touch none', async () => {
  const who = await account({ perm_reporting_support: true });
  expect(await looks(who)).toEqual([200, 200, 200, 200]);
  expect([await change(who), await terminate(who)]).toEqual([403, 403]);
});

it('perm_command read_only lets an API account neither look nor touch', async () => {
  const who = await account({ perm_command: 'read_only' });
  expect([...(await looks(who)), await change(who), await terminate(who)]).toEqual(Array(6).fill(403));
});

it('another person neither sees nor touches a session that is not theirs', async () => {
  const { call } = await site.person();
  expect(await looks(call)).toEqual([200, 404, 404, 404]);
  const list = (await (await call(`${BASE}/session`)).json()) as { items: unknown[] };
  expect(list.items).toEqual([]);
  expect([await change(call), await terminate(call)]).toEqual([404, 404]);
});

it('perm_command full_access lets an API account change and end sessions but not look at recordings', async () => {
  const who = await account({ perm_command: 'full_access' });
  expect(await looks(who)).toEqual([403, 403, 403, 403]);
  expect([await change(who), await terminate(who)]).toEqual([200, 200]);
  await until('the session to end', async () => (await site.show(lsid)).state === 'ended');
});
