import type { Changes } from '../changes.ts';
import { invalidField } from '../errors.ts';
import type { SshKeys } from './ssh-keys.ts';
import {
  FOREIGN_ACCOUNT_TYPES,
  VAULT_ACCOUNT_TYPES,
  type VaultAccount,
  type VaultAccountType,
  type VaultSecretName,
} from './vault-account.ts';

/** What a request says of an account, by type: see {@link FIELDS_OF}. */
export interface VaultAccountInput {
  type: string;
  name: string;
  /** Blank: made from the name. Of shared accounts. */
  codeName: string | null;
  username: string;
  password: string;
  token: string;
  privateKey: string;
  /** Of the private key in the same request; empty: none. */
  privateKeyPassphrase: string;
  /** Null or empty: none. */
  publicCert: string | null;
  description: string;
  accountGroupId: number;
  accountPolicy: string | null;
  endpointId: number | null;
}

/** Fields that come with a type; the others are of all types. */
const FIELDS_OF = {
  username_password: ['username', 'password', 'endpointId'],
  ssh: ['username', 'privateKey', 'privateKeyPassphrase', 'publicCert', 'endpointId'],
  ssh_ca: ['username', 'privateKey', 'privateKeyPassphrase'],
  opaque_token: ['token'],
} as const satisfies Record<VaultAccountType, readonly (keyof VaultAccountInput)[]>;

type TypedField = (typeof FIELDS_OF)[VaultAccountType][number];

const WIRE_NAMES: Record<TypedField, string> = {
  username: 'username',
  password: 'password',
  token: 'token',
  privateKey: 'private_key',
  privateKeyPassphrase: 'private_key_passphrase',
  publicCert: 'private_key_public_cert',
  endpointId: 'endpoint_id',
};

/** What of an account its type decides. */
export type TypedFields = Pick<
  VaultAccount,
  'username' | 'publicKey' | 'publicCert' | 'hasPassphrase' | 'endpointId'
>;

/** Secrets to write; null takes one away. */
export type VaultSecretChanges = Partial<Record<VaultSecretName, string | null>>;

export interface ResolvedFields {
  fields: TypedFields;
  secrets: VaultSecretChanges;
}

/** Fails with `invalid` naming `type` for one that cannot be made here. */
export function makeableType(type: string): VaultAccountType {
  const known = VAULT_ACCOUNT_TYPES.find((name) => name === type);
  if (known !== undefined) return known;
  const foreign = FOREIGN_ACCOUNT_TYPES.some((name) => name === type);
  throw invalidField(
    'type',
    foreign
      ? `Accounts of the type ${type} come from discovery or import, not from here. Use one of ${VAULT_ACCOUNT_TYPES.join(', ')}.`
      : `type must be one of ${VAULT_ACCOUNT_TYPES.join(', ')}.`,
  );
}

const NOTHING_YET: TypedFields = {
  username: '',
  publicKey: '',
  publicCert: null,
  hasPassphrase: false,
  endpointId: null,
};

/**
 * What a new account of this type has, or what becomes of the one before. Fails with `invalid` naming the field: one
 * that is missing, is of another type, or holds no key.
 */
export async function resolvedFields(
  type: VaultAccountType,
  before: TypedFields | undefined,
  input: Changes<VaultAccountInput>,
  sshKeys: SshKeys,
): Promise<ResolvedFields> {
  refuseFieldsOfOthers(type, input);
  const { username, publicKey, publicCert, hasPassphrase, endpointId } = before ?? NOTHING_YET;
  const fields: TypedFields = { username, publicKey, publicCert, hasPassphrase, endpointId };
  const secrets: VaultSecretChanges = {};
  if (input.username !== undefined) fields.username = input.username;
  if (input.endpointId !== undefined) fields.endpointId = input.endpointId;
  if (input.password !== undefined) secrets.password = input.password;
  if (input.token !== undefined) secrets.token = input.token;
  if (before === undefined) requireFields(type, input);
  if (type === 'ssh' || type === 'ssh_ca') {
    await readKey(type, before === undefined, input, { fields, secrets }, sshKeys);
    readCertificate(input.publicCert, fields, sshKeys);
  }
  return { fields, secrets };
}

function refuseFieldsOfOthers(type: VaultAccountType, input: Changes<VaultAccountInput>): void {
  const own: readonly string[] = FIELDS_OF[type];
  for (const name of Object.keys(WIRE_NAMES) as TypedField[]) {
    // Clients send what they do not set as null or empty.
    if (own.includes(name) || input[name] === undefined || input[name] === null || input[name] === '')
      continue;
    const field = WIRE_NAMES[name];
    throw invalidField(field, `Accounts of the type ${type} have no ${field}.`);
  }
}

function requireFields(type: VaultAccountType, input: Changes<VaultAccountInput>): void {
  for (const name of ['username', 'password', 'token'] as const) {
    const needed = (FIELDS_OF[type] as readonly string[]).includes(name);
    if (needed && !input[name]) throw invalidField(name, `${name} is required.`);
  }
}

async function readKey(
  type: 'ssh' | 'ssh_ca',
  isNew: boolean,
  { privateKey, privateKeyPassphrase }: Changes<VaultAccountInput>,
  { fields, secrets }: ResolvedFields,
  sshKeys: SshKeys,
): Promise<void> {
  if (!privateKey) {
    if (privateKeyPassphrase) {
      throw invalidField('private_key_passphrase', 'A passphrase comes with its private_key.');
    }
    if (!isNew) return;
    if (type === 'ssh') throw invalidField('private_key', 'private_key is required.');
    const made = sshKeys.generate();
    fields.publicKey = made.publicKey;
    secrets.private_key = made.privateKey;
    return;
  }
  const { publicKey, encrypted } = await sshKeys.read(privateKey, privateKeyPassphrase);
  if (publicKey !== fields.publicKey) fields.publicCert = null;
  fields.publicKey = publicKey;
  fields.hasPassphrase = encrypted;
  secrets.private_key = `${privateKey.trim()}\n`;
  secrets.private_key_passphrase = (encrypted && privateKeyPassphrase) || null;
}

function readCertificate(
  certificate: string | null | undefined,
  fields: TypedFields,
  sshKeys: SshKeys,
): void {
  if (certificate === undefined) return;
  fields.publicCert = certificate ? sshKeys.readCertificate(certificate, fields.publicKey) : null;
}
