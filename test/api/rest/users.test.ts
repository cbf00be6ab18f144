import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { caller, signIn, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

const PASSWORD = 'a password of a user';

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

function namesOf(username: string) {
  return { username, public_display_name: username, private_display_name: `${username} (private)` };
}

async function newUser(username: string, settings: object = {}, call = api): Promise<{ id: number }> {
  const { status, body } = await call('POST', '/user', {
    ...namesOf(username),
    password: PASSWORD,
    ...settings,
  });
  expect(status).toBe(201);
  return body;
}

async function signedIn(username: string, password = PASSWORD): Promise<Call> {
  const headers = await signIn(appliance.url, username, password);
  return configurationCalls(caller(appliance.url, async () => headers));
}

describe('users', () => {
  it('have the administrator of the first start as number 1', async () => {
    expect((await api('GET', '/user/1')).body).toMatchObject({
      id: 1,
      security_provider_id: 1,
      username: 'admin',
      perm_admin: true,
    });
    expect((await api('GET', '/user?username=ADMIN')).body).toHaveLength(1);
    expect((await api('GET', '/user?security_provider_id=2')).body).toEqual([]);
  });

  it('are created with no right unasked, sign in, and never show their password', async () => {
    const created = await api('POST', '/user', { ...namesOf('pat'), password: PASSWORD, failed_logins: 3 });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      email_address: '',
      enabled: true,
      failed_logins: 0,
      last_authentication: null,
      perm_admin: false,
      perm_support_allowed: 'not_allowed',
      perm_shell_jump: false,
      perm_routing_idle_timeout: 900,
      default_jump_item_role_id: 1,
      private_jump_item_role_id: 1,
      two_factor_enabled: false,
      created_at: expect.stringMatching(/\+00:00$/),
    });
    expect(JSON.stringify(created.body)).not.toContain('password"');
    expect((await (await signedIn('pat'))('GET', '/me')).body).toMatchObject({
      username: 'pat',
      perm_admin: false,
    });
    const { body: audit } = await admin('GET', '/audit-event?type=user.created');
    expect(JSON.stringify(audit)).not.toContain(PASSWORD);
  });

  it('are refused with a taken name, a weak password, a bad address or an unknown role', async () => {
    await newUser('taken');
    const attempt = async (settings: object) =>
      Object.keys(
        (await api('POST', '/user', { ...namesOf('someone'), password: PASSWORD, ...settings })).body.errors,
      );
    expect(await attempt({ username: 'TAKEN' })).toEqual(['username']);
    expect(await attempt({ password: 'short' })).toEqual(['password']);
    expect(await attempt({ email_address: 'nobody' })).toEqual(['email_address']);
    expect(await attempt({ default_jump_item_role_id: 99 })).toEqual(['default_jump_item_role_id']);
    expect(await attempt({ username: ' padded' })).toEqual(['username']);
    expect((await api('GET', '/user?username=someone')).body).toEqual([]);
  });

  it('keep the settings that a change does not name', async () => {
    const { id } = await newUser('jumper', { perm_shell_jump: true, perm_remote_rdp: true });
    const { body } = await api('PATCH', `/user/${id}`, { perm_shell_jump: false });
    expect(body).toMatchObject({ perm_shell_jump: false, perm_remote_rdp: true });
    const again = await api('PATCH', `/user/${id}`, { email_address: 'jumper@example.com' });
    expect(again.body).toMatchObject({ perm_remote_rdp: true, email_address: 'jumper@example.com' });
    const refused = await api('PATCH', `/user/${id}`, { private_jump_item_role_id: 999 });
    expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['private_jump_item_role_id']]);
    expect((await api('PATCH', `/user/${id}`, { perm_support_allowed: 'a_bit' })).status).toBe(422);
    expect((await api('PATCH', `/user/${id}`, { perm_nonsense: true })).status).toBe(401);
  });

  it('are unlocked by failed_logins 0', async () => {
    const { id } = await newUser('locked');
    await appliance.sql`
      insert into sign_in_failure (user_id, source, failures, blocked_until)
      values (${id}, 'network 127.0.0.0/24', 5, now() + interval '1 hour')`;
    expect((await api('GET', `/user/${id}`)).body.failed_logins).toBe(5);
    await expect(signedIn('locked')).rejects.toThrow(/401/);
    expect((await api('PATCH', `/user/${id}`, { failed_logins: 4 })).status).toBe(422);
    expect((await api('PATCH', `/user/${id}`, { failed_logins: 0 })).body.failed_logins).toBe(0);
    expect((await (await signedIn('locked'))('GET', '/me')).status).toBe(200);
  });

  it('have to choose a new password once theirs has expired', async () => {
    const { id } = await newUser('expiring', {
      password_expiration: '2031-05-01T12:00:00Z',
      display_number: 7,
    });
    expect((await api('GET', `/user/${id}`)).body).toMatchObject({
      password_expiration: '2031-05-01T12:00:00+00:00',
      preferred_email_language: 'en-us',
      display_number: 7,
    });
    const user = await signedIn('expiring');
    expect((await user('GET', '/jump-group')).status).toBe(200);
    await api('PATCH', `/user/${id}`, { password_expiration: '2021-05-01T12:00:00Z' });
    expect((await user('GET', '/jump-group')).status).toBe(403);
    const change = { current_password: PASSWORD, new_password: 'a fresh long password' };
    expect((await user('POST', '/me/password', change)).status).toBe(204);
    expect((await user('GET', '/jump-group')).status).toBe(200);
    expect(
      (await api('PATCH', `/user/${id}`, { password_expiration: '2031-02-30T12:00:00+02:00' })).status,
    ).toBe(422);
    expect((await api('PATCH', `/user/${id}`, { password_expiration: '' })).body.password_expiration).toBe(
      null,
    );
  });

  it('lose their sign-ins when disabled or given another password', async () => {
    const { id } = await newUser('leaver');
    const before = await signedIn('leaver');
    await api('PATCH', `/user/${id}`, { password: 'another long password' });
    expect((await before('GET', '/me')).status).toBe(401);
    const after = await signedIn('leaver', 'another long password');
    await api('PATCH', `/user/${id}`, { enabled: false });
    expect((await after('GET', '/me')).status).toBe(401);
    await expect(signedIn('leaver', 'another long password')).rejects.toThrow(/401/);
  });

  it('cannot configure the site without being administrators', async () => {
    await newUser('plain');
    const plain = await signedIn('plain');
    for (const path of ['/user', '/api-account', '/site-setting', '/audit-event', '/security-provider']) {
      expect((await plain('GET', path)).status, path).toBe(403);
    }
    expect((await plain('POST', '/user', namesOf('friend'))).status).toBe(403);
  });
});

