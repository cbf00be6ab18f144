import { Anchor, Badge, Group, Paper, Stack, Table, Text } from '@mantine/core';
import { Link, useSearchParams } from 'react-router';
import { client, ok, pageOf, type Schema } from '../../shared/api.ts';
import { useJumpGroupChoices } from '../../shared/choices.ts';
import { KIND_LABELS } from '../../shared/jump-item-kinds.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { Scrolling } from '../../shared/scrolling.tsx';
import { SourceBadge } from '../../shared/source-badge.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { nameOfUser, UserPicker } from '../../shared/user-picker.tsx';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { JUMP_ITEM_PERMISSIONS } from '../jump/jump-item-roles.tsx';
import { Brief } from './explain.tsx';
import { sourceInWords } from './path.tsx';
import { WhyLink } from './why-link.tsx';
import { becauseInWords } from './words.ts';

type UserAccess = Schema<'UserAccess'>;
type AccessJumpItem = Schema<'AccessJumpItem'>;

/** What one user may do: roles, and every Jump Item the user sees. */
export function PersonAccess() {
  const [address, setAddress] = useSearchParams();
  const user = Number(address.get('user')) || undefined;
  const loaded = useLoaded<UserAccess | undefined>(`access of user ${user ?? ''}`, async (signal) =>
    user === undefined
      ? undefined
      : await ok(client.GET('/access/user/{id}', { params: { path: { id: user } }, signal })),
  );
  const { data } = loaded;
  return (
    <Stack>
      <div style={{ maxWidth: '24rem' }}>
        <UserPicker
          key={data?.id}
          label="User"
          value={user ?? null}
          onChange={(id) => setAddress(id === null ? {} : { user: String(id) })}
          initial={data === undefined ? undefined : { value: String(data.id), label: nameOfUser(data) }}
        />
      </div>
      {user === undefined ? (
        <Text c="dimmed">Choose a user.</Text>
      ) : (
        <WhenLoaded loaded={loaded}>
          {(access) =>
            access !== undefined &&
            access.id === user && (
              <>
                <Overview access={access} />
                <Items key={user} user={user} />
              </>
            )
          }
        </WhenLoaded>
      )}
    </Stack>
  );
}

function Overview({ access }: { access: UserAccess }) {
  return (
    <Paper withBorder p="sm">
      <Stack gap="xs">
        <Group gap="xs">
          <Anchor component={Link} to={`/users/${access.id}`} fw={600}>
            {nameOfUser(access)}
          </Anchor>
          {access.administrator && <Badge color="river">administrator</Badge>}
          {!access.enabled && <Badge color="red">disabled</Badge>}
        </Group>
        <Text size="sm">
          Sees {access.jump_item_count.toLocaleString()} Jump{' '}
          {access.jump_item_count === 1 ? 'Item' : 'Items'}; Jump Item Roles allow starting sessions with{' '}
          {access.startable_jump_item_count.toLocaleString()}. Member of {access.jump_group_count} Jump{' '}
          {access.jump_group_count === 1 ? 'Group' : 'Groups'}, {access.team_count}{' '}
          {access.team_count === 1 ? 'team' : 'teams'} and {access.jumpoint_count}{' '}
          {access.jumpoint_count === 1 ? 'Jumpoint' : 'Jumpoints'}.
        </Text>
        <Text size="sm">
          Jump methods:{' '}
          {access.jump_methods.length === 0
            ? 'none'
            : access.jump_methods.map((kind) => KIND_LABELS[kind]).join(', ')}
        </Text>
        {access.group_policies.length > 0 && (
          <Text size="sm" component="div">
            Group policies in their order:{' '}
            {access.group_policies.map(({ id, name }, index) => (
              <span key={id}>
                {index > 0 && ', '}
                <Anchor component={Link} to={`/group-policies/${id}`} size="sm" underline="always">
                  {name}
                </Anchor>
              </span>
            ))}
          </Text>
        )}
        {!access.administrator && (
          <Scrolling label="Jump Item Roles">
            <Table verticalSpacing={4}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>For</Table.Th>
                  <Table.Th>Jump Item Role</Table.Th>
                  <Table.Th>Permissions</Table.Th>
                  <Table.Th>From</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {access.roles.map((role) => (
                  <Table.Tr key={role.because}>
                    <Table.Td>{becauseInWords(role.because)}</Table.Td>
                    <Table.Td>{role.name}</Table.Td>
                    <Table.Td>{permissionsInWords(role.permissions)}</Table.Td>
                    <Table.Td>
                      {role.source !== null && <SourceBadge source={sourceInWords(role.source, access)} />}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scrolling>
        )}
      </Stack>
    </Paper>
  );
}

function Items({ user }: { user: number }) {
  const groups = useJumpGroupChoices();
  return (
    <ListPage<AccessJumpItem>
      name="access-of-person"
      title="Jump Items"
      level={2}
      empty="This user sees no Jump Item."
      searchable
      rowKey={({ jump_item: item }) => String(item.id)}
      filters={[
        {
          name: 'permission',
          label: 'Role allows',
          options: JUMP_ITEM_PERMISSIONS.map(({ name, label }) => ({ value: name, label })),
        },
        {
          name: 'type',
          label: 'Jump method',
          options: Object.entries(KIND_LABELS).map(([value, label]) => ({ value, label })),
        },
        { name: 'jump_group_id', label: 'Jump Group', options: groups },
      ]}
      columns={[
        { id: 'name', title: 'Name', cell: ({ jump_item: item }) => item.name },
        { id: 'hostname', title: 'Hostname / IP', cell: ({ jump_item: item }) => item.hostname },
        {
          id: 'type',
          title: 'Jump method',
          cell: ({ jump_item: item }) => KIND_LABELS[item.type],
          hidden: true,
        },
        { id: 'group', title: 'Group', cell: ({ jump_item: item }) => item.jump_group.name },
        {
          id: 'role',
          title: 'Jump Item Role',
          cell: ({ role }) =>
            role.because === 'administrator'
              ? 'administrator'
              : `${role.name} (${becauseInWords(role.because)})`,
        },
        {
          id: 'permissions',
          title: 'Permissions',
          cell: ({ permissions }) => permissionsInWords(permissions),
        },
        { id: 'start', title: 'May start now', cell: ({ start }) => <Brief answer={start} /> },
      ]}
      load={({ page, search, filters }, signal) =>
        pageOf<AccessJumpItem>(
          client.GET('/access/user/{id}/jump-item', {
            params: {
              path: { id: user },
              query: {
                current_page: page,
                per_page: 50,
                ...(search === '' ? {} : { search }),
                ...(filters as { permission?: 'perm_start' }),
              },
            },
            signal,
          }),
        )
      }
      rowActions={({ jump_item: item }) => (
        <WhyLink of={item.name} user={user} action="start" about={{ kind: 'jump_item', id: item.id }} />
      )}
    />
  );
}

function permissionsInWords(permissions: readonly string[]): string {
  if (permissions.length === 0) return 'none';
  if (permissions.length === JUMP_ITEM_PERMISSIONS.length) return 'all';
  return permissions
    .map((name) => JUMP_ITEM_PERMISSIONS.find((field) => field.name === name)?.label ?? name)
    .join(', ');
}
