import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RotationSchedule } from '../../appliance/vault/rotation/rotation-schedule.ts';
import { PgUnitOfWork } from '../../schema/pg-stores.ts';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { type LiveJumpoint, liveJumpoint } from '../support/live-jumpoint.ts';
import { KEYS_OF_ACCOUNTS, keyUser, letsIn, RotationSite, shadowOf } from '../support/rotation-site.ts';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { testPerson } from '../support/test-person.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import { canMakeUsers, type TestUser, testUser } from '../support/test-user.ts';

const run = promisify(execFile);

let appliance: TestAppliance;
let sshd: TestSshd;
let jumpoint: LiveJumpoint;
let site: RotationSite;
let endpointId: number;

beforeAll(async () => {
  [appliance, sshd] = await Promise.all([testAppliance(), testSshd(KEYS_OF_ACCOUNTS)]);
  await liftRateLimits(appliance);
  jumpoint = await liveJumpoint(appliance.api);
  site = new RotationSite(appliance.api);
  endpointId = await site.endpoint(jumpoint.jumpointId, sshd.port, await sshd.hostKey());
}, 60_000);

afterAll(async () => {
  await jumpoint?.stop();
  await Promise.all([appliance?.stop(), sshd?.stop()]);
});

async function aUser(): Promise<TestUser> {
  const user = await testUser();
  onTestFinished(() => user.remove());
  return user;
}

/** A vault account of a real account of this machine. */
async function anAccount(more: object = {}): Promise<{ id: number; user: TestUser }> {
  const user = await aUser();
  const { username, password } = user;
  return {
    id: await site.account({ name: username, username, password, endpoint_id: endpointId, ...more }),
    user,
  };
}

async function policy(fields: object): Promise<string> {
  const code = `policy_${Math.random().toString(36).slice(2)}`;
  const made = await site.get('POST', '/vault/account-policy', { name: code, code_name: code, ...fields });
  return made.code_name;
}

async function activity(id: number): Promise<{ type: string; data: string }[]> {
  const rows = await appliance.sql<{ type: string; data: string }[]>`
    select event_type as type, data from vault_activity where account_id = ${id} order by id`;
  return rows.map(({ type, data }) => ({ type, data }));
}

describe('a host key', () => {
  it('is read, compared and accepted before anything is sent', async () => {
    const user = { username: 'nobody-here', password: 'none' };
    const unknown = await site.endpoint(jumpoint.jumpointId, sshd.port, '');
    const id = await site.account({ name: 'unknown host', ...user, endpoint_id: unknown });
    const refused = await site.call('POST', `/vault/account/${id}/rotate`);
    expect([refused.status, refused.body.message]).toEqual([
      422,
      expect.stringContaining(await sshd.fingerprint()),
    ]);
    const seen = await site.get('POST', `/vault/endpoint/${unknown}/host-key`);
    expect(seen).toEqual({
      endpoint_id: unknown,
      host_key: await sshd.hostKey(),
      fingerprint: await sshd.fingerprint(),
      standing: 'unknown',
    });
    await site.get('PATCH', `/vault/endpoint/${unknown}`, { host_key: seen.host_key });
    expect((await site.get('POST', `/vault/endpoint/${unknown}/host-key`)).standing).toBe('same');
    expect((await site.standing(id)).rotatable).toBe(true);
  });

  it('that changed stops a rotation before anything is sent', async () => {
    const other = await testSshd();
    onTestFinished(() => other.stop());
    const stranger = await site.endpoint(jumpoint.jumpointId, sshd.port, await other.hostKey());
    const id = await site.account({ name: 'moved', username: 'root', password: 'x', endpoint_id: stranger });
    await site.rotate(id);
    const standing = await site.reaches(id, 'failed');
    expect(standing.last_failure).toContain(await sshd.fingerprint());
    expect(standing.last_failure).toContain('Nothing was sent');
    expect((await site.get('POST', `/vault/endpoint/${stranger}/host-key`)).standing).toBe('changed');
  });

  it('of a host that is down, or without a Jumpoint, cannot be read', async () => {
    const down = await site.endpoint(jumpoint.jumpointId, 1, '');
    const answer = await site.call('POST', `/vault/endpoint/${down}/host-key`);
    expect([answer.status, answer.body.message]).toEqual([
      503,
      expect.stringContaining('refused the connection'),
    ]);
    const nowhere = await site.get('POST', '/vault/endpoint', {
      name: 'nowhere',
      hostname: 'nowhere.example',
    });
    expect((await site.call('POST', `/vault/endpoint/${nowhere.id}/host-key`)).status).toBe(422);
    expect((await site.call('POST', '/vault/endpoint/4711/host-key')).status).toBe(404);
  });
});

