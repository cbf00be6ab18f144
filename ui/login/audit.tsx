import { Drawer, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { client, ok, type Schema } from '../shared/api.ts';
import { ListPage } from '../shared/list-page.tsx';
import { Time } from '../shared/time.tsx';

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
          { id: 'type', title: 'Event', cell: (event) => event.type },
          {
            id: 'object',
            title: 'Object',
            cell: (event) =>
              [event.object.type.replaceAll('_', ' '), event.object.name || event.object.id]
                .filter(Boolean)
                .join(' '),
          },
          { id: 'actor', title: 'By', cell: (event) => event.actor.name },
          { id: 'address', title: 'Address', cell: (event) => event.actor.address },
          { id: 'at', title: 'When', cell: (event) => <Time at={event.occurred_at} /> },
        ]}
        filters={[
          { name: 'type', label: 'Event is' },
          { name: 'actor', label: 'By' },
          { name: 'object_type', label: 'Object type is' },
          { name: 'object_id', label: 'Object id is' },
        ]}
        load={async (query, signal) => {
          const answer = await ok(
            client.GET('/audit-event', {
              signal,
              params: {
                query: {
                  limit: 50,
                  ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
                  ...query.filters,
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
        size="lg"
        title={shown?.type ?? ''}
      >
        {shown !== undefined && (
          <Stack>
            <Text size="sm">
              {shown.actor.name} <Time at={shown.occurred_at} />
            </Text>
            <Values title="Before" value={shown.before} />
            <Values title="After" value={shown.after} />
          </Stack>
        )}
      </Drawer>
    </>
  );
}

function Values({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <>
      <Title order={2} size="h4">
        {title}
      </Title>
      <pre className="values">{JSON.stringify(value, null, 2)}</pre>
    </>
  );
}
