import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VaultRotationRequests } from '../../../appliance/vault/rotation/vault-rotation-requests.ts';
import { CheckOutDesk, VaultCheckOutService } from '../../../appliance/vault/vault-check-out-service.ts';
import { VaultHolding } from '../../../appliance/vault/vault-holding.ts';
import { PgUnitOfWork, pgStores } from '../../../schema/pg-stores.ts';
import {
  type Answer,
  type Call,
  configurationCalls,
  liftRateLimits,
} from '../../support/configuration-calls.ts';
import { testApiAccount } from '../../support/test-api-account.ts';
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

const SECRET = 'planted-secret-51c2';

async function account(more: object = {}): Promise<number> {
  const { status, body } = await api('POST', '/vault/account', {
    type: 'username_password',
    name: 'root',
    username: 'root',
    password: SECRET,
    ...more,
  });
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^201/);
  return body.id;
}

const at = (id: number, action: string) => `/vault/account/${id}/${action}`;

async function policy(settings: { simultaneous: boolean }): Promise<string> {
  const [row] = await appliance.sql`
    insert into vault_account_policy (name, code_name, allow_simultaneous_checkout)
    values (gen_random_uuid()::text, left(md5(random()::text), 20), ${settings.simultaneous}) returning code_name`;
  return row!['code_name'] as string;
}

const activityOf = async (id: number): Promise<string[]> =>
  (await appliance.sql`select event_type from vault_activity where account_id = ${id} order by id`).map(
    (row) => row['event_type'] as string,
  );

