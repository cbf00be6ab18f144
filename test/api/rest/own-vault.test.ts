import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;
type Person = Awaited<ReturnType<typeof testPerson>>;
let ann: Person;
let ben: Person;
const SECRET = 'planted-secret-90ab';
const MINE = '/me/vault-account';

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
  ann = await testPerson(appliance, 'ann');
  ben = await testPerson(appliance, 'ben');
});
afterAll(() => appliance?.stop());

async function shared(name: string, roles: [Person, string][], more: object = {}): Promise<number> {
  const body = { type: 'username_password', name, username: 'root', password: SECRET, ...more };
  const { status, body: account } = await api('POST', '/vault/account', body);
  expect(`${status} ${JSON.stringify(account)}`).toMatch(/^201/);
  for (const [{ id }, role] of roles) {
    const granted = await api('POST', `/vault/account/${account.id}/user`, { user_id: id, role });
    expect(granted.status).toBe(201);
  }
  return account.id;
}

const personal = (name: string) => ({ type: 'username_password', name, username: 'me', password: SECRET });

describe('the accounts I may use', () => {
  it('say whether their secret is changed once they are checked in', async () => {
    await admin('POST', '/vault/account-policy', {
      name: 'Changing',
      code_name: 'changing',
      auto_rotate_credentials: true,
    });
    const { body: endpoint } = await admin('POST', '/vault/endpoint', {
      name: 'e',
      hostname: 'e.example.com',
    });
    const role: [Person, string][] = [[ann, 'inject_and_checkout']];
    const changing = { account_policy: 'changing' };
    const ids = [
      await shared('changed', role, { ...changing, endpoint_id: endpoint.id }),
      // Nobody knows where.
      await shared('not changed', role, changing),
      await shared('left alone', role, { endpoint_id: endpoint.id }),
    ];
    const flags = [];
    for (const id of ids) flags.push((await ann.call('GET', `${MINE}/${id}`)).body.rotated_after_check_in);
    expect(flags).toEqual([true, false, false]);
    for (const id of ids) await api('DELETE', `/vault/account/${id}`);
  });

  it('are those that were granted in any way, with what I may do', async () => {
    const [group] =
      await appliance.sql`insert into vault_account_group (name) values ('Databases') returning id`;
    const [policy] = await appliance.sql`
      insert into group_policy (name, position) values ('Night shift', 500) returning id`;
    await appliance.sql`
      insert into group_policy_member (group_policy_id, security_provider_id, user_id)
      values (${policy!['id']}, 1, ${ann.id})`;
    const direct = await shared('B direct', [[ann, 'inject']]);
    const grouped = await shared('a grouped', [], { account_group_id: group!['id'] });
    const byPolicy = await shared('C by policy', [[ann, 'inject']]);
    await shared('of nobody', []);
    await appliance.sql`
      insert into vault_account_group_user values (${group!['id']}, ${ann.id}, 'inject_and_checkout')`;
    await appliance.sql`
      insert into group_policy_vault_account values (${policy!['id']}, ${byPolicy}, 'inject_and_checkout')`;
    const { body } = await ann.call('GET', MINE);
    expect([body.total, body.next_cursor]).toEqual([3, null]);
    expect(body.items.map(({ id, role }: { id: number; role: string }) => [id, role])).toEqual([
      [grouped, 'inject_and_checkout'],
      [direct, 'inject'],
      [byPolicy, 'inject_and_checkout'],
    ]);
    expect(body.items[0]).toMatchObject({
      account_group_name: 'Databases',
      personal: false,
      available: true,
      check_outs: [],
      checked_out_timestamp: null,
    });
    expect(JSON.stringify(body)).not.toContain(SECRET);
    expect((await ann.call('GET', `${MINE}/${direct}`)).body).toEqual(body.items[1]);
    const ids = async (query: string) =>
      (await ann.call('GET', `${MINE}?${query}`)).body.items.map(({ id }: { id: number }) => id);
    expect(await ids('search=DATAB')).toEqual([grouped]);
    expect(await ids('search=policy')).toEqual([byPolicy]);
    expect(await ids('role=inject')).toEqual([direct]);
    expect(await ids('type=ssh')).toEqual([]);
    expect(await ids('personal=true')).toEqual([]);
  });

  it('are nobody else’s to see, not even an administrator’s', async () => {
    const id = await shared('hidden', [[ben, 'inject']]);
    for (const call of [admin, ann.call]) {
      expect((await call('GET', `${MINE}/${id}`)).status).toBe(404);
      for (const action of ['check-out', 'check-in']) {
        expect((await call('POST', `${MINE}/${id}/${action}`)).status).toBe(404);
      }
      expect((await call('PATCH', `${MINE}/${id}`, { name: 'x' })).status).toBe(404);
      expect((await call('DELETE', `${MINE}/${id}`)).status).toBe(404);
    }
    expect((await api('GET', MINE)).status).toBe(403);
  });

  it('come page by page without gaps or repetitions', async () => {
    const carl = await testPerson(appliance, 'carl');
    const expected: number[] = [];
    // Names that differ in case alone, and the same name twice.
    for (const name of ['x 1', 'X 1', 'x 2', 'y', 'Y', 'z'])
      expected.push(await shared(name, [[carl, 'inject']]));
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await carl.call('GET', `${MINE}?limit=2${query}`);
      expect([body.total, body.items.length]).toEqual([6, 2]);
      seen.push(...body.items.map(({ id }: { id: number }) => id));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(expected);
    for (const wrong of ['x', 'WzEsMl0', 'bnVsbA', Buffer.from('["\\u0000",1]').toString('base64url')]) {
      expect((await carl.call('GET', `${MINE}?cursor=${wrong}`)).status).toBe(422);
    }
  });
});

