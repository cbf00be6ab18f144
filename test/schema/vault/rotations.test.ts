import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RotationChanges, RotationState } from '../../../appliance/vault/rotation/vault-rotation.ts';
import { PgVaultRotations } from '../../../schema/vault/pg-vault-rotations.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

let database: TestDatabase;
let rotations: PgVaultRotations;
let accountId: number;
let endpointId: number;
let jumpointNodeId: number;

beforeAll(async () => {
  database = await testDatabase();
  rotations = new PgVaultRotations(database.sql);
  const [jumpoint] = await database.sql`
    insert into jumpoint (name, platform, code_name) values ('there', 'linux-x86', 'there') returning id`;
  const [node] = await database.sql`
    insert into jumpoint_node (jumpoint_id, identity_public_key, sealing_public_key)
    values (${jumpoint!.id}, '\\x01', '\\x02') returning id`;
  jumpointNodeId = node!.id;
  const [endpoint] = await database.sql`
    insert into vault_endpoint (name, hostname, jumpoint_id, host_key)
    values ('host', 'host.example', ${jumpoint!.id}, 'ssh-ed25519 AAAA') returning id`;
  endpointId = endpoint!.id;
});
afterAll(() => database?.drop());

beforeEach(async () => {
  await database.sql`delete from vault_account`;
  await database.sql`update jumpoint_node set connected_node_id = null`;
  accountId = await anAccount();
});

async function anAccount(secretChangedDaysAgo = 0, policyId: number | null = null): Promise<number> {
  const [row] = await database.sql`
    insert into vault_account (type, name, username, endpoint_id, account_policy_id, secret_changed_at)
    values ('username_password', 'root', 'root', ${endpointId}, ${policyId},
            now() - make_interval(days => ${secretChangedDaysAgo})) returning id`;
  return row!.id;
}

async function asked(id = accountId): Promise<boolean> {
  return await rotations.insert({ accountId: id, cause: 'demanded', requestedBy: 'ann' });
}

async function aServer(heartbeatSecondsAgo = 0): Promise<string> {
  const id = randomUUID();
  await database.sql`
    insert into server_node (id, node_url, hostname, heartbeat_at)
    values (${id}, 'http://localhost', 'here', now() - make_interval(secs => ${heartbeatSecondsAgo}))`;
  return id;
}

const claim = (nodeId: string = randomUUID(), holder: string = randomUUID(), leaseSeconds = 30) =>
  rotations.claim({ holder, nodeId, leaseSeconds });

