import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;
let keys: string;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
  keys = mkdtempSync(join(tmpdir(), 'bridgehead-vault-keys-'));
});
afterAll(async () => {
  await appliance?.stop();
  rmSync(keys, { recursive: true, force: true });
});

const SECRET = 'planted-secret-7f3a';

async function made(body: object): Promise<{ id: number } & Record<string, unknown>> {
  const answer = await api('POST', '/vault/account', body);
  expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^201/);
  return answer.body;
}

function sshKey(name: string, passphrase = ''): { private: string; public: string } {
  const path = join(keys, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-f', path, '-N', passphrase, '-C', 'x']);
  const line = readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  return { private: readFileSync(path, 'utf8'), public: line };
}

const password = (name: string, more: object = {}) => ({
  type: 'username_password',
  name,
  username: 'root',
  password: SECRET,
  ...more,
});

describe('a vault account', () => {
  it('of a password is made, shown by its own object, and never shows the password', async () => {
    const created = await api('POST', '/vault/account', password('db root', { description: 'The database' }));
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toMatch(/\/vault\/account\/\d+$/);
    expect(created.headers.get('etag')).toBe('"1"');
    expect(Object.keys(created.body)[0]).toBe('id');
    expect(created.body).toEqual({
      id: expect.any(Number),
      code_name: 'db_root',
      type: 'username_password',
      name: 'db root',
      username: 'root',
      description: 'The database',
      last_checkout_timestamp: null,
      personal: false,
      account_group_id: 1,
      account_policy: null,
      endpoint_id: null,
      secret_changed_timestamp: expect.stringMatching(/\+00:00$/),
    });
    const shown = await api('GET', `/vault/account/${created.body.id}`);
    expect(shown.body).toEqual(created.body);
    expect(JSON.stringify([created.body, shown.body])).not.toContain(SECRET);
  });

  it('of every other type has the fields of that type', async () => {
    const token = await made({ type: 'opaque_token', name: 'api', token: SECRET });
    expect(token).not.toHaveProperty('username');
    expect(token).not.toHaveProperty('token');
    const key = sshKey('plain');
    const ssh = await made({ type: 'ssh', name: 'ssh', username: 'deploy', private_key: key.private });
    expect(ssh).toMatchObject({
      type: 'ssh',
      public_key: key.public,
      private_key_public_cert: null,
      private_key_passphrase_set: false,
    });
    const locked = sshKey('locked', SECRET);
    const encrypted = { type: 'ssh', name: 'locked', username: 'deploy', private_key: locked.private };
    expect(await made({ ...encrypted, private_key_passphrase: SECRET })).toMatchObject({
      public_key: locked.public,
      private_key_passphrase_set: true,
    });
    const refused = await api('POST', '/vault/account', { ...encrypted, private_key_passphrase: '' });
    expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['private_key_passphrase']]);
  });

  it('that is an authority without a key gets a new one', async () => {
    const authority = await made({
      type: 'ssh_ca',
      name: 'ca',
      username: 'root',
      private_key_passphrase: '',
      private_key_public_cert: null,
      last_checkout_timestamp: null,
      account_policy: null,
      personal: false,
    });
    expect(authority).toMatchObject({
      type: 'ssh_ca',
      public_key: expect.stringMatching(/^ssh-ed25519 AAAA/),
    });
    // What such a client sends with a change.
    const changed = await api('PATCH', `/vault/account/${authority.id}`, {
      id: authority.id,
      type: 'ssh_ca',
      name: 'ca 2',
      private_key_passphrase: '',
      last_checkout_timestamp: null,
      account_policy: null,
      personal: false,
    });
    expect([changed.status, changed.body]).toEqual([200, { ...authority, name: 'ca 2', description: '' }]);
  });

  it('is refused with the field that is wrong', async () => {
    const refusals: [object, string, RegExp?][] = [
      [{ type: 'windows_domain', name: 'x' }, 'type', /discovery/],
      [{ type: 'nonsense', name: 'x' }, 'type'],
      [{ name: 'x' }, 'type'],
      [{ type: 'opaque_token', name: '' }, 'name'],
      [{ type: 'opaque_token', name: 'x'.repeat(256), token: 't' }, 'name'],
      [{ type: 'opaque_token', name: 'x' }, 'token'],
      [{ type: 'opaque_token', name: 'x', token: 't', username: 'u' }, 'username', /opaque_token/],
      [{ type: 'username_password', name: 'x', username: 'u' }, 'password'],
      [{ type: 'username_password', name: 'x', password: 'p' }, 'username'],
      [password('x', { password: 'p'.repeat(256) }), 'password'],
      [password('x', { account_policy: 'none_such' }), 'account_policy'],
      [password('x', { account_group_id: 4711 }), 'account_group_id'],
      [password('x', { endpoint_id: 4711 }), 'endpoint_id'],
      [{ type: 'ssh', name: 'x', username: 'u' }, 'private_key', /required/],
      [{ type: 'ssh', name: 'x', username: 'u', private_key: SECRET }, 'private_key'],
      [{ type: 'ssh_ca', name: 'x', username: 'u', private_key_passphrase: 'p' }, 'private_key_passphrase'],
    ];
    for (const [body, field, text = /./] of refusals) {
      const { status, body: answer } = await api('POST', '/vault/account', body);
      expect([JSON.stringify(body), status, Object.keys(answer.errors ?? {})]).toEqual([
        JSON.stringify(body),
        422,
        [field],
      ]);
      expect(answer.message).toMatch(text);
      expect(JSON.stringify(answer)).not.toContain(SECRET);
    }
    const unknown = await api('POST', '/vault/account', password('x', { colour: 'red' }));
    expect(unknown.status).toBe(401);
  });

  it('changes what it is told and nothing else, unless somebody was faster', async () => {
    const { id } = await made(password('to change'));
    const changed = await api('PATCH', `/vault/account/${id}`, {
      account_policy: 'DEFAULT',
      username: 'admin',
    });
    expect(changed.body).toMatchObject({ name: 'to change', username: 'admin', account_policy: 'default' });
    expect(changed.headers.get('etag')).toBe('"2"');
    const stale = await api('PATCH', `/vault/account/${id}`, { name: 'x' }, { 'if-match': '"1"' });
    expect(stale.status).toBe(412);
    const same = await api('PATCH', `/vault/account/${id}`, { username: 'admin' });
    expect(same.headers.get('etag')).toBe('"2"');
    const type = await api('PATCH', `/vault/account/${id}`, { type: 'ssh' });
    expect([type.status, Object.keys(type.body.errors)]).toEqual([422, ['type']]);
    const foreign = await api('PATCH', `/vault/account/${id}`, { token: 'x' });
    expect([foreign.status, Object.keys(foreign.body.errors)]).toEqual([422, ['token']]);
  });

  it('loses the certificate of a key that it loses', async () => {
    const [authority, key, other] = [sshKey('signs'), sshKey('signed'), sshKey('other')];
    execFileSync('ssh-keygen', ['-q', '-s', join(keys, 'signs'), '-I', 'me', join(keys, 'signed.pub')]);
    const certificate = readFileSync(join(keys, 'signed-cert.pub'), 'utf8').slice(0, -1);
    const { id } = await made({
      type: 'ssh',
      name: 'with certificate',
      username: 'deploy',
      private_key: key.private,
      private_key_public_cert: certificate,
    });
    const kept = await api('PATCH', `/vault/account/${id}`, { private_key: key.private });
    expect(kept.body.private_key_public_cert).toBe(certificate.split(' ').slice(0, 2).join(' '));
    const wrong = await api('PATCH', `/vault/account/${id}`, {
      private_key: other.private,
      private_key_public_cert: certificate,
    });
    expect([wrong.status, Object.keys(wrong.body.errors)]).toEqual([422, ['private_key_public_cert']]);
    const moved = await api('PATCH', `/vault/account/${id}`, { private_key: other.private });
    expect(moved.body).toMatchObject({ public_key: other.public, private_key_public_cert: null });
    expect(authority.public).toMatch(/^ssh-/);
  });

  it('goes with everything that was kept of it', async () => {
    const { id } = await made(password('to delete'));
    const secrets = async () =>
      await appliance.sql`select name from sealed_secret where owner_type = 'vault_account' and owner_id = ${id}`;
    expect(await secrets()).toHaveLength(1);
    expect((await api('DELETE', `/vault/account/${id}`, undefined, { 'if-match': '"7"' })).status).toBe(412);
    expect((await api('DELETE', `/vault/account/${id}`)).status).toBe(204);
    expect((await api('GET', `/vault/account/${id}`)).status).toBe(404);
    expect((await api('DELETE', `/vault/account/${id}`)).status).toBe(404);
    expect(await secrets()).toHaveLength(0);
  });

  it('is told of, in the audit log and the activity of the vault, without its secret', async () => {
    const { id } = await made(password('told of'));
    await api('PATCH', `/vault/account/${id}`, { password: `${SECRET}-2` });
    await api('DELETE', `/vault/account/${id}`);
    const activity = await appliance.sql`
      select event_type, account_name, performed_by_kind from vault_activity where account_id = ${id} order by id`;
    expect(activity.map(({ event_type: type }) => type)).toEqual([
      'Account Created',
      'Account Edited',
      'Account Deleted',
    ]);
    expect(activity[0]).toMatchObject({ account_name: 'told of', performed_by_kind: 'api_account' });
    const audit = await appliance.sql`
      select event_type, before, after from audit_event
       where object_type = 'vault_account' and object_id = ${String(id)} order by id`;
    expect(audit.map(({ event_type: type }) => type)).toEqual([
      'vault_account.created',
      'vault_account.updated',
      'vault_account.deleted',
    ]);
    expect(audit[1]).toMatchObject({ before: {}, after: { password: 'changed' } });
    const [dump] = await appliance.sql`
      select string_agg(t::text, '') as text from (
        select row_to_json(a)::text as t from audit_event a union all select row_to_json(v)::text from vault_activity v
        union all select row_to_json(s)::text from sealed_secret s union all select row_to_json(x)::text from vault_account x) as all_rows(t)`;
    expect(dump!['text']).not.toContain(SECRET);
    expect(dump!['text']).not.toContain(Buffer.from(SECRET).toString('hex'));
  });
});