describe('accounts that cannot be rotated', () => {
  it('say why', async () => {
    const ids = [
      [await site.account({ type: 'opaque_token', name: 't', token: 't' }), /token/],
      [await site.account({ type: 'ssh_ca', name: 'ca', username: 'u' }), /authority/],
      [await site.account({ name: 'n', username: 'u', password: 'p' }), /endpoint_id/],
    ] as const;
    for (const [id, reason] of ids) {
      const { status, body } = await site.call('POST', `/vault/account/${id}/rotate`);
      expect([status, body.message]).toEqual([422, expect.stringMatching(reason)]);
      expect(await site.standing(id)).toMatchObject({
        rotatable: false,
        obstacle: expect.stringMatching(reason),
        state: 'none',
        current: null,
        next_due_timestamp: null,
      });
    }
    expect((await site.call('POST', '/vault/account/4711/rotate')).status).toBe(404);
  });
});

describe.runIf(canMakeUsers)('a password', () => {
  it('is changed on demand', async () => {
    const { id, user } = await anAccount();
    await site.rotate(id);
    const standing = await site.reaches(id, 'done');
    expect(standing).toMatchObject({ current: null, last_failure: null, second_secret: false });
    const { password = '' } = await site.secret(id);
    expect(password).toMatch(/^[A-Za-z][\w.+=%,-]{23}$/);
    expect(await letsIn(sshd.port, user.username, { password })).toBe(true);
    expect(await letsIn(sshd.port, user.username, { password: user.password })).toBe(false);
    expect((await activity(id)).map(({ type }) => type).slice(0, 3)).toEqual([
      'Account Created',
      'Password Rotation Scheduled',
      'Password Rotated',
    ]);
    const [row] = await appliance.sql`
      select after from audit_event where event_type = 'vault_account.rotated' and object_id = ${String(id)}`;
    expect(row?.['after']).toEqual({ cause: 'demanded', requested_by: expect.any(String) });
    const kept =
      await appliance.sql`select name from sealed_secret where owner_type = 'vault_account' and owner_id = ${id}`;
    expect(kept.map(({ name }) => name)).toEqual(['password']);
    const metrics = await (await appliance.anonymous('/metrics')).text();
    expect(metrics).toMatch(/bridgehead_vault_rotation_attempts_total\{end="done"\} [1-9]/);
  });

  it('that the vault has wrong stays, and that is told', async () => {
    const { id, user } = await anAccount({ password: 'something else' });
    await site.rotate(id);
    const standing = await site.reaches(id, 'failed');
    expect(standing.last_failure).toContain(`does not accept the password of ${user.username}`);
    expect(await site.secret(id)).toEqual({ password: 'something else' });
    expect((await activity(id)).filter(({ type }) => type === 'Password Rotation Failed')).toEqual([
      { type: 'Password Rotation Failed', data: standing.last_failure },
    ]);
    const failed = await site.get('GET', '/vault/rotation?state=failed&per_page=100');
    expect(failed).toContainEqual(
      expect.objectContaining({ account_id: id, failure_code: 'authentication-failed', attempts: 1 }),
    );
    // Asked for anew once it is mended.
    await site.get('PATCH', `/vault/account/${id}`, { password: user.password });
    await site.rotate(id);
    await site.reaches(id, 'done');
  });

  it('that the host does not let be changed yet stays, and that is told in its words', async () => {
    const { id, user } = await anAccount();
    await run('chage', ['-m', '10', user.username]);
    await site.rotate(id);
    expect((await site.reaches(id, 'failed')).last_failure).toContain('You must wait longer');
    expect(await letsIn(sshd.port, user.username, await site.secret(id))).toBe(true);
  });

  it('of a host that is down is tried again, and goes on at once when somebody asks', async () => {
    const { id, user, proxy } = await behindProxy();
    proxy.open = false;
    await site.rotate(id);
    await expect
      .poll(async () => (await site.standing(id)).current, { timeout: 15_000 })
      .toMatchObject({
        state: 'waiting',
        phase: 'prepared',
        attempts: 1,
        failure_code: expect.stringMatching(/lost|unreachable/),
      });
    expect(await site.secret(id)).toEqual({ password: user.password });
    proxy.open = true;
    await site.rotate(id);
    await site.reaches(id, 'done');
    expect(await letsIn(sshd.port, user.username, await site.secret(id))).toBe(true);
  });

  it('whose change breaks off is found out about', async () => {
    const { id, user, proxy } = await behindProxy();
    const before = await shadowOf(user.username);
    await site.rotate(id);
    await expect.poll(() => shadowOf(user.username), { interval: 5, timeout: 15_000 }).not.toBe(before);
    proxy.open = false;
    proxy.cut();
    await expect
      .poll(async () => (await site.standing(id)).current, { timeout: 15_000 })
      .toMatchObject({ state: 'waiting', failure_code: expect.stringMatching(/lost|unreachable/) });
    // Nobody is given a password that may be good for nothing, and nobody sets one meanwhile.
    expect((await site.call('POST', `/vault/account/${id}/check-out`)).status).toBe(422);
    expect((await site.call('PATCH', `/vault/account/${id}`, { password: 'x' })).status).toBe(422);
    expect((await site.call('DELETE', `/vault/account/${id}`)).status).toBe(422);
    proxy.open = true;
    await site.rotate(id);
    await site.reaches(id, 'done');
    expect(await letsIn(sshd.port, user.username, await site.secret(id))).toBe(true);
    expect(await letsIn(sshd.port, user.username, { password: user.password })).toBe(false);
  });

  it('whose change broke off before the host did anything is changed after all', async () => {
    const account = await behindProxy();
    await breakOff(account);
    await site.rotate(account.id);
    await site.reaches(account.id, 'done');
    expect(await letsIn(sshd.port, account.user.username, await site.secret(account.id))).toBe(true);
  });

  it('of which nobody knows any more leaves both secrets, until somebody settles it', async () => {
    const account = await behindProxy();
    const { id, user } = account;
    await breakOff(account);
    // Somebody gave the account a third one on the host.
    await setPassword(user.username, 'another one');
    await site.rotate(id);
    const standing = await site.reaches(id, 'uncertain');
    expect(standing).toMatchObject({
      second_secret: true,
      current: { failure_code: 'authentication-failed', next_attempt_timestamp: null },
    });
    expect(standing.current.failure).toContain('neither the old secret nor the new one');
    const second = await site.get('POST', `/vault/account/${id}/rotation/second-secret`);
    expect(second).toMatchObject({ username: user.username, type: 'username_password' });
    expect(await site.secret(id)).toEqual({ password: user.password });
    expect((await activity(id)).map(({ type }) => type)).toContain('Password Rotation Failed');
    await setPassword(user.username, second.password);
    await site.get('POST', `/vault/account/${id}/rotation/settle`, { holds: 'new' });
    expect(await site.secret(id)).toEqual({ password: second.password });
    expect(await site.standing(id)).toMatchObject({ state: 'done', second_secret: false });
    for (const [path, json] of [['second-secret'], ['settle', { holds: 'new' }]] as const) {
      expect((await site.call('POST', `/vault/account/${id}/rotation/${path}`, json)).status).toBe(422);
    }
  });

  it('of which nobody knows is settled by asking the host again, by hand, or by setting it', async () => {
    const account = await behindProxy();
    const { id, user } = account;
    const becomeUncertain = async () => {
      await breakOff(account);
      await setPassword(user.username, 'another one');
      await site.rotate(id);
      await site.reaches(id, 'uncertain');
    };
    await becomeUncertain();
    await setPassword(user.username, user.password);
    await site.rotate(id);
    await site.reaches(id, 'done');
    const { password } = await site.secret(id);
    await becomeUncertain();
    await site.get('POST', `/vault/account/${id}/rotation/settle`, { holds: 'current' });
    expect(await site.standing(id)).toMatchObject({ state: 'failed', second_secret: false });
    expect(await site.secret(id)).toEqual({ password });
    await becomeUncertain();
    await site.get('PATCH', `/vault/account/${id}`, { password: 'another one' });
    expect(await site.standing(id)).toMatchObject({ state: 'failed', second_secret: false });
    const kept = await appliance.sql`
      select name from sealed_secret where owner_type = 'vault_account' and owner_id = ${id}`;
    expect(kept.map(({ name }) => name)).toEqual(['password']);
  });

  it('is not shown to people without the role, however much they administer', async () => {
    const account = await behindProxy();
    const { id } = account;
    await breakOff(account);
    await appliance.sql`
      update vault_rotation set state = 'uncertain', due_at = null where account_id = ${id} and finished_at is null`;
    const person = await testPerson(appliance, 'administers-rotation', { perm_vault: true });
    const path = `/vault/account/${id}/rotation/second-secret`;
    expect((await person.call('POST', path)).status).toBe(403);
    await site.get('POST', `/vault/account/${id}/user`, { user_id: person.id, role: 'inject_and_checkout' });
    expect((await person.call('POST', path)).status).toBe(200);
  });
});

