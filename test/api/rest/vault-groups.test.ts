import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
});
afterAll(() => appliance?.stop());

async function made(path: string, body: object): Promise<{ id: number }> {
  const answer = await api('POST', path, body);
  expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^201/);
  return answer.body;
}
const newAccount = (name: string, more: object = {}) =>
  made('/vault/account', { type: 'opaque_token', name, token: 'planted', ...more });
const groupOf = async ({ id }: { id: number }) =>
  (await api('GET', `/vault/account/${id}`)).body.account_group_id;

/** Personal accounts are made by their owners. */
async function personalAccount(userId: number): Promise<number> {
  const [row] = await appliance.sql<{ id: number }[]>`
    insert into vault_account (type, name, owner_user_id, account_group_id)
    values ('opaque_token', 'Mine', ${userId}, null) returning id`;
  return row!.id;
}

describe('a vault account group', () => {
  it('is created with what is not said, id first, and is where Location says', async () => {
    const response = await appliance.api('/api/config/v1/vault/account-group', {
      method: 'POST',
      json: { name: 'Servers', description: null, account_policy: null },
    });
    const text = await response.text();
    const { id } = JSON.parse(text);
    expect([response.status, text]).toEqual([
      201,
      `{"id":${id},"name":"Servers","description":"","account_policy":null}`,
    ]);
    expect(response.headers.get('location')).toBe(`${appliance.url}/api/config/v1/vault/account-group/${id}`);
    expect(JSON.stringify((await api('GET', `/vault/account-group/${id}`)).body)).toBe(text);
    expect((await api('GET', `/vault/account-group/${id}/jump-item-association`)).body).toEqual({
      filter_type: 'any_jump_items',
    });
  });

  it('has a name of its own and names a policy by its code name', async () => {
    const { id } = await made('/vault/account-group', { name: 'Taken' });
    expect((await api('POST', '/vault/account-group', { name: 'TAKEN' })).body.errors).toEqual({
      name: [expect.any(String)],
    });
    const refused = await api('PATCH', `/vault/account-group/${id}`, { account_policy: 'none' });
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      { account_policy: [expect.stringContaining('none')] },
    ]);
    const changed = await api('PATCH', `/vault/account-group/${id}`, { account_policy: 'DEFAULT' });
    expect(changed.body.account_policy).toBe('default');
    const cleared = await api('PATCH', `/vault/account-group/${id}`, { account_policy: null });
    expect(cleared.body).toMatchObject({ name: 'Taken', account_policy: null });
    expect((await api('GET', '/vault/account-group?name=taken')).body).toHaveLength(1);
    expect((await api('GET', '/vault/account-group?search=AKE')).body).toHaveLength(1);
    expect((await api('GET', '/vault/account-group?search=%25')).body).toEqual([]);
    expect((await api('PATCH', `/vault/account-group/${id}`, { colour: 'red' })).status).toBe(401);
  });

  it('takes accounts from other groups, and gives them to the default group', async () => {
    const servers = await made('/vault/account-group', { name: 'From' });
    const other = await made('/vault/account-group', { name: 'To' });
    const account = await newAccount('moved', { account_group_id: servers.id });
    const moved = await api('POST', `/vault/account-group/${other.id}/account`, { account_id: account.id });
    expect([moved.status, moved.body]).toEqual([201, { account_id: account.id, account_group_id: other.id }]);
    expect(await groupOf(account)).toBe(other.id);
    expect((await api('GET', `/vault/account-group/${servers.id}/account`)).body).toEqual([]);
    expect((await api('GET', `/vault/account-group/${other.id}/account`)).body).toEqual([moved.body]);
    expect((await api('GET', `/vault/account-group/${other.id}/account/${account.id}`)).body).toEqual(
      moved.body,
    );
    expect((await api('GET', `/vault/account-group/${servers.id}/account/${account.id}`)).status).toBe(404);
    expect((await api('DELETE', `/vault/account-group/${servers.id}/account/${account.id}`)).status).toBe(
      404,
    );

    expect((await api('DELETE', `/vault/account-group/${other.id}/account/${account.id}`)).status).toBe(204);
    expect(await groupOf(account)).toBe(1);
    expect((await api('DELETE', `/vault/account-group/1/account/${account.id}`)).status).toBe(204);
    expect(await groupOf(account)).toBe(1);
    const { body: events } = await admin('GET', '/audit-event?type=vault_account.updated');
    expect(JSON.stringify(events)).toContain(`"account_group_id":${other.id}`);
    const activity = await appliance.sql`
      select event_type from vault_activity where account_id = ${account.id} order by id`;
    expect(activity.map((row) => row['event_type'])).toEqual([
      'Account Created',
      'Account Edited',
      'Account Edited',
    ]);
  });

  it('takes nothing that is not there, and no personal account', async () => {
    const { id } = await made('/vault/account-group', { name: 'Strict' });
    const owner = await testPerson(appliance, 'owner');
    for (const accountId of [4711, await personalAccount(owner.id)]) {
      const refused = await api('POST', `/vault/account-group/${id}/account`, { account_id: accountId });
      expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['account_id']]);
    }
    const nowhere = await api('POST', '/vault/account-group/4711/account', {
      account_id: (await newAccount('n')).id,
    });
    expect(nowhere.status).toBe(404);
  });

  it('gives its accounts to the default group when it is deleted; its grants and association go', async () => {
    const group = await made('/vault/account-group', { name: 'Short-lived' });
    const accounts = await Promise.all(
      ['a', 'b', 'c'].map((name) => newAccount(name, { account_group_id: group.id })),
    );
    const { id: userId } = await testPerson(appliance, 'granted');
    await made(`/vault/account-group/${group.id}/user`, { user_id: userId });
    expect((await api('DELETE', `/vault/account-group/${group.id}`)).status).toBe(204);
    expect(await Promise.all(accounts.map(groupOf))).toEqual([1, 1, 1]);
    expect((await api('GET', `/vault/account-group/${group.id}/user`)).status).toBe(404);
    const [left] = await appliance.sql`
      select count(*)::int as total from vault_association where account_group_id = ${group.id}`;
    expect(left).toEqual({ total: 0 });
    const { body: events } = await admin('GET', '/audit-event?type=vault_account_group.deleted');
    expect(JSON.stringify(events)).toContain(
      `"accounts":[${accounts
        .map(({ id }) => id)
        .toSorted((a, b) => a - b)
        .join(',')}]`,
    );
  });

  it('loses no account when somebody moves one in while it is deleted', async () => {
    for (let round = 0; round < 5; round++) {
      const group = await made('/vault/account-group', { name: `Race ${round}` });
      const account = await newAccount(`race ${round}`);
      const [gone, moved] = await Promise.all([
        api('DELETE', `/vault/account-group/${group.id}`),
        admin('POST', `/vault/account-group/${group.id}/account`, { account_id: account.id }),
      ]);
      expect(gone.status).toBe(204);
      expect([201, 404]).toContain(moved.status);
      expect(await groupOf(account)).toBe(1);
    }
  });
});