describe('the list of vault accounts', () => {
  it('is found by every published filter, and by a part of the name', async () => {
    const [group] =
      await appliance.sql`insert into vault_account_group (name) values ('Listed') returning id`;
    const [endpoint] = await appliance.sql`
      insert into vault_endpoint (name, hostname) values ('e', 'e.example.com') returning id`;
    const one = await made(
      password('Listed one', { account_group_id: group!['id'], endpoint_id: endpoint!['id'] }),
    );
    const two = await made({
      type: 'opaque_token',
      name: 'listed TWO',
      token: 't',
      account_group_id: group!['id'],
    });
    const ids = async (query: string) =>
      (await api('GET', `/vault/account?${query}`)).body.map(({ id }: { id: number }) => id);
    expect(await ids(`account_group_id=${group!['id']}`)).toEqual([one.id, two.id]);
    expect(await ids('name=LISTED%20ONE')).toEqual([one.id]);
    expect(await ids('name=listed')).toEqual([]);
    expect(await ids(`type=opaque_token&account_group_id=${group!['id']}`)).toEqual([two.id]);
    expect(await ids('type=windows_local')).toEqual([]);
    expect(await ids(`endpoint_id=${endpoint!['id']}`)).toEqual([one.id]);
    expect(await ids('search=sted')).toEqual([one.id, two.id]);
    expect(await ids('search=%25')).toEqual([]);
    const page = await api('GET', '/vault/account?search=listed&per_page=5&current_page=1');
    expect(page.headers.get('x-bt-pagination-total')).toBe('2');
    expect(page.body[0]).toMatchObject({ personal: false, username: 'root', last_checkout_timestamp: null });
    expect((await api('GET', '/vault/account?colour=red')).status).toBe(401);
  });

  it('is listed with who has it, how old its secret is and how its last rotation went', async () => {
    const account = await made(password('Held by several'));
    const listed = async () => (await api('GET', '/vault/account?name=held%20by%20several')).body;
    expect(await listed()).toMatchObject([
      { checked_out_by: [], rotation_state: 'none', secret_changed_timestamp: expect.any(String) },
    ]);
    for (const name of ['zoe', 'amy', 'zoe'])
      await appliance.sql`insert into vault_check_out (account_id, holder_name) values (${account.id}, ${name})`;
    await appliance.sql`
      insert into vault_check_out (account_id, holder_name, checked_in_at) values (${account.id}, 'gone', now())`;
    await appliance.sql`
      insert into vault_rotation (account_id, cause, requested_by, state, finished_at) values
        (${account.id}, 'demanded', 'zoe', 'done', now()), (${account.id}, 'demanded', 'zoe', 'failed', now())`;
    // Each once, who has it longest first.
    expect(await listed()).toMatchObject([{ checked_out_by: ['zoe', 'amy'], rotation_state: 'failed' }]);
  });

  it('has personal accounts only where they are asked for', async () => {
    const ann = await testPerson(appliance, 'ann-lists');
    const [row] = await appliance.sql`
      insert into vault_account (type, name, account_group_id, owner_user_id)
      values ('opaque_token', 'personal of ann', null, ${ann.id}) returning id`;
    const query = '/vault/account?name=personal%20of%20ann';
    expect((await api('GET', query)).body).toEqual([]);
    expect((await api('GET', `${query}&include_personal=false`)).body).toEqual([]);
    const { body } = await api('GET', `${query}&include_personal=true`);
    expect(body).toMatchObject([{ id: row!['id'], personal: true, owner_user_id: ann.id }]);
    expect(body[0]).not.toHaveProperty('account_group_id');
    expect(body[0]).not.toHaveProperty('last_checkout_timestamp');
    for (const call of [api, admin]) {
      const path = `/vault/account/${row!['id']}`;
      expect((await call('PATCH', path, { name: 'x' })).status).toBe(403);
      expect((await call('DELETE', path)).status).toBe(403);
      expect((await call('GET', path)).body).not.toHaveProperty('account_group_id');
    }
  });

  it('is open to people who may administer the vault', async () => {
    const keeper = await testPerson(appliance, 'keeper', { perm_vault: true });
    expect((await keeper.call('POST', '/vault/account', password('of the keeper'))).status).toBe(201);
    expect((await keeper.call('GET', '/vault/account')).status).toBe(200);
    const others = await api('POST', '/vault/account', password('of others'));
    const path = `/vault/account/${others.body.id}`;
    // Looking after accounts is not using them: somebody else has to let the keeper.
    const grant = { user_id: keeper.id, role: 'inject' };
    expect((await keeper.call('POST', `${path}/user`, grant)).status).toBe(403);
    expect((await api('POST', `${path}/user`, grant)).status).toBe(201);
    const raised = await keeper.call('PATCH', `${path}/user/${keeper.id}`, { role: 'inject_and_checkout' });
    expect(raised.status).toBe(403);
    const [group] = await appliance.sql`
      insert into vault_account_group (name) values ('Of the keeper') returning id`;
    await appliance.sql`
      insert into vault_account_group_user values (${group!['id']}, ${keeper.id}, 'inject_and_checkout')`;
    expect((await keeper.call('PATCH', path, { account_group_id: group!['id'] })).status).toBe(403);
    expect((await api('PATCH', path, { account_group_id: group!['id'] })).status).toBe(200);
    const other = await testPerson(appliance, 'not-a-keeper', { perm_edit_skills: true });
    expect((await other.call('GET', '/vault/account')).status).toBe(403);
    expect((await other.call('POST', '/vault/account', password('x'))).status).toBe(403);
  });
});

