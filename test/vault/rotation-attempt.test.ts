import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { siteKey } from '../../appliance/site-key.ts';
import { SealedSecrets } from '../../appliance/vault/keys/sealed-secrets.ts';
import { VaultKeyRing } from '../../appliance/vault/keys/vault-keys.ts';
import type { HostTask, HostTaskResult } from '../../appliance/vault/rotation/host-tasks.ts';
import { RotationAttempt, RotationLost } from '../../appliance/vault/rotation/rotation-attempt.ts';
import { RotationSecrets } from '../../appliance/vault/rotation/rotation-secrets.ts';
import { vaultSecret } from '../../appliance/vault/vault-account.ts';
import { Ssh2Keys } from '../../integrations/ssh/ssh2-keys.ts';
import { PgUnitOfWork, pgStores } from '../../schema/pg-stores.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';

/** What the host answers, one after the other; each may look at the database meanwhile. */
type Answer = HostTaskResult | ((task: HostTask) => Promise<HostTaskResult>);

let database: TestDatabase;
let secrets: SealedSecrets;
let accountId: number;
let endpointId: number;
let rotationSecrets: RotationSecrets;

const DONE: HostTaskResult = { outcome: 'done', detail: '' };
const holds = (which: HostTaskResult['holds']): HostTaskResult => ({ ...DONE, holds: which });
const failure = (outcome: HostTaskResult['outcome'], code: HostTaskResult['code']): HostTaskResult => ({
  outcome,
  code,
  detail: `It is ${code}.`,
});

beforeAll(async () => {
  database = await testDatabase();
  const key = siteKey(randomBytes(32));
  await database.ownerSql`insert into vault_key (fingerprint, state) values (${key.fingerprint}, 'current')`;
  secrets = new SealedSecrets(new VaultKeyRing(() => [key]));
  rotationSecrets = new RotationSecrets({ secrets, sshKeys: new Ssh2Keys() });
  const [jumpoint] = await database.sql`
    insert into jumpoint (name, platform, code_name) values ('there', 'linux-x86', 'there') returning id`;
  const [endpoint] = await database.sql`
    insert into vault_endpoint (name, hostname, jumpoint_id, host_key)
    values ('host', 'host.example', ${jumpoint!.id}, 'ssh-ed25519 AAAA') returning id`;
  endpointId = endpoint!.id;
});
afterAll(() => database?.drop());

beforeEach(async () => {
  await database.sql`delete from vault_account`;
  await database.sql`update vault_endpoint set host_key = 'ssh-ed25519 AAAA'`;
  const [row] = await database.sql`
    insert into vault_account (type, name, username, endpoint_id)
    values ('username_password', 'root', 'root', ${endpointId}) returning id`;
  accountId = row!.id;
  const stores = pgStores(database.sql);
  await secrets.write(stores.sealedSecrets, vaultSecret(accountId, 'password'), 'the old one');
  await stores.vaultRotations.insert({ accountId, cause: 'demanded', requestedBy: 'ann' });
});

/** One attempt at a host that answers like this; what it was asked, and how the attempt ended. */
async function attempt(...answers: Answer[]): Promise<{ end: string; asked: HostTask[] }> {
  const stores = pgStores(database.sql);
  const asked: HostTask[] = [];
  await database.sql`update vault_rotation set due_at = now(), holder = null, lease_until = null where finished_at is null`;
  const holder = randomUUID();
  const rotation = await stores.vaultRotations.claim({ holder, nodeId: randomUUID(), leaseSeconds: 60 });
  const running = new RotationAttempt(
    {
      stores,
      unitOfWork: new PgUnitOfWork(database.sql),
      secrets: rotationSecrets,
      tasks: {
        run: async (task) => {
          asked.push(task);
          const answer = answers[asked.length - 1];
          if (answer === undefined) throw new Error(`Nobody expected ${task.kind}.`);
          return typeof answer === 'function' ? await answer(task) : answer;
        },
      },
    },
    rotation!,
    holder,
  );
  return { end: await running.run(), asked };
}