describe.runIf(canMakeUsers)('a key', () => {
  it.each(['ed25519', 'rsa'] as const)('is changed for one of the same kind (%s)', async (kind) => {
    const user = await keyUser(kind);
    onTestFinished(() => user.remove());
    const { username, privateKey, publicKey } = user;
    const id = await site.account({
      type: 'ssh',
      name: username,
      username,
      private_key: privateKey,
      endpoint_id: endpointId,
    });
    await site.rotate(id);
    await site.reaches(id, 'done');
    const secret = await site.secret(id);
    expect(await letsIn(sshd.port, username, secret)).toBe(true);
    expect(await letsIn(sshd.port, username, { privateKey })).toBe(false);
    const shown = await site.get('GET', `/vault/account/${id}`);
    expect(shown.public_key.split(' ')[0]).toBe(publicKey.split(' ')[0]);
    const text = await readFile(user.authorizedKeys, 'utf8');
    expect(text).toBe(`# mine\nssh-rsa AAAAother bob\nno-pty ${shown.public_key} of ${username}\n`);
  });
});

describe.runIf(canMakeUsers)('accounts that somebody has', () => {
  it('are not changed under their hands, and after the check-in they are', async () => {
    const { id, user } = await anAccount({ account_policy: await policy({ auto_rotate_credentials: true }) });
    await site.get('POST', `/vault/account/${id}/check-out`);
    const refused = await site.call('POST', `/vault/account/${id}/rotate`);
    expect([refused.status, refused.body.message]).toEqual([
      422,
      expect.stringContaining('has had this account since'),
    ]);
    await site.get('POST', `/vault/account/${id}/check-in`);
    await site.reaches(id, 'done');
    expect(await letsIn(sshd.port, user.username, { password: user.password })).toBe(false);
    const [rotation] = await site.get('GET', `/vault/rotation?account_id=${id}`);
    expect(rotation).toMatchObject({ cause: 'checked_in', state: 'done', phase: 'stored' });
  });

  it('wait for the check-in when they are checked out before their turn', async () => {
    const { id, user, proxy } = await behindProxy();
    proxy.open = false;
    await site.rotate(id);
    await expect
      .poll(async () => (await site.standing(id)).current, { timeout: 15_000 })
      .toMatchObject({ state: 'waiting', attempts: 1 });
    await site.get('POST', `/vault/account/${id}/check-out`);
    proxy.open = true;
    await appliance.sql`update vault_rotation set due_at = now() where account_id = ${id}`;
    await expect
      .poll(async () => await site.standing(id), { timeout: 15_000 })
      .toMatchObject({ waits_for_check_in: true, current: { state: 'waiting', attempts: 1 } });
    expect(await letsIn(sshd.port, user.username, { password: user.password })).toBe(true);
    await site.get('POST', `/vault/account/${id}/check-in`);
    await site.rotate(id);
    await site.reaches(id, 'done');
  });
});

