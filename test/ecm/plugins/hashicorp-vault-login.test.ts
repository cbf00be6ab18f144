import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { plugin } from '../../../ecm/plugins/hashicorp-vault/plugin.ts';
import { callOptions, findOptions, openPlugin } from '../../support/test-plugin.ts';
import { testVault } from '../../support/test-vault.ts';
import { open, POLICY, type Settings, session, vault, vaultForEach } from '../../support/vault-plugin.ts';

vaultForEach();

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
