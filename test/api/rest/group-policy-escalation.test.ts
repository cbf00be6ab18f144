import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { caller, signIn, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

const PASSWORD = 'a password of a user';
const REFUSED = { status: 422, body: { message: 'This API cannot update administrators.' } };

let appliance: TestAppliance;
/** Has perm_configuration_security too. */
let api: Call;
let admin: Call;
let counter = 0;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

// biome-ignore lint/suspicious/noExplicitAny: tests look at members by name; the contract check types the answer
async function made(call: Call, path: string, body: object): Promise<any> {
  const answer = await call('POST', path, body);
  expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^201/);
  return answer.body;
}
const newPolicy = (call: Call, settings: object = {}) =>
  made(call, '/group-policy', { name: `Policy ${++counter}`, ...settings });
const MAKES_ADMINISTRATORS = { perm_admin: true, setting_status: { perm_admin: 'defined' } };

async function newUser(settings: object = {}, call = api): Promise<{ id: number; username: string }> {
  const username = `user${++counter}`;
  const names = { username, public_display_name: username, private_display_name: username };
  return await made(call, '/user', { ...names, password: PASSWORD, ...settings });
}
async function signedIn({ username }: { username: string }, password = PASSWORD): Promise<Call> {
  const headers = await signIn(appliance.url, username, password);
  return configurationCalls(caller(appliance.url, async () => headers));
}

