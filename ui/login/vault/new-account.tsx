import { Drawer } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { client, ok, type Schema } from '../../shared/api.ts';
import { RecordForm } from '../../shared/record-form.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import {
  type AccountType,
  accountBody,
  accountFields,
  newAccount,
  TYPE_LABELS,
} from '../../shared/vault-account-fields.ts';
import { mayLeave } from '../../shared/warn-before-leaving.ts';
import { DEFAULT_GROUP_ID } from './account-group-record.ts';
import { useAccountChoices } from './use-account-choices.ts';

/** A drawer with the form of a new account of this type; closed without one. */
export function NewAccount(props: {
  type: AccountType | undefined;
  onClose: () => void;
  onCreated: (id: number) => void;
}) {
  const { type, onClose } = props;
  return (
    <Drawer
      opened={type !== undefined}
      onClose={() => mayLeave() && onClose()}
      position="right"
      size="lg"
      closeOnClickOutside={false}
      title={type === undefined ? '' : `New vault account: ${TYPE_LABELS[type]}`}
    >
      {type !== undefined && <NewAccountForm {...props} type={type} />}
    </Drawer>
  );
}

function NewAccountForm(props: { type: AccountType; onClose: () => void; onCreated: (id: number) => void }) {
  const { type } = props;
  const choices = useAccountChoices();
  return (
    <RecordForm
      fields={accountFields(type, choices, false)}
      initial={{
        ...newAccount(type),
        account_group_id: DEFAULT_GROUP_ID,
        account_policy: null,
        endpoint_id: null,
      }}
      saveLabel="Create"
      onCancel={props.onClose}
      onSave={async (values) => {
        const body = bodyOf<Schema<'VaultAccountCreate'>>({ type, ...accountBody(values) });
        const { id } = await ok(client.POST('/vault/account', { body }));
        notifications.show({ message: 'Vault account created', color: 'teal' });
        props.onCreated(id);
      }}
    />
  );
}
