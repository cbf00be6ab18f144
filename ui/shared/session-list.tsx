import { Alert, Anchor, Badge, Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { API, client, ok, type Schema } from './api.ts';
import { KIND_LABELS } from './jump-item-kinds.ts';
import type { ListQuery } from './list-controls.tsx';
import { duration, Time } from './time.tsx';
import { useLoaded } from './use-loaded.ts';

export type Session = Schema<'Session'>;
// The player is large and needed only when somebody watches a recording.
const RecordingPlayer = lazy(async () => ({
  default: (await import('./recording-player.tsx')).RecordingPlayer,
}));

export const SESSION_COLUMNS = [
  { id: 'started', title: 'Started', cell: (session: Session) => <Time at={session.started_at} /> },
  { id: 'item', title: 'Jump Item', cell: (session: Session) => session.jump_item.name },
  { id: 'method', title: 'Jump method', cell: (session: Session) => KIND_LABELS[session.jump_item.type] },
  {
    id: 'representative',
    title: 'Representative',
    cell: (session: Session) => session.representative.public_display_name || session.representative.username,
  },
  { id: 'external_key', title: 'External key', cell: (session: Session) => session.external_key },
  {
    id: 'duration',
    title: 'Duration',
    cell: (session: Session) => duration(session.started_at, session.ended_at),
  },
  {
    id: 'state',
    title: 'State',
    cell: (session: Session) => (
      <Badge color={session.state === 'ended' ? 'gray' : 'teal'}>
        {session.state === 'ended' ? (session.end_reason ?? 'ended').replaceAll('_', ' ') : session.state}
      </Badge>
    ),
  },
  { id: 'lseq', title: 'Number', cell: (session: Session) => session.lseq, hidden: true },
  { id: 'lsid', title: 'Session id', cell: (session: Session) => session.lsid, hidden: true },
  { id: 'jumpoint', title: 'Jumpoint', cell: (session: Session) => session.jumpoint?.name, hidden: true },
  { id: 'group', title: 'Jump Group', cell: (session: Session) => session.jump_group?.name, hidden: true },
];

export async function loadSessions(query: ListQuery, signal: AbortSignal) {
  const { state, external_key } = query.filters;
  const answer = await ok(
    client.GET('/session', {
      signal,
      params: {
        query: {
          limit: 50,
          ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
          ...(query.search === '' ? {} : { search: query.search }),
          ...(state === undefined ? {} : { state: state as 'active' }),
          ...(external_key === undefined ? {} : { external_key }),
        },
      },
    }),
  );
  return { items: answer.items, total: answer.total, nextCursor: answer.next_cursor ?? undefined };
}

export const SESSION_FILTERS = [
  {
    name: 'state',
    label: 'State',
    options: [
      { value: 'active', label: 'Active' },
      { value: 'starting', label: 'Starting' },
      { value: 'ended', label: 'Ended' },
    ],
  },
  { name: 'external_key', label: 'External key is' },
];

export function SessionDetails({
  lsid,
  play,
  onChanged,
}: {
  lsid: string;
  /** The recording to play from the start; undefined: none until a person asks for it. */
  play?: number | undefined;
  onChanged: () => void;
}) {
  const path = { lsid };
  const session = useLoaded(
    `session ${lsid}`,
    (signal) => ok(client.GET('/session/{lsid}', { params: { path }, signal })),
    5000,
  );
  const events = useLoaded(
    `events ${lsid}`,
    (signal) => ok(client.GET('/session/{lsid}/event', { params: { path, query: { limit: 100 } }, signal })),
    5000,
  );
  const [watching, setWatching] = useState<number | undefined>(play);
  const [problem, setProblem] = useState<string>();
  const now = session.data;
  if (session.error !== undefined) return <Alert color="red">{session.error.message}</Alert>;
  if (now === undefined) return null;
  const facts: [string, React.ReactNode][] = [
    ['Jump Item', `${now.jump_item.name} (${KIND_LABELS[now.jump_item.type]})`],
    [
      'Target',
      `${now.target.username ? `${now.target.username}@` : ''}${now.target.hostname}${now.target.port ? `:${now.target.port}` : ''}`,
    ],
    ...(now.ecm_endpoint_id === null
      ? []
      : [["In the organisation's vault", now.ecm_endpoint_id] as [string, React.ReactNode]]),
    ['Representative', now.representative.public_display_name || now.representative.username],
    ['Jumpoint', now.jumpoint?.name],
    ['Jump Group', now.jump_group?.name],
    ['Started', <Time key="started" at={now.started_at} />],
    ['Ended', <Time key="ended" at={now.ended_at} none="running" />],
    ['Duration', duration(now.started_at, now.ended_at)],
    ['External key', now.external_key],
    ...Object.entries(now.custom_attributes).map(([name, value]): [string, React.ReactNode] => [name, value]),
    ['Session id', now.lsid],
  ];
  return (
    <Stack>
      {problem !== undefined && (
        <Alert color="red" role="alert">
          {problem}
        </Alert>
      )}
      <Table withRowBorders={false}>
        <Table.Tbody>
          {facts.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w={160}>{name}</Table.Th>
              <Table.Td>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {now.state !== 'ended' && (
        <Button
          color="red"
          variant="light"
          onClick={async () => {
            try {
              await ok(client.POST('/session/{lsid}/terminate', { params: { path } }));
              session.reload();
              onChanged();
            } catch (error) {
              setProblem((error as Error).message);
            }
          }}
        >
          End this session
        </Button>
      )}
      {now.recordings.map((recording) => (
        <Group key={recording.instance}>
          <Text size="sm">
            Recording {recording.instance + 1}
            {recording.failure !== null && ` (${recording.failure})`}
          </Text>
          <Button size="xs" onClick={() => setWatching(recording.instance)}>
            Play
          </Button>
          <Anchor
            size="sm"
            href={`${API}/session/${lsid}/recording/${recording.instance}`}
            download={`session-${now.lseq}-${recording.instance}.cast`}
          >
            Download
          </Anchor>
        </Group>
      ))}
      {watching !== undefined && (
        <Suspense fallback={<Text size="sm">Loading the player…</Text>}>
          <RecordingPlayer key={watching} url={`${API}/session/${lsid}/recording/${watching}`} />
        </Suspense>
      )}
      <Title order={2} size="h4">
        Events
      </Title>
      <Table aria-label="Events">
        <Table.Tbody>
          {(events.data?.items ?? []).map((event) => (
            <Table.Tr key={event.sequence}>
              <Table.Td>
                <Time at={event.occurred_at} />
              </Table.Td>
              <Table.Td>{event.event_type}</Table.Td>
              <Table.Td>{event.body ?? eventWho(event)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

function eventWho(event: Schema<'SessionEvent'>): string {
  const name = (party: unknown) =>
    typeof party === 'object' && party !== null && 'name' in party ? String(party.name) : '';
  return [name(event.performed_by), name(event.destination)].filter((text) => text !== '').join(' → ');
}
