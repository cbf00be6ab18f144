import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

let appliance: TestAppliance;
let api: Call;
let vera: { id: number; call: Call };

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
  vera = await testPerson(appliance, 'vera', { perm_vault: true });
});
afterAll(() => appliance?.stop());

async function made(call: Call, path: string, body: object): Promise<number> {
  const answer = await call('POST', path, body);
  expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^201/);
  return answer.body.id;
}
const endpoint = (call: Call, name: string) => made(call, '/vault/endpoint', { name, hostname: name });
const password = (call: Call, name: string, more: object = {}) =>
  made(call, '/vault/account', {
    type: 'username_password',
    name,
    username: 'root',
    password: 'planted',
    ...more,
  });

describe('people who administer the vault and nothing else', () => {
  it('do not choose to which host a password is sent that they may not see', async () => {
    const [own, theirs] = [await endpoint(vera.call, 'own'), await endpoint(api, 'theirs')];
    const id = await password(api, 'hidden', { endpoint_id: theirs });
    const path = `/vault/account/${id}`;
    const moved = await vera.call('PATCH', path, { endpoint_id: own });
    expect([moved.status, moved.body.message]).toEqual([403, expect.stringContaining('host of your choice')]);
    for (const change of [{ hostname: 'own' }, { port: 2222 }]) {
      expect((await vera.call('PATCH', `/vault/endpoint/${theirs}`, change)).status).toBe(403);
    }
    expect((await api('GET', path)).body.endpoint_id).toBe(theirs);

    // What shows them nothing stays theirs to do.
    for (const change of [{ endpoint_id: theirs, name: 'still hidden' }, { endpoint_id: null }]) {
      expect((await vera.call('PATCH', path, change)).status).toBe(200);
    }
    expect((await vera.call('PATCH', path, { endpoint_id: theirs })).status).toBe(403);
    expect((await vera.call('PATCH', `/vault/endpoint/${theirs}`, { hostname: 'moved' })).status).toBe(200);
    expect((await vera.call('PATCH', path, { endpoint_id: theirs, password: 'of hers' })).status).toBe(200);
    expect((await vera.call('PATCH', `/vault/endpoint/${theirs}`, { description: 'x' })).status).toBe(200);
    await api('POST', `${path}/user`, { user_id: vera.id, role: 'inject_and_checkout' });
    expect((await vera.call('PATCH', `/vault/endpoint/${theirs}`, { port: 2222 })).status).toBe(200);
    expect((await vera.call('PATCH', path, { endpoint_id: own })).status).toBe(200);
  });

  it('do not choose whom the certificates are for of an authority they use', async () => {
    const id = await made(api, '/vault/account', { type: 'ssh_ca', name: 'authority', username: 'deploy' });
    expect((await vera.call('PATCH', `/vault/account/${id}`, { username: 'web' })).status).toBe(200);
    await api('POST', `/vault/account/${id}/user`, { user_id: vera.id, role: 'inject' });
    const { status, body } = await vera.call('PATCH', `/vault/account/${id}`, { username: 'root' });
    expect([status, body.message]).toEqual([403, expect.stringContaining('certificates')]);
    expect((await vera.call('PATCH', `/vault/account/${id}`, { username: 'web', name: 'x' })).status).toBe(
      200,
    );
  });

  it('do not choose into which hosts goes what they may inject and not see', async () => {
    const group = await made(api, '/vault/account-group', { name: 'Hidden' });
    const id = await password(api, 'injected', { account_group_id: group });
    const own = `/vault/account/${id}/jump-item-association`;
    const ofGroup = `/vault/account-group/${group}/jump-item-association`;
    const wide = { filter_type: 'any_jump_items' };
    expect((await vera.call('PATCH', ofGroup, { filter_type: 'no_jump_items' })).status).toBe(200);
    await api('POST', `/vault/account/${id}/user`, { user_id: vera.id, role: 'inject' });
    expect((await vera.call('PATCH', ofGroup, wide)).status).toBe(403);
    expect((await vera.call('POST', own, wide)).status).toBe(403);
    expect((await api('POST', own, { filter_type: 'no_jump_items' })).status).toBe(201);
    expect((await vera.call('PATCH', own, wide)).status).toBe(403);
    expect((await vera.call('DELETE', own)).status).toBe(403);
    await api('PATCH', `/vault/account/${id}/user/${vera.id}`, { role: 'inject_and_checkout' });
    expect((await vera.call('PATCH', own, wide)).status).toBe(200);
  });

  it('do not choose it by a move into a group that is for more hosts', async () => {
    const narrow = await made(api, '/vault/account-group', { name: 'Narrow' });
    const association = `/vault/account-group/${narrow}/jump-item-association`;
    await api('PATCH', association, { filter_type: 'no_jump_items' });
    const id = await password(api, 'narrow', { account_group_id: narrow });
    await api('POST', `/vault/account/${id}/user`, { user_id: vera.id, role: 'inject' });
    const moves: [string, string, object?][] = [
      ['PATCH', `/vault/account/${id}`, { account_group_id: 1 }],
      ['POST', '/vault/account-group/1/account', { account_id: id }],
      ['DELETE', `/vault/account-group/${narrow}/account/${id}`],
      ['DELETE', `/vault/account-group/${narrow}`],
    ];
    for (const [method, path, body] of moves) {
      const { status, body: answer } = await vera.call(method, path, body);
      expect([method, path, status, answer?.message]).toEqual([
        method,
        path,
        403,
        expect.stringContaining('cannot choose where'),
      ]);
    }
    expect((await vera.call('PATCH', `/vault/account/${id}`, { account_group_id: narrow })).status).toBe(200);
    // With an association of its own it goes nowhere else for being in another group.
    await api('POST', `/vault/account/${id}/jump-item-association`, { filter_type: 'no_jump_items' });
    expect((await vera.call('PATCH', `/vault/account/${id}`, { account_group_id: 1 })).status).toBe(200);
  });

  it('are told nothing of this as administrators or API accounts', async () => {
    const [from, to] = [await endpoint(api, 'from'), await endpoint(api, 'to')];
    const id = await password(api, 'free', { endpoint_id: from });
    const admin = configurationCalls(appliance.admin);
    for (const call of [api, admin]) {
      expect((await call('PATCH', `/vault/endpoint/${from}`, { port: 2200 })).status).toBe(200);
      expect((await call('PATCH', `/vault/account/${id}`, { endpoint_id: to })).status).toBe(200);
    }
  });
});
