import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call, Outcome } from './test-vault.ts';

interface Secret {
  data: Record<string, unknown>;
  metadata?: Record<string, string>;
  deleted?: boolean;
}

interface LibrarySet {
  accounts: string[];
  /** Entity that has an account. */
  borrowed: Map<string, string>;
  seconds: number;
}

export interface TestVaultEngines {
  answer(call: Call): Outcome;
  /** KV version 2 at `kv`. */
  secrets: Map<string, Secret>;
  /** LDAP at `ldap`. */
  ldapStatic: Map<string, { username: string; password: string }>;
  ldapDynamic: Map<string, { seconds: number }>;
  librarySets: Map<string, LibrarySet>;
  /** Database at `db/main`, whose mount has a slash. */
  databaseStatic: Map<string, { username: string; password: string }>;
  databaseRoles: Map<string, { seconds: number; max: number }>;
  /** Accounts that exist because somebody has a lease. */
  liveAccounts: Set<string>;
  /** SSH at `ssh`: the login names that a role signs. */
  sshRoles: Map<string, string[]>;
  /** The public key that its certificates are signed by, once there is one. */
  sshAuthority(): string;
}

/** What `misuse` is told is no failure in Vault, but nobody should do it. */
export function vaultEngines(directory: string, misuse: (what: string) => void): TestVaultEngines {
  const secrets: TestVaultEngines['secrets'] = new Map();
  const ldapStatic: TestVaultEngines['ldapStatic'] = new Map();
  const ldapDynamic: TestVaultEngines['ldapDynamic'] = new Map();
  const librarySets: TestVaultEngines['librarySets'] = new Map();
  const databaseStatic: TestVaultEngines['databaseStatic'] = new Map();
  const databaseRoles: TestVaultEngines['databaseRoles'] = new Map();
  const sshRoles: TestVaultEngines['sshRoles'] = new Map();
  const liveAccounts = new Set<string>();

  const keysOf = (keys: Iterable<string>): Outcome => {
    const list = [...keys].sort();
    return list.length === 0 ? { status: 404, errors: [] } : { status: 200, data: { keys: list } };
  };
  const nothing: Outcome = { status: 404, errors: [] };
  const unsupported: Outcome = { status: 405, errors: ['unsupported operation'] };

  function kv({ capability, path }: Call): Outcome {
    const [, kind, name = ''] = /^kv\/(data|metadata)\/?(.*)$/.exec(path) ?? [];
    if (kind === 'metadata' && capability === 'list') {
      const prefix = name === '' ? '' : `${name}/`;
      const below = [...secrets.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => key.slice(prefix.length));
      return keysOf(new Set(below.map((key) => key.replace(/\/.*/, '/'))));
    }
    const secret = secrets.get(name);
    if (capability !== 'read' || kind === undefined) return unsupported;
    if (secret === undefined) return nothing;
    const version = {
      created_time: '2026-01-01T00:00:00Z',
      deletion_time: secret.deleted === true ? '2026-01-02T00:00:00Z' : '',
      destroyed: false,
    };
    if (kind === 'metadata') {
      const custom_metadata = secret.metadata ?? null;
      return {
        status: 200,
        data: { current_version: 3, custom_metadata, versions: { 2: version, 3: version } },
      };
    }
    if (secret.deleted === true) return { status: 404, errors: [] };
    return { status: 200, data: { data: secret.data, metadata: { ...version, version: 3 } } };
  }

  function roleOf<T>(roles: Map<string, T>, name: string): T | undefined {
    if (!/^\w(([\w-.]+)?\w)?$/.test(name)) misuse(`a role named ${name}`);
    return roles.get(name);
  }

  function newAccount(
    prefix: string,
    seconds: number,
    max: number,
    extra: Record<string, unknown> = {},
  ): Outcome {
    const username = `v_plugin_${randomUUID().slice(0, 8)}`;
    liveAccounts.add(username);
    return {
      status: 200,
      data: { username, password: `made-${username}`, ...extra },
      lease: { prefix, seconds, max, end: () => void liveAccounts.delete(username) },
    };
  }

  function ldap({ capability, path, body, token }: Call): Outcome {
    const [, kind = '', name = '', action] = path.split('/');
    const lists: Record<string, Iterable<string>> = {
      'static-role': ldapStatic.keys(),
      role: ldapDynamic.keys(),
      library: librarySets.keys(),
    };
    if (capability === 'list') return lists[kind] === undefined ? unsupported : keysOf(lists[kind]);
    if (kind === 'library') return library(capability, name, action, body, token.entity, path);
    if (capability !== 'read') return unsupported;
    if (kind === 'creds') {
      const role = roleOf(ldapDynamic, name);
      return role === undefined
        ? nothing
        : newAccount(path, role.seconds, role.seconds * 10, { distinguished_names: ['cn=x,dc=example'] });
    }
    const role = roleOf(ldapStatic, name);
    if (role === undefined)
      return kind === 'static-role' ? nothing : { status: 400, errors: [`unknown role: ${name}`] };
    const described = { dn: `uid=${role.username}`, username: role.username, rotation_period: 86400 };
    if (kind === 'static-role') return { status: 200, data: described };
    return {
      status: 200,
      data: { ...described, password: role.password, last_password: 'the one before', ttl: 100 },
    };
  }

  function library(
    capability: Call['capability'],
    name: string,
    action: string | undefined,
    body: Record<string, unknown>,
    entity: string,
    path: string,
  ): Outcome {
    const set = roleOf(librarySets, name);
    if (capability !== 'update') return unsupported;
    if (set === undefined) return { status: 400, errors: [`"${name}" doesn't exist`] };
    const known = action === 'check-out' ? ['ttl'] : ['service_account_names'];
    for (const field of Object.keys(body))
      if (!known.includes(field)) misuse(`${path}: unknown field ${field}`);
    if (action === 'check-out') {
      const account = set.accounts.find((one) => !set.borrowed.has(one));
      if (account === undefined)
        return { status: 400, errors: ['No service accounts available for check-out.'] };
      set.borrowed.set(account, entity);
      return {
        status: 200,
        data: { service_account_name: account, password: `library-${account}` },
        lease: {
          prefix: path,
          seconds: set.seconds,
          max: 86400,
          end: () => void set.borrowed.delete(account),
        },
      };
    }
    if (action !== 'check-in') return unsupported;
    const wanted = body.service_account_names;
    if (!Array.isArray(wanted)) return { status: 400, errors: ['names must be provided'] };
    for (const account of wanted as string[]) {
      const borrower = set.borrowed.get(account);
      if (borrower !== undefined && borrower !== entity) {
        return {
          status: 400,
          errors: [`"${account}" can't be checked in because it wasn't checked out by the caller`],
        };
      }
    }
    const checkedIn = (wanted as string[]).filter((account) => set.borrowed.delete(account));
    return { status: 200, data: { check_ins: checkedIn } };
  }

  function database({ capability, path }: Call): Outcome {
    const [, , kind = '', name = ''] = path.split('/');
    if (capability === 'list') {
      if (kind === 'static-roles') return keysOf(databaseStatic.keys());
      return kind === 'roles' ? keysOf(databaseRoles.keys()) : unsupported;
    }
    if (capability !== 'read') return unsupported;
    if (kind === 'creds') {
      const role = roleOf(databaseRoles, name);
      return role === undefined
        ? { status: 400, errors: [`unknown role: ${name}`] }
        : newAccount(path, role.seconds, role.max);
    }
    const role = roleOf(databaseStatic, name);
    if (role === undefined)
      return kind === 'static-roles' ? nothing : { status: 400, errors: [`unknown role: ${name}`] };
    return kind === 'static-roles'
      ? { status: 200, data: { username: role.username, db_name: 'main', rotation_period: 3600 } }
      : {
          status: 200,
          data: { ...role, ttl: 100, rotation_period: 3600, last_vault_rotation: '2026-01-01T00:00:00Z' },
        };
  }

  function ssh({ capability, path, body }: Call): Outcome {
    const [, kind, name = ''] = path.split('/');
    if (kind === 'roles' && capability === 'list') return keysOf(sshRoles.keys());
    if (kind !== 'sign' || capability !== 'update') return unsupported;
    const known = [
      'public_key',
      'valid_principals',
      'cert_type',
      'ttl',
      'key_id',
      'extensions',
      'critical_options',
    ];
    for (const field of Object.keys(body))
      if (!known.includes(field)) misuse(`${path}: unknown field ${field}`);
    const allowed = roleOf(sshRoles, name);
    if (allowed === undefined) return { status: 400, errors: [`unknown role: ${name}`] };
    const principal = String(body.valid_principals);
    if (!allowed.includes(principal)) {
      return { status: 400, errors: [`${principal} is not a valid value for valid_principals`] };
    }
    return {
      status: 200,
      data: { serial_number: '1', signed_key: signed(String(body.public_key), principal) },
    };
  }

  function signed(publicKey: string, principal: string): string {
    sshAuthority();
    const file = join(directory, `key-${randomUUID()}`);
    writeFileSync(`${file}.pub`, `${publicKey}\n`);
    const what = [
      '-q',
      '-s',
      join(directory, 'ssh-ca'),
      '-I',
      'test',
      '-n',
      principal,
      '-V',
      '+5m',
      `${file}.pub`,
    ];
    execFileSync(SSH_KEYGEN, what);
    return readFileSync(`${file}-cert.pub`, 'utf8');
  }

  function sshAuthority(): string {
    const file = join(directory, 'ssh-ca');
    try {
      return readFileSync(`${file}.pub`, 'utf8');
    } catch {
      execFileSync(SSH_KEYGEN, ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
      return readFileSync(`${file}.pub`, 'utf8');
    }
  }

  function answer(call: Call): Outcome {
    const engine = { kv, ldap, ssh }[call.path.split('/')[0] as 'kv' | 'ldap' | 'ssh'];
    if (engine !== undefined) return engine(call);
    if (call.path.startsWith('db/main/')) return database(call);
    return { status: 404, errors: [`no handler for route "${call.path}". route entry not found.`] };
  }

  return {
    answer,
    secrets,
    ldapStatic,
    ldapDynamic,
    librarySets,
    databaseStatic,
    databaseRoles,
    liveAccounts,
    sshRoles,
    sshAuthority,
  };
}

const SSH_KEYGEN = '/usr/bin/ssh-keygen';
