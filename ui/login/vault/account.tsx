import { Badge, Button, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import type { Read } from '../../shared/api.ts';
import { BackTo, type RecordTab, RecordTabs } from '../../shared/record-tabs.tsx';
import { RemoveRecord } from '../../shared/remove-record.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { typeInWords } from '../../shared/vault-account-fields.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { AccountCheckOuts } from './account-check-outs.tsx';
import { AccountDetails } from './account-details.tsx';
import { type Account, REMOVABLE, readAccount } from './account-record.ts';
import { AccountRotation } from './account-rotation.tsx';
import { AccountActivity } from './activity.tsx';
import { accountAssociation } from './association-calls.ts';
import { AssociationPanel } from './association-panel.tsx';
import { EffectiveUsers } from './effective-users.tsx';
import { useAccountChoices } from './use-account-choices.ts';
import { VaultUsers } from './vault-users.tsx';

/** One vault account: what it is, who may use it and where, who has it, and how its secret changes. */
export function VaultAccountPage() {
  const id = Number(useParams().id);
  const loaded = useLoaded(`vault account ${id}`, (signal) => readAccount(id, signal));
  return (
    <Stack maw={960}>
      <BackTo to="/vault/accounts" label="Vault accounts" />
      <WhenLoaded loaded={loaded}>
        {(read) => <AccountTabs read={read} onChanged={loaded.reload} />}
      </WhenLoaded>
    </Stack>
  );
}

function AccountTabs({ read, onChanged }: { read: Read<Account>; onChanged: () => void }) {
  const account = read.value;
  const navigate = useNavigate();
  const choices = useAccountChoices();
  const [removing, setRemoving] = useState(false);
  const group = choices.groups.find(({ value }) => value === String(account.account_group_id))?.label;
  const details: RecordTab = {
    value: 'details',
    label: 'Details',
    panel: (
      <AccountDetails key={read.ifMatch['If-Match']} read={read} choices={choices} onChanged={onChanged} />
    ),
  };
  const shared: RecordTab[] = [
    { value: 'users', label: 'Users', panel: <VaultUsers owner="account" id={account.id} /> },
    { value: 'effective-access', label: 'Effective access', panel: <EffectiveUsers id={account.id} /> },
    {
      value: 'jump-items',
      label: 'Jump Items',
      panel: <AssociationPanel {...accountAssociation(account.id, group ?? 'its account group')} />,
    },
    { value: 'check-outs', label: 'Check-outs', panel: <AccountCheckOuts account={account} /> },
    { value: 'rotation', label: 'Rotation', panel: <AccountRotation account={account} /> },
    { value: 'activity', label: 'Activity', panel: <AccountActivity id={account.id} /> },
  ];
  return (
    <>
      <RecordTabs
        name={account.name}
        among="Vault accounts"
        kind={typeInWords(account.type)}
        actions={
          account.personal ? (
            <Badge color="gray">personal</Badge>
          ) : (
            <Button color="red" variant="light" onClick={() => setRemoving(true)}>
              Delete
            </Button>
          )
        }
        tabs={account.personal ? [details] : [details, ...shared]}
      />
      {removing && (
        <RemoveRecord<Account>
          page={REMOVABLE}
          row={account}
          onClose={() => setRemoving(false)}
          onRemoved={() => {
            notifications.show({ message: 'Vault account deleted', color: 'teal' });
            void navigate('/vault/accounts');
          }}
        />
      )}
    </>
  );
}
