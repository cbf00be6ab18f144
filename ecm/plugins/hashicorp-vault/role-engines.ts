import { type CredentialPackage, PluginError } from '../../sdk/plugin.ts';
import { tidyPrivateKey } from '../private-keys.ts';
import { fitsWords } from '../session-matching.ts';
import { type Engine, fitsRole, inTurn, likelyFirst, rolePatterns, type Taken } from './engine.ts';
import type { Vault } from './vault.ts';
import { TokenRefused, textOf, type VaultAnswer } from './vault-client.ts';

interface RoleEngine {
  kind: string;
  /** What people read after the name. */
  what: string;
  /** Where the names are listed. */
  names: string;
  /** Which of them are offered. */
  templates: readonly string[];
  /** Where one role says its user name without the password, if it does. */
  describe?: (name: string) => string;
  take(vault: Vault, name: string, signal: AbortSignal): Promise<Taken>;
}

/** Whatever Vault calls by the name of a role or set: they are listed, chosen by name, and give credentials. */
function roleEngine(vault: Vault, { kind, what, names, templates, describe, take }: RoleEngine): Engine {
  async function username(name: string, signal: AbortSignal): Promise<string> {
    if (describe === undefined) return '';
    try {
      return textOf((await vault.ask({ method: 'GET', path: describe(name), signal }))?.data.username);
    } catch (error) {
      // A policy may well let the plug-in use a role and not look at it.
      if (error instanceof TokenRefused) return '';
      throw error;
    }
  }
  return {
    kind,
    async find(session, { search, limit, signal }) {
      const patterns = rolePatterns(templates, session);
      const listed = patterns.length === 0 ? [] : await vault.list(names, signal);
      const chosen = listed
        .filter((name) => !name.endsWith('/') && name.length <= 200 && fitsRole(name, patterns))
        .map((name) => ({ name, label: `${name} (${what})` }));
      const described = await inTurn(likelyFirst(chosen, search, limit), async ({ name, label }) => {
        const known = (await username(name, signal)).slice(0, 255);
        return { id: `${kind}:${name}`, label, ...(known === '' ? {} : { username: known }) };
      });
      return described.filter((one) => fitsWords(search, [one.label, one.username])).slice(0, limit);
    },
    async offers(session, name) {
      return fitsRole(name, rolePatterns(templates, session));
    },
    take: (_session, name, { signal }) => take(vault, name, signal),
  };
}

export interface LdapSettings {
  mount: string;
  staticRoles: readonly string[];
  dynamicRoles: readonly string[];
  librarySets: readonly string[];
  domain: string | undefined;
}

export function ldapEngines(vault: Vault, { mount, domain, ...names }: LdapSettings): Engine[] {
  const inDomain = (taken: Taken): Taken =>
    domain === undefined ? taken : { ...taken, credential: { ...taken.credential, domain } };
  return [
    roleEngine(vault, {
      kind: 'ldap-static',
      what: 'LDAP account',
      names: `${mount}/static-role`,
      templates: names.staticRoles,
      describe: (name) => `${mount}/static-role/${name}`,
      take: async (_vault, name, signal) =>
        inDomain(await read(vault, `${mount}/static-cred/${name}`, signal)),
    }),
    roleEngine(vault, {
      kind: 'ldap-dynamic',
      what: 'new LDAP account',
      names: `${mount}/role`,
      templates: names.dynamicRoles,
      take: async (_vault, name, signal) => inDomain(await leased(vault, `${mount}/creds/${name}`, signal)),
    }),
    roleEngine(vault, {
      kind: 'ldap-library',
      what: 'LDAP accounts to check out',
      names: `${mount}/library`,
      templates: names.librarySets,
      take: async (_vault, name, signal) =>
        inDomain(await checkedOut(vault, `${mount}/library/${name}`, signal)),
    }),
  ];
}

export interface DatabaseSettings {
  mount: string;
  staticRoles: readonly string[];
  roles: readonly string[];
}

export function databaseEngines(vault: Vault, { mount, staticRoles, roles }: DatabaseSettings): Engine[] {
  return [
    roleEngine(vault, {
      kind: 'database-static',
      what: 'database account',
      names: `${mount}/static-roles`,
      templates: staticRoles,
      describe: (name) => `${mount}/static-roles/${name}`,
      take: (_vault, name, signal) => read(vault, `${mount}/static-creds/${name}`, signal),
    }),
    roleEngine(vault, {
      kind: 'database',
      what: 'new database account',
      names: `${mount}/roles`,
      templates: roles,
      take: (_vault, name, signal) => leased(vault, `${mount}/creds/${name}`, signal),
    }),
  ];
}

async function read(vault: Vault, path: string, signal: AbortSignal): Promise<Taken> {
  return { credential: credentialOf(await vault.ask({ method: 'GET', path, signal })) };
}

async function leased(vault: Vault, path: string, signal: AbortSignal): Promise<Taken> {
  const answer = await vault.ask({ method: 'GET', path, signal });
  return { credential: credentialOf(answer), ...(answer?.lease.id ? { lease: answer.lease } : {}) };
}

async function checkedOut(vault: Vault, set: string, signal: AbortSignal): Promise<Taken> {
  const answer = await vault.ask({ method: 'POST', path: `${set}/check-out`, json: {}, signal });
  const account = textOf(answer?.data.service_account_name);
  const password = textOf(answer?.data.password);
  if (answer === undefined || account === '' || password === '') throw nothing();
  return {
    credential: { username: account, password },
    lease: answer.lease,
    checkIn: { path: `${set}/check-in`, account },
  };
}

function credentialOf(answer: VaultAnswer | undefined): CredentialPackage {
  const password = textOf(answer?.data.password);
  const privateKey = textOf(answer?.data.rsa_private_key);
  const username = textOf(answer?.data.username);
  if (password === '' && privateKey === '') throw nothing();
  return {
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(privateKey === '' ? {} : { privateKey: tidyPrivateKey(privateKey) }),
  };
}

function nothing(): PluginError {
  return new PluginError('not_found', 'Vault has no such role or set, or it gives no password.');
}
