import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { client, ok } from '../../shared/api.ts';
import { Confirm } from '../../shared/confirm.tsx';
import { Scrolling } from '../../shared/scrolling.tsx';
import { Age, Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import type { Account } from './account-record.ts';
import { SessionLink } from './session-link.tsx';

/** Who has the account now, and the way to take it back from them. */
export function AccountCheckOuts({ account }: { account: Account }) {
  const path = { id: account.id };
  const [forcing, setForcing] = useState(false);
  const loaded = useLoaded(
    `check-outs of vault account ${account.id}`,
    (signal) => ok(client.GET('/vault/account/{id}/check-out', { params: { path }, signal })),
    5000,
  );
  const shared = account.type === 'ssh' || account.type === 'ssh_ca';
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={560}>
          {shared
            ? 'SSH keys and certificates may be with several people at once, so nobody is checked in by force.'
            : 'Whoever is checked in by force keeps what they have seen until the secret is changed.'}
        </Text>
        {!shared && loaded.data !== undefined && loaded.data.length > 0 && (
          <Button color="red" variant="light" onClick={() => setForcing(true)}>
            Force check-in
          </Button>
        )}
      </Group>
      <WhenLoaded loaded={loaded}>
        {(open) => (
          <Scrolling label="Check-outs">
            <Table aria-label="Check-outs" miw={480}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Who has it</Table.Th>
                  <Table.Th>How</Table.Th>
                  <Table.Th>Since</Table.Th>
                  <Table.Th>For</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {open.map((held) => (
                  <Table.Tr key={`${held.checked_out_timestamp} ${held.user_id} ${held.lsid}`}>
                    <Table.Td>
                      {held.checked_out_by}
                      {held.api_account_id !== null && ' (API account)'}
                    </Table.Td>
                    <Table.Td>
                      <SessionLink lsid={held.lsid} none="checked out" />
                    </Table.Td>
                    <Table.Td>
                      <Time at={held.checked_out_timestamp} />
                    </Table.Td>
                    <Table.Td>
                      <Age since={held.checked_out_timestamp} />
                    </Table.Td>
                  </Table.Tr>
                ))}
                {open.length === 0 && (
                  <Table.Tr>
                    <Table.Td colSpan={4} c="dimmed">
                      Nobody has it.
                    </Table.Td>
                  </Table.Tr>
                )}
              </Table.Tbody>
            </Table>
          </Scrolling>
        )}
      </WhenLoaded>
      {forcing && (
        <Confirm
          title={`Check in ${account.name} by force?`}
          action="Force check-in"
          onClose={() => setForcing(false)}
          onConfirm={async () => {
            await ok(client.POST('/vault/account/{id}/force-check-in', { params: { path } }));
            await loaded.reload();
            notifications.show({ message: 'Checked in', color: 'teal' });
          }}
        >
          Everybody who has it now is taken to have given it back
          {loaded.data !== undefined && loaded.data.length > 0
            ? `: ${[...new Set(loaded.data.map((held) => held.checked_out_by))].join(', ')}. `
            : '. '}
          Its policy decides whether the secret is changed then.
        </Confirm>
      )}
    </Stack>
  );
}