describe('code names', () => {
  it('are made from names, each its own, however many accounts of a name come at once', async () => {
    const names = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        (n % 2 === 0 ? api : admin)('POST', '/vault/account', password('Web Ä')),
      ),
    );
    expect(names.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(names.map(({ body }) => body.code_name).toSorted()).toEqual([
      'web_a',
      'web_a_2',
      'web_a_3',
      'web_a_4',
      'web_a_5',
      'web_a_6',
      'web_a_7',
      'web_a_8',
    ]);
    const { body: one } = await api('POST', '/vault/account', password('One', { code_name: 'chosen' }));
    expect(one.code_name).toBe('chosen');
    const taken = await api('POST', '/vault/account', password('Two', { code_name: 'CHOSEN' }));
    expect([taken.status, Object.keys(taken.body.errors)]).toEqual([422, ['code_name']]);
    const path = `/vault/account/${one.id}`;
    expect((await api('PATCH', path, { name: 'Other' })).body.code_name).toBe('chosen');
    expect((await api('PATCH', path, { code_name: '' })).body.code_name).toBe('other');
    expect((await api('PATCH', path, { code_name: null })).body.code_name).toBe('other');
    expect((await api('PATCH', path, { code_name: 'a b' })).status).toBe(422);
    const long = await Promise.all(
      [1, 2].map(() => api('POST', '/vault/account', password('x'.repeat(200)))),
    );
    expect(new Set(long.map(({ body }) => body.code_name)).size).toBe(2);
  });
});
