import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { USER_SETTING_NAMES } from '../../../appliance/access/user-settings.ts';
import { accountsWithAccess } from '../../../schema/vault/vault-access-sql.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
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

const unique = (name: string) => `${name} ${++counter}`;

// biome-ignore lint/suspicious/noExplicitAny: tests look at members by name; the contract check types the answer
async function made(path: string, body: object, call = api): Promise<any> {
  const answer = await call('POST', path, body);
  expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^201/);
  return answer.body;
}

const newPolicy = (settings: object = {}, call = api) =>
  made('/group-policy', { name: unique('Policy'), ...settings }, call);
const newUser = () => {
  const username = unique('user').replace(' ', '');
  return made('/user', { username, public_display_name: username, private_display_name: username });
};
const orderOf = async () => (await api('GET', '/group-policy-order')).body.ids as number[];

describe('a group policy', () => {
  it('is there from the first start and defines nothing', async () => {
    const [first] = (await api('GET', '/group-policy')).body;
    expect(first).toMatchObject({
      id: 1,
      name: 'Default',
      position: 1,
      rep_perm_status: 'not_defined',
      access_perm_status: 'not_defined',
      perm_access_allowed: false,
    });
    expect(new Set(Object.values(first.setting_status))).toEqual(new Set(['not_defined']));
  });

  it('shows every setting of the catalogue and a status for each', async () => {
    const policy = await newPolicy();
    expect(Object.keys(policy)).toEqual(expect.arrayContaining(USER_SETTING_NAMES));
    expect(Object.keys(policy.setting_status).sort()).toEqual([...USER_SETTING_NAMES].sort());
  });

  it('made by a published client has one status for all representative permissions', async () => {
    const policy = await newPolicy({
      rep_perm_status: 'final',
      perm_support_allowed: 'full_support',
      perm_shell_jump: true,
      default_jump_item_role_id: 2,
    });
    expect(policy).toMatchObject({
      rep_perm_status: 'final',
      perm_access_allowed: true,
      perm_shell_jump: true,
    });
    expect(policy.setting_status).toMatchObject({
      perm_shell_jump: 'final',
      perm_local_rdp: 'final',
      perm_edit_issues: 'not_defined',
      attended_session_policy: 'not_defined',
    });
    const again = await api('PATCH', `/group-policy/${policy.id}`, policy);
    expect([again.status, again.body]).toEqual([200, policy]);
    expect(again.headers.get('etag')).toBe('"1"');
  });

  it('keeps single statuses beside the one of the section, whatever is sent back', async () => {
    const { id } = await newPolicy({ rep_perm_status: 'defined' });
    const mixed = (
      await api('PATCH', `/group-policy/${id}`, {
        setting_status: {
          perm_shell_jump: 'final',
          perm_vpro: 'not_defined',
          two_factor_required: 'defined',
        },
        two_factor_required: true,
      })
    ).body;
    expect(mixed.rep_perm_status).toBe('defined');
    // A client that knows the section alone changes nothing by repeating it, and everything by changing it.
    const renamed = await api('PATCH', `/group-policy/${id}`, {
      name: unique('Renamed'),
      rep_perm_status: 'defined',
    });
    expect(renamed.body.setting_status).toEqual(mixed.setting_status);
    const final = (await api('PATCH', `/group-policy/${id}`, { ...mixed, rep_perm_status: 'final' })).body;
    expect(final.setting_status).toMatchObject({
      perm_vpro: 'final',
      perm_shell_jump: 'final',
      two_factor_required: 'defined',
    });
  });

  it('takes the names of the sister product, where they differ from what is shown', async () => {
    const { id, ...shown } = await newPolicy({
      access_perm_status: 'defined',
      perm_access_allowed: true,
      perm_invite_external_user: true,
    });
    expect(shown).toMatchObject({
      rep_perm_status: 'defined',
      perm_support_allowed: 'full_support',
      perm_invite_external_rep: true,
    });
    const patch = (body: object) => api('PATCH', `/group-policy/${id}`, body);
    expect((await patch({ ...shown, access_perm_status: 'final' })).body.rep_perm_status).toBe('final');
    const refused = await patch({ rep_perm_status: 'defined', access_perm_status: 'not_defined' });
    expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['rep_perm_status']]);
    expect((await patch({ perm_sd_static_port_for_external_tools: true })).status).toBe(422);
  });

  it('keeps values it does not define, without effect, until it does', async () => {
    const user = await newUser();
    const policy = await newPolicy({ perm_shell_jump: true });
    expect(policy).toMatchObject({ perm_shell_jump: true, rep_perm_status: 'not_defined' });
    await made(`/group-policy/${policy.id}/member`, { user_id: user.id });
    const shellJump = async () => (await api('GET', `/user/${user.id}`)).body.perm_shell_jump;
    expect(await shellJump()).toBe(false);
    await api('PATCH', `/group-policy/${policy.id}`, { setting_status: { perm_shell_jump: 'defined' } });
    expect(await shellJump()).toBe(true);
  });

  it('defines session policies by id or by permissions of its own', async () => {
    const policy = await newPolicy({
      setting_status: { attended_session_policy: 'final', unattended_session_policy: 'defined' },
      attended_session_policy: 3,
      unattended_session_policy: { chat: 'deny', session_reconnect_timeout: 60 },
    });
    expect(policy).toMatchObject({
      attended_session_policy: 3,
      unattended_session_policy: { chat: 'deny', session_reconnect_timeout: 60 },
    });
    const patch = async (body: object) => {
      const { status, body: answer } = await api('PATCH', `/group-policy/${policy.id}`, body);
      return [status, Object.keys(answer.errors ?? {})];
    };
    expect(await patch({ attended_session_policy: 999 })).toEqual([422, ['attended_session_policy']]);
    expect((await patch({ attended_session_policy: { chat: 'perhaps' } }))[0]).toBe(422);
    expect(await patch({ attended_session_policy: 1 })).toMatchObject([422, expect.anything()]);
    expect(await patch({ attended_session_policy: null })).toEqual([200, []]);
  });

  it('is refused with a taken name, a bad value or an unknown role, and changes nothing then', async () => {
    const { id, name } = await newPolicy({ rep_perm_status: 'defined' });
    const attempt = async (body: object) => {
      const { status, body: answer } = await api('PATCH', `/group-policy/${id}`, body);
      return [status, Object.keys(answer.errors ?? {})];
    };
    expect(await attempt({ name: 'DEFAULT' })).toEqual([422, ['name']]);
    expect(await attempt({ perm_session_idle_timeout: 301 })).toEqual([422, ['perm_session_idle_timeout']]);
    expect(await attempt({ auto_assignment_max_sessions: 11 })).toEqual([
      422,
      ['auto_assignment_max_sessions'],
    ]);
    expect(await attempt({ default_jump_item_role_id: 999 })).toEqual([422, ['default_jump_item_role_id']]);
    expect(await attempt({ setting_status: { perm_shell_jump: 'sometimes' } })).toMatchObject([422, {}]);
    expect((await attempt({ perm_colour: true }))[0]).toBe(401);
    expect((await attempt({ setting_status: { perm_colour: 'final' } }))[0]).toBe(401);
    expect((await api('GET', `/group-policy/${id}`)).body.name).toBe(name);
    expect((await api('GET', `/group-policy?name=${name.toUpperCase()}`)).body).toHaveLength(1);
    expect((await api('GET', '/group-policy/99999')).status).toBe(404);
  });

  it('is copied with settings, members and memberships, at the end', async () => {
    const [group, user] = [await made('/jump-group', { name: unique('Group') }), await newUser()];
    const { id } = await newPolicy({
      rep_perm_status: 'defined',
      jump_groups_add_final: true,
      comments: 'why',
    });
    await made(`/group-policy/${id}/jump-group`, { jump_group_id: group.id, jump_item_role_id: 2 });
    await made(`/group-policy/${id}/member`, { security_provider_id: 1, user_id: user.id });
    const copy = await made(`/group-policy/${id}/copy`, { name: unique('Copy') });
    expect(copy).toMatchObject({ rep_perm_status: 'defined', jump_groups_add_final: true, comments: 'why' });
    expect((await orderOf()).at(-1)).toBe(copy.id);
    expect((await api('GET', `/group-policy/${copy.id}/jump-group`)).body).toEqual([
      { group_policy_id: copy.id, jump_group_id: group.id, jump_item_role_id: 2 },
    ]);
    expect((await api('GET', `/group-policy/${copy.id}/member`)).body).toMatchObject([{ user_id: user.id }]);
    expect((await api('POST', `/group-policy/${id}/copy`, { name: copy.name })).status).toBe(422);
  });

  it('cannot be deleted while a security provider has it as its default', async () => {
    const { id } = await newPolicy();
    expect((await api('PATCH', '/security-provider/1', { default_policy: id })).status).toBe(200);
    const refused = await api('DELETE', `/group-policy/${id}`);
    expect([refused.status, refused.body.message]).toEqual([422, expect.stringContaining('Local')]);
    await api('PATCH', '/security-provider/1', { default_policy: 0 });
    expect((await api('DELETE', `/group-policy/${id}`)).status).toBe(204);
    expect((await api('GET', `/group-policy/${id}`)).status).toBe(404);
  });
});

