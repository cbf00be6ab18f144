import type { SettingProblem, SettingsSchema, SettingsValues } from '../../sdk/settings.ts';
import { HTTP_SETTINGS } from '../http.ts';
import { templateProblems } from '../session-templates.ts';
import { KV_FIELDS } from './kv-engine.ts';

export const VAULT_SETTINGS = {
  ...HTTP_SETTINGS,
  namespace: { type: 'text', optional: true, description: 'The namespace, e.g. team/linux.' },
  token: {
    type: 'secret',
    optional: true,
    description: 'A token. It is renewed, but nobody can log in again with it.',
  },
  approle_role_id: { type: 'text', optional: true, description: 'With AppRole: the role id.' },
  approle_secret_id: { type: 'secret', optional: true, description: 'With AppRole: the secret id.' },
  approle_secret_id_wrapped: {
    type: 'flag',
    default: false,
    description: 'The secret id is a wrapping token with the real one inside, good for one start.',
  },
  approle_mount: { type: 'text', default: 'approle', description: 'Where AppRole is mounted.' },
  kv_mount: { type: 'text', default: 'secret', description: 'Where the KV engine (version 2) is mounted.' },
  kv_paths: {
    type: 'text-list',
    default: [],
    description: 'Secrets of a system, e.g. servers/{hostname}, or with a slash at the end all in a folder.',
  },
  kv_fields: {
    type: 'text-map',
    default: {
      username: 'username',
      domain: 'domain',
      password: 'password',
      privateKey: 'private_key',
      passphrase: 'passphrase',
      certificate: 'certificate',
    },
    description: `Names of the fields in a secret, for ${KV_FIELDS.join(', ')}.`,
  },
  ldap_mount: { type: 'text', default: 'ldap', description: 'Where the LDAP engine is mounted.' },
  ldap_static_roles: { type: 'text-list', default: [], description: 'Static roles, e.g. {hostname}-* or *.' },
  ldap_dynamic_roles: { type: 'text-list', default: [], description: 'Dynamic roles.' },
  ldap_library_sets: { type: 'text-list', default: [], description: 'Sets of accounts to check out.' },
  ldap_domain: { type: 'text', optional: true, description: 'The domain of these accounts.' },
  database_mount: { type: 'text', default: 'database', description: 'Where the database engine is mounted.' },
  database_static_roles: { type: 'text-list', default: [], description: 'Static roles.' },
  database_roles: {
    type: 'text-list',
    default: [],
    description: 'Roles that make an account for each session.',
  },
  ssh_mount: { type: 'text', default: 'ssh', description: 'Where the SSH engine is mounted.' },
  ssh_roles: { type: 'text-list', default: [], description: 'Roles that sign certificates.' },
  ssh_principal: { type: 'text', default: '{username}', description: 'The login name that is signed.' },
  ssh_ttl: {
    type: 'text',
    optional: true,
    description: 'How long a certificate is good, e.g. 5m; else as the role says.',
  },
} as const satisfies SettingsSchema;

export type VaultSettings = SettingsValues<typeof VAULT_SETTINGS>;

const TEMPLATES = [
  'kv_paths',
  'ldap_static_roles',
  'ldap_dynamic_roles',
  'ldap_library_sets',
  'database_static_roles',
  'database_roles',
  'ssh_roles',
] as const;

export function vaultProblems(settings: VaultSettings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const say = (setting: string, message: string) => void problems.push({ setting, message });
  const { token, approle_role_id, approle_secret_id } = settings;
  if ((token === undefined) === (approle_role_id === undefined)) {
    say('token', 'Either a token or approle_role_id with approle_secret_id is needed.');
  }
  if (approle_role_id !== undefined && approle_secret_id === undefined) {
    say('approle_secret_id', 'It is needed with approle_role_id.');
  }
  if (TEMPLATES.every((name) => settings[name].length === 0)) {
    say('kv_paths', 'Nothing would be offered: give kv_paths, or roles or sets of another engine.');
  }
  for (const name of TEMPLATES) problems.push(...templateProblems(name, settings[name]));
  problems.push(...templateProblems('ssh_principal', [settings.ssh_principal]));
  for (const name of Object.keys(settings.kv_fields)) {
    if (!KV_FIELDS.some((field) => field === name))
      say('kv_fields', `"${name}" is none of ${KV_FIELDS.join(', ')}.`);
  }
  return problems;
}
