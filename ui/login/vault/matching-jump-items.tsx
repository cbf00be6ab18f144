import { Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { NumberedPage, Schema } from '../../shared/api.ts';
import { KIND_LABELS } from '../../shared/jump-item-kinds.ts';
import { PageButtons } from '../../shared/page-buttons.tsx';
import { Scrolling } from '../../shared/scrolling.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';

type Match = Schema<'VaultMatchingJumpItem'>;

/** The Jump Items that an association, as it was saved, is for. */
export function MatchingJumpItems(props: {
  /** Remembers what was loaded; differs with what the association is of and with its revision. */
  name: string;
  load: (
    query: { current_page: number; per_page: number },
    signal: AbortSignal,
  ) => Promise<NumberedPage<Match>>;
}) {
  const [page, setPage] = useState(1);
  const loaded = useLoaded(`${props.name} ${page}`, (signal) =>
    props.load({ current_page: page, per_page: 10 }, signal),
  );
  return (
    <Stack gap="xs" mt="xl" maw={720}>
      <Title order={2} size="h4">
        Where that is now
      </Title>
      <WhenLoaded loaded={loaded}>
        {({ items, total, lastPage }) => (
          <>
            <Text size="sm" c="dimmed" aria-live="polite">
              {total === 0
                ? 'No Jump Item at present.'
                : `${total.toLocaleString()} ${total === 1 ? 'Jump Item' : 'Jump Items'} at present.`}
            </Text>
            {total > 0 && (
              <Scrolling label="Where that is now">
                <Table aria-label="Where that is now">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Name</Table.Th>
                      <Table.Th>Hostname / IP</Table.Th>
                      <Table.Th>Jump method</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((item) => (
                      <Table.Tr key={item.id}>
                        <Table.Td>{item.name}</Table.Td>
                        <Table.Td>{item.hostname}</Table.Td>
                        <Table.Td>{KIND_LABELS[item.type]}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Scrolling>
            )}
            <PageButtons of="Jump Items" page={page} last={lastPage} onPage={setPage} />
          </>
        )}
      </WhenLoaded>
    </Stack>
  );
}
