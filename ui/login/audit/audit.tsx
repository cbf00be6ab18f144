import { Anchor, Drawer, Group, Stack, Switch, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { client, ok, type Schema } from '../../shared/api.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { Scrolling } from '../../shared/scrolling.tsx';
import { momentOf, Time } from '../../shared/time.tsx';
import { changesOf, type FieldChange } from './audit-changes.ts';
import { eventInWords, OBJECT_TYPES, objectInWords, placeOf } from './audit-words.ts';

type AuditEvent = Schema<'AuditEvent'>;

export function AuditPage() {
  const [shown, setShown] = useState<AuditEvent>();
  return (
    <>
      <ListPage<AuditEvent>
        name="audit"
        title="Audit"
        help="Every change of the configuration, with what stood before and after; sign-ins and refusals; who watched which recording."
        empty="Nothing has happened yet."
        rowKey={(event) => String(event.id)}
        onRow={setShown}
        columns={[
          { id: 'event', title: 'Event', cell: (event) => eventInWords(event.type) },
          { id: 'type', title: 'Event type', cell: (event) => event.type },
          { id: 'object', title: 'Object', cell: (event) => objectInWords(event.object) },
          {
            id: 'changes',
            title: 'Changed',
            cell: (event) => {
              const changes = event.before === null || event.after === null ? [] : changesOf(event);
              return changes.map(({ field }) => field).join(', ');
            },
          },
          { id: 'actor', title: 'By', cell: (event) => event.actor.name },
          { id: 'address', title: 'Address', cell: (event) => event.actor.address },
          { id: 'at', title: 'When', cell: (event) => <Time at={event.occurred_at} /> },
        ]}
        filters={[
          { name: 'type', label: 'Event type is' },
          { name: 'actor', label: 'By' },
          { name: 'object_type', label: 'Kind of object', options: OBJECT_TYPES },
          { name: 'object_id', label: 'Object id is' },
          { name: 'from', label: 'From', moment: true },
          { name: 'before', label: 'Before', moment: true },
        ]}
        load={async (query, signal) => {
          const { from, before, ...filters } = query.filters;
          const answer = await ok(
            client.GET('/audit-event', {
              signal,
              params: {
                query: {
                  limit: 50,
                  ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
                  ...filters,
                  ...(from === undefined ? {} : { occurred_from: momentOf(from) }),
                  ...(before === undefined ? {} : { occurred_before: momentOf(before) }),
                },
              },
            }),
          );
          return {
            items: answer.items,
            nextCursor: answer.next_cursor ?? undefined,
          };
        }}
      />
      <Drawer
        opened={shown !== undefined}
        onClose={() => setShown(undefined)}
        position="right"
        size="xl"
        title={shown === undefined ? '' : eventInWords(shown.type)}
      >
        {shown !== undefined && <Details key={shown.id} event={shown} onLeave={() => setShown(undefined)} />}
      </Drawer>
    </>
  );
}

function Details({ event, onLeave }: { event: AuditEvent; onLeave: () => void }) {
  const { actor, object } = event;
  const place = event.type.endsWith('.deleted') ? undefined : placeOf(object);
  const others = new URLSearchParams({ object_type: object.type, object_id: String(object.id) });
  const facts: [string, React.ReactNode][] = [
    [
      'Object',
      place === undefined ? (
        objectInWords(object)
      ) : (
        <Anchor key="object" component={Link} to={place} size="sm" underline="always">
          {objectInWords(object)}
        </Anchor>
      ),
    ],
    ['By', `${actor.name}${actor.kind === 'user' ? '' : ` (${actor.kind.replaceAll('_', ' ')})`}`],
    ['From the address', actor.address || '–'],
    ['When', <Time key="when" at={event.occurred_at} />],
    ['Event', `${event.type} (${event.id})`],
  ];
  return (
    <Stack>
      <Table withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          {facts.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w={160} scope="row">
                {name}
              </Table.Th>
              <Table.Td>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {object.type !== '' && (
        <Anchor component={Link} to={`/audit?${others}`} size="sm" onClick={onLeave}>
          Everything about this {object.type.replaceAll('_', ' ')}
        </Anchor>
      )}
      <Changes event={event} />
    </Stack>
  );
}

/** What stood before and after, field by field. */
function Changes({ event }: { event: AuditEvent }) {
  const [everything, setEverything] = useState(false);
  const both = event.before !== null && event.after !== null;
  const changes = changesOf(event, everything || !both);
  if (changes.length === 0 && !both) return <Text size="sm">Nothing more is known about it.</Text>;
  return (
    <>
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {both ? 'What changed' : event.before === null ? 'What it became' : 'What it was'}
        </Text>
        {both && (
          <Switch
            label="Also what stayed the same"
            checked={everything}
            onChange={(change) => setEverything(change.currentTarget.checked)}
          />
        )}
      </Group>
      {changes.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing that is kept here changed; a secret may have.
        </Text>
      ) : (
        <Scrolling label="Before and after">
          <Table aria-label="Before and after" verticalSpacing={6} className="changes">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Field</Table.Th>
                {event.before !== null && <Table.Th>Before</Table.Th>}
                {event.after !== null && <Table.Th>After</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changes.map((change) => (
                <Row
                  key={change.field}
                  change={change}
                  before={event.before !== null}
                  after={event.after !== null}
                />
              ))}
            </Table.Tbody>
          </Table>
        </Scrolling>
      )}
    </>
  );
}

function Row(props: { change: FieldChange; before: boolean; after: boolean }) {
  const { change } = props;
  const mark = props.before && props.after && change.changed;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        {change.field}
      </Table.Th>
      {props.before && (
        <Table.Td>{mark ? <del className="was">{change.before}</del> : change.before}</Table.Td>
      )}
      {props.after && (
        <Table.Td>{mark ? <ins className="became">{change.after}</ins> : change.after}</Table.Td>
      )}
    </Table.Tr>
  );
}