describe('an API account', () => {
  it('cannot define who is an administrator, in whatever way', async () => {
    const name = () => ({ name: `Policy ${++counter}` });
    expect(await api('POST', '/group-policy', { ...name(), ...MAKES_ADMINISTRATORS })).toMatchObject(REFUSED);
    // Not even for the day an administrator defines it, or as a no.
    expect(await api('POST', '/group-policy', { ...name(), perm_admin: true })).toMatchObject(REFUSED);
    expect(
      await api('POST', '/group-policy', { ...name(), setting_status: { perm_admin: 'final' } }),
    ).toMatchObject(REFUSED);
    const { id } = await newPolicy(api);
    for (const change of [
      MAKES_ADMINISTRATORS,
      { perm_admin: true },
      { setting_status: { perm_admin: 'final' } },
    ]) {
      expect(await api('PATCH', `/group-policy/${id}`, change)).toMatchObject(REFUSED);
    }
  });

  it('cannot touch members of a policy that does, copy, delete or undefine it', async () => {
    const { id } = await newPolicy(admin, MAKES_ADMINISTRATORS);
    const user = await newUser();
    const member = await made(admin, `/group-policy/${id}/member`, { user_id: (await newUser()).id });
    expect(await api('POST', `/group-policy/${id}/member`, { user_id: user.id })).toMatchObject(REFUSED);
    expect(await api('DELETE', `/group-policy/${id}/member/${member.id}`)).toMatchObject(REFUSED);
    const changes = `/user/${user.id}/group-policy-changes`;
    expect(await api('PATCH', changes, { added: [1, id] })).toMatchObject(REFUSED);
    expect((await api('GET', `/user/${user.id}/group-policies`)).body).toEqual([]);
    expect(
      await api('PATCH', `/user/${member.user_id}/group-policy-changes`, { removed: [id] }),
    ).toMatchObject(REFUSED);
    expect(await api('POST', `/group-policy/${id}/copy`, { name: 'Mine' })).toMatchObject(REFUSED);
    expect(await api('DELETE', `/group-policy/${id}`)).toMatchObject(REFUSED);
    expect(
      await api('PATCH', `/group-policy/${id}`, { setting_status: { perm_admin: 'not_defined' } }),
    ).toMatchObject(REFUSED);
    // What has nothing to do with it may be changed, also by sending back the whole object.
    const { body: whole } = await api('GET', `/group-policy/${id}`);
    const renamed = await api('PATCH', `/group-policy/${id}`, { ...whole, comments: 'Those of the night' });
    expect([renamed.status, renamed.body.perm_admin]).toEqual([200, true]);
  });

  it('cannot turn policies round that say who is an administrator', async () => {
    const yes = await newPolicy(admin, MAKES_ADMINISTRATORS);
    const no = await newPolicy(admin, { perm_admin: false, setting_status: { perm_admin: 'defined' } });
    const other = await newPolicy(api);
    const ids = (await api('GET', '/group-policy-order')).body.ids as number[];
    expect(await api('PUT', '/group-policy-order', { ids: ids.toReversed() })).toMatchObject(REFUSED);
    expect(await api('POST', `/group-policy/${no.id}/move`, { position: 1 })).toMatchObject(REFUSED);
    expect((await api('GET', '/group-policy-order')).body.ids).toEqual(ids);
    expect((await api('POST', `/group-policy/${other.id}/move`, { position: 1 })).status).toBe(200);
    expect((await admin('POST', `/group-policy/${yes.id}/move`, { position: ids.length })).status).toBe(200);
  });

  it('cannot change, lock out, sign in as or delete whom a policy makes an administrator', async () => {
    const { id } = await newPolicy(admin, MAKES_ADMINISTRATORS);
    const user = await newUser();
    await made(admin, `/group-policy/${id}/member`, { user_id: user.id });
    expect((await api('GET', `/user/${user.id}`)).body.perm_admin).toBe(true);
    for (const change of [
      { password: 'the password of an intruder' },
      { enabled: false },
      { email_address: 'a@b' },
    ]) {
      expect(await api('PATCH', `/user/${user.id}`, change)).toMatchObject(REFUSED);
    }
    expect(await api('PATCH', `/user/${user.id}/setting`, { perm_shell_jump: false })).toMatchObject(REFUSED);
    for (const call of [api, admin]) {
      expect((await call('DELETE', `/user/${user.id}`)).body.message).toContain(
        'without administrator rights',
      );
    }
    const person = await signedIn(user);
    expect(
      (await person('POST', '/group-policy', { name: 'By policy', ...MAKES_ADMINISTRATORS })).status,
    ).toBe(201);
    expect((await admin('DELETE', `/group-policy/${id}`)).status).toBe(204);
    expect((await person('GET', '/group-policy')).status).toBe(403);
  });

  it('grants any other right', async () => {
    const { id } = await newPolicy(api, {
      perm_set_passwords: true,
      perm_vault: true,
      setting_status: { perm_set_passwords: 'final', perm_vault: 'defined' },
    });
    const user = await newUser();
    expect((await api('POST', `/group-policy/${id}/member`, { user_id: user.id })).status).toBe(201);
    expect((await api('GET', `/user/${user.id}`)).body).toMatchObject({
      perm_set_passwords: true,
      perm_vault: true,
    });
  });

  it('does not make a new user an administrator by the default policy of the provider', async () => {
    const { id } = await newPolicy(admin, MAKES_ADMINISTRATORS);
    expect((await api('PATCH', '/security-provider/1', { default_policy: id })).status).toBe(422);
    const directory = {
      type: 'radius',
      name: 'Radius',
      hostname: 'localhost',
      shared_secret: 's',
      default_policy: id,
    };
    expect((await api('POST', '/security-provider', directory)).status).toBe(422);
    expect((await admin('PATCH', '/security-provider/1', { default_policy: id })).status).toBe(200);
    expect((await api('PATCH', '/security-provider/1', { default_policy: 0 })).status).toBe(422);
    const names = { username: 'sneaked', public_display_name: 'S', private_display_name: 'S' };
    expect(await api('POST', '/user', { ...names, password: PASSWORD })).toMatchObject(REFUSED);
    expect((await admin('PATCH', '/security-provider/1', { default_policy: 0 })).status).toBe(200);
  });
});

describe('administrators by own value', () => {
  it('stay administrators whatever a policy says', async () => {
    const { id } = await newPolicy(admin, { perm_admin: false, setting_status: { perm_admin: 'final' } });
    await made(admin, `/group-policy/${id}/member`, { user_id: 1 });
    expect((await admin('GET', '/user/1')).body.perm_admin).toBe(true);
    expect((await admin('GET', '/group-policy')).status).toBe(200);
    // A policy does not count: somebody has to be left who needs none.
    const { id: maker } = await newPolicy(admin, MAKES_ADMINISTRATORS);
    const user = await newUser();
    await made(admin, `/group-policy/${maker}/member`, { user_id: user.id });
    const refused = await admin('PATCH', '/user/1', { enabled: false });
    expect(refused.body.message).toContain('last enabled local administrator');
  });
});

