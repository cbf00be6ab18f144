import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
});
afterAll(() => appliance?.stop());

const POLICY = '/vault/account-policy';

async function made(path: string, body: object): Promise<{ id: number } & Record<string, unknown>> {
  const answer = await api('POST', path, body);
  expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^201/);
  return answer.body;
}

describe('a vault account policy', () => {
  it('has everything off that is not said, and a code name made from its name', async () => {
    expect(await made(POLICY, { name: 'Domänen-Konten', code_name: '' })).toEqual({
      id: expect.any(Number),
      name: 'Domänen-Konten',
      code_name: 'domanen-konten',
      description: '',
      auto_rotate_credentials: false,
      allow_simultaneous_checkout: false,
      scheduled_password_rotation: false,
      maximum_password_age: null,
    });
    expect((await api('POST', POLICY, { name: 'DOMÄNEN-konten' })).body.errors).toHaveProperty('name');
    expect((await api('POST', POLICY, { name: 'X', code_name: 'Default' })).body.errors).toHaveProperty(
      'code_name',
    );
    expect((await api('GET', `${POLICY}?search=konten`)).body).toHaveLength(1);
    expect((await api('GET', `${POLICY}?code_name=DOMANEN-KONTEN`)).body).toHaveLength(1);
  });

  it('has an age with a schedule, and only then', async () => {
    const wrong = async (body: object, path = POLICY, method = 'POST') => {
      const { status, body: answer } = await api(method, path, { name: 'Aged', ...body });
      expect([status, Object.keys(answer.errors ?? {})]).toEqual([422, ['maximum_password_age']]);
    };
    await wrong({ scheduled_password_rotation: true });
    await wrong({ scheduled_password_rotation: true, maximum_password_age: null });
    await wrong({ maximum_password_age: 30 });
    await wrong({ scheduled_password_rotation: true, maximum_password_age: 366 });
    const { id } = await made(POLICY, {
      name: 'Aged',
      scheduled_password_rotation: true,
      maximum_password_age: 30,
    });
    const path = `${POLICY}/${id}`;
    expect((await api('PATCH', path, { maximum_password_age: 60 })).body.maximum_password_age).toBe(60);
    await wrong({ maximum_password_age: null }, path, 'PATCH');
    const off = await api('PATCH', path, { scheduled_password_rotation: false });
    expect(off.body).toMatchObject({ scheduled_password_rotation: false, maximum_password_age: null });
    await wrong({ scheduled_password_rotation: true }, path, 'PATCH');
    expect((await api('PATCH', path, { maximum_password_age: null })).status).toBe(200);
  });

  it('hands its accounts and groups to the default policy when it is deleted', async () => {
    const strict = await made(POLICY, { name: 'Strict' });
    await made(POLICY, { name: 'Loose' });
    const group = await made('/vault/account-group', { name: 'Strict ones', account_policy: 'strict' });
    const loose = await made('/vault/account-group', { name: 'Loose ones', account_policy: 'loose' });
    const account = (name: string, more: object) =>
      made('/vault/account', { type: 'opaque_token', name, token: 'x', account_policy: 'strict', ...more });
    const inherits = await account('one', { account_group_id: group.id });
    const explicit = await account('two', { account_group_id: loose.id });
    expect((await api('DELETE', `${POLICY}/${strict.id}`)).status).toBe(204);
    const policyOf = async (path: string) => (await api('GET', path)).body.account_policy;
    expect(await policyOf(`/vault/account-group/${group.id}`)).toBeNull();
    expect(await policyOf(`/vault/account/${inherits.id}`)).toBeNull();
    // Inheriting, it would get the policy of its group instead.
    expect(await policyOf(`/vault/account/${explicit.id}`)).toBe('default');
    const { body } = await admin('GET', '/audit-event?type=vault_account_policy.deleted');
    expect(body.items[0].before).toMatchObject({ accounts: 2, account_groups: 1 });
  });
});

const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ3yTBA2uQ3fCxYOPhbTdZc2Q8ZMvCgzLTT0KkqbxC1b';

