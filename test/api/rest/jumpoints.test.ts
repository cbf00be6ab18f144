import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeEnrolmentToken } from '../../../agents/protocol.ts';
import { hashSecret } from '../../../appliance/secrets.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

async function newJumpoint(name: string, settings: object = {}): Promise<{ id: number }> {
  const { status, body } = await api('POST', '/jumpoint', { name, platform: 'linux-x86', ...settings });
  expect(status).toBe(201);
  return body;
}

async function newNode(jumpointId: number, hostname: string, key: string, heartbeatAgeSeconds?: number) {
  let connectedNodeId: string | null = null;
  if (heartbeatAgeSeconds !== undefined) {
    const [row] = await appliance.sql<{ id: string }[]>`
      insert into server_node (id, node_url, hostname, heartbeat_at)
      values (gen_random_uuid(), 'http://127.0.0.1:1', 'test',
              clock_timestamp() - make_interval(secs => ${heartbeatAgeSeconds}))
      returning id`;
    connectedNodeId = row!.id;
  }
  const [node] = await appliance.sql<{ id: number }[]>`
    insert into jumpoint_node (jumpoint_id, identity_public_key, sealing_public_key, hostname, private_ip,
                               connected_node_id)
    values (${jumpointId}, ${Buffer.from(key)}, ${Buffer.from(key)}, ${hostname}, '10.0.0.7', ${connectedNodeId})
    returning id`;
  return node!.id;
}

