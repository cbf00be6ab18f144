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

  it('are created with every jump method, sign in, and never show their password', async () => {
    const created = await api('POST', '/user', { ...namesOf('pat'), password: PASSWORD, failed_logins: 3 });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      email_address: '',
      enabled: true,
      failed_logins: 0,
      last_authentication: null,
      perm_admin: false,
      perm_shell_jump: true,
      default_jump_item_role_id: 1,
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

  it('keep the jump methods that a change does not name', async () => {
    const { id } = await newUser('jumper');
    const { body } = await api('PATCH', `/user/${id}`, { perm_shell_jump: false });
    expect(body).toMatchObject({ perm_shell_jump: false, perm_remote_rdp: true });
    const again = await api('PATCH', `/user/${id}`, { email_address: 'jumper@example.com' });
    expect(again.body).toMatchObject({ perm_shell_jump: false, email_address: 'jumper@example.com' });
  });

  it('are unlocked by failed_logins 0', async () => {
    const { id } = await newUser('locked');
    await appliance.sql`
      update app_user set failed_logins = 5, locked_until = now() + interval '1 hour' where id = ${id}`;
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
    expect((await api('PATCH', `/user/${id}`, { two_factor_required: false })).status).toBe(200);
    expect((await api('PATCH', `/user/${id}`, { two_factor_required: true })).status).toBe(422);
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

describe('published fields that are not kept', () => {
  /** What a client may have read of the same person elsewhere. */
  const ELSEWHERE = {
    perm_support_allowed: 'full_support',
    perm_access_allowed: 'full_support',
    perm_set_passwords: true,
    perm_edit_jump_groups: true,
    perm_view_support_reports: 'all_sessions',
    perm_endpoint_automation: 'administrator',
    perm_session_idle_timeout: 900,
    auto_assignment_max_sessions: 3,
    private_jump_item_role_id: 1,
    inferior_jump_item_role_id: 3,
    unassigned_jump_item_role_id: 4,
    two_factor_required: false,
    two_factor_enabled: true,
    fido2_credential_count: 2,
    fido2_last_used_date: '2026-01-05T08:00:00+00:00',
    perm_vault: true,
    perm_sd_static_port_for_external_tools: false,
  };

  it('may be sent back and give nobody a right', async () => {
    const { id } = await newUser('copied', ELSEWHERE);
    const before = (await api('GET', `/user/${id}`)).body;
    const patched = await api('PATCH', `/user/${id}`, { ...before, ...ELSEWHERE });
    expect(patched).toMatchObject({ status: 200, body: before });
    const copied = await signedIn('copied');
    expect((await copied('GET', '/user')).status).toBe(403);
    expect((await copied('POST', '/jump-group', { name: 'Mine' })).status).toBe(403);
    expect((await api('PATCH', `/user/${id}`, { perm_nonsense: true })).status).toBe(401);
  });

  it('are refused where passing them over would leave somebody in who is said to be out', async () => {
    const { id } = await newUser('limited');
    for (const change of [
      { perm_support_allowed: 'not_allowed' },
      { perm_access_allowed: 'not_allowed', perm_shell_jump: false },
      { private_jump_item_role_id: 4 },
      { two_factor_required: true },
    ]) {
      const refused = await api('PATCH', `/user/${id}`, change);
      const [name] = Object.keys(change);
      expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, [name]]);
      expect((await api('POST', '/user', { ...namesOf('limited2'), ...change })).status).toBe(422);
    }
    const methods = Object.fromEntries(
      Object.keys((await api('GET', `/user/${id}`)).body)
        .filter((name) => /^perm_.*(jump|rdp|vnc|vpro|tunnel)$/.test(name))
        .map((name) => [name, false]),
    );
    const out = { ...methods, perm_support_allowed: 'not_allowed' };
    expect((await api('PATCH', `/user/${id}`, out)).status).toBe(200);
    expect((await api('PATCH', `/user/${id}`, { perm_access_allowed: 'not_allowed' })).status).toBe(200);
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
        body: { message: expect.stringContaining('last enabled administrator') },
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