describe('the order of group policies', () => {
  it('has no gaps, whoever goes and comes', async () => {
    const [a, b, c] = [await newPolicy(), await newPolicy(), await newPolicy()];
    await api('DELETE', `/group-policy/${b.id}`);
    const d = await newPolicy();
    const list = (await api('GET', '/group-policy')).body as { id: number; position: number }[];
    expect(list.map(({ position }) => position)).toEqual(list.map((_, index) => index + 1));
    expect((await orderOf()).slice(-3)).toEqual([a.id, c.id, d.id]);
  });

  it('changes as a whole or by one policy', async () => {
    const [a, b, c] = [await newPolicy(), await newPolicy(), await newPolicy()];
    const before = await orderOf();
    const first = await api('POST', `/group-policy/${c.id}/move`, { position: 1 });
    expect(first.body.ids).toEqual([c.id, ...before.slice(0, -1)]);
    const last = await api('POST', `/group-policy/${c.id}/move`, { position: before.length });
    expect(last.body.ids).toEqual(before);
    const turned = before.toReversed();
    expect((await api('PUT', '/group-policy-order', { ids: turned })).body.ids).toEqual(turned);
    expect((await api('GET', `/group-policy/${a.id}`)).body.position).toBe(turned.indexOf(a.id) + 1);
    const move = await api('POST', `/group-policy/${b.id}/move`, { position: before.length + 1 });
    expect([move.status, Object.keys(move.body.errors)]).toEqual([422, ['position']]);
  });

  it('is refused unless it names every policy exactly once', async () => {
    await newPolicy();
    const ids = await orderOf();
    for (const wrong of [ids.slice(1), [...ids, ids[0]], [...ids, 99_999], []]) {
      const answer = await api('PUT', '/group-policy-order', { ids: wrong });
      expect([answer.status, Object.keys(answer.body.errors)]).toEqual([422, ['ids']]);
    }
    expect(await orderOf()).toEqual(ids);
  });

  it('is lost to nobody when two people change it at once', async () => {
    await newPolicy();
    const { headers, body } = await api('GET', '/group-policy-order');
    const match = { 'if-match': headers.get('etag')! };
    const turned = body.ids.toReversed();
    const answers = await Promise.all([
      api('PUT', '/group-policy-order', { ids: turned }, match),
      admin('POST', `/group-policy/${body.ids[0]}/move`, { position: body.ids.length }, match),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    await newPolicy();
    const stale = await api('PUT', '/group-policy-order', { ids: turned }, match);
    expect(stale.status).toBe(412);
    // Without If-Match both come through, one after the other, and every policy keeps a place of its own.
    const ids = await orderOf();
    await Promise.all(
      ids.map((id, index) => api('POST', `/group-policy/${id}/move`, { position: ids.length - index })),
    );
    expect((await orderOf()).toSorted()).toEqual(ids.toSorted());
  });

  it('of two edits of one policy refuses the second', async () => {
    const { id } = await newPolicy();
    const match = { 'if-match': '"1"' };
    const answers = await Promise.all([
      api('PATCH', `/group-policy/${id}`, { comments: 'one' }, match),
      admin('PATCH', `/group-policy/${id}`, { comments: 'two' }, match),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });
});

describe('members of a group policy', () => {
  async function provider(type: string): Promise<number> {
    const [row] = await appliance.sql<{ id: number }[]>`
      insert into security_provider (type, name) values (${type}, ${unique(type)}) returning id`;
    return row!.id;
  }

  it('are named as their provider names them', async () => {
    const { id } = await newPolicy();
    const user = await newUser();
    const [ldap, saml, portal] = [
      await provider('ldap'),
      await provider('saml'),
      await provider('saml_portal'),
    ];
    const path = `/group-policy/${id}/member`;
    const local = await made(path, { security_provider_id: 1, user_id: user.id });
    expect(local).toEqual({
      id: expect.any(Number),
      security_provider_id: 1,
      user_id: user.id,
      distinguished_name: '',
      group_name: '',
    });
    const unsaid = await made(path, { user_id: (await newUser()).id });
    expect(unsaid).toMatchObject({ security_provider_id: 1 });
    await made(path, { security_provider_id: ldap, distinguished_name: 'CN=Desk,DC=example' });
    await made(path, { security_provider_id: saml, group_name: 'Service desk' });
    const attempt = async (body: object) => {
      const { status, body: answer } = await api('POST', path, body);
      return [status, Object.keys(answer.errors ?? {})];
    };
    expect(await attempt({ user_id: user.id })).toEqual([422, ['user_id']]);
    expect(await attempt({ security_provider_id: ldap, distinguished_name: 'cn=desk,dc=example' })).toEqual([
      422,
      ['distinguished_name'],
    ]);
    expect(await attempt({ security_provider_id: 1, group_name: 'x' })).toEqual([422, ['group_name']]);
    expect(await attempt({ security_provider_id: ldap, user_id: user.id })).toEqual([422, ['user_id']]);
    expect(await attempt({ security_provider_id: saml })).toMatchObject([422, expect.anything()]);
    expect(await attempt({ security_provider_id: portal, group_name: 'x' })).toEqual([
      422,
      ['security_provider_id'],
    ]);
    expect(await attempt({ security_provider_id: 9999, user_id: user.id })).toEqual([
      422,
      ['security_provider_id'],
    ]);
    expect(await attempt({ user_id: 99_999 })).toEqual([422, ['user_id']]);
    const page = await api('GET', `${path}?per_page=5&current_page=1`);
    expect([page.body.length, page.headers.get('x-bt-pagination-total')]).toEqual([4, '4']);
    expect((await api('GET', `${path}/${local.id}`)).body).toEqual(local);
    expect((await api('DELETE', `${path}/${local.id}`)).status).toBe(204);
    expect((await api('DELETE', `${path}/${local.id}`)).status).toBe(404);
    expect((await api('GET', `/group-policy/1/member/${local.id}`)).status).toBe(404);
  });

  it('of a directory are known by their groups and names, whatever the case', async () => {
    const ldap = await provider('ldap');
    const { id } = await newPolicy({ rep_perm_status: 'defined', perm_shell_jump: true });
    await made(`/group-policy/${id}/member`, {
      security_provider_id: ldap,
      distinguished_name: 'CN=Desk,DC=x',
    });
    const { id: userId } = await newUser();
    await appliance.sql`update app_user set security_provider_id = ${ldap} where id = ${userId}`;
    const policies = async () => (await api('GET', `/user/${userId}/group-policies`)).body;
    expect(await policies()).toEqual([]);
    await appliance.sql`
      insert into user_directory_group (user_id, security_provider_id, group_name) values (${userId}, ${ldap}, 'cn=desk,dc=x')`;
    expect(await policies()).toMatchObject([{ id }]);
    expect((await api('GET', `/user?security_provider_id=${ldap}`)).body).toMatchObject([
      { id: userId, perm_shell_jump: true },
    ]);
  });
});

describe('what a group policy adds to and removes from', () => {
  it('is in lists of its own, so that a removal never looks like a membership', async () => {
    const [one, two] = [
      await made('/jump-group', { name: unique('Group') }),
      await made('/jump-group', { name: unique('Group') }),
    ];
    const { id } = await newPolicy();
    const base = `/group-policy/${id}`;
    expect(await made(`${base}/jump-group`, { jump_group_id: one.id, jump_item_role_id: 0 })).toEqual({
      group_policy_id: id,
      jump_group_id: one.id,
      jump_item_role_id: 0,
    });
    await made(`${base}/jump-group-removal`, { jump_group_id: two.id });
    expect((await api('GET', `${base}/jump-group`)).body).toMatchObject([{ jump_group_id: one.id }]);
    expect((await api('GET', `${base}/jump-group-removal`)).body).toEqual([{ jump_group_id: two.id }]);
    expect((await api('GET', `${base}/jump-group/${two.id}`)).status).toBe(404);
    expect((await api('DELETE', `${base}/jump-group/${two.id}`)).status).toBe(404);
    for (const [path, jumpGroupId] of [
      ['jump-group', two.id],
      ['jump-group-removal', one.id],
    ]) {
      expect((await api('POST', `${base}/${path}`, { jump_group_id: jumpGroupId })).status).toBe(422);
    }
    expect((await api('DELETE', `${base}/jump-group-removal/${two.id}`)).status).toBe(204);
    await made(`${base}/jump-group`, { jump_group_id: two.id, jump_item_role_id: 2 });
    expect((await api('DELETE', `${base}/jump-group/${one.id}`)).status).toBe(204);
  });

  it('takes teams with a role and Jumpoints, and refuses what does not exist', async () => {
    const team = await made('/team', { name: unique('Team') });
    const jumpoint = await made('/jumpoint', { name: unique('Jumpoint'), platform: 'linux-x86' });
    const { id } = await newPolicy();
    const base = `/group-policy/${id}`;
    expect(await made(`${base}/team`, { team_id: team.id })).toMatchObject({ role: 'member' });
    expect(await made(`${base}/jumpoint`, { jumpoint_id: jumpoint.id })).toEqual({
      group_policy_id: id,
      jumpoint_id: jumpoint.id,
    });
    const list = await api('GET', `${base}/team`);
    expect([list.body, list.headers.get('x-bt-pagination-total')]).toEqual([
      [{ group_policy_id: id, team_id: team.id, role: 'member' }],
      '1',
    ]);
    for (const [path, body, field] of [
      ['jump-group', { jump_group_id: 9999 }, 'jump_group_id'],
      ['team-removal', { team_id: 9999 }, 'team_id'],
      ['jumpoint', { jumpoint_id: 9999 }, 'jumpoint_id'],
      ['team', { team_id: team.id, role: 'king' }, 'role'],
      ['jumpoint', { jumpoint_id: jumpoint.id }, 'jumpoint_id'],
    ] as const) {
      const answer = await api('POST', `${base}/${path}`, body);
      expect([path, answer.status, Object.keys(answer.body.errors)]).toEqual([path, 422, [field]]);
    }
    expect((await api('GET', '/group-policy/9999/team')).status).toBe(404);
  });

  it('shows in the memberships of its members, with who said so', async () => {
    const [group, user] = [await made('/jump-group', { name: unique('Group') }), await newUser()];
    const team = await made('/team', { name: unique('Team') });
    const adds = await newPolicy();
    const removes = await newPolicy();
    for (const { id } of [adds, removes]) await made(`/group-policy/${id}/member`, { user_id: user.id });
    await made(`/group-policy/${adds.id}/jump-group`, { jump_group_id: group.id, jump_item_role_id: 3 });
    await made(`/group-policy/${adds.id}/team`, { team_id: team.id, role: 'lead' });
    const groups = async () => (await api('GET', `/user/${user.id}/jump-group`)).body;
    const source = { kind: 'group_policy', id: adds.id, name: adds.name, status: 'defined' };
    expect(await groups()).toEqual([
      {
        jump_group_id: group.id,
        name: group.name,
        jump_item_role_id: 3,
        role_source: source,
        source,
        statements: [{ source, value: { action: 'add', role: 3 }, passed_over: null }],
      },
    ]);
    expect((await api('GET', `/user/${user.id}/team`)).body).toMatchObject([
      { team_id: team.id, role: 'lead' },
    ]);
    await made(`/group-policy/${removes.id}/jump-group-removal`, { jump_group_id: group.id });
    expect(await groups()).toEqual([]);
    await api('PATCH', `/group-policy/${adds.id}`, { jump_groups_add_final: true });
    expect(await groups()).toMatchObject([
      { source: { ...source, status: 'final' }, statements: [{ passed_over: null }, { passed_over: {} }] },
    ]);
    expect((await api('GET', `/user/${user.id}/jumpoint`)).body).toEqual([]);
    expect((await api('GET', '/user/99999/jump-group')).status).toBe(404);
  });

  it('lets its members use accounts of the vault and groups of them', async () => {
    const { id } = await newPolicy();
    const account = await made('/vault/account', { type: 'opaque_token', name: 'Key', token: 'secret' });
    const first = await api('POST', `/group-policy/${id}/vault-account`, { account_id: account.id });
    expect([first.status, JSON.stringify(first.body)]).toEqual([
      201,
      `{"group_policy_id":${id},"account_id":${account.id},"role":"inject"}`,
    ]);
    const second = await api('POST', `/group-policy/${id}/vault-account-group`, {
      account_group_id: 1,
      role: 'inject_and_checkout',
      group_policy_id: 4711,
    });
    const group = { group_policy_id: id, account_group_id: 1, role: 'inject_and_checkout' };
    expect([second.status, second.body]).toEqual([201, group]);
    expect(second.headers.get('location')).toMatch(new RegExp(`/group-policy/${id}/vault-account-group/1$`));
    expect((await api('GET', `/group-policy/${id}/vault-account`)).body).toEqual([first.body]);
    expect((await api('GET', `/group-policy/${id}/vault-account-group`)).body).toEqual([group]);
    expect((await api('GET', `/group-policy/${id}/vault-account-group/1`)).body).toEqual(group);

    const user = await made('/user', {
      username: 'vic',
      public_display_name: 'V',
      private_display_name: 'V',
    });
    await made(`/group-policy/${id}/member`, { security_provider_id: 1, user_id: user.id });
    const { body: copy } = await api('POST', `/group-policy/${id}/copy`, { name: 'Copy with the vault' });
    expect((await api('GET', `/group-policy/${copy.id}/vault-account`)).body).toEqual([
      { ...first.body, group_policy_id: copy.id },
    ]);
    expect((await api('GET', `/group-policy/${copy.id}/vault-account-group`)).body).toEqual([
      { ...group, group_policy_id: copy.id },
    ]);
    const [row] = await appliance.sql`
      select count(*)::int as total from ${accountsWithAccess(appliance.sql, user.id)} where access.rank = 2`;
    expect(row).toEqual({ total: 1 });

    for (const [path, body, field] of [
      ['vault-account', { account_id: account.id }, 'account_id'],
      ['vault-account', { account_id: 4711 }, 'account_id'],
      ['vault-account-group', { account_group_id: 1 }, 'account_group_id'],
      ['vault-account-group', { account_group_id: 4711 }, 'account_group_id'],
    ] as const) {
      const refused = await api('POST', `/group-policy/${id}/${path}`, body);
      expect([path, refused.status, Object.keys(refused.body.errors)]).toEqual([path, 422, [field]]);
    }
    expect((await api('POST', '/group-policy/9999/vault-account', { account_id: account.id })).status).toBe(
      404,
    );
    for (const path of [`vault-account/${account.id}`, 'vault-account-group/1']) {
      const gone = await api('DELETE', `/group-policy/${id}/${path}`);
      expect([path, gone.status, gone.body]).toEqual([path, 200, '']);
      expect((await api('DELETE', `/group-policy/${id}/${path}`)).status).toBe(404);
      expect((await api('GET', `/group-policy/${id}/${path}`)).status).toBe(404);
    }
    expect((await api('GET', '/group-policy/9999/vault-account')).status).toBe(404);
    const { body: events } = await admin('GET', '/audit-event?type=group_policy.vault_account_added');
    expect(JSON.stringify(events)).toContain('"role":"inject"');
    expect((await api('DELETE', `/vault/account/${account.id}`)).status).toBe(204);
    expect((await api('GET', `/group-policy/${copy.id}/vault-account`)).body).toEqual([]);
  });
});

it('provisioning answers 204 with any body, and is audited', async () => {
  const { id } = await newPolicy();
  expect((await api('POST', `/group-policy/${id}/provision`, {})).status).toBe(204);
  expect((await api('POST', '/group-policy/9999/provision', {})).status).toBe(404);
  const { body } = await admin('GET', '/audit-event?type=group_policy.provisioned');
  expect(JSON.stringify(body)).toContain(`"${id}"`);
});
