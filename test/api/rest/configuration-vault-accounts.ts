import { describe, expect, it } from 'vitest';
import { configurationCalls } from '../../support/configuration-calls.ts';
import { type Document, exported, plan, planAndApply, rich } from '../../support/configuration-sites.ts';
import { caller } from '../../support/test-appliance.ts';

/** Accounts of the vault in files, on the sites of the test that calls this. */
export function vaultAccountCases(): void {
  describe('accounts of the vault', () => {
    const account = (fields: Record<string, unknown>, environment = {}): Document => ({
      type: 'vault-accounts',
      source: 'vault-accounts.yaml:2',
      environment,
      fields: { code_name: 'db', type: 'username_password', name: 'DB', username: 'postgres', ...fields },
    });

    it('are created with a secret of the environment alone, and keep it from then on', async () => {
      const refused = async (fields: Record<string, unknown>) => {
        const { body } = await plan(rich.admin, ['vault-accounts'], [account(fields)]);
        return body.refusals.map(
          ({ field, message }: { field: string; message: string }) => `${field}: ${message}`,
        );
      };
      expect(await refused({})).toEqual([expect.stringMatching(/^password: .*from_environment/)]);
      expect(await refused({ password: 'kept on the server' })).toEqual([
        expect.stringContaining('password'),
      ]);
      expect(await refused({ password: { from_environment: 'DB_PASSWORD' } })).toEqual([
        'password: There is no DB_PASSWORD in the environment of bh.',
      ]);
      const wanted = account(
        { password: { from_environment: 'DB_PASSWORD' } },
        { DB_PASSWORD: 'hidden-4711' },
      );
      const planned = await plan(rich.admin, ['vault-accounts'], [wanted]);
      expect(planned.body.refusals).toEqual([]);
      expect(JSON.stringify(planned.body)).not.toContain('hidden');
      expect(planned.body.changes[0].fields).toContainEqual({ name: 'password', secret: true });
      // Nobody can try passwords against it.
      const other = { ...wanted, environment: { DB_PASSWORD: 'another' } };
      expect((await plan(rich.admin, ['vault-accounts'], [other])).body.fingerprint).toBe(
        planned.body.fingerprint,
      );

      const done = await planAndApply(rich.admin, ['vault-accounts'], [wanted]);
      expect(done.totals.create).toBe(1);
      const later = await plan(rich.admin, ['vault-accounts'], [other, account({}), wanted].slice(0, 1));
      expect(later.body.totals).toMatchObject({ create: 0, update: 0, unchanged: 1 });
      const without = account({ password: { from_environment: 'DB_PASSWORD' }, description: 'new' });
      expect((await planAndApply(rich.admin, ['vault-accounts'], [without])).totals.update).toBe(1);
      const [{ id }] = (await configurationCalls(rich.admin)('GET', '/vault/account?name=DB')).body;
      await configurationCalls(rich.api)('DELETE', `/vault/account/${id}`);
      const { body } = await configurationCalls(rich.admin)('GET', '/audit-event?type=vault_account.created');
      expect(JSON.stringify(body)).not.toContain('hidden');
    });

    it('take nothing but secrets from the environment', async () => {
      const leak = account(
        { password: { from_environment: 'X' }, description: { from_environment: 'X' } },
        { X: 'hidden-4712' },
      );
      const { body } = await plan(rich.admin, ['vault-accounts'], [leak]);
      expect(body.refusals).toMatchObject([{ field: 'description' }]);
      expect(JSON.stringify(body)).not.toContain('hidden');
      const provider: Document = {
        type: 'security-providers',
        fields: { name: 'Company directory', bind_password: { from_environment: 'Y' } },
        environment: {},
      };
      const missing = await plan(rich.admin, ['security-providers'], [provider]);
      expect(missing.body.refusals).toMatchObject([
        { field: 'bind_password', message: 'There is no Y in the environment of bh.' },
      ]);
      const found = await plan(
        rich.admin,
        ['security-providers'],
        [{ ...provider, environment: { Y: 'hidden' } }],
      );
      expect(found.body.refusals).toEqual([]);
      expect(found.body.changes[0].fields).toEqual([{ name: 'bind_password', secret: true }]);
    });

    it('inherit the association of their group, or have their own one', async () => {
      const call = configurationCalls(rich.admin);
      const [{ id }] = (await call('GET', '/vault/account?name=API key')).body;
      const file = (association: unknown): Document => ({
        type: 'vault-accounts',
        fields: { code_name: 'api_key', association },
      });
      const applied = async (association: unknown) => {
        await planAndApply(rich.admin, ['vault-accounts'], [file(association)]);
        const again = await plan(rich.admin, ['vault-accounts'], [file(association)]);
        expect(again.body.totals).toMatchObject({ update: 0, unchanged: 1 });
        const { status, body } = await call('GET', `/vault/account/${id}/jump-item-association`);
        return status === 200 ? body : undefined;
      };
      expect(await applied(null)).toBeUndefined();
      expect(
        await applied({ filter_type: 'criteria', criteria: { tag: ['a*'], host: ['b'] } }),
      ).toMatchObject({
        criteria: { tag: ['a*'], host: ['b'], name: [] },
      });
      const changed = await applied({
        filter_type: 'criteria',
        criteria: { shared_jump_groups: ['kiosks'] },
      });
      expect(changed).toMatchObject({
        criteria: { tag: [], host: [], shared_jump_groups: [expect.any(Number)] },
      });
      expect(await applied({ filter_type: 'any_jump_items' })).toEqual({ filter_type: 'any_jump_items' });
      expect(await applied(null)).toBeUndefined();
      for (const [association, field] of [
        [{ filter_type: 'criteria', criteria: { tag: [] } }, 'association.criteria.tag'],
        [{ filter_type: 'criteria', criteria: { colour: ['red'] } }, 'association.criteria.colour'],
        [{ filter_type: 'any_jump_items', criteria: { tag: ['a'] } }, 'association.criteria'],
        [{ filter_type: 'criteria', jump_items: [] }, 'association.jump_items'],
        [
          { filter_type: 'criteria', criteria: { shared_jump_groups: ['nowhere'] } },
          'association.shared_jump_groups',
        ],
        [{ filter_type: 'criteria', criteria: { host: ['a*b'] } }, 'association.criteria.host.0'],
        [{ filter_type: 'all' }, 'association.filter_type'],
      ] as const) {
        const { body } = await plan(rich.admin, ['vault-accounts'], [file(association)]);
        expect(body.refusals.map(({ field }: { field: string }) => field)).toEqual([field]);
      }
    });

    it('are left out for whoever may not configure the vault, and so is what group policies grant of it', async () => {
      const call = configurationCalls(rich.admin);
      const { body: made } = await call('POST', '/api-account', {
        name: 'No vault',
        perm_configuration: true,
      });
      const token = await fetch(new URL('/oauth2/token', rich.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          grant_type: 'client_credentials',
          client_id: made.client_id,
          client_secret: made.client_secret,
        }),
      }).then((answer) => answer.json() as Promise<{ access_token: string }>);
      const limited = caller(rich.url, async () => ({ authorization: `Bearer ${token.access_token}` }));
      const { types, documents } = await exported(limited);
      expect(types.filter((type) => type.startsWith('vault-'))).toEqual([]);
      const policies = documents.filter(({ type }) => type === 'group-policies');
      expect(policies.some(({ fields }) => 'vault_accounts' in fields)).toBe(false);
      const unchanged = await plan(limited, types, documents, true);
      expect(unchanged.body).toMatchObject({ changes: [], refusals: [] });
      const whole = (await exported(rich.admin)).documents.filter(({ type }) => type === 'vault-accounts');
      const refused = await plan(limited, ['vault-accounts'], whole);
      expect(JSON.stringify(refused.body.refusals)).toContain('perm_configuration_vault_account');
      await call('DELETE', `/api-account/${made.id}`);
    });
  });
}