describe.runIf(canMakeUsers)('the schedule', () => {
  const at = (days: number) =>
    new RotationSchedule({
      unitOfWork: new PgUnitOfWork(appliance.sql),
      clock: { now: () => new Date(Date.now() + days * 86_400_000) },
    });

  it('asks for new passwords when those in use are as old as the policy that holds allows', async () => {
    const own = await policy({ scheduled_password_rotation: true, maximum_password_age: 30 });
    const ofGroup = await policy({ scheduled_password_rotation: true, maximum_password_age: 90 });
    const group = await site.get('POST', '/vault/account-group', {
      name: 'Rotated',
      account_policy: ofGroup,
    });
    const first = await anAccount({ account_policy: own, account_group_id: group.id });
    const second = await anAccount({ account_group_id: group.id });
    const third = await anAccount();
    const lent = await anAccount({ account_policy: own });
    await site.get('POST', `/vault/account/${lent.id}/check-out`);
    expect(await at(29).requestDue()).toBe(0);
    expect(await at(31).requestDue()).toBe(1);
    await site.reaches(first.id, 'done');
    expect(await letsIn(sshd.port, first.user.username, await site.secret(first.id))).toBe(true);
    expect(await at(31 / 2).requestDue()).toBe(0);
    const due = new Date((await site.standing(second.id)).next_due_timestamp).getTime();
    expect(Math.round((due - Date.now()) / 86_400_000)).toBe(90);
    expect(await at(91).requestDue()).toBe(2);
    await site.reaches(second.id, 'done');
    expect((await site.standing(third.id)).state).toBe('none');
    // Waits for the check-in.
    expect((await site.standing(lent.id)).state).toBe('none');
    await site.get('POST', `/vault/account/${lent.id}/check-in`);
    expect(await at(31).requestDue()).toBeGreaterThan(0);
    await site.reaches(lent.id, 'done');
    expect((await activity(lent.id)).map(({ type }) => type)).toContain('Password Rotation Scheduled');
  });

  it('leaves one that failed alone for a day', async () => {
    const own = await policy({ scheduled_password_rotation: true, maximum_password_age: 1 });
    const { id } = await anAccount({ account_policy: own, password: 'wrong' });
    await at(2).requestDue();
    await site.reaches(id, 'failed');
    await appliance.sql`update vault_rotation set finished_at = now() + interval '2 days' where account_id = ${id}`;
    await at(2.5).requestDue();
    expect((await site.standing(id)).current).toBeNull();
    await at(3.5).requestDue();
    await site.reaches(id, 'failed');
    expect(await site.get('GET', `/vault/rotation?account_id=${id}`)).toHaveLength(2);
  });
});

