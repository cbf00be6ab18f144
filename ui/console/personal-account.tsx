import { Drawer } from '@mantine/core';
import { client, ok, type Read, readOf, type Schema } from '../shared/api.ts';
import { type FormValues, RecordForm } from '../shared/record-form.tsx';
import type { Removable } from '../shared/remove-record.tsx';
import { bodyOf } from '../shared/resource-page.tsx';
import { useLoaded } from '../shared/use-loaded.ts';
import { useRevision } from '../shared/use-revision.ts';
import {
  type AccountType,
  accountBody,
  newAccount,
  personalAccountFields,
  TYPE_LABELS,
} from '../shared/vault-account-fields.ts';
import { mayLeave } from '../shared/warn-before-leaving.ts';
import { WhenLoaded } from '../shared/when-loaded.tsx';

export type OwnAccount = Schema<'OwnVaultAccount'>;

/** A new one of a type, or one that is there. */
export type PersonalAccountAsked = { type: AccountType } | { account: OwnAccount };

interface Props {
  onClose: () => void;
  /** Gets what was done in words. */
  onSaved: (message: string) => void;
}

/** A drawer in which somebody makes or changes a personal account. */
export function PersonalAccount(props: Props & { asked: PersonalAccountAsked }) {
  const { asked } = props;
  return (
    <Drawer
      opened
      onClose={() => mayLeave() && props.onClose()}
      position="right"
      size="lg"
      closeOnClickOutside={false}
      title={'type' in asked ? `New personal account: ${TYPE_LABELS[asked.type]}` : asked.account.name}
    >
      {'type' in asked ? (
        <NewPersonal {...props} type={asked.type} />
      ) : (
        <EditPersonal {...props} id={asked.account.id} />
      )}
    </Drawer>
  );
}

function NewPersonal({ type, onClose, onSaved }: Props & { type: AccountType }) {
  return (
    <RecordForm
      fields={personalAccountFields(type, false)}
      initial={newAccount(type)}
      saveLabel="Create"
      onCancel={onClose}
      onSave={async (values) => {
        const body = bodyOf<Schema<'OwnVaultAccountCreate'>>({ type, ...accountBody(values) });
        await ok(client.POST('/me/vault-account', { body }));
        onSaved('Personal account created');
      }}
    />
  );
}

function EditPersonal(props: Props & { id: number }) {
  const { id } = props;
  const loaded = useLoaded(`personal account ${id}`, (signal) => readOwn(id, signal));
  return <WhenLoaded loaded={loaded}>{(read) => <EditForm {...props} read={read} />}</WhenLoaded>;
}

function EditForm({ id, read, onClose, onSaved }: Props & { id: number; read: Read<OwnAccount> }) {
  const revision = useRevision(read, (signal) => readOwn(id, signal));
  return (
    <RecordForm
      fields={personalAccountFields(read.value.type, true)}
      initial={formOf(read.value)}
      onCancel={onClose}
      onOvertaken={revision.newer(formOf)}
      onSave={async (values) => {
        const body = bodyOf<Schema<'OwnVaultAccountUpdate'>>(accountBody(values));
        const params = { path: { id }, header: revision.current.ifMatch };
        await ok(client.PATCH('/me/vault-account/{id}', { params, body }));
        onSaved('Personal account saved');
      }}
    />
  );
}

function readOwn(id: number, signal: AbortSignal): Promise<Read<OwnAccount>> {
  return readOf(client.GET('/me/vault-account/{id}', { params: { path: { id } }, signal }));
}

/** Secrets are not in it: left out, they stay as they are. */
function formOf(account: OwnAccount): FormValues {
  const { name, username, description, private_key_public_cert } = account;
  return {
    name,
    username,
    description,
    private_key_public_cert: private_key_public_cert ?? '',
    private_key_passphrase: '',
  };
}

export const REMOVABLE: Removable<OwnAccount> = {
  name: 'personal accounts',
  noun: 'personal account',
  rowKey: ({ id }) => String(id),
  rowName: ({ name }) => name,
  read: ({ id }, signal) => readOwn(id, signal),
  remove: ({ id }, header) =>
    ok(client.DELETE('/me/vault-account/{id}', { params: { path: { id }, header } })),
  removeWarning: () => 'Its secret is deleted for good.',
  fields: ({ type }) => personalAccountFields(type, true),
  toForm: formOf,
};