async function kept(): Promise<Record<string, string>> {
  const { sealedSecrets } = pgStores(database.sql);
  const names = await sealedSecrets.namesOf({ ownerType: 'vault_account', ownerId: accountId });
  const entries = names.map(async (name) => [
    name,
    await secrets.read(sealedSecrets, { ownerType: 'vault_account', ownerId: accountId, name }),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function row(): Promise<Record<string, unknown>> {
  const [found] = await database.sql`
    select state, phase, attempts, failure_code, changing_since is not null as changing, due_at is not null as due
      from vault_rotation where account_id = ${accountId} order by id desc limit 1`;
  return found!;
}

describe('an attempt', () => {
  it('keeps the new secret before the host hears of it, and stores it when it was verified', async () => {
    let meanwhile: unknown;
    const { end, asked } = await attempt(async (task) => {
      meanwhile = { ...(await row()), kept: await kept() };
      expect(task).toMatchObject({
        kind: 'ssh.change-password',
        secrets: { current: { password: 'the old one' } },
      });
      return DONE;
    });
    const next = asked[0]?.secrets?.next.password;
    expect(end).toBe('done');
    expect(meanwhile).toMatchObject({
      phase: 'changing',
      changing: true,
      kept: { password: 'the old one', pending_password: next },
    });
    expect(await kept()).toEqual({ password: next });
    expect(await row()).toMatchObject({ state: 'done', phase: 'stored', changing: false, due: false });
  });

  it('goes on with the same new secret after each break', async () => {
    const first = await attempt(failure('unknown', 'lost'));
    expect(first.end).toBe('again');
    expect(await row()).toMatchObject({
      state: 'waiting',
      phase: 'changing',
      changing: true,
      failure_code: 'lost',
    });
    const second = await attempt(holds('current'), failure('unchanged', 'unreachable'));
    expect(second.asked.map(({ kind }) => kind)).toEqual(['ssh.verify', 'ssh.change-password']);
    expect(await row()).toMatchObject({ state: 'waiting', phase: 'prepared', changing: false });
    const third = await attempt(DONE);
    const used = [first, second, third].flatMap(({ asked }) =>
      asked.map((task) => task.secrets?.next.password),
    );
    expect(new Set(used).size).toBe(1);
    expect(await kept()).toEqual({ password: used[0] });
  });

  it('takes the new secret when the host takes it after a break', async () => {
    await attempt(failure('unknown', 'lost'));
    const { end, asked } = await attempt(holds('next'));
    expect([end, await kept()]).toEqual(['done', { password: asked[0]?.secrets?.next.password }]);
  });

  it('keeps both and says so when the host takes neither', async () => {
    await attempt(failure('unknown', 'lost'));
    const { end } = await attempt(holds('neither'));
    expect(end).toBe('uncertain');
    expect(await row()).toMatchObject({ state: 'uncertain', due: false });
    expect(Object.keys(await kept()).sort()).toEqual(['password', 'pending_password']);
    const told = await database.sql`select data from vault_activity where account_id = ${accountId}`;
    expect(told.map(({ data }) => data)).toEqual([expect.stringContaining('takes neither')]);
  });

  it('throws no new secret away while a host may still be at it', async () => {
    await attempt(failure('unknown', 'lost'));
    // Another program answers that the old one holds, and then the host refuses.
    const soon = await attempt(holds('current'), failure('unchanged', 'authentication-failed'));
    expect(soon.end).toBe('again');
    expect(Object.keys(await kept())).toContain('pending_password');
    expect((await row()).phase).toBe('changing');
  });

  it('ends as failed with the old secret when the host refuses for good', async () => {
    const { end } = await attempt(failure('unchanged', 'refused'));
    expect([end, await kept()]).toEqual(['failed', { password: 'the old one' }]);
    expect(await row()).toMatchObject({ state: 'failed', failure_code: 'refused' });
  });

  it('gives up after six that time might have mended, and asks on every hour when the host may have changed', async () => {
    for (let count = 1; count <= 5; count++)
      expect((await attempt(failure('unchanged', 'unreachable'))).end).toBe('again');
    expect((await attempt(failure('unchanged', 'unreachable'))).end).toBe('failed');
    expect(await kept()).toEqual({ password: 'the old one' });
    await pgStores(database.sql).vaultRotations.insert({ accountId, cause: 'demanded', requestedBy: 'ann' });
    for (let count = 1; count <= 5; count++) await attempt(failure('unknown', 'lost'));
    expect((await attempt(failure('unknown', 'unreachable'))).end).toBe('uncertain');
    expect((await attempt(failure('unknown', 'unreachable'))).end).toBe('uncertain');
    expect(await row()).toMatchObject({ state: 'uncertain', due: true, attempts: 7 });
    const told = await database.sql`
      select 1 from vault_activity where account_id = ${accountId} and event_type = 'Password Rotation Failed'`;
    expect(told.length).toBe(2);
    expect((await attempt(holds('next'))).end).toBe('done');
  });

  it('says what stands in the way, and is uncertain when that came in the middle', async () => {
    await attempt(failure('unknown', 'lost'));
    await database.sql`update vault_endpoint set host_key = ''`;
    expect((await attempt()).end).toBe('uncertain');
    expect(Object.keys(await kept())).toContain('pending_password');
    await database.sql`delete from vault_rotation`;
    await pgStores(database.sql).vaultRotations.insert({ accountId, cause: 'demanded', requestedBy: 'ann' });
    expect((await attempt()).end).toBe('failed');
    expect(await row()).toMatchObject({ failure_code: 'obstacle' });
  });

  it('does not tell the host when the account was changed a moment ago', async () => {
    const { vaultAccounts } = pgStores(database.sql);
    await attempt(failure('unchanged', 'unreachable'));
    const { both } = rotationSecrets;
    // Between reading the account and telling the host.
    rotationSecrets.both = async (...args) => {
      await vaultAccounts.update((await vaultAccounts.findById(accountId))!);
      return await both.apply(rotationSecrets, args);
    };
    expect((await attempt()).end).toBe('postponed');
    rotationSecrets.both = both;
    expect((await attempt(DONE)).end).toBe('done');
  });

  it('writes nothing once another process has taken over', async () => {
    const taken = attempt(async () => {
      await database.sql`update vault_rotation set holder = ${randomUUID()}`;
      return DONE;
    });
    await expect(taken).rejects.toBeInstanceOf(RotationLost);
    expect(await kept()).toMatchObject({ password: 'the old one' });
    expect(await row()).toMatchObject({ phase: 'changing' });
  });
});
