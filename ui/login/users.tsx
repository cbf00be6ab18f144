import { Badge } from '@mantine/core';
import { client, ok, pageOf, readOf, type Schema } from '../shared/api.ts';
import { useJumpItemRoleChoices } from '../shared/choices.ts';
import { KIND_LABELS, MADE_KINDS } from '../shared/jump-item-kinds.ts';
import type { Field, FormValues } from '../shared/record-form.tsx';
import { bodyOf, ResourcePage } from '../shared/resource-page.tsx';
import { Time } from '../shared/time.tsx';

type User = Schema<'User'>;

/** Tunnels to databases and networks come with the protocol tunnel. */
const METHODS: Field[] = MADE_KINDS.filter((kind) => !/^(mysql|psql|network)_/.test(kind)).map((kind) => ({
  name: `perm_${kind}`,
  label: `May use ${KIND_LABELS[kind]}`,
  kind: 'checkbox',
}));

export function UsersPage() {
  const roles = useJumpItemRoleChoices();
  return (
    <ResourcePage<User>
      name="users"
      title="Users"
      noun="user"
      empty="There are no users."
      rowKey={(user) => String(user.id)}
      rowName={(user) => user.username}
      columns={[
        { id: 'username', title: 'Username', cell: (user) => user.username },
        { id: 'public_display_name', title: 'Display name', cell: (user) => user.public_display_name },
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
        { id: 'email', title: 'E-mail', cell: (user) => user.email_address, hidden: true },
      ]}
      filters={[
        { name: 'username', label: 'Username is' },
        { name: 'email_address', label: 'E-mail is' },
      ]}
      load={(query, signal) =>
        pageOf(
          client.GET('/user', {
            params: { query: { current_page: query.page, per_page: 50, ...query.filters } },
            signal,
          }),
        )
      }
      read={(user, signal) => readOf(client.GET('/user/{id}', { params: { path: { id: user.id } }, signal }))}
      fields={(user) => [
        { name: 'username', label: 'Username', kind: 'text', required: true, maxLength: 64 },
        {
          name: 'public_display_name',
          label: 'Public display name',
          kind: 'text',
          required: user !== undefined,
          maxLength: 128,
        },
        { name: 'private_display_name', label: 'Private display name', kind: 'text', maxLength: 128 },
        { name: 'email_address', label: 'E-mail', kind: 'text' },
        {
          name: 'password',
          label: user === undefined ? 'Password' : 'New password',
          kind: 'password',
          help: 'To be changed at the next sign-in.',
        },
        { name: 'enabled', label: 'Enabled', kind: 'checkbox' },
        { name: 'perm_admin', label: 'Administrator', kind: 'checkbox' },
        {
          name: 'default_jump_item_role_id',
          label: 'Default Jump Item Role',
          kind: 'select',
          numeric: true,
          required: true,
          options: roles,
        },
        ...METHODS,
      ]}
      defaults={{
        username: '',
        public_display_name: '',
        private_display_name: '',
        email_address: '',
        password: '',
        enabled: true,
        perm_admin: false,
        default_jump_item_role_id: 1,
        ...Object.fromEntries(METHODS.map((method) => [method.name, true])),
      }}
      toForm={(user) => ({ ...(user as unknown as FormValues), password: '' })}
      create={(values) =>
        ok(client.POST('/user', { body: bodyOf<Schema<'UserCreate'>>(withoutBlanks(values)) }))
      }
      update={(user, values, header) =>
        ok(
          client.PATCH('/user/{id}', {
            params: { path: { id: user.id }, header },
            body: bodyOf<Schema<'UserUpdate'>>(withoutBlanks(values)),
          }),
        )
      }
      remove={(user, header) =>
        ok(client.DELETE('/user/{id}', { params: { path: { id: user.id }, header } }))
      }
      removeWarning={(user) =>
        `${user.username} is signed out everywhere. Reports about their sessions stay.`
      }
    />
  );
}

/** A blank password means "leave it"; blank names are made from the username by the API. */
function withoutBlanks(values: FormValues): FormValues {
  const optional = ['password', 'public_display_name', 'private_display_name'];
  const kept = Object.entries(values).filter(([name, value]) => !(optional.includes(name) && !value));
  return {
    ...Object.fromEntries(kept),
    ...(values.password ? { password_reset_next_login: true } : {}),
  };
}
