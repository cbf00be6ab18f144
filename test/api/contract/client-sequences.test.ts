import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../../support/configuration-calls.ts';
import { CLIENT_ID, CLIENT_SECRET, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

const BASE = '/api/config/v1';

let appliance: TestAppliance;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

// biome-ignore lint/suspicious/noExplicitAny: clients look at members by name
type Json = any;

/** What came back, with its text as clients cut it up. */
interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Json;
}

/** A raw call: nothing is sent but what is given here. */
async function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  const bytes = body === undefined ? null : new TextEncoder().encode(body);
  const response = await fetch(new URL(path, appliance.url), { method, headers, body: bytes });
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

/** The three ways in which clients hand over their secret. */
async function token(way: 'basic' | 'form' | 'json'): Promise<string> {
  const grant = { grant_type: 'client_credentials' };
  const secret = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const basic = `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}`;
  const answer =
    way === 'basic'
      ? await send(
          'POST',
          '/oauth2/token',
          { ...form, authorization: basic },
          `${new URLSearchParams(grant)}`,
        )
      : way === 'form'
        ? await send('POST', '/oauth2/token', form, `${new URLSearchParams({ ...grant, ...secret })}`)
        : await send(
            'POST',
            '/oauth2/token',
            { 'content-type': 'application/json' },
            JSON.stringify({ ...grant, ...secret }),
          );
  expect(answer.status, answer.text).toBe(200);
  return answer.json.access_token;
}