describe('checking out', () => {
  it('answers the secret of each type, which no cache keeps', async () => {
    const password = await api('POST', at(await account(), 'check-out'));
    expect([password.status, password.body, password.headers.get('cache-control')]).toEqual([
      200,
      { username: 'root', type: 'username_password', password: SECRET },
      'no-store',
    ]);
    const token = await account({
      type: 'opaque_token',
      username: undefined,
      password: undefined,
      token: SECRET,
    });
    expect((await api('POST', at(token, 'check-out'))).body).toEqual({ type: 'opaque_token', token: SECRET });
  });

  it('answers a key as it was given, with what opens it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bridgehead-check-out-'));
    try {
      const path = join(directory, 'key');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-f', path, '-N', SECRET]);
      const key = execFileSync('cat', [path]).toString();
      const id = await account({
        type: 'ssh',
        password: undefined,
        private_key: key,
        private_key_passphrase: SECRET,
      });
      expect((await api('POST', at(id, 'check-out'))).body).toEqual({
        username: 'root',
        type: 'ssh',
        private_key: key,
        private_key_passphrase: SECRET,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('answers a new key and a certificate for it when the account is an authority, and never its own key', async () => {
    const id = await account({ type: 'ssh_ca', password: undefined });
    const [first, second] = [await api('POST', at(id, 'check-out')), await api('POST', at(id, 'check-out'))];
    expect(first.body).toMatchObject({ username: 'root', type: 'ssh_ca' });
    expect(first.body.private_key).toContain('OPENSSH PRIVATE KEY');
    expect(second.body.private_key).not.toBe(first.body.private_key);
    const directory = mkdtempSync(join(tmpdir(), 'bridgehead-check-out-'));
    try {
      const path = join(directory, 'id');
      writeFileSync(path, first.body.private_key, { mode: 0o600 });
      writeFileSync(`${path}-cert.pub`, `${first.body.signed_public_cert}\n`);
      const plain = execFileSync('ssh-keygen', ['-y', '-f', path]).toString();
      const shown = execFileSync('ssh-keygen', ['-L', '-f', `${path}-cert.pub`]).toString();
      const fingerprint = (line: string) =>
        execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: line }).toString().split(' ')[1];
      const authority = (await api('GET', `/vault/account/${id}`)).body.public_key;
      expect(shown).toContain(`Signing CA: ED25519 ${fingerprint(authority)}`);
      expect(shown).toContain(`Public key: ED25519-CERT ${fingerprint(plain)}`);
      expect(shown).toMatch(/Principals:\s+root\s/);
      expect(shown).toContain(`vault account ${id}, checked out by`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is for one at a time, however many ask at once', async () => {
    const id = await account();
    const callers = await Promise.all(
      Array.from({ length: 4 }, () =>
        testApiAccount(appliance, { perm_configuration: true, perm_configuration_vault_account: true }),
      ),
    );
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => configurationCalls(callers[n % 4]!)('POST', at(id, 'check-out'))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(11).fill(422)]);
    const refused = answers.find(({ status }) => status === 422) as Answer;
    expect(refused.body.message).toMatch(/in use: \S+ has had it checked out since 20\d\d-\S+\+00:00/);
    expect(JSON.stringify(refused.body)).not.toContain(SECRET);
    const open = await appliance.sql`select from vault_check_out where account_id = ${id}`;
    expect(open.length).toBe(1);
    expect(await activityOf(id)).toEqual(['Account Created', 'Credentials Checked Out']);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect((await configurationCalls(callers[winner % 4]!)('POST', at(id, 'check-in'))).status).toBe(200);
    expect((await api('POST', at(id, 'check-out'))).status).toBe(200);
  });

  it('is for several where the policy of the account or of its group allows it', async () => {
    const generous = await policy({ simultaneous: true });
    const strict = await policy({ simultaneous: false });
    const other = configurationCalls(
      await testApiAccount(appliance, { perm_configuration: true, perm_configuration_vault_account: true }),
    );
    const [group] = await appliance.sql`
      insert into vault_account_group (name, account_policy_id)
      select 'Shared hands', id from vault_account_policy where code_name = ${generous} returning id`;
    const inherits = await account({ account_group_id: group!['id'] });
    const own = await account({ account_group_id: group!['id'], account_policy: strict });
    for (const id of [inherits, own]) expect((await api('POST', at(id, 'check-out'))).status).toBe(200);
    expect((await other('POST', at(inherits, 'check-out'))).status).toBe(200);
    expect((await other('POST', at(own, 'check-out'))).status).toBe(422);
    // A program that checks out twice checks in twice.
    expect((await api('POST', at(inherits, 'check-out'))).status).toBe(200);
    const seen = await api('GET', at(inherits, 'check-out'));
    expect(seen.body).toHaveLength(3);
    expect(seen.body[0]).toMatchObject({ api_account_id: 1, user_id: null, lsid: null });
    for (const status of [200, 200, 422]) {
      expect((await api('POST', at(inherits, 'check-in'))).status).toBe(status);
    }
    expect((await api('GET', at(inherits, 'check-out'))).body).toHaveLength(1);
  });

  it('is for several whatever the policy says when the account is an SSH key or an authority', async () => {
    const id = await account({ type: 'ssh_ca', password: undefined });
    const other = configurationCalls(
      await testApiAccount(appliance, { perm_configuration: true, perm_configuration_vault_account: true }),
    );
    expect((await api('POST', at(id, 'check-out'))).status).toBe(200);
    expect((await other('POST', at(id, 'check-out'))).status).toBe(200);
    const forced = await api('POST', at(id, 'force-check-in'));
    expect([forced.status, forced.body.message]).toEqual([422, expect.stringContaining('SSH')]);
    expect((await other('POST', at(id, 'check-in'))).status).toBe(200);
  });

  it('takes the role of a person, an administrator included', async () => {
    const id = await account();
    const keeper = await testPerson(appliance, 'keeps-and-uses', { perm_vault: true });
    for (const call of [admin, keeper.call]) {
      expect((await call('POST', at(id, 'check-out'))).status).toBe(403);
    }
    const path = `/vault/account/${id}/user`;
    expect((await api('POST', path, { user_id: keeper.id })).body).toEqual({
      user_id: keeper.id,
      role: 'inject',
    });
    expect((await keeper.call('POST', at(id, 'check-out'))).status).toBe(403);
    await api('PATCH', `${path}/${keeper.id}`, { role: 'inject_and_checkout' });
    expect((await keeper.call('POST', at(id, 'check-out'))).body.password).toBe(SECRET);
    // A page that was loaded again shows it again.
    expect((await keeper.call('POST', at(id, 'check-out'))).body.password).toBe(SECRET);
    expect((await keeper.call('GET', at(id, 'check-out'))).body).toMatchObject([{ user_id: keeper.id }]);
    expect((await api('POST', at(id, 'check-out'))).status).toBe(422);
  });

  it('notes when it was last', async () => {
    const id = await account();
    const before = Date.now() - 2000;
    await api('POST', at(id, 'check-out'));
    const { body } = await api('GET', `/vault/account/${id}`);
    expect(Date.parse(body.last_checkout_timestamp)).toBeGreaterThan(before);
  });
});

