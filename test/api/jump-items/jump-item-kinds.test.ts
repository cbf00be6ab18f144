import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JUMP_ITEM_KINDS, type MadeJumpItemKind } from '../../../appliance/jump/jump-item.ts';
import { KINDS } from '../../../appliance/jump/jump-item-kinds.ts';
import type { Caller } from '../../support/test-appliance.ts';
import { type JumpSite, jumpSite } from './jump-site.ts';

let site: JumpSite;
let outsider: Caller;

beforeAll(async () => {
  site = await jumpSite();
  outsider = (await site.person({ groups: {} })).call;
});
afterAll(() => site.stop());

/** What each kind needs, beside name and owner. */
const MINIMUM: Record<MadeJumpItemKind, Record<string, unknown>> = {
  shell_jump: { hostname: 'shell.example.com', protocol: 'ssh' },
  remote_rdp: { hostname: 'rdp.example.com' },
  remote_vnc: { hostname: 'vnc.example.com' },
  remote_jump: { hostname: 'remote.example.com' },
  local_jump: { hostname: 'local.example.com' },
  local_rdp: { hostname: 'local-rdp.example.com' },
  local_vnc: { hostname: 'local-vnc.example.com' },
  vpro: { hostname: 'vpro.example.com' },
  web_jump: { url: 'https://web.example.com/login' },
  protocol_tunnel: { hostname: 'tunnel.example.com', tunnel_definitions: '22;24;26;28' },
  mysql_tunnel: { hostname: 'mysql.example.com' },
  psql_tunnel: { hostname: 'psql.example.com' },
  network_tunnel: {
    filter_rules: [{ ip_addresses: { cidr: '10.0.0.0/8' }, protocol: 'TCP', ports: { list: [22, 443] } }],
  },
};

/** What a minimal item answers. */
const DEFAULTS: Record<MadeJumpItemKind, Record<string, unknown>> = {
  shell_jump: { port: 22, terminal: 'xterm', keep_alive: 0, username: '' },
  remote_rdp: {
    quality: 'best_performance',
    console: false,
    ignore_untrusted: false,
    rdp_username: '',
    domain: '',
    display_size: '',
    session_forensics: false,
    secure_app_type: 'none',
    remote_app_name: '',
    endpoint_id: null,
  },
  remote_vnc: { port: 5900 },
  remote_jump: { attended_session_policy_id: null },
  local_jump: { attended_session_policy_id: null },
  local_rdp: { quality: 'best_performance', domain: '' },
  local_vnc: { port: 5900 },
  vpro: {},
  web_jump: {
    username_format: 'default',
    verify_certificate: true,
    authentication_timeout: 3,
    username_field: null,
  },
  protocol_tunnel: { tunnel_type: 'tcp', tunnel_listen_address: '127.0.0.1', url: '', username: '' },
  mysql_tunnel: { tunnel_listen_address: '127.0.0.1', username: '', database: '' },
  psql_tunnel: { tunnel_listen_address: '127.0.0.1', username: '', database: '' },
  network_tunnel: {},
};

function minimal(kind: MadeJumpItemKind): Record<string, unknown> {
  const needsJumpoint = KINDS[kind].fields.some(({ name }) => name === 'jumpoint_id');
  return {
    name: `A ${KINDS[kind].label}`,
    jump_group_id: site.groups.kiosks,
    ...(needsJumpoint && { jumpoint_id: site.jumpoint }),
    ...MINIMUM[kind],
  };
}

async function answerOf(answer: Response) {
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}

