import { describe, expect, it } from 'vitest';
import { USER_SETTING_NAMES } from '../../../appliance/access/user-settings.ts';
import {
  admin,
  api,
  groupPolicySite,
  made,
  newPolicy,
  newUser,
  unique,
} from '../../support/group-policy-site.ts';
import { groupPolicyMembershipCases } from './group-policy-memberships.ts';

groupPolicySite();

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

groupPolicyMembershipCases();

it('provisioning answers 204 with any body, and is audited', async () => {
  const { id } = await newPolicy();
  expect((await api('POST', `/group-policy/${id}/provision`, {})).status).toBe(204);
  expect((await api('POST', '/group-policy/9999/provision', {})).status).toBe(404);
  const { body } = await admin('GET', '/audit-event?type=group_policy.provisioned');
  expect(JSON.stringify(body)).toContain(`"${id}"`);
});
