import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plugin } from '../../../ecm/plugins/hashicorp-vault/plugin.ts';
import {
  aPluginSession,
  callOptions,
  findOptions,
  type OpenedPlugin,
  openPlugin,
} from '../../support/test-plugin.ts';
import { type TestVault, testVault } from '../../support/test-vault.ts';

type Settings = Parameters<typeof openPlugin<typeof plugin.settings>>[1];

const POLICY = {
  'kv/data/*': ['read'],
  'kv/metadata/*': ['read', 'list'],
  'ldap/*': ['read', 'list', 'update'],
  'db/main/*': ['read', 'list'],
  'ssh/*': ['list', 'update'],
  'sys/leases/revoke': ['update'],
} as const;

const run = promisify(execFile);
const session = aPluginSession({ hostname: 'web01.example.com', username: 'deploy' });

let vault: TestVault;
let opened: OpenedPlugin[] = [];

beforeEach(async () => {
  vault = await testVault();
});
afterEach(async () => {
  for (const one of opened) await one.close?.();
  opened = [];
  await vault.stop();
  expect(vault.misuses).toEqual([]);
});

async function open(settings: Settings = {}, on = vault): Promise<OpenedPlugin> {
  const token = settings.approle_role_id === undefined ? { token: on.newToken({ policy: POLICY }) } : {};
  const one = await openPlugin(plugin, {
    url: on.url,
    ca_file: on.caFile,
    kv_mount: 'kv',
    kv_paths: ['servers/{hostname}', 'servers/{hostname}/', 'shared/'],
    database_mount: 'db/main',
    ...token,
    ...settings,
  });
  opened.push(one);
  return one;
}

async function give(one: OpenedPlugin, id: string, as = session) {
  return await one.getCredential(as, id, callOptions());
}

async function release(one: OpenedPlugin, id: string, lease: string | undefined) {
  await one.releaseCredential?.(session, id, new Date(), { lease, ...callOptions() });
}

