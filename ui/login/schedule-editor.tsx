import { ActionIcon, Button, Group, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { client, type Read, readOf, type Schema } from '../shared/api.ts';
import { Refusal } from '../shared/refusal.tsx';
import { useLoaded } from '../shared/use-loaded.ts';
import { WhenLoaded } from '../shared/when-loaded.tsx';

type Schedule = Schema<'Schedule'>;
type Entry = Schema<'ScheduleEntry'>;

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map(
  (label, day) => ({
    value: String(day),
    label,
  }),
);
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
const WORKDAY: Entry = { start_day: 0, start_time: '08:00', end_day: 0, end_time: '18:00' };

/** When Jump Items of a Jump Policy may be reached, in the policy's own time zone. */
export function ScheduleEditor({ policyId }: { policyId: number }) {
  const path = { id: policyId };
  const loaded = useLoaded(`schedule ${policyId}`, (signal) =>
    readOf(client.GET('/jump-policy/{id}/schedule', { params: { path }, signal })),
  );
  return (
    <WhenLoaded loaded={loaded}>
      {(saved) => (
        <Editor key={saved.ifMatch['If-Match']} policyId={policyId} saved={saved} onNewer={loaded.reload} />
      )}
    </WhenLoaded>
  );
}

function Editor(props: { policyId: number; saved: Read<Schedule>; onNewer: () => void }) {
  const [schedule, setSchedule] = useState<Schedule>(props.saved.value);
  const [ifMatch, setIfMatch] = useState(props.saved.ifMatch);
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const change = (index: number, changes: Partial<Entry>) =>
    setSchedule((now) => ({
      ...now,
      entries: now.entries.map((entry, at) => (at === index ? { ...entry, ...changes } : entry)),
    }));
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const params = { path: { id: props.policyId }, header: ifMatch };
      const saved = await readOf(client.PUT('/jump-policy/{id}/schedule', { params, body: schedule }));
      setIfMatch(saved.ifMatch);
      notifications.show({ message: 'Schedule saved', color: 'teal' });
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack mt="xl">
      <Title order={2} size="h4">
        Schedule
      </Title>
      {error !== undefined && <Refusal error={error} onNewer={props.onNewer} />}
      <Select
        label="Time zone"
        data={ZONES}
        value={schedule.timezone}
        searchable
        allowDeselect={false}
        onChange={(timezone) => setSchedule((now) => ({ ...now, timezone: timezone ?? now.timezone }))}
      />
      {schedule.entries.length === 0 && (
        <Text size="sm" c="dimmed">
          No times yet: while the schedule is enforced and empty, nobody can jump.
        </Text>
      )}
      {schedule.entries.map((entry, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: entries have no identity but their place.
        <Group key={index} align="end" gap="xs" wrap="nowrap">
          <Select
            label="From"
            data={DAYS}
            value={String(entry.start_day)}
            allowDeselect={false}
            onChange={(day) => change(index, { start_day: Number(day) })}
          />
          <TextInput
            type="time"
            aria-label="Start time"
            value={entry.start_time}
            onChange={(event) => change(index, { start_time: event.currentTarget.value })}
          />
          <Select
            label="Until"
            data={DAYS}
            value={String(entry.end_day)}
            allowDeselect={false}
            onChange={(day) => change(index, { end_day: Number(day) })}
          />
          <TextInput
            type="time"
            aria-label="End time"
            value={entry.end_time}
            onChange={(event) => change(index, { end_time: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="red"
            aria-label={`Remove entry ${index + 1}`}
            onClick={() =>
              setSchedule((now) => ({ ...now, entries: now.entries.filter((_, at) => at !== index) }))
            }
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Group justify="space-between">
        <Group gap="xs">
          <Button
            variant="default"
            size="xs"
            onClick={() => setSchedule((now) => ({ ...now, entries: [...now.entries, { ...WORKDAY }] }))}
          >
            Add a time
          </Button>
          <Button
            variant="default"
            size="xs"
            onClick={() =>
              setSchedule((now) => ({
                ...now,
                entries: [0, 1, 2, 3, 4].map((day) => ({ ...WORKDAY, start_day: day, end_day: day })),
              }))
            }
          >
            Working week
          </Button>
        </Group>
        <Button loading={busy} onClick={() => void save()}>
          Save the schedule
        </Button>
      </Group>
    </Stack>
  );
}
