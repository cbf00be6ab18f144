import { Alert, Badge, Button, Checkbox, Group, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { client, ok, pageOf, type Schema } from '../../shared/api.ts';
import { PageButtons } from '../../shared/page-buttons.tsx';
import { ProviderSteps } from '../../shared/provider-steps.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { Scrolling } from '../../shared/scrolling.tsx';
import { duration, Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { DirectorySyncChanges } from './directory-sync-changes.tsx';
import type { ProviderTabProps } from './security-provider-tabs.tsx';

type Sync = Schema<'DirectorySync'>;

const LOOKS: Record<Sync['state'], { color: string; label: string }> = {
  reading: { color: 'blue', label: 'reading the directory' },
  comparing: { color: 'blue', label: 'comparing' },
  applying: { color: 'blue', label: 'changing users' },
  done: { color: 'teal', label: 'done' },
  refused: { color: 'red', label: 'refused' },
  failed: { color: 'red', label: 'failed' },
  cancelled: { color: 'gray', label: 'cancelled' },
  dead: { color: 'red', label: 'ended with its server' },
};

/** Starts synchronisations with a directory and shows those there were; one that goes on is found again here. */
export function DirectorySyncPanel({ read }: ProviderTabProps) {
  const { id } = read.value;
  const [parameters, setParameters] = useSearchParams();
  const [page, setPage] = useState(1);
  const [allow, setAllow] = useState(false);
  const [problem, setProblem] = useState<Error>();
  const [going, setGoing] = useState(false);
  const { data, error, reload } = useLoaded(
    `synchronisations ${id} ${page}`,
    async (signal) => {
      const query = { current_page: page, per_page: 10 };
      const path = '/security-provider/{id}/directory-sync';
      const found = await pageOf(client.GET(path, { params: { path: { id }, query }, signal }));
      setGoing(found.items.some(({ finished_at: end }) => end === null));
      return found;
    },
    going ? 1000 : 15_000,
  );
  const chosen = parameters.get('sync');
  const choose = (sync: string) => setParameters({ section: 'sync', sync }, { replace: true });
  const attempt = async (act: () => Promise<Sync>) => {
    setProblem(undefined);
    try {
      choose((await act()).id);
      setAllow(false);
      reload();
    } catch (refusal) {
      setProblem(refusal as Error);
    }
  };
  const start = (dryRun: boolean) =>
    attempt(() => {
      const body = { dry_run: dryRun, allow_mass_disable: allow };
      return ok(client.POST('/security-provider/{id}/directory-sync', { params: { path: { id } }, body }));
    });
  const cancel = (sync: string) =>
    attempt(() => {
      const path = '/security-provider/{id}/directory-sync/{sync_id}/cancel';
      return ok(client.POST(path, { params: { path: { id, sync_id: sync } } }));
    });
  const shown = data?.items.find((sync) => sync.id === chosen) ?? data?.items[0];
  const failure = problem ?? error;
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        Users of this provider get the names, addresses and groups that the directory has. Who is disabled or
        gone there is disabled here. Begin with a dry run: it changes nothing and tells what would change.
      </Text>
      {failure !== undefined && <Refusal error={failure} />}
      <Group>
        <Button onClick={() => void start(true)} disabled={going}>
          Dry run
        </Button>
        <Button variant="default" onClick={() => void start(false)} disabled={going}>
          Synchronise now
        </Button>
        <Checkbox
          label="Allow that more than half of the users are disabled"
          checked={allow}
          onChange={(event) => setAllow(event.currentTarget.checked)}
        />
      </Group>
      <Scrolling label="Synchronisations, latest first">
        <Table aria-label="Synchronisations" highlightOnHover miw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Started</Table.Th>
              <Table.Th>By</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th ta="right">People read</Table.Th>
              <Table.Th ta="right">Changes</Table.Th>
              <Table.Th aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data?.items.map((sync) => (
              <Table.Tr key={sync.id} aria-selected={sync.id === shown?.id}>
                <Table.Td>
                  <Time at={sync.created_at} />
                </Table.Td>
                <Table.Td>{sync.started_by}</Table.Td>
                <Table.Td>
                  <State sync={sync} />
                </Table.Td>
                <Table.Td ta="right">{sync.people_read.toLocaleString()}</Table.Td>
                <Table.Td ta="right">{sync.changes.toLocaleString()}</Table.Td>
                <Table.Td ta="right">
                  <Button size="compact-xs" variant="subtle" onClick={() => choose(sync.id)}>
                    Show
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
            {data?.total === 0 && (
              <Table.Tr>
                <Table.Td colSpan={6} c="dimmed">
                  None yet. A dry run tells what a synchronisation would do.
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </Scrolling>
      <PageButtons of="synchronisations" page={page} last={data?.lastPage} onPage={setPage} />
      {shown !== undefined && <OneSync sync={shown} onCancel={() => void cancel(shown.id)} />}
    </Stack>
  );
}

function State({ sync }: { sync: Sync }) {
  const { color, label } = LOOKS[sync.state];
  return (
    <Group gap={4}>
      <Badge color={color}>{label}</Badge>
      {sync.dry_run && <Badge color="gray">dry run</Badge>}
    </Group>
  );
}

function OneSync({ sync, onCancel }: { sync: Sync; onCancel: () => void }) {
  const going = sync.finished_at === null;
  const figures = [
    `${sync.people_read.toLocaleString()} people read`,
    `${sync.created.toLocaleString()} ${sync.dry_run ? 'to create' : 'created'}`,
    `${sync.updated.toLocaleString()} ${sync.dry_run ? 'to update' : 'updated'}`,
    `${sync.disabled.toLocaleString()} ${sync.dry_run ? 'to disable' : 'disabled'}`,
    `${sync.enabled.toLocaleString()} ${sync.dry_run ? 'to enable' : 'enabled'}`,
    `${sync.conflicts.toLocaleString()} conflicts`,
  ];
  const share =
    sync.state === 'applying' && sync.changes > 0 ? (100 * sync.changes_applied) / sync.changes : 100;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {sync.dry_run ? 'Dry run' : 'Synchronisation'} of <Time at={sync.created_at} />
        </Title>
        {going && (
          <Button variant="light" color="red" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </Group>
      <Text size="sm" aria-live="polite">
        {figures.join(' · ')} · {duration(sync.created_at, sync.finished_at)}
      </Text>
      {going && <Progress value={share} animated aria-label={LOOKS[sync.state].label} />}
      {sync.state === 'applying' && (
        <Text size="sm">
          {sync.changes_applied.toLocaleString()} of {sync.changes.toLocaleString()} changes made
        </Text>
      )}
      {sync.failure !== null && (
        <Alert color="red" title={sync.state === 'refused' ? 'Refused' : 'Failed'}>
          {sync.failure}
        </Alert>
      )}
      {sync.steps.length > 0 && <ProviderSteps steps={sync.steps} />}
      {!going && sync.changes > 0 && (
        <DirectorySyncChanges key={sync.id} provider={sync.security_provider_id} sync={sync.id} />
      )}
    </Stack>
  );
}
