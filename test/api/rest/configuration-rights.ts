import { describe, expect, it } from 'vitest';
import { configurationCalls } from '../../support/configuration-calls.ts';
import { apply, BASE, exported, group, plan, planAndApply, rich } from '../../support/configuration-sites.ts';
import { type Caller, caller } from '../../support/test-appliance.ts';

/** What files may not do for those who send them, on the sites of the test that calls this. */
export function rightsCases(): void {
  describe('nobody can do with files what they cannot do otherwise', () => {
    it('API accounts cannot change administrators', async () => {
      const documents = [{ type: 'users', fields: { username: 'admin', email_address: 'a@example.com' } }];
      const { body } = await plan(rich.api, ['users'], documents);
      expect(body.refusals).toMatchObject([
        { key: 'admin', message: 'This API cannot update administrators.' },
      ]);
      const { status } = await apply(rich.api, ['users'], documents, body.fingerprint);
      expect(status).toBe(422);
      const promotion = [{ type: 'users', fields: { username: 'anna', perm_admin: true } }];
      expect((await plan(rich.api, ['users'], promotion)).body.refusals).toHaveLength(1);
    });

    it('what guards the site needs the permission for it', async () => {
      const account = await accountWith({ perm_configuration: true });
      const documents = [
        { type: 'site-settings', fields: { company_name: 'Mine' } },
        { type: 'api-accounts', fields: { name: 'Mine', perm_configuration_security: true } },
        { type: 'security-providers', fields: { name: 'Local', default_policy: 0 } },
        group('mine'),
      ];
      const types = documents.map(({ type }) => type);
      const { body } = await plan(account, types, documents);
      expect(body.refusals.map((one: Record<string, string>) => one.type)).toEqual(
        expect.arrayContaining(['site-settings', 'api-accounts']),
      );
      expect(body.refusals.map((one: Record<string, string>) => one.type)).not.toContain('jump-groups');
    });

    it('group policies that say who is an administrator are left to administrators', async () => {
      const admins = {
        type: 'group-policies',
        fields: { name: 'Admins', settings: { perm_admin: { status: 'final', value: true } } },
      };
      expect((await plan(rich.api, ['group-policies'], [admins])).body.refusals).toHaveLength(1);
      await planAndApply(rich.admin, ['group-policies'], [admins]);
      const members = { type: 'group-policies', fields: { name: 'Admins', members: [{ user: 'anna' }] } };
      expect((await plan(rich.api, ['group-policies'], [members])).body.refusals).toHaveLength(1);
      // An ordinary one is nobody's secret, and unchanged ones are no matter.
      const { documents } = await exported(rich.api);
      const policies = documents.filter(({ type }) => type.startsWith('group-polic'));
      const plain = {
        type: 'group-policies',
        fields: { name: 'Plain', comments: 'x' },
      };
      await planAndApply(rich.api, ['group-policies'], [...policies, plain]);
      const order = policies.find(({ type }) => type === 'group-policy-order')?.fields.order as string[];
      const turned = { type: 'group-policy-order', fields: { order: order.toReversed() } };
      await planAndApply(rich.api, [], [turned]);
      expect((await plan(rich.api, [], [turned])).body.changes).toEqual([]);
      const now = (await exported(rich.api)).documents.find(({ type }) => type === 'group-policy-order');
      expect(now?.fields).toEqual({ order: [...order.toReversed(), 'Plain'] });
    });

    it('nobody grants what they lack', async () => {
      const account = await accountWith({ perm_configuration: true, perm_configuration_security: true });
      const documents = [{ type: 'api-accounts', fields: { name: 'Greedy', perm_backup: true } }];
      const { body } = await plan(account, ['api-accounts'], documents);
      expect(body.refusals).toMatchObject([
        { key: 'Greedy', message: expect.stringContaining('perm_backup') },
      ]);
      const applied = await apply(account, ['api-accounts'], documents, body.fingerprint);
      expect(applied).toMatchObject({ status: 403, body: { refusals: body.refusals } });
      const [row] = await rich.sql`select event_type, object_id from audit_event order by id desc limit 1`;
      expect(row).toMatchObject({
        event_type: 'access.refused',
        object_id: 'api.config.configuration.apply',
      });
    });

    it('people without the right and strangers stay out', async () => {
      const account = await accountWith({ perm_reporting_support: true });
      for (const path of ['', '/plan', '/apply']) {
        const init =
          path === ''
            ? {}
            : { method: 'POST', body: '', headers: { 'content-type': 'application/x-ndjson' } };
        expect((await account(BASE + path, init)).status).toBe(403);
        expect((await rich.anonymous(BASE + path, init)).status).toBe(401);
      }
    });

    async function accountWith(permissions: object): Promise<Caller> {
      const call = configurationCalls(rich.admin);
      const name = `Account ${Math.random()}`;
      const { body } = await call('POST', '/api-account', { name, ...permissions });
      return tokenCaller(rich.url, body.client_id, body.client_secret);
    }
  });
}

function tokenCaller(url: string, id: string, secret: string): Caller {
  return caller(url, async () => {
    const answer = await fetch(new URL('/oauth2/token', url), {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return { authorization: `Bearer ${token}` };
  });
}