describe('checking in', () => {
  it('is refused to whoever has not checked it out', async () => {
    const id = await account();
    for (const call of [api, admin]) {
      const { status, body } = await call('POST', at(id, 'check-in'));
      expect([status, body.message]).toEqual([422, 'You have not checked out this account.']);
    }
    await api('POST', at(id, 'check-out'));
    expect((await admin('POST', at(id, 'check-in'))).status).toBe(422);
    const done = await api('POST', at(id, 'check-in'));
    expect([done.status, done.body]).toEqual([200, '']);
  });

  it('by force ends what others have, and says whose it was', async () => {
    const id = await account();
    expect((await admin('POST', at(id, 'force-check-in'))).status).toBe(422);
    await api('POST', at(id, 'check-out'));
    expect((await admin('POST', at(id, 'force-check-in'))).status).toBe(200);
    expect((await api('POST', at(id, 'check-in'))).status).toBe(422);
    expect(await activityOf(id)).toEqual([
      'Account Created',
      'Credentials Checked Out',
      'Credentials Force Checked In',
    ]);
    const [row] =
      await appliance.sql`select data from vault_activity where account_id = ${id} order by id desc limit 1`;
    const [caller] = await appliance.sql`select name from api_account where id = 1`;
    expect(row!['data']).toBe(caller!['name']);
  });

  it('is told in the audit log', async () => {
    const id = await account();
    await api('POST', at(id, 'check-out'));
    await api('POST', at(id, 'check-in'));
    const rows = await appliance.sql`
      select event_type from audit_event where object_type = 'vault_account' and object_id = ${String(id)} order by id`;
    expect(rows.map((row) => row['event_type'])).toEqual([
      'vault_account.created',
      'vault_account.checked_out',
      'vault_account.checked_in',
    ]);
  });
});

describe('rotating', () => {
  it('says why a password cannot be changed', async () => {
    const ids = [
      [
        await account({ type: 'opaque_token', username: undefined, password: undefined, token: 't' }),
        /token/,
      ],
      [await account({ type: 'ssh_ca', password: undefined }), /authority/],
      [await account(), /no endpoint/],
    ] as const;
    for (const [id, reason] of ids) {
      const { status, body } = await api('POST', at(id, 'rotate'));
      expect([status, body.message]).toEqual([422, expect.stringMatching(reason)]);
    }
  });
});

