import { client, ok, pageOf, readOf, type Schema } from '../../shared/api.ts';
import { useJumpItemRoleChoices } from '../../shared/choices.ts';
import { Members, overtaken } from '../../shared/members.tsx';
import { bodyOf, ResourcePage } from '../../shared/resource-page.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';

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
      searchable
      filters={[{ name: 'code_name', label: 'Code name is' }]}
      load={(query, signal) =>
        pageOf(
          client.GET('/jump-group', {
            params: {
              query: { current_page: query.page, per_page: 50, search: query.search, ...query.filters },
            },
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
      removeWarning={(group) => <ItemsGoToo group={group} />}
      details={(group) => <JumpGroupMembers group={group} />}
    />
  );
}

function ItemsGoToo({ group }: { group: JumpGroup }) {
  const { data } = useLoaded(`items of ${group.id}`, (signal) =>
    ok(
      client.GET('/jump-item', {
        params: { query: { jump_group_id: group.id, jump_group_type: 'shared', limit: 1 } },
        signal,
      }),
    ),
  );
  if (data?.total === 0) return 'There are no Jump Items in this group.';
  const count =
    data?.total === undefined ? 'Every Jump Item' : `All ${data.total.toLocaleString()} Jump Items`;
  return `${count} in this group ${data?.total === undefined ? 'is' : 'are'} deleted with it.`;
}

function JumpGroupMembers({ group }: { group: JumpGroup }) {
  const { id } = group;
  const roles = useJumpItemRoleChoices();
  const roleId = (role: string | null) => ({ jump_item_role_id: role === null ? null : Number(role) });
  const member = (user_id: number) => ({ path: { id, user_id } });
  return (
    <Members
      name={`members ${id}`}
      title="Who has access"
      help="A role given individually goes before that of a group policy, and any role in the group before the person's system role."
      empty="Nobody yet. Administrators reach every group without being a member."
      roles={roles}
      withoutRole="User's default role"
      roleOf={({ jump_item_role: role }) =>
        role === null ? undefined : { value: String(role.id), label: role.name }
      }
      load={(page, search, signal) =>
        pageOf(
          client.GET('/jump-group/{id}/member', {
            params: { path: { id }, query: { current_page: page, per_page: 25, search } },
            signal,
          }),
        )
      }
      add={(user_id, role) =>
        ok(
          client.POST('/jump-group/{id}/user', {
            params: { path: { id } },
            body: { user_id, ...roleId(role) },
          }),
        )
      }
      changeRole={async (user_id, role, shown) => {
        const { value, ifMatch } = await readOf(
          client.GET('/jump-group/{id}/user/{user_id}', { params: member(user_id) }),
        );
        const now = value.jump_item_role_id === null ? null : String(value.jump_item_role_id);
        if (now !== shown) throw overtaken();
        await ok(
          client.PATCH('/jump-group/{id}/user/{user_id}', {
            params: { ...member(user_id), header: ifMatch },
            body: roleId(role),
          }),
        );
      }}
      remove={(user_id) => ok(client.DELETE('/jump-group/{id}/user/{user_id}', { params: member(user_id) }))}
    />
  );
}
