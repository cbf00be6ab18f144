import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../support/configuration-calls.ts';
import { openLdapSettings } from '../support/ldap-sources.ts';
import { signIn, type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import {
  groupLdif,
  personLdif,
  SLAPD_PASSWORD,
  SUFFIX,
  type TestSlapd,
  testSlapd,
} from '../support/test-slapd.ts';

const REPS = `cn=Reps,ou=groups,${SUFFIX}`;
const dnOf = (uid: string) => `uid=${uid},ou=people,${SUFFIX}`;

let slapd: TestSlapd;
let appliance: TestAppliance;
let admin: Call;
let provider: number;

beforeAll(async () => {
  const people = Array.from({ length: 8 }, (_, index) => personLdif(`p${index}`, `Person ${index}`));
  slapd = await testSlapd({
    entries: [personLdif('alice', 'Alice Adams'), personLdif('bob', 'Bob Brown'), ...people],
  });
  await slapd.add(
    groupLdif('Reps', ['alice', 'bob', 'p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'].map(dnOf)),
  );
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  admin = configurationCalls(appliance.admin);
  const made = await admin('POST', '/security-provider', {
    type: 'ldap',
    name: 'Company',
    bind_password: SLAPD_PASSWORD,
    ...openLdapSettings(slapd, { sync_create_users: true }),
  });
  provider = made.body.id;
  const policy = await admin('POST', '/group-policy', { name: 'Representatives', perm_access_allowed: true });
  await admin('POST', `/group-policy/${policy.body.id}/member`, {
    security_provider_id: provider,
    distinguished_name: REPS,
  });
});

afterAll(async () => {
  await appliance?.stop();
  await slapd?.stop();
});

const runs = () => `/security-provider/${provider}/directory-sync`;
async function sync(wish: object = {}) {
  const { body, status } = await admin('POST', runs(), wish);
  expect(status, JSON.stringify(body)).toBe(202);
  return await finished(body.id);
}
async function finished(id: string) {
  for (;;) {
    const { body } = await admin('GET', `${runs()}/${id}`);
    if (body.finished_at !== null) return body;
    await delay(20);
  }
}
const changesOf = async (id: string) => (await admin('GET', `${runs()}/${id}/change`)).body;
const userOf = async (username: string) =>
  (
    await appliance.sql`
  select id, enabled, username, public_display_name as name, email_address as mail, perm_admin as administrator,
         array(select group_name from user_directory_group g where g.user_id = u.id) as groups
    from app_user u where lower(username) = ${username}`
  )[0]!;

describe('a synchronisation', () => {
  it('tells in a dry run what it would do, and then does it', async () => {
    const trial = await sync({ dry_run: true });
    expect(trial).toMatchObject({
      state: 'done',
      people_read: 10,
      created: 10,
      changes: 10,
      changes_applied: 0,
    });
    expect((await changesOf(trial.id))[0]).toMatchObject({
      action: 'create',
      username: 'alice',
      user_id: null,
    });
    expect(await userOf('alice')).toBeUndefined();

    expect(await sync()).toMatchObject({ state: 'done', created: 10, changes_applied: 10 });
    expect(await userOf('alice')).toMatchObject({
      enabled: true,
      name: 'Alice Adams',
      mail: 'alice@test.local',
      groups: [REPS.toLowerCase()],
    });
    expect(await sync()).toMatchObject({ state: 'done', changes: 0 });
  });

  it('takes over names, addresses and groups, each with an audit row', async () => {
    await slapd.modify(
      `dn: ${dnOf('bob')}\nchangetype: modify\nreplace: displayName\ndisplayName: Robert Brown\n-\nreplace: mail\nmail: robert@test.local\n`,
    );
    await slapd.add(groupLdif('More', [dnOf('bob')]));
    const run = await sync();
    expect(run).toMatchObject({ updated: 1, changes: 1 });
    expect(await changesOf(run.id)).toEqual([
      expect.objectContaining({
        action: 'update',
        before: { displayName: 'Bob Brown', emailAddress: 'bob@test.local' },
        after: { displayName: 'Robert Brown', emailAddress: 'robert@test.local' },
        groups_added: [`cn=more,ou=groups,${SUFFIX}`],
      }),
    ]);
    const bob = await userOf('bob');
    expect(bob).toMatchObject({ name: 'Robert Brown', mail: 'robert@test.local' });
    const [row] = await appliance.sql`
      select actor_name, after from audit_event where object_type = 'user' and object_id = ${String(bob.id)} order by id desc limit 1`;
    expect(row).toMatchObject({
      actor_name: 'admin',
      after: { displayName: 'Robert Brown', directory_sync: run.id },
    });
  });

  it('disables who is locked or gone there and ends their sign-ins, and enables again', async () => {
    const session = await signIn(appliance.url, 'alice', 'pw-alice');
    const me = () => fetch(new URL('/api/config/v1/me', appliance.url), { headers: session });
    expect((await me()).status).toBe(200);
    await slapd.modify(
      `dn: ${dnOf('alice')}\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n`,
    );
    await slapd.modify(`dn: ${dnOf('p7')}\nchangetype: delete\n`);

    const run = await sync();
    expect(run).toMatchObject({ disabled: 2 });
    expect(
      (await changesOf(run.id)).map(({ username, reason }: Record<string, string>) => [username, reason]),
    ).toEqual([
      ['alice', 'the account is locked for good'],
      ['p7', 'gone from the directory'],
    ]);
    expect((await me()).status).toBe(401);
    expect(await userOf('p7')).toMatchObject({ enabled: false });

    await slapd.modify(`dn: ${dnOf('alice')}\nchangetype: modify\ndelete: pwdAccountLockedTime\n`);
    expect(await sync()).toMatchObject({ enabled: 1 });
    expect(await userOf('alice')).toMatchObject({ enabled: true });
  });

  it('leaves alone who was disabled by hand', async () => {
    const { id } = await userOf('p6');
    await admin('PATCH', `/user/${id}`, { enabled: false });
    expect(await sync()).toMatchObject({ changes: 0 });
    expect(await userOf('p6')).toMatchObject({ enabled: false });
  });

  it('refuses to disable most people unless that is allowed, and never the last administrator', async () => {
    const shown = await appliance.admin(`/api/config/v1/security-provider/${provider}`);
    const change = (settings: object) => admin('PATCH', `/security-provider/${provider}`, settings);
    expect(shown.status).toBe(200);
    await change({ search_base_dn: `ou=groups,${SUFFIX}` });
    const refused = await sync();
    expect(refused).toMatchObject({
      state: 'refused',
      failure: expect.stringContaining('would be disabled'),
    });
    expect(await userOf('alice')).toMatchObject({ enabled: true });

    await appliance.sql`update app_user set perm_admin = (username = 'alice') where perm_admin or username = 'alice'`;
    try {
      const forced = await waitedFor(await begun({ allow_mass_disable: true }));
      expect(forced).toMatchObject({ state: 'done', conflicts: 1 });
      expect(await userOf('alice')).toMatchObject({ enabled: true, administrator: true });
      expect(await userOf('bob')).toMatchObject({ enabled: false });
    } finally {
      await appliance.sql`update app_user set perm_admin = (username = 'admin') where perm_admin or username = 'admin'`;
    }
    await change({ search_base_dn: SUFFIX });
    expect(await sync()).toMatchObject({ state: 'done', enabled: 7 });
  });

  it('is one at a time, can be cancelled, and a dead one gives way', async () => {
    slapd.freeze(true);
    const first = await admin('POST', runs(), { dry_run: true });
    expect((await admin('POST', runs(), { dry_run: true })).status).toBe(409);
    expect((await admin('POST', `${runs()}/${first.body.id}/cancel`)).status).toBe(200);
    slapd.freeze(false);
    expect((await finished(first.body.id)).state).toBe('cancelled');
    expect((await admin('POST', `${runs()}/${first.body.id}/cancel`)).status).toBe(409);

    const [left] = await appliance.sql`
      insert into directory_sync (security_provider_id, dry_run, actor_kind, actor_id, actor_name, heartbeat_at)
      values (${provider}, true, 'user', '1', 'admin', now() - interval '5 minutes') returning id`;
    expect(await sync({ dry_run: true })).toMatchObject({ state: 'done' });
    expect(await finished(left!.id)).toMatchObject({ state: 'dead' });
    expect((await admin('GET', runs())).body.length).toBeGreaterThan(5);
  });

  it('fails with the reason when the directory cannot be asked', async () => {
    await admin('PATCH', `/security-provider/${provider}`, { bind_password: 'wrong' });
    const run = await sync();
    expect(run).toMatchObject({ state: 'failed', failure: expect.stringContaining('password') });
    expect(run.steps[0]).toMatchObject({ step: 'bind', outcome: 'failed' });
    await admin('PATCH', `/security-provider/${provider}`, { bind_password: SLAPD_PASSWORD });
  });
});

describe('looking into the directory', () => {
  it('traces one person to the group policies that follow', async () => {
    const { body } = await admin('POST', `/security-provider/${provider}/directory-trace`, {
      username: 'alice',
    });
    expect(body).toMatchObject({
      found: true,
      person: { username: 'alice', groups: [REPS] },
      account: { username: 'alice', enabled: true },
      group_policies: [{ name: 'Representatives', because: REPS }],
    });
    const nobody = await admin('POST', `/security-provider/${provider}/directory-trace`, {
      username: 'nobody',
    });
    expect(nobody.body).toMatchObject({ found: false, person: null });
  });

  it('finds names to choose from', async () => {
    const { body } = await admin('GET', `/security-provider/${provider}/directory-name?search=Re&kind=group`);
    expect(body).toEqual([{ kind: 'group', distinguished_name: REPS, name: 'Reps' }]);
    expect((await admin('GET', '/security-provider/1/directory-name')).status).toBe(422);
  });
});

describe('the way to the bind password', () => {
  it('needs it again when a further server would get it', async () => {
    const change = (settings: object) => admin('PATCH', `/security-provider/${provider}`, settings);
    const refused = await change({ alternate_servers: ['evil.example.com'] });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toHaveProperty('bind_password');
    expect((await change({ alternate_servers: [`localhost:${slapd.port}`] })).status).toBe(200);
    expect((await change({ alternate_servers: ['not a server'] })).status).toBe(422);
  });
});

/** While the administrator is somebody else, the database is asked. */
async function begun(wish: { allow_mass_disable: boolean }): Promise<string> {
  const { status, body } = await configurationCalls(appliance.api)('POST', runs(), wish);
  expect(status, JSON.stringify(body)).toBe(202);
  return body.id;
}
async function waitedFor(id: string) {
  for (;;) {
    const { body } = await configurationCalls(appliance.api)('GET', `${runs()}/${id}`);
    if (body.finished_at !== null) return body;
    await delay(20);
  }
}