describe.each(JUMP_ITEM_KINDS)('%s', (kind) => {
  const base = `/api/config/v1/jump-item/${KINDS[kind].path}`;
  let id: number;

  it('is created with its defaults, id first, and where it is', async () => {
    const raw = await site.api(base, { method: 'POST', json: minimal(kind) });
    const text = await raw.text();
    expect(raw.status, text).toBe(201);
    expect(text).toMatch(/^\{"id":\d+,"name":/);
    const body = JSON.parse(text);
    id = body.id;
    expect(raw.headers.get('location')).toBe(`${site.appliance.url}${base}/${id}`);
    expect(body).toMatchObject({
      ...minimal(kind),
      ...DEFAULTS[kind],
      jump_group_type: 'shared',
      tag: '',
      comments: '',
      jump_policy_id: null,
      session_policy_id: null,
      external_id: '',
    });
  });

  it('is shown and listed, also with HEAD', async () => {
    const shown = await answerOf(await site.api(`${base}/${id}`));
    expect([shown.status, shown.body.id, shown.headers.get('etag')]).toEqual([200, id, '"1"']);
    const listed = await answerOf(
      await site.api(`${base}?name=a%20${encodeURIComponent(KINDS[kind].label)}`),
    );
    expect(listed.body).toEqual([shown.body]);
    expect(listed.headers.get('x-bt-pagination-total')).toBe('1');
    expect((await answerOf(await site.api(`${base}?name=nobody`))).body).toEqual([]);
    expect((await site.api(`${base}/${id}`, { method: 'HEAD' })).status).toBe(200);
  });

  it('keeps what a change does not name, clears what is null, and counts revisions', async () => {
    const changed = await answerOf(
      await site.api(`${base}/${id}`, {
        method: 'PATCH',
        json: {
          id: 999,
          tag: 'till',
          comments: 'x',
          jump_policy_id: site.policy,
          external_id: `ext-${kind}`,
        },
      }),
    );
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    expect(changed.body).toMatchObject({
      ...minimal(kind),
      id,
      tag: 'till',
      comments: 'x',
      jump_policy_id: site.policy,
      external_id: `ext-${kind}`,
    });
    expect(changed.headers.get('etag')).toBe('"2"');
    const cleared = await answerOf(
      await site.api(`${base}/${id}`, {
        method: 'PATCH',
        json: { comments: null, jump_policy_id: null, name: null },
      }),
    );
    expect(cleared.body).toMatchObject({
      name: minimal(kind)['name'],
      tag: 'till',
      comments: '',
      jump_policy_id: null,
    });
  });

  it('refuses a change based on another revision', async () => {
    const headers = { 'if-match': '"1"' };
    const change = { method: 'PATCH', json: { tag: 'other' }, headers };
    expect((await site.api(`${base}/${id}`, change)).status).toBe(412);
    expect((await site.api(`${base}/${id}`, { method: 'DELETE', headers })).status).toBe(412);
    expect((await site.api(`${base}/${id}`, { ...change, headers: { 'if-match': '"3"' } })).status).toBe(200);
  });

  it('is copied without its external id', async () => {
    const copied = await answerOf(
      await site.api(`${base}/${id}/copy`, {
        method: 'POST',
        json: { jump_group_id: site.groups.servers, jump_group_type: 'shared', name: 'The copy' },
      }),
    );
    expect(copied).toMatchObject({ status: 200, body: { action: 'copy', success: '1' } });
    const shown = await answerOf(await site.api(`${base}/${copied.body.destId}`));
    expect(shown.body).toMatchObject({
      ...minimal(kind),
      name: 'The copy',
      jump_group_id: site.groups.servers,
      tag: 'other',
      external_id: '',
    });
  });

  it.each([
    [{ name: '' }, 422, 'name'],
    [{ name: 'x'.repeat(129) }, 422, 'name'],
    [{ name: 7 }, 422, 'name'],
    [{ tag: 'x'.repeat(65) }, 422, 'tag'],
    [{ jump_group_id: '1' }, 422, 'jump_group_id'],
    [{ jump_group_id: 999999 }, 422, 'jump_group_id'],
    [{ jump_group_id: 999999, jump_group_type: 'personal' }, 422, 'jump_group_id'],
    [{ jump_policy_id: 999999 }, 422, 'jump_policy_id'],
    [{ session_policy_id: 1 }, 422, 'session_policy_id'],
    [{ session_policy_id: 999999 }, 422, 'session_policy_id'],
    [{ external_id: `ext-KIND` }, 422, 'external_id'],
    [{ colour: 'red' }, 401, 'colour'],
  ])('refuses %j', async (bad, status, field) => {
    const json = JSON.parse(JSON.stringify({ ...minimal(kind), ...bad }).replace('ext-KIND', `ext-${kind}`));
    const { status: given, body } = await answerOf(await site.api(base, { method: 'POST', json }));
    expect([given, Object.keys(body.errors)], JSON.stringify(body)).toEqual([status, [field]]);
    expect(body.message).not.toBe('');
  });

  it('names everything that is missing', async () => {
    const { status, body } = await answerOf(await site.api(base, { method: 'POST', json: {} }));
    expect(status).toBe(422);
    expect(Object.keys(body.errors)).toEqual(expect.arrayContaining(['name', 'jump_group_id']));
  });

  it('is nothing to callers without credentials and does not exist for people outside its group', async () => {
    const { anonymous } = site.appliance;
    for (const path of [base, `${base}/${id}`]) expect((await anonymous(path)).status).toBe(401);
    for (const method of ['PATCH', 'DELETE']) {
      expect((await anonymous(`${base}/${id}`, { method, json: {} })).status).toBe(401);
      expect((await outsider(`${base}/${id}`, { method, json: { tag: 'x' } })).status).toBe(404);
    }
    expect((await anonymous(base, { method: 'POST', json: minimal(kind) })).status).toBe(401);
    expect((await outsider(`${base}/${id}`)).status).toBe(404);
    expect(await (await outsider(base)).json()).toEqual([]);
    const copy = { jump_group_id: 1, jump_group_type: 'shared', name: 'x' };
    expect((await outsider(`${base}/${id}/copy`, { method: 'POST', json: copy })).status).toBe(404);
    expect((await anonymous(`${base}/${id}/copy`, { method: 'POST', json: copy })).status).toBe(401);
    const refused = await answerOf(await outsider(base, { method: 'POST', json: minimal(kind) }));
    expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['jump_group_id']]);
  });

  it('is deleted once', async () => {
    expect((await site.api(`${base}/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await site.api(`${base}/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await site.api(`${base}/${id}`)).status).toBe(404);
    expect((await site.api(`${base}/abc`)).status).toBe(422);
  });
});

