import type { Choice } from './choices.ts';
import { DESCRIPTION, NAME } from './common-fields.ts';
import type { Field, FormValues } from './record-form.tsx';

export type AccountType = 'username_password' | 'ssh' | 'ssh_ca' | 'opaque_token';

export const TYPE_LABELS: Record<AccountType, string> = {
  username_password: 'Username and password',
  ssh: 'SSH key',
  ssh_ca: 'SSH certificate authority',
  opaque_token: 'Token',
};

export const TYPE_OPTIONS: Choice[] = Object.entries(TYPE_LABELS).map(([value, label]) => ({ value, label }));

export function typeInWords(type: string): string {
  return TYPE_LABELS[type as AccountType] ?? type;
}

/** The form of an authority asks whether it makes its key itself; the API is told by leaving the key out. */
const OWN_KEY = 'own_key';

/** What the account has to sign in with, by type; `known`: there is a secret already. */
function secretFields(type: AccountType, known: boolean): Field[] {
  const username: Field = {
    name: 'username',
    label: 'Username',
    kind: 'text',
    required: true,
    maxLength: 255,
    ...(type === 'ssh_ca' ? { help: 'Whom its certificates sign in as.' } : {}),
  };
  const secret = { kind: 'secret', required: true, present: known } as const;
  switch (type) {
    case 'username_password':
      return [username, { ...secret, name: 'password', label: 'Password' }];
    case 'opaque_token':
      return [{ ...secret, name: 'token', label: 'Token' }];
    case 'ssh':
      return [
        username,
        ...keyFields(secret, () => true),
        {
          name: 'private_key_public_cert',
          label: 'Certificate of the key',
          kind: 'textarea',
          maxLength: 4096,
          help: 'An OpenSSH user certificate, one line, where the key has one.',
        },
      ];
    case 'ssh_ca':
      if (known) return [username, ...keyFields(secret, () => true)];
      return [
        username,
        {
          name: OWN_KEY,
          label: 'Use a private key that I have',
          kind: 'checkbox',
          help: 'Otherwise a new Ed25519 key pair is made, whose private key never leaves the vault.',
        },
        ...keyFields(secret, (values) => values[OWN_KEY] === true),
      ];
  }
}

function keyFields(
  secret: Pick<Field, 'kind' | 'required' | 'present'>,
  when: (values: FormValues) => boolean,
): Field[] {
  return [
    {
      ...secret,
      name: 'private_key',
      label: 'Private key',
      multiline: true,
      help: 'In OpenSSH, PEM or PuTTY format.',
      when,
    },
    {
      name: 'private_key_passphrase',
      label: 'Passphrase of the private key',
      kind: 'password',
      help: 'Blank when it has none.',
      when: (values) => when(values) && Boolean(values.private_key),
    },
  ];
}

/** The fields of an account of this type that is not anybody's own. */
export function accountFields(
  type: AccountType,
  choices: { groups: Choice[]; policies: Choice[]; endpoints: Choice[] },
  known: boolean,
): Field[] {
  return [
    NAME,
    ...secretFields(type, known),
    { ...DESCRIPTION, maxLength: 4096 },
    {
      name: 'account_group_id',
      label: 'Account group',
      kind: 'select',
      numeric: true,
      required: true,
      options: choices.groups,
    },
    {
      name: 'account_policy',
      label: 'Account policy',
      kind: 'select',
      options: choices.policies,
      help: 'That of the account group when blank.',
    },
    ...(type === 'username_password' || type === 'ssh'
      ? [
          {
            name: 'endpoint_id',
            label: 'Endpoint',
            kind: 'select' as const,
            numeric: true,
            options: choices.endpoints,
            help: 'The system where its password or key is changed. Without one it is never changed from here.',
          },
        ]
      : []),
  ];
}

/** The fields of somebody's own account. */
export function personalAccountFields(type: AccountType, known: boolean): Field[] {
  return [NAME, ...secretFields(type, known), { ...DESCRIPTION, maxLength: 4096 }];
}

/** What the form of a new account of this type begins with. */
export function newAccount(type: AccountType): FormValues {
  const common = { name: '', description: '' };
  if (type === 'opaque_token') return { ...common, token: '' };
  if (type === 'username_password') return { ...common, username: '', password: '' };
  const key = { username: '', private_key: '', private_key_passphrase: '' };
  return {
    ...common,
    ...key,
    ...(type === 'ssh_ca' ? { [OWN_KEY]: false } : { private_key_public_cert: '' }),
  };
}

/** What the API is told of a form. */
export function accountBody({ [OWN_KEY]: _ownKey, ...values }: FormValues): FormValues {
  return values;
}
