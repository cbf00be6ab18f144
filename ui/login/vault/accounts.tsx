import { Badge, Button, Menu } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { client, pageOf, type Schema } from '../../shared/api.ts';
import { useVaultAccountGroupChoices, useVaultEndpointChoices } from '../../shared/choices.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { Age, Time } from '../../shared/time.tsx';
import {
  type AccountType,
  TYPE_LABELS,
  TYPE_OPTIONS,
  typeInWords,
} from '../../shared/vault-account-fields.ts';
import { NewAccount } from './new-account.tsx';
import { ROTATION_LOOKS } from './rotation-words.ts';

type Account = Schema<'VaultAccount'>;

/** The accounts of the vault; each has a page of its own. */
export function VaultAccountsPage() {
  const navigate = useNavigate();
  const groups = useVaultAccountGroupChoices();
  const endpoints = useVaultEndpointChoices();
  const [creating, setCreating] = useState<AccountType>();
  const nameIn = (choices: { value: string; label: string }[], id: number | null | undefined) =>
    choices.find(({ value }) => value === String(id))?.label ?? '';
  return (
    <>
      <ListPage<Account>
        name="vault-accounts"
        title="Vault accounts"
        help="Credentials that people may use in their sessions without seeing them, or check out."
        empty="There are no vault accounts yet. Create one, then say who may use it and for which Jump Items."
        searchable
        everyMs={15_000}
        rowKey={(account) => String(account.id)}
        onRow={(account) => void navigate(`/vault/accounts/${account.id}`)}
        columns={[
          { id: 'name', title: 'Name', cell: (account) => account.name },
          { id: 'username', title: 'Username', cell: (account) => account.username },
          { id: 'type', title: 'Type', cell: (account) => typeInWords(account.type) },
          {
            id: 'group',
            title: 'Account group',
            cell: (account) =>
              account.personal ? (
                <Badge color="gray">personal</Badge>
              ) : (
                nameIn(groups, account.account_group_id)
              ),
          },
          {
            id: 'holders',
            title: 'Who has it',
            cell: (account) => account.checked_out_by.join(', '),
          },
          {
            id: 'age',
            title: 'Age of the secret',
            cell: (account) => <Age since={account.secret_changed_timestamp} />,
          },
          {
            id: 'rotation',
            title: 'Rotation',
            cell: ({ rotation_state: state }) =>
              state !== 'none' && (
                <Badge color={ROTATION_LOOKS[state].color}>{ROTATION_LOOKS[state].label}</Badge>
              ),
          },
          { id: 'endpoint', title: 'Endpoint', cell: (account) => nameIn(endpoints, account.endpoint_id) },
          {
            id: 'policy',
            title: 'Account policy',
            cell: (account) => account.account_policy ?? 'as its group',
            hidden: true,
          },
          {
            id: 'last',
            title: 'Last check-out',
            cell: (account) => <Time at={account.last_checkout_timestamp} none="never" />,
            hidden: true,
          },
          { id: 'description', title: 'Description', cell: (account) => account.description, hidden: true },
        ]}
        filters={[
          { name: 'type', label: 'Type', options: TYPE_OPTIONS },
          { name: 'account_group_id', label: 'Account group', options: groups },
          { name: 'endpoint_id', label: 'Endpoint', options: endpoints },
          {
            name: 'include_personal',
            label: 'Personal accounts',
            unset: 'Left out',
            options: [{ value: 'true', label: 'Shown too' }],
          },
        ]}
        load={({ page, search, filters }, signal) =>
          pageOf(
            client.GET('/vault/account', {
              params: {
                query: {
                  current_page: page,
                  per_page: 50,
                  ...(search === '' ? {} : { search }),
                  ...(filters as { type?: AccountType }),
                },
              },
              signal,
            }),
          )
        }
        actions={
          <Menu position="bottom-end">
            <Menu.Target>
              <Button leftSection={<IconPlus size={16} aria-hidden />}>New vault account</Button>
            </Menu.Target>
            <Menu.Dropdown>
              {(Object.keys(TYPE_LABELS) as AccountType[]).map((type) => (
                <Menu.Item key={type} onClick={() => setCreating(type)}>
                  {TYPE_LABELS[type]}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        }
      />
      <NewAccount
        type={creating}
        onClose={() => setCreating(undefined)}
        onCreated={(id) => void navigate(`/vault/accounts/${id}`)}
      />
    </>
  );
}
