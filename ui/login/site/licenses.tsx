import { Anchor, Badge, Group, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { client, ok } from '../../shared/api.ts';
import { Scrolling } from '../../shared/scrolling.tsx';
import { Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';

/** Who is signed in as a representative, and how many may be. */
export function LicensesPage() {
  const loaded = useLoaded(
    'licences',
    (signal) => ok(client.GET('/representative-license', { signal })),
    15_000,
  );
  return (
    <Stack maw={960}>
      <Title order={1} size="h2">
        Licences
      </Title>
      <WhenLoaded loaded={loaded}>
        {({ licenses, used, holders }) => (
          <>
            <Text>
              {used} {used === 1 ? 'representative is' : 'representatives are'} signed in
              {licenses === 0 ? '; any number may be.' : ` of ${licenses} who may be at once.`}
            </Text>
            {holders.length > 0 && (
              <Scrolling label="Representatives who are signed in">
                <Table aria-label="Representatives who are signed in">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Name</Table.Th>
                      <Table.Th>Address</Table.Th>
                      <Table.Th>Since</Table.Th>
                      <Table.Th>Last active</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {holders.map((holder) => (
                      <Table.Tr key={holder.user_id}>
                        <Table.Td>
                          <Group gap="xs">
                            {holder.invited ? (
                              <>
                                {holder.name} <Badge>invited</Badge>
                              </>
                            ) : (
                              <Anchor
                                component={Link}
                                to={`/users/${holder.user_id}?section=sign-in`}
                                size="sm"
                              >
                                {holder.name}
                              </Anchor>
                            )}
                          </Group>
                        </Table.Td>
                        <Table.Td>{holder.address}</Table.Td>
                        <Table.Td>
                          <Time at={holder.since} />
                        </Table.Td>
                        <Table.Td>
                          <Time at={holder.last_seen_at} />
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Scrolling>
            )}
            <Text size="sm" c="dimmed">
              A licence is free again when its holder signs out or is idle for too long. On the page of a user
              you end sign-ins; how many there are stands in the site settings.
            </Text>
          </>
        )}
      </WhenLoaded>
    </Stack>
  );
}