describe('settings of users', () => {
  async function governedBy(settings: object, userId: number): Promise<{ id: number; name: string }> {
    const { body } = await api('POST', '/group-policy', { name: `Policy of ${userId}`, ...settings });
    expect((await api('POST', `/group-policy/${body.id}/member`, { user_id: userId })).status).toBe(201);
    return body;
  }
  const SHELL = { perm_shell_jump: true, setting_status: { perm_shell_jump: 'defined' } };
  const settingOf = async (id: number, name: string) =>
    (await api('GET', `/user/${id}/setting`)).body.settings.find(
      (one: { name: string }) => one.name === name,
    );

  it('show what holds, and may be sent back without becoming own values', async () => {
    const { id } = await newUser('governed');
    const policy = await governedBy(SHELL, id);
    const shown = await api('GET', `/user/${id}`);
    expect(shown.body.perm_shell_jump).toBe(true);
    expect((await api('GET', '/user?username=governed')).body).toEqual([shown.body]);
    const again = await api('PATCH', `/user/${id}`, shown.body);
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([200, shown.body, '"1"']);
    expect((await settingOf(id, 'perm_shell_jump')).own).toBe(null);
    expect((await api('DELETE', `/group-policy/${policy.id}`)).status).toBe(204);
    expect((await api('GET', `/user/${id}`)).body.perm_shell_jump).toBe(false);
  });

  it('that a policy decides are refused by its name, others become own values', async () => {
    const { id } = await newUser('partly');
    const { name } = await governedBy(SHELL, id);
    const refused = await api('PATCH', `/user/${id}`, { perm_shell_jump: false, perm_vpro: true });
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      { perm_shell_jump: [expect.stringContaining(name)] },
    ]);
    expect((await api('GET', `/user/${id}`)).body.perm_vpro).toBe(false);
    expect((await api('PATCH', `/user/${id}`, { perm_vpro: true })).status).toBe(200);
    expect(await settingOf(id, 'perm_vpro')).toMatchObject({
      own: true,
      value: true,
      source: { kind: 'user' },
    });
  });

  it('tell where each value comes from and what was passed over', async () => {
    const { id } = await newUser('explained', { perm_shell_jump: true });
    const policy = await governedBy(
      { perm_shell_jump: false, setting_status: { perm_shell_jump: 'final' } },
      id,
    );
    const source = { kind: 'group_policy', id: policy.id, name: policy.name, status: 'final' };
    const user = { kind: 'user', id: null, name: '', status: null };
    expect(await settingOf(id, 'perm_shell_jump')).toEqual({
      name: 'perm_shell_jump',
      section: 'representative',
      own: true,
      value: false,
      source,
      statements: [
        { source: user, value: true, passed_over: { because: 'replaced_later', by: source } },
        { source, value: false, passed_over: null },
      ],
    });
    expect(await settingOf(id, 'perm_vault')).toMatchObject({ own: null, source: { kind: 'initial' } });
  });

  it('are set and cleared as own values although a policy decides, and by one person at a time', async () => {
    const { id } = await newUser('owner');
    await governedBy(SHELL, id);
    const patch = (body: object, headers?: Record<string, string>) =>
      api('PATCH', `/user/${id}/setting`, body, headers);
    const set = await patch({
      perm_shell_jump: false,
      attended_session_policy: { chat: 'deny' },
      perm_session_idle_timeout: 300,
    });
    expect([set.status, set.headers.get('etag')]).toEqual([200, '"2"']);
    expect(await settingOf(id, 'perm_shell_jump')).toMatchObject({ own: false, value: true });
    expect(await settingOf(id, 'attended_session_policy')).toMatchObject({ value: { chat: 'deny' } });
    const match = { 'if-match': '"2"' };
    const answers = await Promise.all([
      patch({ perm_shell_jump: null }, match),
      patch({ perm_session_idle_timeout: null }, match),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    for (const [wrong, status] of [
      [{ perm_session_idle_timeout: 301 }, 422],
      [{ attended_session_policy: 1 }, 422],
      [{ attended_session_policy: 999 }, 422],
      [{ inferior_jump_item_role_id: 999 }, 422],
      [{ perm_colour: true }, 401],
    ] as const) {
      expect([wrong, (await patch(wrong)).status]).toEqual([wrong, status]);
    }
    expect(await patch({ perm_admin: true })).toMatchObject({
      status: 422,
      body: { message: 'This API cannot update administrators.' },
    });
  });

  it('take the names of the sister product', async () => {
    const { id } = await newUser('sister', {
      perm_access_allowed: 'full_support',
      perm_invite_external_user: true,
    });
    const { body } = await api('GET', `/user/${id}`);
    expect(body).toMatchObject({ perm_support_allowed: 'full_support', perm_invite_external_rep: true });
    const back = await api('PATCH', `/user/${id}`, { ...body, perm_access_allowed: 'not_allowed' });
    expect(back.body.perm_support_allowed).toBe('not_allowed');
  });

  it('keep a required second factor without keeping anybody out', async () => {
    const { id } = await newUser('careful', { two_factor_required: true });
    expect((await api('GET', `/user/${id}`)).body).toMatchObject({
      two_factor_required: true,
      two_factor_enabled: false,
    });
    expect((await (await signedIn('careful'))('GET', '/me')).status).toBe(200);
  });
});

