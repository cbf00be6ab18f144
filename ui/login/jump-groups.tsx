import { Button, Group, Select, Stack, Table, Title } from '@mantine/core';
import { useState } from 'react';
import { client, everyPage, ok, pageOf, readOf, type Schema } from '../shared/api.ts';
import { useJumpItemRoleChoices, useUserChoices } from '../shared/choices.ts';
import { bodyOf, ResourcePage } from '../shared/resource-page.tsx';
import { useLoaded } from '../shared/use-loaded.ts';

type JumpGroup = Schema<'JumpGroup'>;

export function JumpGroupsPage() {
  return (
    <ResourcePage<JumpGroup>
      name="jump-groups"
      title="Jump Groups"
      noun="Jump Group"
      help="A Jump Group holds Jump Items; its members may see and start them as their Jump Item Role says."
      empty="There are no Jump Groups yet. Create one, or let an import create the groups its file names."
      rowKey={(group) => String(group.id)}
      rowName={(group) => group.name}
      columns={[
        { id: 'name', title: 'Name', cell: (group) => group.name },
        { id: 'code_name', title: 'Code name', cell: (group) => group.code_name },
        { id: 'comments', title: 'Comments', cell: (group) => group.comments },
        { id: 'id', title: 'Id', cell: (group) => group.id, hidden: true },
      ]}
      filters={[
        { name: 'name', label: 'Name is' },
        { name: 'code_name', label: 'Code name is' },
      ]}
      load={(query, signal) =>
        pageOf(
          client.GET('/jump-group', {
            params: { query: { current_page: query.page, per_page: 50, ...query.filters } },
            signal,
          }),
        )
      }
      read={(group, signal) =>
        readOf(client.GET('/jump-group/{id}', { params: { path: { id: group.id } }, signal }))
      }
      fields={() => [
        { name: 'name', label: 'Name', kind: 'text', required: true, maxLength: 255 },
        {
          name: 'code_name',
          label: 'Code name',
          kind: 'text',
          maxLength: 64,
          help: 'Used by imports and scripts. Made from the name when blank.',
        },
        { name: 'comments', label: 'Comments', kind: 'textarea', maxLength: 4096 },
      ]}
      defaults={{ name: '', code_name: '', comments: '' }}
      toForm={(group) => ({ name: group.name, code_name: group.code_name, comments: group.comments })}
      create={(values) => ok(client.POST('/jump-group', { body: bodyOf<Schema<'JumpGroupCreate'>>(values) }))}
      update={(group, values, header) =>
        ok(
          client.PATCH('/jump-group/{id}', {
            params: { path: { id: group.id }, header },
            body: bodyOf<Schema<'JumpGroupUpdate'>>(values),
          }),
        )
      }
      remove={(group, header) =>
        ok(client.DELETE('/jump-group/{id}', { params: { path: { id: group.id }, header } }))
      }
      removeWarning={() => 'Every Jump Item in this group is deleted with it.'}
      details={(group) => <Members group={group} />}
    />
  );
}

function Members({ group }: { group: JumpGroup }) {
  const path = { id: group.id };
  const { data, reload } = useLoaded(`members ${group.id}`, (signal) =>
    everyPage((page) =>
      client.GET('/jump-group/{id}/user', {
        params: { path, query: { per_page: 100, current_page: page } },
        signal,
      }),
    ),
  );
  const users = useUserChoices();
  const roles = useJumpItemRoleChoices();
  const [user, setUser] = useState<string | null>(null);
  const [role, setRole] = useState<string | null>(null);
  const nameOf = (choices: { value: string; label: string }[], id: number | null) =>
    choices.find((choice) => choice.value === String(id))?.label ?? String(id ?? '');

  const add = async () => {
    await ok(
      client.POST('/jump-group/{id}/user', {
        params: { path },
        body: { user_id: Number(user), jump_item_role_id: role === null ? null : Number(role) },
      }),
    );
    setUser(null);
    reload();
  };
  const remove = async (userId: number) => {
    await ok(
      client.DELETE('/jump-group/{id}/user/{user_id}', {
        params: { path: { id: group.id, user_id: userId } },
      }),
    );
    reload();
  };

  return (
    <Stack mt="xl">
      <Title order={2} size="h4">
        Members
      </Title>
      <Table>
        <Table.Tbody>
          {(data ?? []).map((member) => (
            <Table.Tr key={member.user_id}>
              <Table.Td>{nameOf(users, member.user_id)}</Table.Td>
              <Table.Td>
                {member.jump_item_role_id === null
                  ? "User's default role"
                  : nameOf(roles, member.jump_item_role_id)}
              </Table.Td>
              <Table.Td ta="right">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  onClick={() => void remove(member.user_id)}
                >
                  Remove
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
          {data?.length === 0 && (
            <Table.Tr>
              <Table.Td c="dimmed">
                Nobody yet. Administrators reach every group without being a member.
              </Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
      <Group align="end">
        <Select label="User" data={users} value={user} onChange={setUser} searchable />
        <Select
          label="Jump Item Role"
          data={roles}
          value={role}
          onChange={setRole}
          placeholder="User's default role"
          clearable
        />
        <Button variant="default" disabled={user === null} onClick={() => void add()}>
          Add
        </Button>
      </Group>
    </Stack>
  );
}
