import { Badge, Group, Select, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { client, pageOf, type Schema } from '../../shared/api.ts';
import { PageButtons } from '../../shared/page-buttons.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { Scrolling } from '../../shared/scrolling.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';

type Change = Schema<'DirectorySyncChange'>;

const ACTIONS: Record<Change['action'], { label: string; color: string }> = {
  disable: { label: 'disable', color: 'red' },
  conflict: { label: 'conflict', color: 'orange' },
  create: { label: 'create', color: 'teal' },
  enable: { label: 'enable', color: 'teal' },
  update: { label: 'update', color: 'blue' },
};

const NAMES: Record<string, string> = {
  externalId: 'unique id',
  username: 'username',
  displayName: 'display name',
  emailAddress: 'e-mail address',
  distinguishedName: 'distinguished name',
  enabled: 'enabled',
};

/** What a synchronisation changed, or would change, person by person. */
export function DirectorySyncChanges({ provider, sync }: { provider: number; sync: string }) {
  const [page, setPage] = useState(1);
  const [action, setAction] = useState<Change['action'] | null>(null);
  const { data, error } = useLoaded(`changes of ${sync} ${action} ${page}`, (signal) => {
    const query = { current_page: page, per_page: 50, ...(action !== null && { action }) };
    const params = { path: { id: provider, sync_id: sync }, query };
    const path = '/security-provider/{id}/directory-sync/{sync_id}/change';
    return pageOf(client.GET(path, { params, signal }));
  });
  return (
    <Stack gap="xs">
      {error !== undefined && <Refusal error={error} />}
      <Group justify="space-between" align="end">
        <Text size="sm" c="dimmed" aria-live="polite">
          {data === undefined ? '' : `${data.total.toLocaleString()} people`}
        </Text>
        <Select
          label="Show"
          placeholder="every change"
          clearable
          data={Object.entries(ACTIONS).map(([value, { label }]) => ({ value, label }))}
          value={action}
          onChange={(next) => {
            setAction(next as Change['action'] | null);
            setPage(1);
          }}
        />
      </Group>
      <Scrolling label="Changes by person">
        <Table aria-label="Changes" miw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Change</Table.Th>
              <Table.Th>User</Table.Th>
              <Table.Th>What</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data?.items.map((change) => (
              <Table.Tr key={`${change.action} ${change.username} ${change.user_id}`}>
                <Table.Td>
                  <Badge color={ACTIONS[change.action].color}>{ACTIONS[change.action].label}</Badge>
                </Table.Td>
                <Table.Td>{change.username}</Table.Td>
                <Table.Td>
                  {linesOf(change).map((line) => (
                    <Text key={line} size="sm" style={{ overflowWrap: 'anywhere' }}>
                      {line}
                    </Text>
                  ))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scrolling>
      <PageButtons of="changes" page={page} last={data?.lastPage} onPage={setPage} />
    </Stack>
  );
}

function linesOf({ reason, before, after, groups_added, groups_removed }: Change): string[] {
  const fields = Object.entries(after)
    .filter(([name, value]) => name !== 'enabled' && value !== null)
    .map(([name, value]) => {
      const was = before[name];
      const label = NAMES[name] ?? name;
      return was === undefined || was === null || was === ''
        ? `${label}: ${String(value)}`
        : `${label}: ${String(was)} → ${String(value)}`;
    });
  return [
    ...(reason === '' ? [] : [reason]),
    ...fields,
    ...groups_added.map((name) => `into ${name}`),
    ...groups_removed.map((name) => `out of ${name}`),
  ];
}
