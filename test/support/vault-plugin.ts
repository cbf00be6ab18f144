import { afterEach, beforeEach, expect } from 'vitest';
import { plugin } from '../../ecm/plugins/hashicorp-vault/plugin.ts';
import { aPluginSession, callOptions, type OpenedPlugin, openPlugin } from './test-plugin.ts';
import { type TestVault, testVault } from './test-vault.ts';

export type Settings = Parameters<typeof openPlugin<typeof plugin.settings>>[1];

/** What the tokens of the plug-in may do. */
export const POLICY = {
  'kv/data/*': ['read'],
  'kv/metadata/*': ['read', 'list'],
  'ldap/*': ['read', 'list', 'update'],
  'db/main/*': ['read', 'list'],
  'ssh/*': ['list', 'update'],
  'sys/leases/revoke': ['update'],
} as const;

export const session = aPluginSession({ hostname: 'web01.example.com', username: 'deploy' });

export let vault: TestVault;
let opened: OpenedPlugin[] = [];

/** A Vault for each test; what the test opened is closed after it. */
export function vaultForEach(): void {
  beforeEach(async () => {
    vault = await testVault();
  });
  afterEach(async () => {
    for (const one of opened) await one.close?.();
    opened = [];
    await vault.stop();
    expect(vault.misuses).toEqual([]);
  });
}

export async function open(settings: Settings = {}, on = vault): Promise<OpenedPlugin> {
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

export async function give(one: OpenedPlugin, id: string, as = session) {
  return await one.getCredential(as, id, callOptions());
}

export async function release(one: OpenedPlugin, id: string, lease: string | undefined) {
  await one.releaseCredential?.(session, id, new Date(), { lease, ...callOptions() });
}
