import { Badge, Group } from '@mantine/core';
import { DESCRIPTION, NAME } from '../../shared/common-fields.ts';
import { type EntryOf, plainResource } from '../../shared/plain-resource.ts';
import type { Field } from '../../shared/record-form.tsx';
import { ResourcePage } from '../../shared/resource-page.tsx';

type JumpItemRole = EntryOf<'/jump-item-role'>;
type Permission = Extract<keyof JumpItemRole, `perm_${string}`>;

/** What people have of whom nothing is said. */
const NO_ACCESS_ID = 1;

const GROUPS: { section: string; permissions: { name: Permission; label: string; help?: string }[] }[] = [
  {
    section: 'Jump Group or personal Jump Items',
    permissions: [
      { name: 'perm_add', label: 'Create and deploy new Jump Items' },
      {
        name: 'perm_assign_jump_group',
        label: 'Move Jump Items to another Jump Group',
        help: 'Also takes “Create and deploy” where they go.',
      },
      { name: 'perm_remove', label: 'Remove Jump Items' },
    ],
  },
  {
    section: 'Jump Items',
    permissions: [
      { name: 'perm_start', label: 'Start sessions' },
      { name: 'perm_view_jump_item_report', label: 'View reports of Jump Items' },
    ],
  },
  {
    section: 'Details of Jump Items',
    permissions: [
      { name: 'perm_edit_tag', label: 'Edit tag' },
      { name: 'perm_edit_comments', label: 'Edit comments' },
      { name: 'perm_edit_public_portal', label: 'Edit public portal' },
      {
        name: 'perm_edit_jump_policy',
        label: 'Edit Jump Policy',
        help: 'Whoever may edit it may also override its schedule when a session starts. That is audited.',
      },
      { name: 'perm_edit_session_policy', label: 'Edit session policy' },
      { name: 'perm_edit_support_button', label: 'Edit Support Button' },
      {
        name: 'perm_edit_identity',
        label: 'Edit connectivity and authentication',
        help: 'Name, host name, port, Jumpoint, user name, domain and how the far end is trusted.',
      },
      {
        name: 'perm_edit_behavior',
        label: 'Edit behaviour and experience',
        help: 'Screen size and quality, terminal, keep-alive, remote application and the like.',
      },
    ],
  },
];

/** Every permission of a Jump Item Role, as forms have it. */
export const JUMP_ITEM_PERMISSIONS: Field[] = GROUPS.flatMap(({ section, permissions }) =>
  permissions.map(({ name, label, help }) => ({ name, label, help, section, kind: 'checkbox' as const })),
);

export function JumpItemRolesPage() {
  return (
    <ResourcePage<JumpItemRole>
      {...plainResource('/jump-item-role')}
      name="jump-item-roles"
      title="Jump Item Roles"
      noun="Jump Item Role"
      help="What people may do with Jump Items. The role of a membership in a Jump Group comes before a person's own four: for groups, for personal items, for those of their teams, and for everything else."
      empty="There are no Jump Item Roles."
      rowName={(role) => role.name}
      columns={[
        { id: 'name', title: 'Name', cell: (role) => role.name },
        { id: 'permissions', title: 'Permissions', cell: (role) => <Given role={role} /> },
        { id: 'description', title: 'Description', cell: (role) => role.description },
        { id: 'id', title: 'Id', cell: (role) => role.id, hidden: true },
      ]}
      filters={[{ name: 'name', label: 'Name is' }]}
      fields={() => [NAME, DESCRIPTION, ...JUMP_ITEM_PERMISSIONS]}
      defaults={{
        name: '',
        description: '',
        ...Object.fromEntries(JUMP_ITEM_PERMISSIONS.map((permission) => [permission.name, false])),
      }}
      readOnly={(role) =>
        role.id === NO_ACCESS_ID
          ? 'This role is built in: everybody has it of whom nothing else is said, so it always allows nothing.'
          : undefined
      }
      removeWarning={() => 'A role that somebody still has cannot be deleted.'}
    />
  );
}

function Given({ role }: { role: JumpItemRole }) {
  const given = JUMP_ITEM_PERMISSIONS.filter(({ name }) => role[name as Permission]);
  if (given.length === 0) return <>none</>;
  if (given.length === JUMP_ITEM_PERMISSIONS.length) return <>all {given.length}</>;
  return (
    <Group gap={6} wrap="nowrap" title={given.map(({ label }) => label).join(', ')}>
      {`${given.length} of ${JUMP_ITEM_PERMISSIONS.length}`}
      {role.perm_start && <Badge color="teal">start</Badge>}
      {role.perm_add && <Badge color="river">create</Badge>}
    </Group>
  );
}
