import { Badge, Button, Drawer } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { client, pageOf, type Schema } from '../../shared/api.ts';
import { useSecurityProviderChoices } from '../../shared/choices.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { plainResource } from '../../shared/plain-resource.ts';
import { type Removable, RemoveRecord } from '../../shared/remove-record.tsx';
import { useSession } from '../../shared/signed-in.tsx';
import { Time } from '../../shared/time.tsx';
import { useChangedList } from '../../shared/use-changed-list.ts';
import { ACCOUNT_FIELDS } from '../account-fields.ts';
import { NewUserForm } from './new-user.tsx';

type User = Schema<'User'>;

/** Everybody who may sign in. What one of them may do stands on a page of its own. */
export function UsersPage() {
  const navigate = useNavigate();
  const { me } = useSession();
  const providers = useSecurityProviderChoices();
  const [creating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<User>();
  const { list, changed } = useChangedList();
  const nameOf = (id: number) => providers.find(({ value }) => value === String(id))?.label ?? String(id);

  return (
    <>
      <ListPage<User>
        name="users"
        title="Users"
        empty="There are no users."
        {...list}
        searchable
        rowKey={(user) => String(user.id)}
        onRow={(user) => void navigate(`/users/${user.id}`)}
        columns={[
          { id: 'username', title: 'Username', cell: (user) => user.username },
          { id: 'public', title: 'Public name', cell: (user) => user.public_display_name },
          { id: 'private', title: 'Private name', cell: (user) => user.private_display_name, hidden: true },
          { id: 'admin', title: 'Administrator', cell: (user) => (user.perm_admin ? 'yes' : 'no') },
          {
            id: 'enabled',
            title: 'Status',
            cell: (user) => (
              <Badge color={user.enabled ? 'teal' : 'red'}>{user.enabled ? 'enabled' : 'disabled'}</Badge>
            ),
          },
          {
            id: 'last',
            title: 'Last sign-in',
            cell: (user) => <Time at={user.last_authentication} none="never" />,
          },
          {
            id: 'provider',
            title: 'Security provider',
            cell: (user) => nameOf(user.security_provider_id),
            hidden: true,
          },
          { id: 'email', title: 'E-mail', cell: (user) => user.email_address, hidden: true },
        ]}
        filters={
          providers.length > 1
            ? [{ name: 'security_provider_id', label: 'Security provider', options: providers }]
            : []
        }
        load={(query, signal) =>
          pageOf(
            client.GET('/user', {
              params: {
                query: { current_page: query.page, per_page: 50, search: query.search, ...query.filters },
              },
              signal,
            }),
          )
        }
        actions={
          me.perm_admin && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
              New user
            </Button>
          )
        }
        rowActions={(user) =>
          me.perm_admin && (
            <Button
              size="compact-xs"
              variant="subtle"
              color="red"
              aria-label={`Delete ${user.username}`}
              onClick={() => setRemoving(user)}
            >
              Delete
            </Button>
          )
        }
      />
      <Drawer
        opened={creating}
        onClose={() => setCreating(false)}
        position="right"
        size="lg"
        closeOnClickOutside={false}
        title="New user"
      >
        {creating && (
          <NewUserForm
            onCancel={() => setCreating(false)}
            onCreated={(user) => {
              notifications.show({ message: 'User created', color: 'teal' });
              void navigate(`/users/${user.id}`);
            }}
          />
        )}
      </Drawer>
      {removing !== undefined && (
        <RemoveRecord<User>
          page={REMOVABLE}
          row={removing}
          onClose={() => setRemoving(undefined)}
          onRemoved={() => changed('User deleted')}
        />
      )}
    </>
  );
}

const { read, remove, rowKey, toForm } = plainResource('/user');
const REMOVABLE: Removable<User> = {
  name: 'users',
  noun: 'user',
  rowKey,
  rowName: (user) => user.username,
  read,
  remove,
  removeWarning: (user) =>
    `${user.username} is signed out everywhere, and personal Jump Items go. Reports about their sessions stay.`,
  fields: () => ACCOUNT_FIELDS,
  toForm,
};
