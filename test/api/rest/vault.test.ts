import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContractDocument } from '../../../api/contract/contract-document.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { caller, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

const document = ContractDocument.ofThisVersion();
const operations = document.operations.filter(
  ({ path, access }) => path.startsWith('/vault/') && access === 'configuration-vault',
);

let appliance: TestAppliance;
let api: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
});
afterAll(() => appliance?.stop());

const filled = (path: string, id: number) => path.replaceAll(/\{\w+\}/g, String(id));

describe('the vault of a new site', () => {
  it('has the default group and the default policy, found by their filters', async () => {
    const groups = await api('GET', '/vault/account-group?name=DEFAULT');
    expect(groups.body).toEqual([
      { id: 1, name: 'Default', description: expect.any(String), account_policy: null },
    ]);
    expect(groups.headers.get('x-bt-pagination-total')).toBe('1');
    expect((await api('GET', '/vault/account-group/1')).body).toEqual(groups.body[0]);
    expect((await api('GET', '/vault/account-group?name=other')).body).toEqual([]);
    const policies = await api('GET', '/vault/account-policy?code_name=default');
    expect(policies.body).toMatchObject([
      { id: 1, name: 'Default', code_name: 'default', maximum_password_age: null },
    ]);
    expect((await api('GET', '/vault/account-policy/1')).body).toEqual(policies.body[0]);
    expect((await api('GET', '/vault/account-group/1/jump-item-association')).body).toEqual({
      filter_type: 'any_jump_items',
    });
  });

  it('lists nothing else, with every published filter', async () => {
    for (const path of [
      '/vault/account?type=username_password&name=x&include_personal=True&account_group_id=1&endpoint_id=1',
      '/vault/endpoint?name=a&hostname=b&description=c&domain_name=d',
      '/vault/account-group/1/user',
      '/vault/account-group/1/account',
    ]) {
      const { status, body, headers } = await api('GET', path);
      expect([path, status, body]).toEqual([path, 200, []]);
      expect(headers.get('x-bt-pagination-last-page')).toBe('1');
      expect(headers.get('link')).toContain('rel="first"');
    }
  });

  it('keeps its default group and policy, which can be changed and not deleted', async () => {
    expect((await api('PATCH', '/vault/account-group/1', { description: 'All others' })).status).toBe(200);
    expect((await api('PATCH', '/vault/account-policy/1', { name: 'House rules' })).body).toMatchObject({
      id: 1,
      name: 'House rules',
      code_name: 'default',
    });
    for (const path of ['/vault/account-group/1', '/vault/account-policy/1']) {
      const { status, body } = await api('DELETE', path);
      expect([path, status, body.message]).toEqual([path, 422, expect.stringContaining('default')]);
      expect((await api('GET', path)).status).toBe(200);
    }
  });

  it.each(operations.map((operation) => [operation.operationId, operation] as const))(
    '%s wants both permissions, and knows nothing by an id that does not exist',
    async (_, { method, path, body }) => {
      const url = `/api/config/v1${filled(path, 4711)}`;
      expect((await appliance.anonymous(url, { method })).status).toBe(401);
      if (path.includes('{')) {
        const json =
          method === 'GET' ? undefined : (body?.content['application/json']?.example as object | undefined);
        expect((await appliance.api(url, { method, ...(json !== undefined && { json }) })).status).toBe(404);
      }
    },
  );

  it('is closed to an API account without the permission for vault accounts', async () => {
    const admin = configurationCalls(appliance.admin);
    const { status, body } = await admin('POST', '/api-account', {
      name: 'No vault',
      perm_configuration: true,
    });
    expect(status, JSON.stringify(body)).toBe(201);
    const answer = await fetch(new URL('/oauth2/token', appliance.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'client_credentials',
        client_id: body.client_id,
        client_secret: body.client_secret,
      }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const call = configurationCalls(
      caller(appliance.url, async () => ({ authorization: `Bearer ${token}` })),
    );
    expect((await call('GET', '/jump-group')).status).toBe(200);
    for (const { method, path } of operations) {
      const refused = await call(method, filled(path, 1), method === 'GET' ? undefined : {});
      expect([method, path, refused.status]).toEqual([method, path, 403]);
      expect(refused.body.message).toContain('perm_configuration_vault_account');
    }
    // Group policies are not under /vault/: their lists can be read, and granting needs the permission too.
    expect((await call('GET', '/group-policy/1/vault-account')).body).toEqual([]);
    const granting = await call('POST', '/group-policy/1/vault-account', { account_id: 1 });
    expect([granting.status, granting.body.message]).toEqual([
      403,
      expect.stringContaining('perm_configuration_vault_account'),
    ]);
  });
});
