import { useNavigate } from 'react-router';
import { client, pageOf, type Schema } from '../../shared/api.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { typeInWords } from '../../shared/vault-account-fields.ts';
import { AccessReasons, ROLE_FILTER, roleInWords } from '../vault/access-reasons.tsx';
import type { VaultRole } from '../vault/vault-roles.ts';

type EffectiveAccount = Schema<'VaultEffectiveAccount'>;

/** The vault accounts that a person may use in the end, and why. */
export function UserVaultAccounts({ userId }: { userId: number }) {
  const navigate = useNavigate();
  return (
    <ListPage<EffectiveAccount>
      name="vault-accounts-of-user"
      title="Vault accounts that this user may use"
      level={2}
      help="With what lets them: a grant on the account or its group, to the person or by a group policy. The highest role holds."
      empty="This user may use no vault account."
      searchable
      filters={[ROLE_FILTER]}
      rowKey={(account) => String(account.account_id)}
      onRow={(account) => void navigate(`/vault/accounts/${account.account_id}`)}
      columns={[
        { id: 'name', title: 'Name', cell: (account) => account.name },
        { id: 'username', title: 'Username', cell: (account) => account.username },
        { id: 'type', title: 'Type', cell: (account) => typeInWords(account.type) },
        { id: 'group', title: 'Account group', cell: (account) => account.account_group?.name ?? 'personal' },
        { id: 'role', title: 'May do', cell: (account) => roleInWords(account.role) },
        {
          id: 'sources',
          title: 'Because of',
          cell: (account) => <AccessReasons sources={account.sources} />,
        },
      ]}
      load={({ page, search, filters }, signal) => {
        const query = {
          ...{ current_page: page, per_page: 50 },
          ...(search !== '' && { search }),
          ...(filters.role !== undefined && { role: filters.role as VaultRole }),
        };
        const params = { path: { id: userId }, query };
        return pageOf(client.GET('/user/{id}/vault-account', { params, signal }));
      }}
    />
  );
}