describe('rules of single kinds', () => {
  const post = async (kind: MadeJumpItemKind, more: object) =>
    answerOf(
      await site.api(`/api/config/v1/jump-item/${KINDS[kind].path}`, {
        method: 'POST',
        json: { ...minimal(kind), ...more },
      }),
    );

  it('a Shell Jump gets the port of its protocol and follows a change of it', async () => {
    const { body } = await post('shell_jump', { protocol: 'telnet' });
    expect(body.port).toBe(23);
    const path = `/api/config/v1/jump-item/shell-jump/${body.id}`;
    const patch = async (json: object) =>
      (await answerOf(await site.api(path, { method: 'PATCH', json }))).body.port;
    expect(await patch({ protocol: 'ssh' })).toBe(22);
    expect(await patch({ port: 2222 })).toBe(2222);
    expect(await patch({ protocol: 'telnet' })).toBe(2222);
    expect(await patch({ port: null })).toBe(23);
  });

  it('RDP takes the old name of its best quality', async () => {
    expect((await post('remote_rdp', { quality: 'video' })).body.quality).toBe('best_performance');
    expect((await post('local_rdp', { quality: 'worst' })).body.errors).toHaveProperty('quality');
  });

  it('RDP filters by a vault endpoint, which no item has yet', async () => {
    const found = await answerOf(await site.api('/api/config/v1/jump-item/remote-rdp?endpoint_id=1'));
    expect([found.status, found.body]).toEqual([200, []]);
  });

  it.each([
    ['web_jump', { url: 'javascript:alert(1)' }, 'url'],
    ['protocol_tunnel', { tunnel_definitions: '22;70000' }, 'tunnel_definitions'],
    ['protocol_tunnel', { tunnel_definitions: '22' }, 'tunnel_definitions'],
    ['protocol_tunnel', { tunnel_definitions: '22;0' }, 'tunnel_definitions'],
    ['protocol_tunnel', { tunnel_listen_address: '10.0.0.1' }, 'tunnel_listen_address'],
    ['protocol_tunnel', { tunnel_type: 'mssql', hostname: null }, 'hostname'],
    ['protocol_tunnel', { tunnel_type: 'k8s' }, 'url'],
    ['mysql_tunnel', { tunnel_listen_address: '127.0.1.1' }, 'tunnel_listen_address'],
    ['mysql_tunnel', { hostname: '' }, 'hostname'],
    ['psql_tunnel', { database: 'x'.repeat(129) }, 'database'],
    ['remote_vnc', { port: 99 }, 'port'],
    ['shell_jump', { keep_alive: 301 }, 'keep_alive'],
    ['shell_jump', { jumpoint_id: 999999 }, 'jumpoint_id'],
    ['remote_jump', { attended_session_policy_id: 999999 }, 'attended_session_policy_id'],
  ] as const)('%s refuses %j', async (kind, more, field) => {
    const { status, body } = await post(kind, more);
    expect([status, Object.keys(body.errors)]).toEqual([422, expect.arrayContaining([field])]);
  });

  it('a Kubernetes tunnel takes its host from the URL', async () => {
    const { status, body } = await post('protocol_tunnel', {
      hostname: null,
      tunnel_definitions: null,
      tunnel_type: 'k8s',
      url: 'https://cluster.example.com:6443',
      ca_certificates: '-----BEGIN CERTIFICATE-----',
    });
    expect([status, body.hostname]).toEqual([201, 'cluster.example.com']);
  });

  it('a Kubernetes tunnel needs a Jumpoint on Linux', async () => {
    const [windows] = await site.sql<{ id: number }[]>`
      insert into jumpoint (name, code_name, platform) values ('W', 'w', 'windows-x86') returning id`;
    const cluster = { tunnel_type: 'k8s', url: 'https://c.example.com', ca_certificates: 'x' };
    const { status, body } = await post('protocol_tunnel', { ...cluster, jumpoint_id: windows!.id });
    expect([status, body.errors]).toEqual([
      422,
      { jumpoint_id: ['A Kubernetes tunnel needs a Jumpoint on Linux.'] },
    ]);
    expect((await post('protocol_tunnel', { jumpoint_id: windows!.id })).status).toBe(201);
  });

  it('a network tunnel fills in what its rules leave out, and keeps every form of them', async () => {
    const rules = [
      { ip_addresses: { list: ['10.0.0.1', 'fd00::1'] } },
      { ip_addresses: { range: { start: '10.0.0.1', end: '10.0.0.9' } }, protocol: 'ICMP' },
      { ip_addresses: { cidr: 'fd00::/8' }, protocol: 'UDP', ports: { range: { start: 53, end: 53 } } },
    ];
    const { status, body } = await post('network_tunnel', { filter_rules: rules });
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body.filter_rules).toEqual([
      { ...rules[0], protocol: 'ANY', ports: { list: [] } },
      { ...rules[1], ports: { list: [] } },
      rules[2],
    ]);
    const again = { method: 'PATCH', json: { filter_rules: rules } };
    const path = `/api/config/v1/jump-item/network-tunnel-jump/${body.id}`;
    const { headers } = await site.api(path, again);
    expect(headers.get('etag'), 'the same rules are no change').toBe('"1"');
  });

  const anywhere = { cidr: '0.0.0.0/0' };
  it.each([
    [[]],
    [null],
    ['[]'],
    [[{}]],
    [[{ ip_addresses: {} }]],
    [[{ ip_addresses: { cidr: '10.0.0.1' } }]],
    [[{ ip_addresses: { cidr: '10.0.0.0/33' } }]],
    [[{ ip_addresses: { cidr: '10.0.0.0/8', list: ['10.0.0.1'] } }]],
    [[{ ip_addresses: { range: { start: '10.0.0.9', end: '10.0.0.1' } } }]],
    [[{ ip_addresses: { range: { start: '10.0.0.9', end: 'fd00::1' } } }]],
    [[{ ip_addresses: { list: [] } }]],
    [[{ ip_addresses: { list: ['host.example.com'] } }]],
    [[{ ip_addresses: { list: Array(17).fill('10.0.0.1') } }]],
    [[{ ip_addresses: anywhere, protocol: 'tcp' }]],
    [[{ ip_addresses: anywhere, protocol: 'ICMP', ports: { list: [1] } }]],
    [[{ ip_addresses: anywhere, ports: { list: [1] } }]],
    [[{ ip_addresses: anywhere, protocol: 'TCP', ports: { list: [0] } }]],
    [[{ ip_addresses: anywhere, protocol: 'TCP', ports: { list: Array(43).fill(1) } }]],
    [[{ ip_addresses: anywhere, protocol: 'TCP', ports: { range: { start: 2, end: 1 } } }]],
    [Array(51).fill({ ip_addresses: anywhere })],
  ])('a network tunnel refuses the rules %j', async (rules) => {
    const { status, body } = await post('network_tunnel', { filter_rules: rules });
    expect([status, Object.keys(body.errors)[0]]).toEqual([422, expect.stringMatching(/^filter_rules/)]);
  });

  it('ids are unique over all kinds, so one kind does not answer for another', async () => {
    const { body } = await post('vpro', {});
    expect((await site.api(`/api/config/v1/jump-item/local-jump/${body.id}`)).status).toBe(404);
  });

  it('protocol tunnels answer on both of their paths', async () => {
    expect((await site.api('/api/config/v1/jump-item/protocol-tunnel')).status).toBe(200);
  });
});
