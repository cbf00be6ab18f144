import { Button, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { client, ok, pageOf, type Schema } from '../../shared/api.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { VaultAccountPicker } from '../../shared/thing-pickers.tsx';
import { useAttempt } from '../../shared/use-attempt.ts';
import { typeInWords } from '../../shared/vault-account-fields.ts';
import { DEFAULT_GROUP_ID } from './account-group-record.ts';

type Account = Schema<'VaultAccount'>;

/** The accounts of one group: others can be moved into it, and its own ones to the default group. */
export function AccountGroupAccounts({ id }: { id: number }) {
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<number | null>(null);
  const [version, setVersion] = useState(0);
  const { problem, attempt } = useAttempt();
  const change = (act: () => Promise<unknown>) =>
    attempt(async () => {
      await act();
      setChosen(null);
      setVersion((now) => now + 1);
    });
  return (
    <Stack>
      {problem !== undefined && <Refusal error={problem} />}
      <Group align="end">
        <VaultAccountPicker
          key={version}
          label="Move an account into this group"
          value={chosen}
          onChange={setChosen}
        />
        <Button
          variant="default"
          disabled={chosen === null}
          onClick={() =>
            chosen !== null &&
            void change(() =>
              ok(
                client.POST('/vault/account-group/{id}/account', {
                  params: { path: { id } },
                  body: { account_id: chosen },
                }),
              ),
            )
          }
        >
          Move it here
        </Button>
      </Group>
      <ListPage<Account>
        name="vault-accounts-of-group"
        title="Accounts"
        level={2}
        empty="No account is in this group."
        searchable
        version={version}
        rowKey={(account) => String(account.id)}
        onRow={(account) => void navigate(`/vault/accounts/${account.id}`)}
        columns={[
          { id: 'name', title: 'Name', cell: (account) => account.name },
          { id: 'username', title: 'Username', cell: (account) => account.username },
          { id: 'type', title: 'Type', cell: (account) => typeInWords(account.type) },
          { id: 'description', title: 'Description', cell: (account) => account.description, hidden: true },
        ]}
        load={({ page, search }, signal) =>
          pageOf(
            client.GET('/vault/account', {
              params: {
                query: {
                  account_group_id: id,
                  current_page: page,
                  per_page: 50,
                  ...(search === '' ? {} : { search }),
                },
              },
              signal,
            }),
          )
        }
        rowActions={(account) =>
          id !== DEFAULT_GROUP_ID && (
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={`Move ${account.name} to the default group`}
              onClick={() =>
                void change(() =>
                  ok(
                    client.DELETE('/vault/account-group/{id}/account/{account_id}', {
                      params: { path: { id, account_id: account.id } },
                    }),
                  ),
                )
              }
            >
              To the default group
            </Button>
          )
        }
      />
    </Stack>
  );
}
