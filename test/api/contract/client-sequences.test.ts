import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../../support/configuration-calls.ts';
import { CLIENT_ID, CLIENT_SECRET, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { type Json, type RawCalls, rawCalls } from './raw-calls.ts';

const BASE = '/api/config/v1';

let appliance: TestAppliance;
let send: RawCalls['send'];
let token: RawCalls['token'];

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  ({ send, token } = rawCalls(appliance));
});
afterAll(() => appliance?.stop());

describe('a connector of users and groups', () => {
  it('walks users by headers, and makes, unlocks, switches off and deletes one', async () => {
    const headers = { authorization: `Bearer ${await token('basic')}`, 'content-type': 'application/json' };
    const seen: string[] = [];
    for (let page = 1, last = 1; page <= last; page += 1) {
      const answer = await send('GET', `${BASE}/user?per_page=100&current_page=${page}`, headers);
      seen.push(...answer.json.map((user: Json) => user.username));
      last = Number(answer.headers.get('x-bt-pagination-last-page'));
    }
    expect(seen).toContain('admin');
    const wanted = {
      username: 'lee',
      public_display_name: 'Lee',
      private_display_name: 'Lee',
      enabled: true,
    };
    const created = await send('POST', `${BASE}/user`, headers, JSON.stringify(wanted));
    expect(created.status, created.text).toBe(201);
    const path = `${BASE}/user/${created.json.id}`;
    const patch = (body: object) => send('PATCH', path, headers, JSON.stringify(body));
    expect((await patch({ failed_logins: 0 })).status).toBe(200);
    expect((await patch({ enabled: false })).json).toMatchObject({ enabled: false });
    const admin = await send('PATCH', `${BASE}/user/1`, headers, '{"enabled":false}');
    expect([admin.status, admin.json.message]).toEqual([
      expect.any(Number),
      'This API cannot update administrators.',
    ]);
    expect(admin.status).toBeGreaterThanOrEqual(400);
    expect((await send('DELETE', path, headers)).status).toBe(204);
  });

  it('puts a user into a group policy and takes it out', async () => {
    const headers = { authorization: `Bearer ${await token('basic')}`, 'content-type': 'application/json' };
    const post = (path: string, body: object) => send('POST', BASE + path, headers, JSON.stringify(body));
    const user = await post('/user', {
      username: 'robin',
      public_display_name: 'R',
      private_display_name: 'R',
    });
    const policy = await post('/group-policy', { name: 'Connected' });
    expect(policy.status, policy.text).toBe(201);
    const providers = (await send('GET', `${BASE}/security-provider`, headers)).json;
    const local = providers.find((one: Json) => one.type === 'local');
    const members = `/group-policy/${policy.json.id}/member`;
    const member = await post(members, { security_provider_id: local.id, user_id: user.json.id });
    expect(member.status, member.text).toBe(201);
    expect(member.json).toMatchObject({ id: expect.any(Number), user_id: user.json.id });
    expect((await send('GET', BASE + members, headers)).json).toHaveLength(1);
    const memberships = await send(
      'GET',
      `${BASE}/user/${user.json.id}/group-policies?per_page=100`,
      headers,
    );
    expect(memberships.json.map((one: Json) => one.id)).toEqual([policy.json.id]);
    expect(Number(memberships.headers.get('x-bt-pagination-last-page'))).toBe(1);
    expect((await send('DELETE', `${BASE}${members}/${member.json.id}`, headers)).status).toBe(204);
  });
});

describe('an orchestration connector', () => {
  it('asks for its token in JSON, writes booleans as words, reads the lists of the vault and checks an account out and in', async () => {
    const headers = { authorization: `Bearer ${await token('json')}`, accept: 'application/json' };
    for (const path of [
      '/vault/account?include_personal=True',
      '/vault/account?include_personal=false',
      '/vault/endpoint',
    ]) {
      expect([path, (await send('GET', BASE + path, headers)).json]).toEqual([path, []]);
    }
    expect((await send('GET', `${BASE}/vault/account-group`, headers)).json).toMatchObject([{ id: 1 }]);
    expect((await send('GET', `${BASE}/vault/account-policy`, headers)).json).toMatchObject([{ id: 1 }]);
    const account = {
      type: 'username_password',
      name: 'n',
      username: 'u',
      password: 'p',
      last_checkout_timestamp: null,
    };
    const made = await send('POST', `${BASE}/vault/account`, headers, JSON.stringify(account));
    expect(made.status, made.text).toBe(201);
    const path = `${BASE}/vault/account/${made.json.id}`;
    expect((await send('POST', `${path}/check-out`, headers)).json).toMatchObject({ password: 'p' });
    expect((await send('POST', `${path}/check-in`, headers)).status).toBe(200);
    expect((await send('POST', `${path}/check-in`, headers)).status).toBe(422);
    expect((await send('DELETE', path, headers)).status).toBe(204);
  });
});