describe('a vault endpoint', () => {
  it('is made, found by its published filters, changed and deleted', async () => {
    const jumpoint = await made('/jumpoint', { name: 'Site', platform: 'linux-x86' });
    const endpoint = await made('/vault/endpoint', {
      name: 'web-1',
      hostname: 'web-1',
      domain_name: 'example.com',
      description: 'Shop',
      jumpoint_id: jumpoint.id,
      host_key: `web-1,10.0.0.1 ssh-ed25519 ${ED25519} a comment`,
    });
    expect(endpoint).toEqual({
      id: expect.any(Number),
      name: 'web-1',
      operating_system: '',
      domain_name: 'example.com',
      distinguished_name: '',
      hostname: 'web-1',
      description: 'Shop',
      jumpoint_id: jumpoint.id,
      port: 22,
      host_key: `ssh-ed25519 ${ED25519}`,
    });
    for (const query of [
      'name=WEB-1',
      'hostname=web-1',
      'description=shop',
      'domain_name=Example.com',
      'search=EB-1',
    ]) {
      expect([query, (await api('GET', `/vault/endpoint?${query}`)).body]).toEqual([query, [endpoint]]);
    }
    expect((await api('GET', '/vault/endpoint?name=web')).body).toEqual([]);
    const path = `/vault/endpoint/${endpoint.id}`;
    const changed = await api('PATCH', path, {
      port: 2222,
      host_key: null,
      description: null,
      jumpoint_id: null,
    });
    expect(changed.body).toEqual({
      ...endpoint,
      port: 2222,
      host_key: '',
      description: '',
      jumpoint_id: null,
    });
    const account = await made('/vault/account', {
      type: 'username_password',
      name: 'root',
      username: 'root',
      password: 'secret',
      endpoint_id: endpoint.id,
    });
    expect((await api('GET', `/vault/account?endpoint_id=${endpoint.id}`)).body).toHaveLength(1);
    expect((await api('DELETE', path)).status).toBe(204);
    expect((await api('GET', path)).status).toBe(404);
    expect((await api('GET', `/vault/account/${account.id}`)).body.endpoint_id).toBeNull();
  });

  it.each([
    ['jumpoint_id', 4711],
    ['port', 0],
    ['port', 65_536],
    ['host_key', 'ssh-ed25519'],
    ['host_key', `ssh-rsa ${ED25519}`],
    ['host_key', `ssh-ed25519 ${ED25519.slice(0, -4)}`],
    ['host_key', `@revoked * ssh-ed25519 ${ED25519}`],
    ['host_key', `ssh-ed25519 ${ED25519}\nssh-ed25519 ${ED25519}`],
    ['host_key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    ['hostname', ''],
  ])('refuses %s %s', async (field, value) => {
    const body = { name: 'bad', hostname: 'bad', [field]: value };
    const { status, body: answer } = await api('POST', '/vault/endpoint', body);
    expect([status, Object.keys(answer.errors)]).toEqual([422, [field]]);
    if (field === 'host_key') expect(JSON.stringify(answer)).not.toContain('PRIVATE');
  });

  it('goes with its Jumpoint', async () => {
    const jumpoint = await made('/jumpoint', { name: 'Closing', platform: 'linux-x86' });
    const endpoint = await made('/vault/endpoint', { name: 'e', hostname: 'e', jumpoint_id: jumpoint.id });
    expect((await api('DELETE', `/jumpoint/${jumpoint.id}`)).status).toBe(204);
    expect((await api('GET', `/vault/endpoint/${endpoint.id}`)).status).toBe(404);
  });

  it('is tied to Remote RDP items that lead there', async () => {
    const jumpoint = await made('/jumpoint', { name: 'Windows', platform: 'linux-x86' });
    const group = await made('/jump-group', { name: 'Windows' });
    const item = (name: string, hostname: string) =>
      made('/jump-item/remote-rdp', { name, hostname, jumpoint_id: jumpoint.id, jump_group_id: group.id });
    const short = await item('short', 'APP-1');
    const long = await item('long', 'app-1.example.com');
    await item('other', 'app-10');
    const endpoint = await made('/vault/endpoint', {
      name: 'app-1',
      hostname: 'app-1',
      domain_name: 'example.com',
      jumpoint_id: jumpoint.id,
    });
    const other = await made('/vault/endpoint', { name: 'other', hostname: 'app-1' });
    const candidates = `/vault/endpoint/${endpoint.id}/remote-rdp-jump-item-candidates`;
    expect((await api('GET', candidates)).body).toEqual([{ id: short.id }, { id: long.id }]);
    const tie = (to: { id: number }, id: number) =>
      api('POST', `/vault/endpoint/${to.id}/remote-rdp-jump-item-association`, { id });
    const tied = await tie(endpoint, short.id);
    expect([tied.status, tied.body]).toEqual([201, { id: short.id }]);
    expect((await tie(endpoint, short.id)).status).toBe(201);
    expect((await tie(other, short.id)).body.errors).toEqual({ id: [expect.stringContaining('another')] });
    expect((await tie(other, 4711)).body.errors).toHaveProperty('id');
    expect((await tie({ id: 4711 }, long.id)).status).toBe(404);
    expect((await api('GET', candidates)).body).toEqual([{ id: long.id }]);
    const found = await api('GET', `/jump-item/remote-rdp?endpoint_id=${endpoint.id}`);
    expect(found.body).toEqual([expect.objectContaining({ id: short.id, endpoint_id: endpoint.id })]);
    expect((await api('PATCH', `/jump-item/remote-rdp/${short.id}`, { name: 'new' })).body.endpoint_id).toBe(
      endpoint.id,
    );
    expect((await api('DELETE', `/vault/endpoint/${endpoint.id}`)).status).toBe(204);
    expect((await api('GET', `/jump-item/remote-rdp/${short.id}`)).body.endpoint_id).toBeNull();
  });
});
