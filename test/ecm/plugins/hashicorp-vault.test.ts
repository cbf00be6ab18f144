import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { beforeEach, describe, expect, it } from 'vitest';
import { aPluginSession, findOptions } from '../../support/test-plugin.ts';
import { give, open, POLICY, release, session, vault, vaultForEach } from '../../support/vault-plugin.ts';

const run = promisify(execFile);

vaultForEach();

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

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n';