describe('users of a vault account group', () => {
  it('are given a role, and it is changed and taken by revision', async () => {
    const { id } = await made('/vault/account-group', { name: 'Granted' });
    const person = await testPerson(appliance, 'kim');
    const path = `/vault/account-group/${id}/user`;
    const given = await api('POST', path, { user_id: person.id });
    expect([given.status, given.body]).toEqual([
      201,
      { user_id: person.id, account_group_id: id, role: 'inject' },
    ]);
    expect((await api('GET', path)).body).toEqual([given.body]);
    expect((await api('POST', path, { user_id: person.id, role: 'inject' })).body.errors).toEqual({
      user_id: [expect.any(String)],
    });
    expect((await api('POST', path, { user_id: 4711 })).body.errors).toEqual({
      user_id: [expect.any(String)],
    });
    expect((await api('POST', path, { user_id: person.id, role: 'all' })).body.errors).toHaveProperty('role');

    const one = `${path}/${person.id}`;
    const etag = { 'if-match': given.headers.get('etag')! };
    const answers = await Promise.all([
      api('PATCH', one, { role: 'inject_and_checkout' }, etag),
      admin('DELETE', one, undefined, { 'if-match': '"2"' }),
    ]);
    expect(answers[0].body).toMatchObject({ role: 'inject_and_checkout' });
    if (answers[1].status === 204) return;
    expect(answers[1].status).toBe(412);
    expect((await api('PATCH', one, { role: 'inject' }, etag)).status).toBe(412);
    expect((await api('PATCH', one, { role: null })).body).toMatchObject({ role: 'inject_and_checkout' });
    expect((await api('DELETE', one)).status).toBe(204);
    expect((await api('DELETE', one)).status).toBe(404);
    expect((await api('GET', one)).status).toBe(404);
  });
});

describe('people who may administer the vault', () => {
  it('look after groups and let others use them, but not themselves', async () => {
    const keeper = await testPerson(appliance, 'keeper', { perm_vault: true });
    const colleague = await testPerson(appliance, 'colleague');
    const group = await keeper.call('POST', '/vault/account-group', { name: 'Kept' });
    expect(group.status).toBe(201);
    const users = `/vault/account-group/${group.body.id}/user`;
    expect((await keeper.call('POST', users, { user_id: colleague.id })).status).toBe(201);
    const own = await keeper.call('POST', users, { user_id: keeper.id });
    expect([own.status, own.body.message]).toEqual([403, expect.stringContaining('yourself')]);

    expect((await api('POST', users, { user_id: keeper.id })).status).toBe(201);
    const more = await keeper.call('PATCH', `${users}/${keeper.id}`, { role: 'inject_and_checkout' });
    expect(more.status).toBe(403);
    expect((await keeper.call('DELETE', `${users}/${colleague.id}`)).status).toBe(204);

    // What is in the group is theirs to use: nothing is moved in to get at it.
    const secret = await newAccount('of others');
    const in_ = await keeper.call('POST', `/vault/account-group/${group.body.id}/account`, {
      account_id: secret.id,
    });
    expect([in_.status, await groupOf(secret)]).toEqual([403, 1]);
    const free = await made('/vault/account-group', { name: 'Of nobody' });
    const moved = await keeper.call('POST', `/vault/account-group/${free.id}/account`, {
      account_id: secret.id,
    });
    expect(moved.status).toBe(201);
    await api('POST', '/vault/account-group/1/user', { user_id: keeper.id });
    const deleted = await keeper.call('DELETE', `/vault/account-group/${free.id}`);
    expect([deleted.status, await groupOf(secret)]).toEqual([403, free.id]);
    expect((await colleague.call('GET', '/vault/account-group')).status).toBe(403);
  });
});