describe('people with the right to set passwords', () => {
  let helper: Call;
  let helperId: number;

  beforeAll(async () => {
    const user = await newUser({ perm_set_passwords: true, perm_shell_jump: true });
    helperId = user.id;
    helper = await signedIn(user);
  });

  it('set passwords and unlock, and change nothing else', async () => {
    const user = await newUser({ perm_shell_jump: true });
    const path = `/user/${user.id}`;
    const change = { password: 'another long password', password_reset_next_login: true, failed_logins: 0 };
    expect((await helper('PATCH', path, change)).status).toBe(200);
    expect((await (await signedIn(user, change.password))('GET', '/me')).body.must_change_password).toBe(
      true,
    );
    expect((await helper('GET', '/user?username=ADMIN')).body).toHaveLength(1);
    for (const other of [
      { enabled: false },
      { perm_shell_jump: false },
      { email_address: 'a@b' },
      { username: 'x' },
    ]) {
      expect((await helper('PATCH', path, { ...other, failed_logins: 0 })).status).toBe(403);
    }
    for (const [method, target, body] of [
      ['DELETE', path, undefined],
      ['POST', '/user', { username: 'x', public_display_name: 'x', private_display_name: 'x' }],
      ['PATCH', `${path}/setting`, { perm_vault: true }],
      ['GET', `${path}/setting`, undefined],
      ['PATCH', `${path}/group-policy-changes`, { added: [1] }],
      ['GET', '/group-policy', undefined],
    ] as const) {
      expect([target, (await helper(method, target, body)).status]).toEqual([target, 403]);
    }
  });

  it('do not become somebody who may do more', async () => {
    const change = { password: 'another long password' };
    expect((await helper('PATCH', '/user/1', change)).status).toBe(403);
    expect((await helper('PATCH', `/user/${helperId}`, change)).status).toBe(403);
    const graded = await newUser({ perm_endpoint_automation: 'user' });
    const refused = await helper('PATCH', `/user/${graded.id}`, change);
    expect([refused.status, refused.body.message]).toEqual([
      403,
      expect.stringContaining('perm_endpoint_automation'),
    ]);
    // Rights that come from a policy count too.
    const user = await newUser();
    const { id } = await newPolicy(api, { perm_vault: true, setting_status: { perm_vault: 'defined' } });
    await made(api, `/group-policy/${id}/member`, { user_id: user.id });
    expect((await helper('PATCH', `/user/${user.id}`, change)).status).toBe(403);
    const { id: maker } = await newPolicy(admin, MAKES_ADMINISTRATORS);
    const chief = await newUser();
    await made(admin, `/group-policy/${maker}/member`, { user_id: chief.id });
    expect((await helper('PATCH', `/user/${chief.id}`, { failed_logins: 0 })).status).toBe(403);
  });

  it('do not become somebody who reaches more Jump Items', async () => {
    const change = { password: 'another long password' };
    const { id: groupId } = await made(api, '/jump-group', { name: `Reached ${++counter}` });
    const { id: jumpointId } = await made(api, '/jumpoint', {
      name: `Reached ${counter}`,
      platform: 'linux-x86',
    });
    const { id: teamId } = await made(api, '/team', { name: `Reached ${counter}` });
    const refusal = async (userId: number) => (await helper('PATCH', `/user/${userId}`, change)).body.message;

    const started = await newUser({ unassigned_jump_item_role_id: 2 });
    expect(await refusal(started.id)).toContain('the system Jump Item Role');
    const member = await newUser();
    await made(api, `/jump-group/${groupId}/user`, { user_id: member.id, jump_item_role_id: 2 });
    expect(await refusal(member.id)).toContain('Jump Groups');
    const through = await newUser();
    await made(api, `/jumpoint/${jumpointId}/user`, { user_id: through.id });
    expect(await refusal(through.id)).toContain('Jumpoints');
    const lead = await newUser();
    await made(api, `/team/${teamId}/user`, { user_id: lead.id, role: 'lead' });
    expect(await refusal(lead.id)).toContain('teams');

    // Whoever reaches the same may.
    await made(api, `/jump-group/${groupId}/user`, { user_id: helperId, jump_item_role_id: 2 });
    expect((await helper('PATCH', `/user/${member.id}`, change)).status).toBe(200);
  });

  it('lose it with the policy that gave it', async () => {
    const user = await newUser();
    const { id } = await newPolicy(api, {
      perm_set_passwords: true,
      setting_status: { perm_set_passwords: 'defined' },
    });
    await made(api, `/group-policy/${id}/member`, { user_id: user.id });
    const person = await signedIn(user);
    const target = await newUser();
    const unlock = () => person('PATCH', `/user/${target.id}`, { failed_logins: 0 });
    expect((await unlock()).status).toBe(200);
    await api('PATCH', `/group-policy/${id}`, { perm_set_passwords: false });
    expect((await unlock()).status).toBe(403);
  });
});
