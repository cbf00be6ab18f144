import { Button, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { client, type Read, readOf } from '../../shared/api.ts';
import { useVaultAccountPolicyChoices } from '../../shared/choices.ts';
import { RecordForm } from '../../shared/record-form.tsx';
import { BackTo, RecordTabs } from '../../shared/record-tabs.tsx';
import { type Removable, RemoveRecord } from '../../shared/remove-record.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useRevision } from '../../shared/use-revision.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { AccountGroupAccounts } from './account-group-accounts.tsx';
import { type AccountGroup, DEFAULT_GROUP_ID, GROUPS, groupFields } from './account-group-record.ts';
import { groupAssociation } from './association-calls.ts';
import { AssociationPanel } from './association-panel.tsx';
import { VaultUsers } from './vault-users.tsx';

/** One group of vault accounts: what it is called, where and by whom its accounts may be used, and which they are. */
export function AccountGroupPage() {
  const id = Number(useParams().id);
  const loaded = useLoaded(`vault account group ${id}`, (signal) =>
    readOf(client.GET('/vault/account-group/{id}', { params: { path: { id } }, signal })),
  );
  return (
    <Stack maw={960}>
      <BackTo to="/vault/account-groups" label="Account groups" />
      <WhenLoaded loaded={loaded}>
        {(read) => <AccountGroupTabs read={read} onChanged={loaded.reload} />}
      </WhenLoaded>
    </Stack>
  );
}

interface GroupProps {
  read: Read<AccountGroup>;
  onChanged: () => void;
}

function AccountGroupTabs({ read, onChanged }: GroupProps) {
  const group = read.value;
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  return (
    <>
      <RecordTabs
        name={group.name}
        among="Account groups"
        actions={
          group.id !== DEFAULT_GROUP_ID && (
            <Button color="red" variant="light" onClick={() => setRemoving(true)}>
              Delete
            </Button>
          )
        }
        tabs={[
          {
            value: 'settings',
            label: 'Settings',
            panel: <Settings key={read.ifMatch['If-Match']} read={read} onChanged={onChanged} />,
          },
          { value: 'accounts', label: 'Accounts', panel: <AccountGroupAccounts id={group.id} /> },
          { value: 'users', label: 'Users', panel: <VaultUsers owner="account-group" id={group.id} /> },
          {
            value: 'jump-items',
            label: 'Jump Items',
            panel: <AssociationPanel {...groupAssociation(group.id)} />,
          },
        ]}
      />
      {removing && (
        <RemoveRecord<AccountGroup>
          page={REMOVABLE}
          row={group}
          onClose={() => setRemoving(false)}
          onRemoved={() => {
            notifications.show({ message: 'Account group deleted', color: 'teal' });
            void navigate('/vault/account-groups');
          }}
        />
      )}
    </>
  );
}

function Settings({ read, onChanged }: GroupProps) {
  const policies = useVaultAccountPolicyChoices();
  const navigate = useNavigate();
  const revision = useRevision(read, (signal) => GROUPS.read(read.value, signal));
  return (
    <RecordForm
      fields={groupFields(policies)}
      initial={GROUPS.toForm(read.value)}
      onCancel={() => void navigate('/vault/account-groups')}
      onOvertaken={revision.newer(GROUPS.toForm)}
      onSave={async (values) => {
        await GROUPS.update(revision.current.value, values, revision.current.ifMatch);
        notifications.show({ message: 'Account group saved', color: 'teal' });
        onChanged();
      }}
    />
  );
}

const REMOVABLE: Removable<AccountGroup> = {
  name: 'vault account groups',
  noun: 'account group',
  rowKey: GROUPS.rowKey,
  rowName: (group) => group.name,
  read: GROUPS.read,
  remove: GROUPS.remove,
  removeWarning: () =>
    'Its accounts go to the default account group. Whoever may use them because of this group may do so no longer.',
  fields: () => groupFields([]),
  toForm: GROUPS.toForm,
};
