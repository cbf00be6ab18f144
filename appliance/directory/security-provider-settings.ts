import { createPrivateKey } from 'node:crypto';
import { ApplianceError, type FieldErrors } from '../errors.ts';
import { areCertificates } from '../settings/site-setting-problem.ts';
import { serverOf } from './directory-server.ts';
import type { ProviderSettings, ProviderSettingValue, SecurityProviderType } from './security-provider.ts';
import {
  PROVIDER_KINDS,
  PROVIDER_SECRETS,
  type ProviderKind,
  type ProviderSecretName,
  type ProviderSettingForm,
} from './security-provider-kinds.ts';

/** What a request says about settings and secrets, by wire name. `null`: the default, or no secret. */
export type ProviderSettingChanges = Record<string, unknown>;
export type ProviderSecretChanges = Partial<Record<ProviderSecretName, string | null>>;

/**
 * The settings after a change, and the secrets that are to be written. Fails with `invalid` naming every field that the
 * type does not have or that has a value it cannot have.
 */
export function changedProviderSettings(
  type: SecurityProviderType,
  before: ProviderSettings | undefined,
  changes: ProviderSettingChanges,
): { settings: ProviderSettings; secrets: ProviderSecretChanges } {
  const kind = PROVIDER_KINDS[type];
  const settings: ProviderSettings = {};
  const secrets: ProviderSecretChanges = {};
  const fields: FieldErrors = {};
  for (const [name, value] of Object.entries(changes)) {
    const secret = PROVIDER_SECRETS.find((known) => known === name);
    if (secret !== undefined && kind.secrets.includes(secret)) {
      const problem = secretProblem(secret, value);
      if (problem === undefined) secrets[secret] = value as string | null;
      else fields[name] = [`${name} ${problem}.`];
    } else if (kind.settings[name] === undefined && value !== null && !isFixed(kind, name, value)) {
      fields[name] = [`A provider of the type ${kind.label} has no ${name}.`];
    }
  }
  for (const [name, { form, initial, required }] of Object.entries(kind.settings)) {
    const kept = before?.[name] ?? initial;
    const wanted = changes[name] === undefined ? kept : (changes[name] ?? initial);
    const problem = formProblem(form, wanted);
    if (problem !== undefined) fields[name] = [`${name} ${problem}.`];
    else if (required && wanted === '') fields[name] = [`${name} is needed.`];
    settings[name] = wanted as ProviderSettingValue;
  }
  if (type === 'ldap' && Object.keys(fields).length === 0) Object.assign(fields, ldapProblems(settings));
  const problems = Object.values(fields).flat();
  if (problems.length > 0) throw new ApplianceError('invalid', problems.join(' '), { fields });
  return { settings, secrets };
}

/** What every provider of the type does may be sent back as it was answered. */
function isFixed(kind: ProviderKind, name: string, value: unknown): boolean {
  if (name === 'user_authentication') return kind.userAuthentication === value;
  return name === 'group_lookup' && kind.groupLookup === value;
}

function ldapProblems(settings: ProviderSettings): FieldErrors {
  if (!settings.user_authentication && !settings.group_lookup) {
    return { group_lookup: ['An LDAP provider authenticates users, looks up groups, or both.'] };
  }
  if (!settings.anonymous_bind && settings.bind_username === '') {
    return { bind_username: ['bind_username is needed without anonymous_bind.'] };
  }
  return {};
}

function formProblem(form: ProviderSettingForm, value: unknown): string | undefined {
  switch (form.kind) {
    case 'text':
      return isText(value, form.maximum) ? undefined : `is text of at most ${form.maximum} characters`;
    case 'url':
      return isText(value, 2048) && (value === '' || isWebAddress(value))
        ? undefined
        : 'is an address such as https://sign-in.example.com/saml';
    case 'certificates':
      return isText(value, 65_536) && (value === '' || areCertificates(value))
        ? undefined
        : 'holds certificates in PEM form and nothing else';
    case 'pattern':
      return isText(value, 1024) && isPattern(value) ? undefined : 'is no regular expression';
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'is true or false';
    case 'integer':
      return Number.isInteger(value) && (value as number) >= form.minimum && (value as number) <= form.maximum
        ? undefined
        : `is a whole number from ${form.minimum} to ${form.maximum}`;
    case 'choice':
      return form.values.some((known) => known === value) ? undefined : `is one of ${form.values.join(', ')}`;
    case 'texts':
      return Array.isArray(value) &&
        value.length <= form.entries &&
        value.every((entry) => isText(entry, form.maximum) && entry !== '') &&
        new Set(value).size === value.length
        ? undefined
        : `is a list of at most ${form.entries} different texts of 1 to ${form.maximum} characters`;
    case 'servers':
      return Array.isArray(value) &&
        value.length <= form.entries &&
        value.every((entry) => typeof entry === 'string' && serverOf(entry, 1) !== undefined) &&
        new Set(value).size === value.length
        ? undefined
        : `is a list of at most ${form.entries} different servers such as dc2.example.com or dc2.example.com:636`;
    case 'group_providers':
      return Array.isArray(value) &&
        value.length <= 100 &&
        value.every((id) => Number.isInteger(id) && id > 0)
        ? undefined
        : 'is a list of ids of security providers';
  }
}

const LONGEST_SECRET = 65_536;

/** Says nothing of the secret itself. */
function secretProblem(name: ProviderSecretName, value: unknown): string | undefined {
  if (value === null || value === '') return undefined;
  if (!isText(value, LONGEST_SECRET)) return `is text of at most ${LONGEST_SECRET} characters`;
  if (name === 'keytab' && !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(value)) return 'is a keytab in Base64';
  if ((name === 'private_key' || name === 'next_private_key') && !isPrivateKey(value))
    return 'is a private key in PEM form without a pass phrase';
  return undefined;
}

function isPrivateKey(text: string): boolean {
  try {
    return createPrivateKey(text).type === 'private';
  } catch {
    return false;
  }
}

function isText(value: unknown, maximum: number): value is string {
  return typeof value === 'string' && value.length <= maximum;
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') !== undefined;
  } catch {
    return false;
  }
}
