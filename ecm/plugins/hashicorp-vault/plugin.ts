import {
  type CredentialSummary,
  definePlugin,
  type GivenCredential,
  PluginError,
  type SessionContext,
} from '../../sdk/plugin.ts';
import { httpClient } from '../http.ts';
import { untilAborted } from '../until-aborted.ts';
import type { Engine, Taken } from './engine.ts';
import { kvEngine } from './kv-engine.ts';
import { databaseEngines, ldapEngines } from './role-engines.ts';
import { sshEngine } from './ssh-engine.ts';
import { leases, loggedIn, type Vault } from './vault.ts';
import { vaultClient, vaultHealth } from './vault-client.ts';
import { vaultLogin } from './vault-login.ts';
import { VAULT_SETTINGS, type VaultSettings, vaultProblems } from './vault-settings.ts';

/** A credential that Vault has made must not be lost because nobody waits for it any longer. */
const TAKING = 60_000;

export const plugin = definePlugin({
  name: 'hashicorp-vault',
  version: '1.0.0',
  description: 'HashiCorp Vault or OpenBao: KV, LDAP, database and SSH secrets engines.',
  settings: VAULT_SETTINGS,
  check: vaultProblems,
  create(settings, tools) {
    const namespace = settings.namespace?.replace(/^\/+|\/+$/g, '');
    const client = vaultClient(settings, namespace, tools);
    const login = vaultLogin(client, meansOf(settings), tools);
    const vault = loggedIn(client, login);
    const kept = leases(vault, tools);
    const engines = enginesOf(vault, settings);
    const health = httpClient({ store: 'Vault', settings });

    async function giveBack(taken: Taken, signal: AbortSignal): Promise<void> {
      const lease = leaseTextOf(taken);
      if (lease !== undefined) await released(vault, lease, signal);
    }

    return {
      async findCredentials(session, options) {
        const found: CredentialSummary[] = [];
        for (const engine of engines) {
          if (found.length < options.limit) found.push(...(await engine.find(session, options)));
        }
        return found.slice(0, options.limit);
      },

      async getCredential(session, credentialId, { signal }): Promise<GivenCredential> {
        const { engine, name } = await engineFor(engines, session, credentialId, signal);
        const taking = engine.take(session, name, { signal: AbortSignal.timeout(TAKING) });
        const taken = await untilAborted(taking, signal, (late) =>
          giveBack(late, AbortSignal.timeout(TAKING)),
        );
        const lease = leaseTextOf(taken);
        if (lease === undefined) return taken.credential;
        if (taken.lease !== undefined) kept.keep(lease, taken.lease);
        return { ...taken.credential, lease };
      },

      async releaseCredential(_session, _credentialId, _endedAt, { lease, signal }) {
        if (lease === undefined) return;
        await released(vault, lease, signal);
        kept.drop(lease);
      },

      async checkHealth({ signal }) {
        const state = await vaultHealth(health, signal);
        if (state !== 'active' && !state.includes('standby'))
          return { healthy: false, detail: `Vault is ${state}.` };
        await login.token(signal);
        return { healthy: true, detail: `Vault is ${state}, and the plug-in is logged in.` };
      },

      async close() {
        login.close();
        kept.close();
      },
    };
  },
});

function meansOf(settings: VaultSettings) {
  const { token, approle_role_id: roleId, approle_secret_id: secretId = '' } = settings;
  return roleId === undefined
    ? { token: token ?? '' }
    : { mount: settings.approle_mount, roleId, secretId, wrapped: settings.approle_secret_id_wrapped };
}

function enginesOf(vault: Vault, settings: VaultSettings): Engine[] {
  return [
    kvEngine(vault, { mount: settings.kv_mount, paths: settings.kv_paths, fields: settings.kv_fields }),
    ...ldapEngines(vault, {
      mount: settings.ldap_mount,
      staticRoles: settings.ldap_static_roles,
      dynamicRoles: settings.ldap_dynamic_roles,
      librarySets: settings.ldap_library_sets,
      domain: settings.ldap_domain,
    }),
    ...databaseEngines(vault, {
      mount: settings.database_mount,
      staticRoles: settings.database_static_roles,
      roles: settings.database_roles,
    }),
    sshEngine(vault, {
      mount: settings.ssh_mount,
      roles: settings.ssh_roles,
      principal: settings.ssh_principal,
      ttl: settings.ssh_ttl,
    }),
  ];
}

async function engineFor(
  engines: Engine[],
  session: SessionContext,
  credentialId: string,
  signal: AbortSignal,
) {
  const colon = credentialId.indexOf(':');
  const name = credentialId.slice(colon + 1);
  const engine = engines.find(({ kind }) => kind === credentialId.slice(0, colon));
  if (engine === undefined || name === '' || !(await engine.offers(session, name, { signal }))) {
    throw new PluginError('not_found', 'Vault has no such credential for this session.');
  }
  return { engine, name };
}

/** Says at release what is to be given back: an account of a set, or a lease. */
function leaseTextOf({ lease, checkIn }: Taken): string | undefined {
  if (checkIn !== undefined)
    return `account ${encodeURIComponent(checkIn.path)} ${encodeURIComponent(checkIn.account)}`;
  return lease === undefined || lease.id === '' ? undefined : `lease ${lease.id}`;
}

async function released(vault: Vault, text: string, signal: AbortSignal): Promise<void> {
  const [kind, first = '', second = ''] = text.split(' ');
  if (kind === 'account') {
    const json = { service_account_names: [decodeURIComponent(second)] };
    await vault.ask({ method: 'POST', path: decodeURIComponent(first), json, signal });
  } else if (kind === 'lease') {
    const json = { lease_id: first, sync: true };
    await vault.ask({ method: 'POST', path: 'sys/leases/revoke', json, signal });
  }
}
