import { Button, Drawer } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { client, ok, type Schema } from '../../shared/api.ts';
import { useVaultAccountPolicyChoices } from '../../shared/choices.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { RecordForm } from '../../shared/record-form.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { mayLeave } from '../../shared/warn-before-leaving.ts';
import { type AccountGroup, GROUPS, groupFields } from './account-group-record.ts';

/** Groups of vault accounts; each has a page of its own. */
export function AccountGroupsPage() {
  const navigate = useNavigate();
  const policies = useVaultAccountPolicyChoices();
  const [creating, setCreating] = useState(false);
  return (
    <>
      <ListPage<AccountGroup>
        name="vault-account-groups"
        title="Account groups"
        help="Every vault account is in one group. What is granted on a group, and the Jump Items it is for, hold for its accounts."
        empty="There are no account groups."
        searchable
        rowKey={GROUPS.rowKey}
        onRow={(group) => void navigate(`/vault/account-groups/${group.id}`)}
        columns={[
          { id: 'name', title: 'Name', cell: (group) => group.name },
          { id: 'description', title: 'Description', cell: (group) => group.description },
          {
            id: 'policy',
            title: 'Account policy',
            cell: (group) =>
              group.account_policy === null
                ? 'the default one'
                : (policies.find(({ value }) => value === group.account_policy)?.label ??
                  group.account_policy),
          },
        ]}
        load={GROUPS.load}
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
            New account group
          </Button>
        }
      />
      <Drawer
        opened={creating}
        onClose={() => mayLeave() && setCreating(false)}
        position="right"
        size="lg"
        closeOnClickOutside={false}
        title="New account group"
      >
        {creating && (
          <RecordForm
            fields={groupFields(policies)}
            initial={{ name: '', description: '', account_policy: null }}
            saveLabel="Create"
            onCancel={() => setCreating(false)}
            onSave={async (values) => {
              const body = bodyOf<Schema<'VaultAccountGroupCreate'>>(values);
              const { id } = await ok(client.POST('/vault/account-group', { body }));
              notifications.show({ message: 'Account group created', color: 'teal' });
              void navigate(`/vault/account-groups/${id}`);
            }}
          />
        )}
      </Drawer>
    </>
  );
}
