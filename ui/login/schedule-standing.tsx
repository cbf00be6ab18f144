import { Alert, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { client, ok } from '../shared/api.ts';
import { momentOf, Time } from '../shared/time.tsx';
import { useLoaded } from '../shared/use-loaded.ts';
import { WhenLoaded } from '../shared/when-loaded.tsx';

/** Whether the saved schedule permits access at a moment, until when, or from when on. */
export function ScheduleStanding(props: { policyId: number; enforced: boolean; timezone: string }) {
  const [at, setAt] = useState('');
  const loaded = useLoaded(`standing ${props.policyId} ${at}`, (signal) =>
    ok(
      client.GET('/jump-policy/{id}/schedule/standing', {
        params: { path: { id: props.policyId }, query: at === '' ? {} : { at: momentOf(at) } },
        signal,
      }),
    ),
  );
  const when = at === '' ? 'now' : 'then';
  return (
    <section aria-label="What the schedule permits">
      <Title order={3} size="h5" mb="xs">
        What the saved schedule permits
      </Title>
      <TextInput
        type="datetime-local"
        label="At"
        description={`In your time zone; the schedule is in ${props.timezone}. Blank is now.`}
        value={at}
        mb="xs"
        onChange={(event) => setAt(event.currentTarget.value)}
      />
      <WhenLoaded loaded={loaded}>
        {({ allowed, ends_at: ends, next_allowed: next }) => (
          <Alert role="status" color={allowed ? 'teal' : 'yellow'} p="xs">
            {!props.enforced && 'The schedule is not enforced. '}
            {allowed ? (
              <Text size="sm" span>
                Sessions may start {when}
                {ends === null ? '.' : ', until '}
                {ends !== null && <Time at={ends} />}
              </Text>
            ) : (
              <Text size="sm" span>
                Sessions may not start {when}. {next === null ? 'They never may.' : 'Next allowed: '}
                {next !== null && <Time at={next} />}
              </Text>
            )}
          </Alert>
        )}
      </WhenLoaded>
    </section>
  );
}
