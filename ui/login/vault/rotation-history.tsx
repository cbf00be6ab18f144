import { Badge, Stack, Table, Title } from '@mantine/core';
import { useState } from 'react';
import { client, pageOf } from '../../shared/api.ts';
import { PageButtons } from '../../shared/page-buttons.tsx';
import { Scrolling } from '../../shared/scrolling.tsx';
import { Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { CAUSES, ROTATION_LOOKS } from './rotation-words.ts';

/** The rotations of one account, the latest first. */
export function RotationHistory({ accountId, version }: { accountId: number; version: string }) {
  const [page, setPage] = useState(1);
  const loaded = useLoaded(`rotations of vault account ${accountId} ${page} ${version}`, (signal) => {
    const query = { account_id: accountId, current_page: page, per_page: 10 };
    return pageOf(client.GET('/vault/rotation', { params: { query }, signal }));
  });
  return (
    <Stack gap="xs" mt="md">
      <Title order={2} size="h4">
        History
      </Title>
      <WhenLoaded loaded={loaded}>
        {({ items, total, lastPage }) => (
          <>
            <Scrolling label="Rotations">
              <Table aria-label="Rotations" miw={800}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Asked for</Table.Th>
                    <Table.Th>Why</Table.Th>
                    <Table.Th>By</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Over</Table.Th>
                    <Table.Th>What went wrong</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((rotation) => (
                    <Table.Tr key={rotation.id}>
                      <Table.Td>
                        <Time at={rotation.requested_timestamp} />
                      </Table.Td>
                      <Table.Td>{CAUSES[rotation.cause]}</Table.Td>
                      <Table.Td>{rotation.requested_by}</Table.Td>
                      <Table.Td>
                        <Badge color={ROTATION_LOOKS[rotation.state].color}>
                          {ROTATION_LOOKS[rotation.state].label}
                        </Badge>
                      </Table.Td>
                      <Table.Td>
                        <Time at={rotation.finished_timestamp} none="not yet" />
                      </Table.Td>
                      <Table.Td>{rotation.failure ?? ''}</Table.Td>
                    </Table.Tr>
                  ))}
                  {total === 0 && (
                    <Table.Tr>
                      <Table.Td colSpan={6} c="dimmed">
                        Its secret was never changed from here.
                      </Table.Td>
                    </Table.Tr>
                  )}
                </Table.Tbody>
              </Table>
            </Scrolling>
            <PageButtons of="rotations" page={page} last={lastPage} onPage={setPage} />
          </>
        )}
      </WhenLoaded>
    </Stack>
  );
}
