import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

let appliance: TestAppliance;
let api: Call;
let anna: { id: number; call: Call };
let bob: { id: number; call: Call };
let policy: { id: number; name: string };
let group: { id: number; name: string };
let accountId: number;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
  [anna, bob] = [
    await testPerson(appliance, 'anna', { perm_vault: true }),
    await testPerson(appliance, 'bob'),
  ];
  group = await made('/vault/account-group', { name: 'Databases' });
  const account = {
    type: 'username_password',
    name: 'db root',
    username: 'root',
    password: 'planted-secret',
  };
  accountId = (await made('/vault/account', { ...account, account_group_id: group.id })).id;
  policy = await made('/group-policy', { name: 'Operators' });
  await made(`/group-policy/${policy.id}/member`, { security_provider_id: 1, user_id: bob.id });
  await made(`/group-policy/${policy.id}/vault-account-group`, { account_group_id: group.id });
  await made(`/vault/account/${accountId}/user`, { user_id: bob.id, role: 'inject_and_checkout' });
  await made(`/vault/account-group/${group.id}/user`, { user_id: anna.id, role: 'inject' });
});
afterAll(() => appliance?.stop());

async function made(path: string, body: object): Promise<{ id: number; name: string }> {
  const answer = await api('POST', path, body);
  expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^201/);
  return answer.body;
}

const named = ({ id, name }: { id: number; name: string }) => ({ id, name });
const people = async (query = '', call = api) =>
  (await call('GET', `/vault/account/${accountId}/effective-user${query}`)).body;

it('tells who may use an account, what they may do in the end, and everything that lets them', async () => {
  const [first, second] = [
    {
      user_id: anna.id,
      username: 'anna',
      public_display_name: 'anna',
      private_display_name: 'anna',
      enabled: true,
      role: 'inject',
      sources: [{ granted_on: 'account_group', role: 'inject', group_policy: null }],
    },
    {
      user_id: bob.id,
      username: 'bob',
      public_display_name: 'bob',
      private_display_name: 'bob',
      enabled: true,
      role: 'inject_and_checkout',
      sources: [
        { granted_on: 'account', role: 'inject_and_checkout', group_policy: null },
        { granted_on: 'account_group', role: 'inject', group_policy: named(policy) },
      ],
    },
  ];
  expect(await people()).toEqual([first, second]);
  expect(await people('?role=inject_and_checkout')).toEqual([second]);
  expect(await people('?search=ANN')).toEqual([first]);
  const paged = await api('GET', `/vault/account/${accountId}/effective-user?per_page=10&current_page=2`);
  expect(paged.body).toEqual([]);
  expect(paged.headers.get('x-bt-pagination-total')).toBe('2');
  // Those who may inject it may do so.
  expect((await bob.call('GET', `/me/vault-account/${accountId}`)).status).toBe(200);
  expect((await api('GET', '/vault/account/4000000/effective-user')).status).toBe(404);
});

it('tells which accounts a person may use', async () => {
  const own = await bob.call('POST', '/me/vault-account', {
    type: 'opaque_token',
    name: 'my token',
    token: 'planted-token',
  });
  expect(own.status, JSON.stringify(own.body)).toBe(201);
  const accounts = (await api('GET', `/user/${bob.id}/vault-account`)).body;
  expect(accounts).toEqual([
    {
      account_id: accountId,
      name: 'db root',
      type: 'username_password',
      username: 'root',
      personal: false,
      account_group: named(group),
      role: 'inject_and_checkout',
      sources: [
        { granted_on: 'account', role: 'inject_and_checkout', group_policy: null },
        { granted_on: 'account_group', role: 'inject', group_policy: named(policy) },
      ],
    },
    expect.objectContaining({
      account_id: own.body.id,
      personal: true,
      account_group: null,
      role: 'inject_and_checkout',
      sources: [{ granted_on: 'owner', role: 'inject_and_checkout', group_policy: null }],
    }),
  ]);
  expect((await api('GET', `/user/${bob.id}/vault-account?search=token`)).body).toEqual([accounts[1]]);
  expect((await api('GET', `/user/${anna.id}/vault-account?role=inject_and_checkout`)).body).toEqual([]);
  const owners = (await api('GET', `/vault/account/${own.body.id}/effective-user`)).body;
  expect(owners).toMatchObject([{ user_id: bob.id, sources: [{ granted_on: 'owner' }] }]);
  expect((await api('GET', '/user/4000000/vault-account')).status).toBe(404);
});

it('answers those who administer the vault, and nobody else', async () => {
  expect(await people('', anna.call)).toHaveLength(2);
  expect((await anna.call('GET', `/user/${bob.id}/vault-account`)).status).toBe(200);
  expect((await bob.call('GET', `/vault/account/${accountId}/effective-user`)).status).toBe(403);
  expect((await bob.call('GET', `/user/${bob.id}/vault-account`)).status).toBe(403);
});