describe('creating and changing a Jumpoint', () => {
  it('answers every published field, with defaults and a code name made from the name', async () => {
    const { status, headers, body } = await api('POST', '/jumpoint', {
      name: 'Plant network',
      platform: 'linux-x86',
      connected: true,
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toMatch(/\/api\/config\/v1\/jumpoint\/\d+$/);
    expect(body).toMatchObject({
      code_name: 'plant_network',
      comments: '',
      enabled: true,
      connected: false,
      clustered: false,
      shell_jump_enabled: false,
      external_jump_item_network_id: '',
      jzp_proxy_port: 9555,
      jzp_restricted_ips: [],
      shell_jump_access: 'open',
    });
  });

  it('keeps platform and clustering as they were created', async () => {
    const { id } = await newJumpoint('Fixed');
    expect((await api('PATCH', `/jumpoint/${id}`, { platform: 'linux-x86', clustered: false })).status).toBe(
      200,
    );
    expect(await api('PATCH', `/jumpoint/${id}`, { platform: 'windows-x86' })).toMatchObject({
      status: 422,
      body: { errors: { platform: [expect.any(String)] } },
    });
    expect((await api('PATCH', `/jumpoint/${id}`, { clustered: true })).status).toBe(422);
  });

  it('checks the address ranges of limited access and completes provisioned targets', async () => {
    const { id } = await newJumpoint('Limited');
    const ranges = (shell_jump_ranges: string[]) => api('PATCH', `/jumpoint/${id}`, { shell_jump_ranges });
    expect((await ranges(['10.0.0.0/8', '192.168.7.1', 'fd00::/8', '10.1.0.1-10.1.0.9'])).status).toBe(200);
    for (const bad of ['10.0.0.0/33', 'example.com', '10.1.0.9-10.1.0.1', '']) {
      expect(await ranges([bad]), bad).toMatchObject({ status: 422 });
    }
    const provisioned = await api('PATCH', `/jumpoint/${id}`, {
      shell_jump_access: 'provisioned',
      shell_jump_provisioned: [{ hostname: 'switch-1', protocol: 'telnet' }, { hostname: 'db-1' }],
    });
    expect(provisioned.body.shell_jump_provisioned).toEqual([
      { hostname: 'switch-1', protocol: 'telnet', port: 23, username: '', name: '' },
      { hostname: 'db-1', protocol: 'ssh', port: 22, username: '', name: '' },
    ]);
  });

  it('keeps what tunnels need of it, and checks the addresses they may give out', async () => {
    const { id, ...made } = await newJumpoint('Tunnels');
    expect(made).toMatchObject({
      protocol_tunnel_enabled: true,
      managed_ip_ranges: [],
      rdp_service_account_id: null,
      docker_deploy_key: '',
      key_info: '',
    });
    const change = {
      protocol_tunnel_enabled: false,
      managed_ip_ranges: [
        { start: '10.0.0.1', end: '10.0.0.9' },
        { start: 'fd00::1', end: 'fd00::9' },
      ],
    };
    expect((await api('PATCH', `/jumpoint/${id}`, change)).body).toMatchObject(change);
    expect((await api('GET', `/jumpoint/${id}`)).body).toMatchObject(change);
    for (const range of [
      { start: '10.0.0.9', end: '10.0.0.1' },
      { start: '10.0.0.1', end: 'fd00::1' },
      { start: 'a', end: 'b' },
    ]) {
      expect(await api('PATCH', `/jumpoint/${id}`, { managed_ip_ranges: [range] })).toMatchObject({
        status: 422,
        body: { errors: { managed_ip_ranges: [expect.any(String)] } },
      });
    }
  });

  it('refuses a second external network id but any number of empty ones', async () => {
    const { id } = await newJumpoint('Network A', { external_jump_item_network_id: 'net-1' });
    await newJumpoint('Network B');
    expect(id).toBeGreaterThan(0);
    const taken = await api('POST', '/jumpoint', {
      name: 'Network C',
      platform: 'linux-x86',
      external_jump_item_network_id: 'net-1',
    });
    expect(taken.body.errors).toHaveProperty('external_jump_item_network_id');
  });
});

describe('nodes', () => {
  it('count as connected only while the lease of their server process is fresh', async () => {
    const fresh = await newJumpoint('Fresh');
    const stale = await newJumpoint('Stale');
    await newNode(fresh.id, 'fresh-host', 'fresh', 0);
    await newNode(stale.id, 'stale-host', 'stale', 3600);
    expect((await api('GET', `/jumpoint/${fresh.id}`)).body.connected).toBe(true);
    expect((await api('GET', `/jumpoint/${stale.id}`)).body.connected).toBe(false);
    expect((await api('GET', `/jumpoint/${stale.id}/node`)).body).toMatchObject([
      { hostname: 'stale-host', private_ip: '10.0.0.7', connected: false },
    ]);
    expect((await api('GET', '/jumpoint?hostname=FRESH-HOST')).body).toMatchObject([{ id: fresh.id }]);
    expect((await api('GET', '/jumpoint?private_ip=10.0.0.7')).body).toHaveLength(2);
  });

  it('are revoked once, audited, and gone from lists', async () => {
    const { id } = await newJumpoint('Revoking');
    const nodeId = await newNode(id, 'revoked-host', 'revoked');
    expect((await api('DELETE', `/jumpoint/${id}/node/${nodeId}`)).status).toBe(204);
    expect((await api('DELETE', `/jumpoint/${id}/node/${nodeId}`)).status).toBe(404);
    expect((await api('GET', `/jumpoint/${id}/node`)).body).toEqual([]);
    const { body } = await admin('GET', '/audit-event?type=jumpoint.node_revoked');
    expect(body.items).toMatchObject([{ before: { node_id: nodeId, hostname: 'revoked-host' } }]);
  });
});

describe('enrolment tokens', () => {
  it('show their text once, keep a hash, and carry address and key of the appliance', async () => {
    const { id } = await newJumpoint('Enrolling');
    const { status, body } = await api('POST', `/jumpoint/${id}/enrolment-token`, { uses: 3 });
    expect(status).toBe(201);
    const { url, token, server_key: serverKey } = decodeEnrolmentToken(body.token);
    expect(url).toBe(appliance.url);
    expect(Buffer.from(serverKey, 'base64')).toHaveLength(32);
    const rows = await appliance.sql`select 1 from enrolment_token where token_hash = ${hashSecret(token)}`;
    expect(rows).toHaveLength(1);
    const { token: _, ...listed } = body;
    expect((await api('GET', `/jumpoint/${id}/enrolment-token`)).body).toEqual([listed]);
    const { body: audit } = await admin('GET', '/audit-event?type=jumpoint.enrolment_token_created');
    expect(JSON.stringify(audit)).not.toContain(token);
  });

  it('need no body, and can be revoked', async () => {
    const { id } = await newJumpoint('Revoking tokens');
    const { status, body } = await api('POST', `/jumpoint/${id}/enrolment-token`);
    expect(status).toBe(201);
    expect(body.uses_left).toBe(1);
    expect((await api('DELETE', `/jumpoint/${id}/enrolment-token/${body.id}`)).status).toBe(204);
    expect((await api('DELETE', `/jumpoint/${id}/enrolment-token/${body.id}`)).status).toBe(404);
    expect((await api('GET', `/jumpoint/${id}/enrolment-token`)).body).toEqual([]);
  });
});

describe('the installer', () => {
  it('is refused while a stand-alone Jumpoint has a node or a cluster has ten', async () => {
    const single = await newJumpoint('Single');
    const cluster = await newJumpoint('Cluster', { clustered: true });
    await newNode(single.id, 'single', 'single');
    for (let number = 0; number < 10; number++) await newNode(cluster.id, `c${number}`, `c${number}`);
    expect((await api('GET', `/jumpoint/${single.id}/installer`)).status).toBe(422);
    expect((await api('GET', `/jumpoint/${cluster.id}/installer`)).status).toBe(422);
  });

  it('creates no enrolment token when a browser follows a link', async () => {
    const { id } = await newJumpoint('Linked');
    await admin('GET', `/jumpoint/${id}/installer`);
    expect((await api('GET', `/jumpoint/${id}/enrolment-token`)).body).toEqual([]);
  });
});

describe('members and deletion', () => {
  it('adds and removes members', async () => {
    const { id } = await newJumpoint('Members');
    expect(await api('POST', `/jumpoint/${id}/user`, { user_id: 1 })).toMatchObject({ status: 201 });
    expect((await api('POST', `/jumpoint/${id}/user`, { user_id: 1 })).status).toBe(422);
    expect((await api('GET', `/jumpoint/${id}/user`)).body).toEqual([{ user_id: 1 }]);
    expect((await api('GET', `/jumpoint/${id}/user/1`)).body).toEqual({ user_id: 1 });
    expect((await api('DELETE', `/jumpoint/${id}/user/1`)).status).toBe(204);
    expect((await api('DELETE', `/jumpoint/${id}/user/1`)).status).toBe(404);
  });

  it('takes members from people who edit Jumpoints where they are members themselves', async () => {
    const { id } = await newJumpoint('Delegated');
    const editor = await testPerson(appliance, 'edits_jumpoints', { perm_admin_pushagents: true });
    const other = await testPerson(appliance, 'goes_through_jumpoints');
    const add = (userId: number) => editor.call('POST', `/jumpoint/${id}/user`, { user_id: userId });
    expect((await add(editor.id)).status).toBe(403);
    expect((await add(other.id)).status).toBe(403);
    expect((await api('POST', `/jumpoint/${id}/user`, { user_id: editor.id })).status).toBe(201);
    expect((await add(other.id)).status).toBe(201);
  });

  it('deletes its Jump Items and nodes with it', async () => {
    const { id } = await newJumpoint('Doomed');
    const { body: group } = await api('POST', '/jump-group', { name: 'Group of the doomed' });
    await newNode(id, 'doomed-host', 'doomed');
    await appliance.sql`
      insert into jump_item (kind, name, hostname, jump_group_id, jumpoint_id)
      values ('shell_jump', 'through the doomed', 'h', ${group.id}, ${id})`;
    expect((await api('DELETE', `/jumpoint/${id}`)).status).toBe(204);
    expect(await appliance.sql`select 1 from jump_item where name = 'through the doomed'`).toHaveLength(0);
    expect(await appliance.sql`select 1 from jumpoint_node where hostname = 'doomed-host'`).toHaveLength(0);
  });
});