describe('a provisioning client that sends no Content-Type and closes its connections', () => {
  let authorization: string;
  const call = async (method: string, path: string, body?: unknown) =>
    await send(
      method,
      path,
      { authorization, accept: 'application/json', connection: 'close' },
      body === undefined ? undefined : JSON.stringify(body),
    );
  /** Create, read, find, change and delete, as the client does with everything it manages. */
  async function manage(path: string, wanted: Json, change: Json, found: string): Promise<void> {
    const created = await call('POST', `${BASE}${path}`, { id: null, ...wanted });
    expect([path, created.status], created.text).toEqual([path, 201]);
    const { id } = created.json;
    expect((await call('GET', `${BASE}${path}/${id}`)).json).toEqual(created.json);
    const list = (await call('GET', `${BASE}${path}?${found}`)).json;
    expect([path, list.map((one: Json) => one.id)]).toEqual([path, [id]]);
    const changed = await call('PATCH', `${BASE}${path}/${id}`, { ...created.json, ...change });
    expect([path, changed.status], changed.text).toEqual([path, 200]);
    expect(changed.json).toMatchObject({ id, ...change });
    const gone = await call('DELETE', `${BASE}${path}/${id}`);
    expect([path, gone.status, gone.text]).toEqual([path, 204, '']);
    expect((await call('GET', `${BASE}${path}/${id}`)).status).toBe(404);
  }

  beforeAll(async () => {
    authorization = `Bearer ${await token('basic')}`;
  });

  it('finds out first that this is no access-only site', async () => {
    const { status, json } = await call('GET', '/get_mech_list?version=3');
    expect(status).toBe(200);
    expect(json).toMatchObject({ mechs: expect.any(Array), default_mech: expect.any(String) });
    expect(json.product).not.toBe('bpam');
  });

  it('finds what it needs beforehand', async () => {
    for (const [path, least] of [
      ['/session-policy', 1],
      ['/jump-item-role?name=Administrator', 1],
      ['/security-provider', 1],
    ] as const) {
      expect([path, (await call('GET', BASE + path)).json.length >= least]).toEqual([path, true]);
    }
  });

  it('manages Jump Groups, Jumpoints and Jump Policies', async () => {
    await manage(
      '/jump-group',
      { name: 'TF', code_name: 'tf', comments: null },
      { comments: 'c' },
      'code_name=tf',
    );
    const jumpoint = { name: 'TF', platform: 'linux-x86', connected: false, enabled: true, clustered: false };
    await manage('/jumpoint', jumpoint, { comments: 'c' }, 'name=tf');
    const policy = {
      display_name: 'TF',
      code_name: 'tf_policy',
      schedule_enabled: false,
      approval_required: false,
      notification_email_addresses: [],
      recordings_disabled: false,
    };
    await manage('/jump-policy', policy, { description: 'd' }, 'code_name=tf_policy');
  });

  it('manages Jump Items of every kind', async () => {
    const { json: group } = await call('POST', `${BASE}/jump-group`, { name: 'Items', code_name: 'items' });
    const { json: jumpoint } = await call('POST', `${BASE}/jumpoint`, {
      name: 'Items',
      platform: 'linux-x86',
    });
    const common = {
      jump_group_id: group.id,
      jump_group_type: 'shared',
      jumpoint_id: jumpoint.id,
      tag: 'tf',
    };
    const unset = { jump_policy_id: null, session_policy_id: null, comments: '' };
    const found = `tag=tf&jump_group_id=${group.id}&jump_group_type=shared&jumpoint_id=${jumpoint.id}`;
    const kinds: [string, Json, Json, string][] = [
      ['shell-jump', { hostname: 'h', protocol: 'ssh', port: 22 }, { terminal: 'VT100' }, 'hostname=H'],
      ['remote-rdp', { hostname: 'h', quality: 'video', endpoint_id: null }, { console: true }, 'hostname=h'],
      ['remote-vnc', { hostname: 'h', port: 5901 }, { port: 5902 }, 'hostname=h'],
      [
        'web-jump',
        { url: 'https://h/', username_field: null },
        { authentication_timeout: 9 },
        'url=https://h/',
      ],
      [
        'protocol-tunnel-jump',
        { hostname: 'h', tunnel_definitions: '1;2' },
        { tunnel_type: 'mssql' },
        'hostname=h',
      ],
      ['mysql-tunnel-jump', { hostname: 'h' }, { database: 'd' }, 'hostname=h'],
      ['psql-tunnel-jump', { hostname: 'h' }, { username: 'u' }, 'hostname=h'],
      [
        'network-tunnel-jump',
        { filter_rules: [{ ip_addresses: { cidr: '10.0.0.0/8' } }] },
        { comments: 'c' },
        'name=TF',
      ],
    ];
    for (const [kind, own, change, filter] of kinds) {
      await manage(
        `/jump-item/${kind}`,
        { name: 'TF', ...common, ...unset, ...own },
        change,
        `${found}&${filter}`,
      );
    }
  });

  it('makes an installer with fields it has beyond the contract', async () => {
    const { json: group } = await call('POST', `${BASE}/jump-group`, { name: 'Installers' });
    const { status, json, text } = await call('POST', `${BASE}/jump-client/installer`, {
      name: 'TF',
      jump_group_id: group.id,
      jump_group_type: 'shared',
      jump_policy_id: null,
      valid_duration: 60,
      max_offline_minutes: 0,
      allow_override_max_offline_minutes: false,
      is_quiet: false,
    });
    expect(status, text).toBe(201);
    expect(json).toMatchObject({
      installer_id: expect.stringMatching(/^.{32}$/),
      key_info: {
        encodedInfo: expect.any(String),
        filename: expect.any(String),
        installerPath: expect.any(String),
      },
    });
    expect((await call('DELETE', `${BASE}/jump-client/installer/${json.id}`)).status).toBe(204);
  });

  it('fills a group policy, decodes an object from every answer, and provisions it', async () => {
    const { json: group } = await call('POST', `${BASE}/jump-group`, { name: 'Of the policy' });
    const { json: jumpoint } = await call('POST', `${BASE}/jumpoint`, {
      name: 'Of the policy',
      platform: 'linux-x86',
    });
    const created = await call('POST', `${BASE}/group-policy`, { name: 'TF', perm_access_allowed: null });
    expect(created.status, created.text).toBe(201);
    const policy = `${BASE}/group-policy/${created.json.id}`;
    const contents: [string, string, Json][] = [
      ['jump-group', `${group.id}`, { jump_group_id: group.id, jump_item_role_id: 0, jump_policy_id: 0 }],
      ['jumpoint', `${jumpoint.id}`, { jumpoint_id: jumpoint.id }],
    ];
    for (const [part, id, body] of contents) {
      const added = await call('POST', `${policy}/${part}`, body);
      expect([part, added.status], added.text).toEqual([part, 201]);
      expect(added.json).toMatchObject({ [`${part.replace('-', '_')}_id`]: Number(id) });
      expect((await call('GET', `${policy}/${part}/${id}`)).status).toBe(200);
      const provisioned = await call('POST', `${policy}/provision`, {});
      expect([provisioned.status, provisioned.text]).toEqual([204, '']);
      expect((await call('DELETE', `${policy}/${part}/${id}`)).status).toBe(204);
    }
    expect((await call('DELETE', policy)).status).toBe(204);
  });
});

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
  it('asks for its token in JSON, writes booleans as words, and reads the lists of the vault', async () => {
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
    const refused = await send('POST', `${BASE}/vault/account`, headers, JSON.stringify(account));
    expect([refused.status, refused.json.message]).toEqual([501, expect.any(String)]);
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
