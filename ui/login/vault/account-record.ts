import { client, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import type { FormValues } from '../../shared/record-form.tsx';
import type { Removable } from '../../shared/remove-record.tsx';
import { accountFields } from '../../shared/vault-account-fields.ts';

export type Account = Schema<'VaultAccountObject'>;

export function readAccount(id: number, signal: AbortSignal): Promise<Read<Account>> {
  return readOf(client.GET('/vault/account/{id}', { params: { path: { id } }, signal }));
}

/** What the form of an account begins with. Secrets are not in it: left out, they stay as they are. */
export function accountForm(account: Account): FormValues {
  const known = account as unknown as FormValues;
  return {
    ...known,
    private_key_passphrase: '',
    private_key_public_cert: known.private_key_public_cert ?? '',
  };
}

export const REMOVABLE: Removable<Account> = {
  name: 'vault accounts',
  noun: 'vault account',
  rowKey: ({ id }) => String(id),
  rowName: ({ name }) => name,
  read: ({ id }, signal) => readAccount(id, signal),
  remove: ({ id }, header) => ok(client.DELETE('/vault/account/{id}', { params: { path: { id }, header } })),
  removeWarning: () =>
    'Its secret is deleted for good. Nobody can use the account any longer; whoever has it checked out keeps what they saw.',
  fields: ({ type }) => accountFields(type, { groups: [], policies: [], endpoints: [] }, true),
  toForm: accountForm,
};
