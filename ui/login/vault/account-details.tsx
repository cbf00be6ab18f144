import { Alert, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate } from 'react-router';
import { client, ok, type Read, type Schema } from '../../shared/api.ts';
import { Copyable } from '../../shared/copyable.tsx';
import { RecordForm } from '../../shared/record-form.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { Age } from '../../shared/time.tsx';
import { useRevision } from '../../shared/use-revision.ts';
import { useUserNames } from '../../shared/user-picker.tsx';
import { accountBody, accountFields, personalAccountFields } from '../../shared/vault-account-fields.ts';
import { type Account, accountForm, readAccount } from './account-record.ts';
import type { useAccountChoices } from './use-account-choices.ts';

/** What an account is. Its secret can be replaced here and is never shown. */
export function AccountDetails(props: {
  read: Read<Account>;
  choices: ReturnType<typeof useAccountChoices>;
  onChanged: () => void;
}) {
  const { read, onChanged } = props;
  const account = read.value;
  const navigate = useNavigate();
  const revision = useRevision(read, (signal) => readAccount(account.id, signal));
  return (
    <Stack gap="xl">
      {account.personal && <Owner id={account.owner_user_id} />}
      {'public_key' in account && <PublicKey account={account} />}
      <RecordForm
        fields={
          account.personal
            ? personalAccountFields(account.type, true)
            : accountFields(account.type, props.choices, true)
        }
        initial={accountForm(account)}
        readOnly={account.personal ? 'A personal account is changed by its owner alone.' : undefined}
        onCancel={() => void navigate('/vault/accounts')}
        onOvertaken={revision.newer(accountForm)}
        onSave={async (values) => {
          await ok(
            client.PATCH('/vault/account/{id}', {
              params: { path: { id: account.id }, header: revision.current.ifMatch },
              body: bodyOf<Schema<'VaultAccountUpdate'>>(accountBody(values)),
            }),
          );
          notifications.show({ message: 'Vault account saved', color: 'teal' });
          onChanged();
        }}
      >
        <Text size="xs" c="dimmed">
          Age of the secret: <Age since={account.secret_changed_timestamp} />
        </Text>
      </RecordForm>
    </Stack>
  );
}

function Owner({ id }: { id: number | undefined }) {
  const nameOf = useUserNames(id === undefined ? [] : [id]);
  return <Alert color="river">The personal account of {id === undefined ? 'somebody' : nameOf(id)}.</Alert>;
}

/** Where the file of the authority's key is on a host, as the sshd setting names it. */
const CA_FILE = '/etc/ssh/bridgehead-ca.pub';

/** What the systems have to know so that the account is let in. */
function PublicKey({ account }: { account: Schema<'VaultSSHAccount'> }) {
  if (account.type === 'ssh') {
    return (
      <Copyable
        label="Public key"
        help={`A line of ~/.ssh/authorized_keys of ${account.username} on the systems it is for.`}
        text={account.public_key}
      />
    );
  }
  return (
    <Stack gap="sm">
      <Copyable
        label="Public key of the authority"
        help={`Save it as ${CA_FILE} on every system that is to trust it.`}
        text={account.public_key}
        fileName="bridgehead-ca.pub"
      />
      <Copyable
        label="Line of sshd_config"
        help="Add it to /etc/ssh/sshd_config there, then let sshd read its settings again."
        text={`TrustedUserCAKeys ${CA_FILE}`}
      />
    </Stack>
  );
}