describe('a playbook of a security team', () => {
  it('puts its secret into the form, and reads accounts, users and what is left of its rate', async () => {
    const headers = {
      authorization: `Bearer ${await token('form')}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const accounts = await send('GET', `${BASE}/api-account`, headers);
    expect(accounts.json).toContainEqual(expect.objectContaining({ client_id: CLIENT_ID }));
    expect(accounts.text).not.toContain(CLIENT_SECRET);
    expect(Number(accounts.headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0);
    const refused = await send('PATCH', `${BASE}/user/1`, headers, '{"enabled":"no"}');
    expect([refused.status, refused.json]).toEqual([
      422,
      { message: expect.any(String), errors: { enabled: [expect.any(String)] } },
    ]);
  });
});

describe('a function that lists installers', () => {
  it('reads all Jump Groups at once and pages of installers until one is short', async () => {
    const headers = { authorization: `Bearer ${await token('form')}` };
    const group = await send('POST', `${BASE}/jump-group`, headers, '{"name":"Many"}');
    for (let number = 0; number < 7; number += 1) {
      const body = JSON.stringify({ name: `I${number}`, jump_group_id: group.json.id });
      expect((await send('POST', `${BASE}/jump-client/installer`, headers, body)).status).toBe(201);
    }
    const names: string[] = [];
    for (let page = 1; ; page += 1) {
      const { json } = await send(
        'GET',
        `${BASE}/jump-client/installer?per_page=5&current_page=${page}`,
        headers,
      );
      for (const one of json) {
        names.push(one.name);
        expect([one.installer_id.length, Date.parse(one.expiration_timestamp) > Date.now()]).toEqual([
          32,
          true,
        ]);
      }
      if (json.length < 5) break;
    }
    expect(names.filter((name) => name.startsWith('I'))).toHaveLength(7);
    const clients = await send('GET', `${BASE}/jump-client?per_page=100&current_page=1`, headers);
    expect(clients.json).toEqual([]);
  });
});

describe('a shell script that installs on a Macintosh', () => {
  it('cuts lists into objects, takes the first text after id":, and tries its download ten times', async () => {
    const headers = { authorization: `Bearer ${await token('basic')}`, accept: 'application/json' };
    await send('POST', `${BASE}/jump-group`, headers, '{"name":"First Macs","comments":"no spaces {here}"}');
    await send('POST', `${BASE}/jump-group`, headers, '{"name":"Macs","code_name":"macs"}');
    const { text: groups } = await send('GET', `${BASE}/jump-group`, headers);
    const line = groups.split('},{').find((object) => object.includes('"name":"Macs"'))!;
    const groupId = line.split('id":')[1]!.split(',')[0]!;
    expect(groupId).toMatch(/^\d+$/);

    const policies = (await send('GET', `${BASE}/session-policy`, headers)).json;
    const policy = policies.at(-1).id;
    const wanted = `{"name":"mac-1","jump_group_id":${groupId},"jump_group_type":"shared","attended_session_policy_id":${policy},"unattended_session_policy_id":${policy}}`;
    const { text: installer, status } = await send('POST', `${BASE}/jump-client/installer`, headers, wanted);
    expect(status, installer).toBe(201);
    const after = (mark: string) => installer.split(mark)[1]!.split('"')[0]!;
    const file = installer.split('"mac-osx-x86":')[1]!.split('"filename":"')[1]!.split('"')[0]!;
    const installerId = after('"installer_id":"');
    expect([file.endsWith('.dmg'), installerId.length]).toEqual([true, 32]);

    for (let attempt = 0; attempt < 10; attempt += 1) {
      const download = await send('GET', `${BASE}/jump-client/installer/${installerId}/mac-dmg`, headers);
      expect(download.status).toBe(501);
    }
    const open = await send('GET', `/download_client_connector?jc=${installerId}&p=mac-osx-x86`, {});
    expect(open.status).toBe(501);
    expect((await send('GET', `${BASE}/jump-client?name=mac-1`, headers)).text).toBe('[]');
    const id = installer.split('id":')[1]!.split(',')[0]!;
    expect((await send('DELETE', `${BASE}/jump-client/installer/${id}`, headers)).status).toBe(204);
  });
});

describe('a module that pages by headers', () => {
  it('starts at page 0, follows Link and counts, and checks its licence with one entry', async () => {
    const headers = { authorization: `Bearer ${await token('form')}`, 'content-type': 'application\\json' };
    for (let number = 0; number < 12; number += 1) {
      await send('POST', `${BASE}/jump-group`, headers, JSON.stringify({ name: `Page ${number}` }));
    }
    const names = new Set<string>();
    let page = 0;
    for (let rounds = 0; rounds < 50; rounds += 1) {
      const answer = await send('GET', `${BASE}/jump-group?per_page=5&current_page=${page}`, headers);
      for (const { name } of answer.json) names.add(name);
      const current = Number(answer.headers.get('x-bt-pagination-current-page'));
      const total = Number(answer.headers.get('x-bt-pagination-total'));
      const next = /<([^>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
      if (current === Number(answer.headers.get('x-bt-pagination-last-page'))) {
        expect([names.size, next]).toEqual([total, undefined]);
        break;
      }
      // It keeps only what follows the last slash.
      page = Number(new URLSearchParams(next!.split('/').at(-1)!.split('?')[1]).get('current_page'));
    }
    expect(names.size).toBeGreaterThanOrEqual(12);
    const licence = await send('GET', `${BASE}/user?per_page=1`, headers);
    expect([licence.status, licence.headers.get('x-bt-pagination-per-page')]).toEqual([200, '5']);
  });
});

describe('a bridge to the command line', () => {
  it('meets a revoked token with 401 and goes on with a fresh one', async () => {
    const old = await token('basic');
    const first = await send('GET', `${BASE}/user`, { authorization: `Bearer ${old}x` });
    expect([first.status, first.json.error]).toEqual([401, 'access_denied']);
    const again = await send('GET', `${BASE}/user`, { authorization: `Bearer ${await token('basic')}` });
    expect(again.status).toBe(200);
  });
});
