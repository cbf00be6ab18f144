import { describe, expect, it } from 'vitest';
import { accountsWithAccess } from '../../../schema/vault/vault-access-sql.ts';
import { admin, api, appliance, made, newPolicy, newUser, unique } from '../../support/group-policy-site.ts';

/** Who belongs to a group policy and what that gives them, on the site of the test that calls this. */
export function groupPolicyMembershipCases(): void {
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
      expect(await attempt({ security_provider_id: ldap, distinguished_name: 'cn=desk,dc=example' })).toEqual(
        [422, ['distinguished_name']],
      );
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
      expect(second.headers.get('location')).toMatch(
        new RegExp(`/group-policy/${id}/vault-account-group/1$`),
      );
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
}