describe('group policies of a user', () => {
  it('change by the list of the user, passing over what is so already', async () => {
    const { id } = await newUser('joiner');
    const made = async (name: string) => (await api('POST', '/group-policy', { name })).body.id as number;
    const [one, two] = [await made('Joined one'), await made('Joined two')];
    const patch = (body: object) => api('PATCH', `/user/${id}/group-policy-changes`, body);
    expect((await patch({ added: [two, one] })).body).toMatchObject({ id: two, name: 'Joined two' });
    expect((await patch({ added: [one], removed: [two] })).status).toBe(200);
    expect((await patch({ added: [one], removed: [two] })).status).toBe(200);
    const list = await api('GET', `/user/${id}/group-policies?per_page=100`);
    expect(list.body.map((policy: { id: number }) => policy.id)).toEqual([one]);
    expect(list.headers.get('x-bt-pagination-last-page')).toBe('1');
    for (const [wrong, field] of [
      [{ added: [9999] }, 'added'],
      [{ removed: [9999] }, 'removed'],
      [{ added: [one], removed: [one] }, 'removed'],
      [{}, 'added'],
    ] as const) {
      const refused = await patch(wrong);
      expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, [field]]);
    }
    expect((await api('PATCH', '/user/9999/group-policy-changes', { added: [one] })).status).toBe(404);
    expect((await api('GET', '/user/9999/group-policies')).status).toBe(404);
    await appliance.sql`insert into security_provider (id, type, name) values (500, 'radius', 'Radius')`;
    await appliance.sql`update app_user set security_provider_id = 500 where id = ${id}`;
    expect((await patch({ removed: [one] })).body.message).toContain('local users');
  });

  it('hold at once; provisioning passes over ids that nobody has and is audited', async () => {
    for (const body of [undefined, {}, { user_ids: [] }, { user_ids: [1, 9999] }, { user_ids: null }]) {
      expect((await api('POST', '/user/provision', body)).status).toBe(204);
    }
    expect((await api('POST', '/user/provision', { user_ids: ['1'] })).status).toBe(422);
    const { body } = await admin('GET', '/audit-event?type=user.provisioned');
    expect(JSON.stringify(body)).toContain('"user_ids":[1]');
  });
});

