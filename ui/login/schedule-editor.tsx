import { ActionIcon, Alert, Button, Group, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { type ApiError, client, ok, type Schema } from '../shared/api.ts';
import { useLoaded } from '../shared/use-loaded.ts';

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
  const { data, error } = useLoaded(`schedule ${policyId}`, (signal) =>
    ok(client.GET('/jump-policy/{id}/schedule', { params: { path }, signal })),
  );
  if (error !== undefined) return <Alert color="red">{error.message}</Alert>;
  return data === undefined ? null : <Editor key={policyId} policyId={policyId} saved={data} />;
}

function Editor({ policyId, saved }: { policyId: number; saved: Schedule }) {
  const [schedule, setSchedule] = useState<Schedule>(saved);
  const [error, setError] = useState<ApiError>();
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
      await ok(
        client.PUT('/jump-policy/{id}/schedule', { params: { path: { id: policyId } }, body: schedule }),
      );
      notifications.show({ message: 'Schedule saved', color: 'teal' });
    } catch (problem) {
      setError(problem as ApiError);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack mt="xl">
      <Title order={2} size="h4">
        Schedule
      </Title>
      {error !== undefined && (
        <Alert color="red" role="alert">
          {error.message}
        </Alert>
      )}
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