/** An account whose host can be cut off. */
async function behindProxy(): Promise<{ id: number; user: TestUser; proxy: TcpProxy }> {
  const { id, user } = await anAccount();
  const proxy = await tcpProxy(() => sshd.port);
  onTestFinished(() => proxy.stop());
  const behind = await site.endpoint(jumpoint.jumpointId, proxy.port, await sshd.hostKey());
  await site.get('PATCH', `/vault/account/${id}`, { endpoint_id: behind });
  return { id, user, proxy };
}

/** Leaves a rotation where a break in the middle leaves one: the host was told to change, and nobody knows more. */
async function breakOff({ id, proxy }: { id: number; proxy: TcpProxy }): Promise<void> {
  proxy.open = false;
  await site.rotate(id);
  await expect
    .poll(async () => (await site.standing(id)).current, { timeout: 15_000 })
    .toMatchObject({ state: 'waiting', phase: 'prepared', attempts: 1 });
  await appliance.sql`
    update vault_rotation set phase = 'changing', changing_since = now() - interval '1 hour'
     where account_id = ${id} and finished_at is null`;
  proxy.open = true;
}

async function setPassword(username: string, password: string): Promise<void> {
  const chpasswd = run('chpasswd');
  chpasswd.child.stdin?.end(`${username}:${password}\n`);
  await chpasswd;
}
