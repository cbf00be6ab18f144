import { Badge, Group } from '@mantine/core';
import { client, pageOf, type Schema } from '../../shared/api.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { AccessReasons, ROLE_FILTER, roleInWords } from './access-reasons.tsx';
import type { VaultRole } from './vault-roles.ts';

type EffectiveUser = Schema<'VaultEffectiveUser'>;

/** Everybody who may use an account in the end, and why. */
export function EffectiveUsers({ id }: { id: number }) {
  return (
    <ListPage<EffectiveUser>
      name="effective-users-of-vault-account"
      title="Everybody who may use it"
      level={2}
      help="With what lets them: a grant on the account or its group, to the person or by a group policy. The highest role holds."
      empty="Nobody may use this account."
      searchable
      filters={[ROLE_FILTER]}
      rowKey={(person) => String(person.user_id)}
      columns={[
        { id: 'name', title: 'Name', cell: (person) => <Name {...person} /> },
        { id: 'username', title: 'Username', cell: (person) => person.username },
        { id: 'role', title: 'May do', cell: (person) => roleInWords(person.role) },
        { id: 'sources', title: 'Because of', cell: (person) => <AccessReasons sources={person.sources} /> },
      ]}
      load={({ page, search, filters }, signal) => {
        const query = {
          ...{ current_page: page, per_page: 50 },
          ...(search !== '' && { search }),
          ...(filters.role !== undefined && { role: filters.role as VaultRole }),
        };
        const params = { path: { id }, query };
        return pageOf(client.GET('/vault/account/{id}/effective-user', { params, signal }));
      }}
    />
  );
}

function Name({
  private_display_name: inside,
  public_display_name: outside,
  username,
  enabled,
}: EffectiveUser) {
  return (
    <Group gap="xs">
      {inside || outside || username}
      {!enabled && <Badge color="gray">disabled</Badge>}
    </Group>
  );
}
