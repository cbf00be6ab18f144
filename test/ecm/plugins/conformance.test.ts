import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testPlugin } from '../../../ecm/conformance/test-plugin.ts';
import { testCcp } from '../../support/test-ccp.ts';
import { testCustodia } from '../../support/test-custodia.ts';
import { testKeePassXc } from '../../support/test-keepassxc.ts';
import { testPass } from '../../support/test-pass.ts';
import { SECRET_SERVER_LOGIN, testSecretServer } from '../../support/test-secret-server.ts';
import { testVault } from '../../support/test-vault.ts';

const HOST = 'web01.example.com';
const session = { hostname: HOST };

/** A store with credentials for the host, the settings for it, and how it ends. */
interface Store {
  settings: Record<string, unknown>;
  stop(): Promise<void>;
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bridgehead-conformance-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function secretFile(secret: string): Promise<{ file: string }> {
  const file = join(directory, `secret-${Math.random()}`);
  await writeFile(file, secret, { mode: 0o600 });
  return { file };
}

const STORES: Record<string, () => Promise<Store>> = {
  async keepass() {
    const keepass = await testKeePassXc();
    const entry = { title: 'root', username: 'root', password: 'pw-7c2-of-root', url: HOST };
    const file = await keepass.create('store.kdbx', [entry], { password: 'opens-9f3-the-file' });
    return { settings: { file, password: await secretFile('opens-9f3-the-file') }, stop: keepass.remove };
  },
  async pass() {
    const pass = await testPass({ passphrase: 'opens-4e1-the-key' });
    await pass.insert(`servers/${HOST}/root`, 'pw-7c2-of-root\n');
    await pass.forget();
    const passphrase = await secretFile('opens-4e1-the-key');
    return { settings: { store: pass.store, gnupg_home: pass.gnupgHome, passphrase }, stop: pass.remove };
  },
  async rest() {
    const custodia = await testCustodia();
    await custodia.put(`team/${HOST}/root`, 'pw-7c2-of-root');
    const settings = {
      url: custodia.url,
      ca_file: custodia.caFile,
      certificate_file: custodia.certificateFile,
      certificate_key_file: custodia.certificateKeyFile,
      auth: 'header',
      token_header: 'CUSTODIA_AUTH_KEY',
      token: await secretFile(custodia.clientKey),
      headers: { CUSTODIA_AUTH_ID: custodia.clientId },
      find_path: '/secrets/team/{hostname}/',
      find_id: '',
      get_path: '/secrets/team/{hostname}/{id}',
      get_content: '/value',
      get_password: '',
      health_path: '/',
    };
    return { settings, stop: custodia.stop };
  },
  async 'hashicorp-vault'() {
    const vault = await testVault();
    vault.secrets.set(`servers/${HOST}`, { data: { username: 'root', password: 'pw-7c2-of-root' } });
    vault.databaseRoles.set('app', { seconds: 600, max: 3600 });
    const policy = {
      'kv/*': ['read', 'list'],
      'db/main/*': ['read', 'list'],
      'sys/leases/revoke': ['update'],
    } as const;
    const settings = {
      url: vault.url,
      ca_file: vault.caFile,
      approle_role_id: vault.newAppRole('sid-1d8-of-role', 0, { policy }),
      approle_secret_id: await secretFile('sid-1d8-of-role'),
      kv_mount: 'kv',
      kv_paths: ['servers/{hostname}'],
      database_mount: 'db/main',
      database_roles: ['*'],
    };
    return {
      settings,
      async stop() {
        expect([...vault.liveAccounts]).toEqual([]);
        await vault.stop();
      },
    };
  },
  async 'cyberark-ccp'() {
    const ccp = await testCcp();
    ccp.applications.set('Bridgehead', { safes: ['Linux'] });
    const properties = { Safe: 'Linux', Object: 'root', Address: HOST, UserName: 'root' };
    ccp.accounts.push({ properties, content: 'pw-7c2-of-root' });
    const settings = {
      url: ccp.url,
      ca_file: ccp.caFile,
      app_id: 'Bridgehead',
      accounts: { root: 'Safe=Linux;Address={hostname};UserName=root' },
    };
    return { settings, stop: ccp.stop };
  },
  async 'delinea-secret-server'() {
    const server = await testSecretServer();
    server.secrets.push({
      id: 1,
      name: 'root',
      folderId: 1,
      values: { machine: HOST, username: 'root', password: 'pw-7c2-of-root' },
      checkOutEnabled: true,
    });
    const { username, password } = SECRET_SERVER_LOGIN;
    return {
      settings: { url: server.url, ca_file: server.caFile, username, password: await secretFile(password) },
      async stop() {
        expect(server.secrets[0]?.checkedOutBy).toBeUndefined();
        await server.stop();
      },
    };
  },
};

describe.each(Object.keys(STORES))('the bundled plug-in %s', (name) => {
  it('passes the conformance kit, in a process of its own', { timeout: 120_000 }, async () => {
    const store = await (STORES[name] as () => Promise<Store>)();
    try {
      const plugin = new URL(`../../../ecm/plugins/${name}/plugin.ts`, import.meta.url);
      const results = await testPlugin({ plugin, settings: store.settings, session });
      expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      expect(results.filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(5);
    } finally {
      await store.stop();
    }
  });
});