describe('users of a directory', () => {
  it('keep what the directory says about them', async () => {
    const { id } = await newUser('walter');
    await appliance.sql`
      insert into security_provider (id, type, name, settings)
      values (600, 'ldap', 'Directory', '{"sync_display_name": true}'), (601, 'ldap', 'Other', '{"sync_display_name": false}')`;
    const from = (provider: number) =>
      appliance.sql`update app_user set security_provider_id = ${provider} where id = ${id}`;
    await from(600);
    const attempt = async (body: object) => {
      const { status, body: answer } = await api('PATCH', `/user/${id}`, body);
      return [status, ...Object.keys(answer.errors ?? {})];
    };
    expect(await attempt({ username: 'other' })).toEqual([422, 'username']);
    expect(await attempt({ password: 'a password of their own' })).toEqual([422, 'password']);
    expect(await attempt({ public_display_name: 'Other' })).toEqual([422, 'public_display_name']);
    expect(await attempt({ email_address: 'other@example.com' })).toEqual([422, 'email_address']);
    const { body } = await api('GET', `/user/${id}`);
    expect(await attempt({ ...body, perm_shell_jump: true })).toEqual([200]);
    await from(601);
    expect(await attempt({ public_display_name: 'Other' })).toEqual([200]);
    expect(await attempt({ username: 'other' })).toEqual([422, 'username']);
  });
});

describe('administrators', () => {
  it('cannot be made or changed by an API account', async () => {
    const patch = await api('PATCH', '/user/1', { email_address: 'root@example.com' });
    expect(patch).toMatchObject({ status: 422, body: { message: 'This API cannot update administrators.' } });
    expect((await api('POST', '/user', { ...namesOf('made'), perm_admin: true })).status).toBe(422);
    const { id } = await newUser('raised');
    expect((await api('PATCH', `/user/${id}`, { perm_admin: true })).status).toBe(422);
    expect((await api('GET', `/user/${id}`)).body.perm_admin).toBe(false);
  });

  it('are made by administrators, and the last enabled one stays', async () => {
    for (const change of [{ perm_admin: false }, { enabled: false }]) {
      expect(await admin('PATCH', '/user/1', change)).toMatchObject({
        status: 422,
        body: { message: expect.stringContaining('last enabled local administrator') },
      });
    }
    const { id } = await newUser('second', { perm_admin: true }, admin);
    const second = await signedIn('second');
    expect((await second('PATCH', `/user/${id}`, { perm_admin: false })).status).toBe(200);
    expect((await second('GET', '/user')).status).toBe(403);
  });

  it('cannot be deleted, other users can', async () => {
    expect((await admin('DELETE', '/user/1')).status).toBe(422);
    const { id } = await newUser('gone');
    expect((await api('DELETE', `/user/${id}`)).status).toBe(204);
    expect((await api('GET', `/user/${id}`)).status).toBe(404);
  });

  // The last one here: it may end the sign-in that the others use.
  it('cannot both step down at once', async () => {
    const { id } = await newUser('twin', { perm_admin: true }, admin);
    const answers = await Promise.all([
      admin('PATCH', `/user/${id}`, { perm_admin: false }),
      admin('PATCH', '/user/1', { enabled: false }),
    ]);
    expect(answers.map(({ status }) => status).sort()).not.toEqual([200, 200]);
    const [row] = await appliance.sql<{ total: number }[]>`
      select count(*)::int as total from app_user where perm_admin and enabled`;
    expect(row?.total).toBe(1);
  });
});