describe('secrets of the KV engine', () => {
  beforeEach(() => {
    vault.secrets.set('servers/web01.example.com', {
      data: { username: 'root', password: 'p&w', note: 'x' },
      metadata: { username: 'root' },
    });
    vault.secrets.set('servers/web01.example.com/a b%2F ü#?', {
      data: { username: 'odd', private_key: KEY },
    });
    vault.secrets.set('servers/web01.example.com/deeper/still', { data: { password: 'x' } });
    vault.secrets.set('servers/web01.example.com/gone', { data: { password: 'x' }, deleted: true });
    vault.secrets.set('servers/web02.example.com', { data: { password: 'elsewhere' } });
    vault.secrets.set('shared/any', { data: { password: 'any' } });
    vault.secrets.set('shared/databases', {
      data: { password: 'db' },
      metadata: { hosts: 'db01, *.db.example.com', username: 'dba' },
    });
  });

  it('are found by paths of the system and by metadata, without being read', async () => {
    const one = await open();
    const found = await one.findCredentials(session, findOptions());
    expect(found).toEqual([
      { id: 'kv:servers/web01.example.com', label: 'servers/web01.example.com', username: 'root' },
      { id: 'kv:servers/web01.example.com/a b%2F ü#?', label: 'servers/web01.example.com/a b%2F ü#?' },
      { id: 'kv:shared/any', label: 'shared/any' },
    ]);
    expect(vault.asked.filter((asked) => asked.includes('/kv/data/'))).toEqual([]);
    const database = aPluginSession({ hostname: 'one.db.example.com' });
    expect(
      (await one.findCredentials(database, findOptions('SHARED base'))).map(({ username }) => username),
    ).toEqual(['dba']);
    expect(await one.findCredentials(session, findOptions('', 2))).toHaveLength(2);
  });

  it('are given with the fields that the settings name', async () => {
    const one = await open();
    expect(await give(one, 'kv:servers/web01.example.com')).toEqual({ username: 'root', password: 'p&w' });
    expect(await give(one, 'kv:servers/web01.example.com/a b%2F ü#?')).toEqual({
      username: 'odd',
      privateKey: KEY,
    });
    const other = await open({ kv_fields: { password: 'note' } });
    expect(await give(other, 'kv:servers/web01.example.com')).toEqual({ password: 'x' });
    const none = await open({ kv_fields: { password: 'nothing' } });
    await expect(give(none, 'kv:servers/web01.example.com')).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it.each([
    'kv:servers/web02.example.com',
    'kv:servers/web01.example.com/deeper/still',
    'kv:servers/web01.example.com/../web02.example.com',
    'kv:servers/web01.example.com/gone',
    'kv:shared/databases',
    'kv:shared/',
    'kv:',
    'servers/web01.example.com',
    'token:x',
  ])('are not given by the id %s', async (id) => {
    await expect(give(await open(), id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of a system named like a way out are not looked for', async () => {
    for (const hostname of ['..', 'a/b', '.']) {
      await expect(
        (await open()).findCredentials(aPluginSession({ hostname }), findOptions()),
      ).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('LDAP accounts', () => {
  it('of static roles have a user name before they are read, and a domain', async () => {
    vault.ldapStatic.set('web01.example.com-admin', { username: 'adm', password: 'pw' });
    vault.ldapStatic.set('web02.example.com-admin', { username: 'adm2', password: 'pw2' });
    vault.ldapStatic.set('everywhere', { username: 'all', password: 'pw3' });
    const one = await open({
      kv_paths: [],
      ldap_static_roles: ['{hostname}-*', 'every*'],
      ldap_domain: 'CORP',
    });
    const found = await one.findCredentials(session, findOptions());
    expect(found).toEqual([
      { id: 'ldap-static:everywhere', label: 'everywhere (LDAP account)', username: 'all' },
      {
        id: 'ldap-static:web01.example.com-admin',
        label: 'web01.example.com-admin (LDAP account)',
        username: 'adm',
      },
    ]);
    expect(await give(one, 'ldap-static:everywhere')).toEqual({
      username: 'all',
      password: 'pw3',
      domain: 'CORP',
    });
    await expect(give(one, 'ldap-static:web02.example.com-admin')).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(give(one, 'ldap-static:every-other')).rejects.toThrow('Vault has no such role or set.');
  });

  it('that Vault makes live as long as the session', async () => {
    vault.ldapDynamic.set('dyn', { seconds: 600 });
    const one = await open({ kv_paths: [], ldap_dynamic_roles: ['*'] });
    const given = await give(one, 'ldap-dynamic:dyn');
    expect(given.password).toBe(`made-${given.username}`);
    expect([...vault.liveAccounts]).toEqual([given.username]);
    expect(given.lease).toBe(`lease ${vault.leases()[0]}`);
    await release(one, 'ldap-dynamic:dyn', given.lease);
    expect([...vault.liveAccounts]).toEqual([]);
    await release(one, 'ldap-dynamic:dyn', given.lease);
    await expect(give(one, 'ldap-dynamic:none')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are checked out of a set, and in again by another process', async () => {
    vault.librarySets.set('team', {
      accounts: ['fizz@example.com', 'buzz@example.com'],
      borrowed: new Map(),
      seconds: 600,
    });
    const roleId = vault.newAppRole('secret', 0, { policy: POLICY });
    const settings = {
      kv_paths: [],
      ldap_library_sets: ['*'],
      approle_role_id: roleId,
      approle_secret_id: 'secret',
    };
    const one = await open(settings);
    const first = await give(one, 'ldap-library:team');
    const second = await give(one, 'ldap-library:team');
    expect([first.username, second.username]).toEqual(['fizz@example.com', 'buzz@example.com']);
    expect(first.password).toBe('library-fizz@example.com');
    await expect(give(one, 'ldap-library:team')).rejects.toMatchObject({
      code: 'in_use',
      message: 'Every account of this set is checked out.',
    });
    const later = await open(settings);
    await release(later, 'ldap-library:team', first.lease);
    expect([...(vault.librarySets.get('team')?.borrowed.keys() ?? [])]).toEqual(['buzz@example.com']);
    await release(later, 'ldap-library:team', first.lease);
    const stranger = await open({ kv_paths: [], ldap_library_sets: ['*'] });
    await expect(release(stranger, 'ldap-library:team', second.lease)).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('database accounts', () => {
  it('of static roles are read, those of other roles are made and revoked', async () => {
    vault.databaseStatic.set('reporting', { username: 'report', password: 'r' });
    vault.databaseRoles.set('app', { seconds: 600, max: 3600 });
    const one = await open({ kv_paths: [], database_static_roles: ['report*'], database_roles: ['app'] });
    expect(await one.findCredentials(session, findOptions())).toEqual([
      { id: 'database-static:reporting', label: 'reporting (database account)', username: 'report' },
      { id: 'database:app', label: 'app (new database account)' },
    ]);
    expect(await give(one, 'database-static:reporting')).toEqual({ username: 'report', password: 'r' });
    const given = await give(one, 'database:app');
    expect(vault.liveAccounts.size).toBe(1);
    await release(one, 'database:app', given.lease);
    expect(vault.liveAccounts.size).toBe(0);
  });

  it('stay alive while the session lasts, and no longer', async () => {
    vault.databaseRoles.set('app', { seconds: 2, max: 3600 });
    const one = await open({ kv_paths: [], database_roles: ['app'] });
    const given = await give(one, 'database:app');
    await sleep(4200);
    expect(vault.leases()).toHaveLength(1);
    expect([...vault.liveAccounts]).toEqual([given.username]);
    await release(one, 'database:app', given.lease);
    const renewals = () => vault.asked.filter((asked) => asked.endsWith('/sys/leases/renew')).length;
    const before = renewals();
    expect(before).toBeGreaterThanOrEqual(2);
    await sleep(2000);
    expect(renewals()).toBe(before);
  });

  it('are given back when nobody waits for them any longer', async () => {
    vault.databaseRoles.set('app', { seconds: 600, max: 3600 });
    const one = await open({ kv_paths: [], database_roles: ['app'] });
    await one.findCredentials(session, findOptions());
    const stop = new AbortController();
    const asked = one.getCredential(session, 'database:app', { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('nobody waits')), 1);
    await expect(asked).rejects.toThrow('nobody waits');
    await expect.poll(() => vault.asked.some((path) => path.includes('/creds/app'))).toBe(true);
    await expect.poll(() => vault.liveAccounts.size).toBe(0);
    expect(vault.leases()).toEqual([]);
  });
});

describe('SSH certificates', () => {
  it('are signed for a key that never was on the way', async () => {
    vault.sshRoles.set('linux', ['deploy', 'root']);
    const one = await open({ kv_paths: [], ssh_roles: ['linux'], ssh_ttl: '5m' });
    const found = await one.findCredentials(session, findOptions());
    expect(found).toEqual([{ id: 'ssh:linux', label: 'linux (SSH certificate)', username: 'deploy' }]);
    const given = await give(one, 'ssh:linux');
    expect(given.username).toBe('deploy');
    const key = ssh2.utils.parseKey(given.privateKey ?? '');
    expect(key).not.toBeInstanceOf(Error);
    const directory = await mkdtemp(join(tmpdir(), 'bridgehead-certificate-'));
    await writeFile(join(directory, 'key-cert.pub'), `${given.certificate}\n`);
    await writeFile(join(directory, 'key'), given.privateKey ?? '', { mode: 0o600 });
    const { stdout } = await run('ssh-keygen', ['-L', '-f', join(directory, 'key-cert.pub')]);
    expect(stdout).toMatch(/user certificate/);
    expect(stdout).toMatch(/Principals:\s+deploy/);
    const ours = await run('ssh-keygen', ['-y', '-f', join(directory, 'key')]);
    const print = await run('ssh-keygen', ['-lf', join(directory, 'key')]);
    expect(ours.stdout).toMatch(/^ecdsa-sha2-nistp256 /);
    expect(stdout).toContain(print.stdout.split(' ')[1]);
    await rm(directory, { recursive: true });
    const nobody = aPluginSession({ hostname: 'web01.example.com' });
    expect(await one.findCredentials(nobody, findOptions())).toEqual([]);
    await expect(give(one, 'ssh:linux', nobody)).rejects.toMatchObject({ code: 'not_found' });
    await expect(give(one, 'ssh:linux', aPluginSession({ username: 'oracle' }))).rejects.toMatchObject({
      code: 'misconfigured',
    });
  });
});

describe('logging in', () => {
  const appRole = (roleId: string, secretId: string, more: Settings = {}): Settings => ({
    approle_role_id: roleId,
    approle_secret_id: secretId,
    kv_paths: ['servers/{hostname}'],
    ...more,
  });
  const logins = () => vault.asked.filter((asked) => asked.endsWith('/auth/approle/login')).length;
  beforeEach(() => {
    vault.secrets.set('servers/web01.example.com', { data: { password: 'pw' } });
  });

  it('by AppRole happens once for many questions', async () => {
    const one = await open(appRole(vault.newAppRole('sid', 0, { policy: POLICY }), 'sid'));
    await Promise.all([1, 2, 3].map(() => one.findCredentials(session, findOptions())));
    expect(logins()).toBe(1);
    expect(one.masked).toEqual(vault.liveTokens());
  });

  it('is done again when the token was revoked or has expired', async () => {
    const roleId = vault.newAppRole('sid', 0, { policy: POLICY, seconds: 2, renewable: false });
    const one = await open(appRole(roleId, 'sid'));
    await one.findCredentials(session, findOptions());
    vault.endToken(vault.liveTokens()[0] ?? '');
    expect(await one.findCredentials(session, findOptions())).toHaveLength(1);
    expect(logins()).toBe(2);
    await sleep(2100);
    expect(await one.findCredentials(session, findOptions())).toHaveLength(1);
    expect(logins()).toBe(3);
  });

  it('lasts because the token is renewed', async () => {
    const one = await open(appRole(vault.newAppRole('sid', 1, { policy: POLICY, seconds: 3 }), 'sid'));
    await one.findCredentials(session, findOptions());
    const [token] = vault.liveTokens();
    await sleep(4500);
    expect(await one.findCredentials(session, findOptions())).toHaveLength(1);
    expect(vault.liveTokens()).toEqual([token]);
    expect(vault.asked).toContain('POST /v1/auth/token/renew-self');
  });

  it('with a secret id that is wrapped works once', async () => {
    const roleId = vault.newAppRole('the real one', 0, { policy: POLICY });
    const wrapping = vault.wrap('the real one');
    const settings = appRole(roleId, wrapping, { approle_secret_id_wrapped: true });
    const one = await open(settings);
    expect(await one.findCredentials(session, findOptions())).toHaveLength(1);
    vault.endToken(vault.liveTokens()[0] ?? '');
    expect(await one.findCredentials(session, findOptions())).toHaveLength(1);
    expect(one.masked).toContain('the real one');
    await expect((await open(settings)).findCredentials(session, findOptions())).rejects.toMatchObject({
      code: 'misconfigured',
      message: 'The wrapped secret id was used already or has expired.',
    });
  });

  it('in a namespace stays there', async () => {
    const other = await testVault({ namespace: 'team/linux' });
    other.secrets.set('servers/web01.example.com', { data: { password: 'pw' } });
    const inside = await open({ namespace: '/team/linux/', kv_paths: ['servers/{hostname}'] }, other);
    expect(await inside.findCredentials(session, findOptions())).toHaveLength(1);
    const outside = await open({ kv_paths: ['servers/{hostname}'] }, other);
    await expect(outside.findCredentials(session, findOptions())).rejects.toMatchObject({
      code: 'misconfigured',
      message: 'Vault does not know the namespace of the settings.',
    });
    await other.stop();
    expect(other.misuses).toEqual([]);
  });

  it.each([
    ['a wrong secret id', () => appRole(vault.newAppRole('sid', 0, { policy: POLICY }), 'wrong-secret-id')],
    ['an unknown role', () => appRole('no-such-role', 'wrong-secret-id')],
    ['a token that is none', () => ({ token: 'wrong-secret-id', kv_paths: ['servers/{hostname}'] })],
  ])('with %s says so without repeating it', async (_what, settings) => {
    const one = await open(settings());
    const failure = await one.findCredentials(session, findOptions()).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'misconfigured' });
    expect(inspect([failure, one.logged], { depth: 5 })).not.toContain('wrong-secret-id');
  });

  it('tells policies that refuse from tokens that are gone', async () => {
    const one = await open({ token: vault.newToken({ policy: {} }), kv_paths: ['servers/{hostname}'] });
    await expect(one.findCredentials(session, findOptions())).rejects.toMatchObject({ code: 'forbidden' });
    expect(one.logged).toContain(
      'Vault answered 403 for GET kv/metadata/servers/web01.example.com: permission denied',
    );
    const mortal = vault.newToken({ policy: POLICY });
    const two = await open({ token: mortal, kv_paths: ['servers/{hostname}'] });
    await two.findCredentials(session, findOptions());
    vault.endToken(mortal);
    await expect(two.findCredentials(session, findOptions())).rejects.toMatchObject({
      code: 'misconfigured',
      message: 'Vault does not take the token of the settings, or it has expired.',
    });
  });
});

describe('Vault itself', () => {
  it('may be sealed, away, or without the engine', async () => {
    const one = await open();
    expect(await one.checkHealth?.(callOptions())).toMatchObject({ healthy: true });
    await expect(
      (await open({ kv_mount: 'none' })).findCredentials(session, findOptions()),
    ).rejects.toMatchObject({
      code: 'forbidden',
    });
    const everything = vault.newToken({ policy: { '*': ['read', 'list', 'update'] } });
    await expect(
      (await open({ kv_mount: 'none', token: everything })).findCredentials(session, findOptions()),
    ).rejects.toThrow('Vault has no secrets engine at the mount of the settings.');
    vault.sealed = true;
    await expect(one.findCredentials(session, findOptions())).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Vault is sealed or being maintained.',
    });
    expect(await one.checkHealth?.(callOptions())).toEqual({ healthy: false, detail: 'Vault is sealed.' });
    await expect(
      (await open({ url: 'https://127.0.0.1:1' })).findCredentials(session, findOptions()),
    ).rejects.toThrow('Vault cannot be reached: nothing listens there.');
    const { findCredentials } = await openPlugin(plugin, { url: vault.url, token: 'x', kv_paths: ['x'] });
    await expect(findCredentials(session, findOptions())).rejects.toMatchObject({ code: 'misconfigured' });
    await expect(
      (await open({ url: vault.url.replace('127.0.0.1', '127.0.0.3') })).findCredentials(
        session,
        findOptions(),
      ),
    ).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is asked for nothing with settings that cannot work', async () => {
    await expect(openPlugin(plugin, { url: vault.url })).rejects.toThrow(
      /token: Either a token or approle_role_id.*\nkv_paths: Nothing would be offered/,
    );
    await expect(
      openPlugin(plugin, { url: vault.url, token: 'x', kv_fields: { pass: 'x' }, ssh_roles: ['{no}'] }),
    ).rejects.toThrow(/ssh_roles: "\{no\}" names \{no\}.*\nkv_fields: "pass" is none of/);
  });
});

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n';