describe('checking out what I may use', () => {
  it('shows who has it, and lets one at a time have it', async () => {
    const id = await shared('one at a time', [
      [ann, 'inject_and_checkout'],
      [ben, 'inject_and_checkout'],
    ]);
    const out = await ann.call('POST', `${MINE}/${id}/check-out`);
    expect([out.status, out.body, out.headers.get('cache-control')]).toEqual([
      200,
      { username: 'root', type: 'username_password', password: SECRET },
      'no-store',
    ]);
    expect((await ann.call('GET', `${MINE}/${id}`)).body).toMatchObject({
      available: true,
      checked_out_timestamp: expect.any(String),
      check_outs: [{ checked_out_by: 'ann', mine: true, lsid: null }],
    });
    expect((await ben.call('GET', `${MINE}/${id}`)).body).toMatchObject({
      available: false,
      checked_out_timestamp: null,
      check_outs: [{ checked_out_by: 'ann', mine: false }],
    });
    const refused = await ben.call('POST', `${MINE}/${id}/check-out`);
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({
      message: expect.stringContaining('ann has had it checked out since'),
      checked_out_by: 'ann',
      checked_out_since: expect.stringMatching(/\+00:00$/),
    });
    const mine = await ann.call('GET', `${MINE}?checked_out=true`);
    expect(mine.body.items.map((one: { id: number }) => one.id)).toEqual([id]);
    expect((await ben.call('POST', `${MINE}/${id}/check-in`)).status).toBe(422);
    expect((await ann.call('POST', `${MINE}/${id}/check-in`)).status).toBe(204);
    expect((await ben.call('POST', `${MINE}/${id}/check-out`)).status).toBe(200);
  });

  it('shows a secret to nobody who may only have it injected', async () => {
    const id = await shared('inject only', [[ann, 'inject']]);
    const { status, body } = await ann.call('POST', `${MINE}/${id}/check-out`);
    expect([status, JSON.stringify(body).includes(SECRET)]).toEqual([403, false]);
  });

  it('is won by one of many who ask at once', async () => {
    const people = await Promise.all(['p1', 'p2', 'p3', 'p4'].map((name) => testPerson(appliance, name)));
    const id = await shared(
      'raced',
      people.map((person): [Person, string] => [person, 'inject_and_checkout']),
    );
    const answers = await Promise.all(people.map(({ call }) => call('POST', `${MINE}/${id}/check-out`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422, 422]);
  });

  it('can be ended by whoever has it even when the right is gone', async () => {
    const id = await shared('taken away', [[ann, 'inject_and_checkout']]);
    await ann.call('POST', `${MINE}/${id}/check-out`);
    await api('DELETE', `/vault/account/${id}/user/${ann.id}`);
    expect((await ann.call('GET', `${MINE}/${id}`)).status).toBe(404);
    expect((await ann.call('POST', `${MINE}/${id}/check-out`)).status).toBe(404);
    expect((await ann.call('POST', `${MINE}/${id}/check-in`)).status).toBe(204);
    expect((await ann.call('POST', `${MINE}/${id}/check-in`)).status).toBe(404);
  });
});

describe('my personal accounts', () => {
  it('are made, changed, checked out and deleted by me alone', async () => {
    const created = await ann.call('POST', MINE, personal('my own'));
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toMatch(/\/me\/vault-account\/\d+$/);
    expect(created.body).toMatchObject({
      personal: true,
      account_group_name: null,
      role: 'inject_and_checkout',
      available: true,
    });
    const path = `${MINE}/${created.body.id}`;
    const stale = await ann.call('PATCH', path, { description: 'x' }, { 'if-match': '"9"' });
    expect(stale.status).toBe(412);
    const changed = await ann.call('PATCH', path, { description: 'x', password: `${SECRET}-2` });
    expect([changed.status, changed.body.description]).toEqual([200, 'x']);
    for (const other of [ben.call, admin]) {
      expect((await other('GET', path)).status).toBe(404);
      expect((await other('PATCH', path, { description: 'y' })).status).toBe(404);
      expect((await other('POST', `${path}/check-out`)).status).toBe(404);
      expect((await other('DELETE', path)).status).toBe(404);
    }
    expect((await ann.call('POST', `${path}/check-out`)).body.password).toBe(`${SECRET}-2`);
    expect((await ann.call('POST', `${path}/check-in`)).status).toBe(204);
    expect((await api('GET', `/vault/account/${created.body.id}`)).body).toMatchObject({
      personal: true,
      owner_user_id: ann.id,
    });
    expect((await ann.call('DELETE', path)).status).toBe(204);
    expect((await ann.call('GET', path)).status).toBe(404);
  });

  it('take what belongs to them and nothing more', async () => {
    for (const more of [{ account_group_id: 1 }, { account_policy: 'default' }, { endpoint_id: 1 }]) {
      expect((await ann.call('POST', MINE, { ...personal('x'), ...more })).status).toBe(401);
    }
    const authority = await ann.call('POST', MINE, { type: 'ssh_ca', name: 'my ca', username: 'root' });
    expect(authority.body.public_key).toMatch(/^ssh-ed25519 /);
    const id = await shared('not mine', [[ann, 'inject_and_checkout']]);
    for (const method of ['PATCH', 'DELETE']) {
      const { status } = await ann.call(
        method,
        `${MINE}/${id}`,
        method === 'PATCH' ? { name: 'x' } : undefined,
      );
      expect(status).toBe(403);
    }
  });

  it('go with me, secrets and all, and that is told', async () => {
    const dora = await testPerson(appliance, 'dora');
    const { body } = await dora.call('POST', MINE, personal('of dora'));
    expect((await admin('DELETE', `/user/${dora.id}`)).status).toBe(204);
    const left = await appliance.sql`
      select from sealed_secret where owner_type = 'vault_account' and owner_id = ${body.id}`;
    expect(left.length).toBe(0);
    const rows = await appliance.sql`
      select event_type, performed_by_kind, data from vault_activity where account_id = ${body.id} order by id`;
    expect(rows.at(-1)).toEqual({
      event_type: 'Account Deleted',
      performed_by_kind: 'system',
      data: 'Its owner was deleted.',
    });
  });

  it('are at most a hundred', async () => {
    const eve = await testPerson(appliance, 'eve');
    await appliance.sql`
      insert into vault_account (type, name, account_group_id, owner_user_id)
      select 'opaque_token', 'p' || n, null, ${eve.id} from generate_series(1, 98) n`;
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => eve.call('POST', MINE, personal('more'))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 422, 422, 422, 422]);
  });
});