describe('rotations', () => {
  it('are one at a time for an account', async () => {
    expect(await asked()).toBe(true);
    expect(await asked()).toBe(false);
    await rotations.endByHand(accountId, 'done', null);
    expect(await asked()).toBe(true);
    expect((await rotations.findEnded(accountId)).done).toMatchObject({ state: 'done', requestedBy: 'ann' });
  });

  it('are taken by one of those who ask at once', async () => {
    await asked();
    const taken = await Promise.all(Array.from({ length: 8 }, () => claim()));
    expect(taken.filter((one) => one !== undefined)).toMatchObject([
      { accountId, state: 'running', attempts: 1 },
    ]);
  });

  it('are taken over when their holder is silent, who then writes nothing any more', async () => {
    await asked();
    const [first, second] = [randomUUID(), randomUUID()];
    const rotation = await claim(undefined, first, 30);
    expect(await rotations.renew(rotation!.id, { holder: first, leaseSeconds: 60 })).toBe(true);
    expect(await claim(undefined, second)).toBeUndefined();
    await database.sql`update vault_rotation set lease_until = now() - interval '1 second'`;
    expect(await claim(undefined, second)).toMatchObject({ attempts: 2 });
    expect(await rotations.renew(rotation!.id, { holder: first, leaseSeconds: 60 })).toBe(false);
    expect(await rotations.write(rotation!.id, first, { phase: 'changed' })).toBe(false);
    expect(await rotations.write(rotation!.id, second, { phase: 'changing', changing: 'now' })).toBe(true);
    const active = await rotations.findActive(accountId);
    expect(active).toMatchObject({ phase: 'changing', changingForSeconds: expect.closeTo(0, 0) });
  });

  it('are left to the process that has the Jumpoint, and to anybody when none has', async () => {
    await asked();
    const [here, dead] = [await aServer(), await aServer(3600)];
    await database.sql`update jumpoint_node set connected_node_id = ${here} where id = ${jumpointNodeId}`;
    expect(await claim()).toBeUndefined();
    expect(await claim(here)).toBeDefined();
    await database.sql`update vault_rotation set holder = null, lease_until = null`;
    await database.sql`update jumpoint_node set connected_node_id = ${dead} where id = ${jumpointNodeId}`;
    expect(await claim()).toBeDefined();
  });

  it('that wait are not taken before their time; uncertain ones stay so, and go on when somebody asks', async () => {
    await asked();
    const holder = randomUUID();
    const rotation = await claim(undefined, holder);
    await rotations.write(rotation!.id, holder, { state: 'waiting', dueInSeconds: 60, attemptsBack: true });
    expect(await claim()).toBeUndefined();
    expect(await rotations.resume(accountId)).toBe(true);
    const again = await claim(undefined, holder);
    expect(again).toMatchObject({ attempts: 1, state: 'running' });
    await rotations.write(again!.id, holder, { state: 'uncertain', dueInSeconds: 0 });
    expect(await claim(undefined, holder)).toMatchObject({ state: 'uncertain' });
    // Somebody is at it right now.
    expect(await rotations.resume(accountId)).toBe(false);
    await rotations.write(again!.id, holder, { state: 'uncertain', dueInSeconds: null });
    expect(await claim()).toBeUndefined();
    expect(await rotations.counts()).toEqual({ waiting: 0, running: 0, uncertain: 1 });
    expect(await rotations.resume(accountId)).toBe(true);
    expect(await claim()).toMatchObject({ state: 'running', attempts: 1 });
  });

  it('keep what their holder writes, word by word and all at once', async () => {
    await asked();
    const holder = randomUUID();
    const { id } = (await claim(undefined, holder))!;
    const written = (changes: RotationChanges) => rotations.write(id, holder, changes);
    expect(await written({ phase: 'prepared', nextPublicKey: 'ssh-ed25519 AAAA' })).toBe(true);
    expect(await written({ state: 'running', phase: 'changing', changing: 'now' })).toBe(true);
    expect(await written({ phase: 'changed', changing: null })).toBe(true);
    expect(await rotations.findActive(accountId)).toMatchObject({
      phase: 'changed',
      nextPublicKey: 'ssh-ed25519 AAAA',
      changingForSeconds: null,
    });
    expect(
      await written({ failureCode: 'refused', failure: 'It said no.', finished: true, state: 'failed' }),
    ).toBe(true);
    expect(await written({ phase: 'changed' })).toBe(false);
    expect((await rotations.findEnded(accountId)).failed).toMatchObject({
      failureCode: 'refused',
      failure: 'It said no.',
      finishedAt: expect.any(Date),
    });
    expect(await asked()).toBe(true);
    const next = (await claim(undefined, holder))!;
    const end = {
      state: 'waiting',
      dueInSeconds: 5,
      attemptsBack: true,
      failureCode: null,
      failure: null,
    } as const;
    expect(await rotations.write(next.id, holder, end)).toBe(true);
    const found = async (state: RotationState) => {
      const { items, total } = await rotations.find({ state }, { limit: 10, offset: 0 });
      return [total, items.map((rotation) => rotation.id)];
    };
    expect([await found('failed'), await found('waiting'), await found('done')]).toEqual([
      [1, [id]],
      [1, [next.id]],
      [0, []],
    ]);
  });

  it('go with their account', async () => {
    await asked();
    await database.sql`delete from vault_account where id = ${accountId}`;
    expect((await rotations.find({}, { limit: 10, offset: 0 })).total).toBe(0);
  });

  it('that ended long ago are forgotten, but for the latest of each kind', async () => {
    for (const state of ['done', 'failed', 'done', 'failed', 'done'] as const) {
      await asked();
      await rotations.endByHand(accountId, state, null);
    }
    expect(await rotations.deleteEndedBefore(new Date(Date.now() - 60_000))).toBe(0);
    expect(await rotations.deleteEndedBefore(new Date(Date.now() + 60_000))).toBe(3);
    const { items, total } = await rotations.find({ accountId }, { limit: 10, offset: 0 });
    expect([total, items.map(({ state }) => state)]).toEqual([2, ['done', 'failed']]);
  });
});

describe('what is due', () => {
  it('is as old as the policy of the account, else of its group, else the default one allows', async () => {
    const policies = await database.sql<{ id: number }[]>`
      insert into vault_account_policy (name, code_name, scheduled_password_rotation, maximum_password_age)
      values ('weekly', 'weekly', true, 7), ('monthly', 'monthly', true, 30), ('never', 'never', false, null) returning id`;
    const [weekly, monthly, never] = policies.map(({ id }) => id);
    await database.sql`update vault_account_group set account_policy_id = ${monthly!} where id = 1`;
    const old = await anAccount(8, weekly);
    await anAccount(8);
    const older = await anAccount(31);
    await anAccount(400, never);
    const due = await rotations.insertDue(new Date(), 'clock', 10);
    expect(due.map(({ accountId: id }) => id).sort()).toEqual([old, older].sort());
    expect(await rotations.insertDue(new Date(), 'clock', 10)).toEqual([]);
    await database.sql`update vault_account_group set account_policy_id = null where id = 1`;
  });
});
