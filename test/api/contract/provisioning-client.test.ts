import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
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
      ['/group-policy', 1],
      ['/jump-policy', 1],
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