describe('users of an account', () => {
  it('are granted, changed, taken away and listed by page', async () => {
    const id = await account();
    const ann = await testPerson(appliance, 'ann-is-granted');
    const ben = await testPerson(appliance, 'ben-is-granted');
    const path = `/vault/account/${id}/user`;
    const created = await api('POST', path, { user_id: ann.id, role: 'inject_and_checkout' });
    expect([created.status, created.body]).toEqual([201, { user_id: ann.id, role: 'inject_and_checkout' }]);
    const twice = await api('POST', path, { user_id: ann.id });
    expect([twice.status, Object.keys(twice.body.errors)]).toEqual([422, ['user_id']]);
    const nobody = await api('POST', path, { user_id: 4711 });
    expect([nobody.status, Object.keys(nobody.body.errors)]).toEqual([422, ['user_id']]);
    expect((await api('POST', path, { user_id: ben.id, role: 'owner' })).status).toBe(422);
    await api('POST', path, { user_id: ben.id });
    const list = await api('GET', `${path}?per_page=5`);
    expect([list.body, list.headers.get('x-bt-pagination-total')]).toEqual([
      [created.body, { user_id: ben.id, role: 'inject' }],
      '2',
    ]);
    expect((await api('GET', `${path}/${ben.id}`)).body).toEqual({ user_id: ben.id, role: 'inject' });
    expect((await api('PATCH', `${path}/${ben.id}`, { role: 'inject' }, { 'if-match': '"2"' })).status).toBe(
      412,
    );
    expect((await api('DELETE', `${path}/${ben.id}`)).status).toBe(204);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const json = method === 'PATCH' ? { role: 'inject' } : undefined;
      expect((await api(method, `${path}/${ben.id}`, json)).status).toBe(404);
    }
    const moved = await api('PATCH', `${path}/${ann.id}`, { user_id: ben.id });
    expect(moved.body).toEqual({ user_id: ben.id, role: 'inject_and_checkout' });
    expect((await api('GET', '/vault/account/4711/user')).status).toBe(404);
  });
});

describe('a personal account', () => {
  it('cannot be used, granted or changed by anybody else, not even by an administrator', async () => {
    const owner = await testPerson(appliance, 'owner', { perm_vault: true });
    const [row] = await appliance.sql`
      insert into vault_account (type, name, account_group_id, owner_user_id)
      values ('opaque_token', 'mine', null, ${owner.id}) returning id`;
    const id = row!['id'] as number;
    for (const call of [api, admin, owner.call]) {
      for (const action of ['check-out', 'check-in', 'force-check-in', 'rotate']) {
        expect([action, (await call('POST', at(id, action))).status]).toEqual([action, 403]);
      }
      expect((await call('POST', `/vault/account/${id}/user`, { user_id: owner.id })).status).toBe(403);
      const grant = `/vault/account/${id}/user/${owner.id}`;
      expect((await call('PATCH', grant, { role: 'inject' })).status).toBe(403);
      expect((await call('DELETE', grant)).status).toBe(403);
    }
    expect((await api('GET', `/vault/account/${id}/user`)).body).toEqual([]);
  });
});

describe('what somebody had who is gone', () => {
  it('is taken back, is told as such, and may be had by others', async () => {
    const { id: personId, call } = await testPerson(appliance, 'leaver', { perm_vault: true });
    const [left, kept] = [await account(), await account()];
    for (const id of [left, kept]) {
      await api('POST', `/vault/account/${id}/user`, { user_id: personId, role: 'inject_and_checkout' });
    }
    expect((await call('POST', at(left, 'check-out'))).status).toBe(200);
    expect((await api('POST', at(kept, 'check-out'))).status).toBe(200);
    expect((await admin('DELETE', `/user/${personId}`)).status).toBe(204);
    expect((await api('POST', at(left, 'check-out'))).status).toBe(422);

    const { sql } = appliance;
    const stores = pgStores(sql);
    const holding = new VaultHolding({ rotation: new VaultRotationRequests() });
    // Nothing is opened here.
    const desk = new CheckOutDesk({ holding, credentials: undefined as never });
    const service = new VaultCheckOutService({ stores, unitOfWork: new PgUnitOfWork(sql), desk });
    expect(await service.takeBackFromNobody()).toBe(1);
    expect(await service.takeBackFromNobody()).toBe(0);
    const [told] = await sql`
      select event_type, performed_by_kind, data from vault_activity where account_id = ${left} order by id desc limit 1`;
    expect(told).toEqual({
      event_type: 'Credentials Checked In',
      performed_by_kind: 'system',
      data: 'leaver was deleted',
    });
    expect((await api('POST', at(left, 'check-out'))).status).toBe(200);
    expect((await api('POST', at(kept, 'check-in'))).status).toBe(200);
  });
});
