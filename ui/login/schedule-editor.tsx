import { ActionIcon, Button, Group, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { client, type Read, readOf, type Schema } from '../shared/api.ts';
import { Refusal } from '../shared/refusal.tsx';
import { useEditing } from '../shared/use-editing.tsx';
import { useLoaded } from '../shared/use-loaded.ts';
import { useRevision } from '../shared/use-revision.ts';

import { WhenLoaded } from '../shared/when-loaded.tsx';
import { ScheduleStanding } from './schedule-standing.tsx';

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
export function ScheduleEditor({ policyId, enforced }: { policyId: number; enforced: boolean }) {
  const path = { id: policyId };
  const loaded = useLoaded(`schedule ${policyId}`, (signal) =>
    readOf(client.GET('/jump-policy/{id}/schedule', { params: { path }, signal })),
  );
  return (
    <WhenLoaded loaded={loaded}>
      {(saved) => <Editor policyId={policyId} enforced={enforced} saved={saved} />}
    </WhenLoaded>
  );
}

function Editor({
  policyId,
  enforced,
  saved,
}: {
  policyId: number;
  enforced: boolean;
  saved: Read<Schedule>;
}) {
  const path = { id: policyId };
  const revision = useRevision(saved, (signal) =>
    readOf(client.GET('/jump-policy/{id}/schedule', { params: { path }, signal })),
  );
  const {
    values: schedule,
    change: setSchedule,
    error,
    busy,
    save,
    conflict,
  } = useEditing<Schedule>({
    initial: saved.value,
    onOvertaken: revision.newer((value) => value),
    reading: (name) => ({
      label: name === 'timezone' ? 'Time zone' : 'Times',
      show: (value) => (name === 'timezone' ? String(value) : inWords(value as Entry[])),
    }),
    onSave: async (typed) => {
      const params = { path, header: revision.current.ifMatch };
      revision.set(await readOf(client.PUT('/jump-policy/{id}/schedule', { params, body: typed })));
      notifications.show({ message: 'Schedule saved', color: 'teal' });
    },
  });
  const change = (index: number, changes: Partial<Entry>) =>
    setSchedule({
      entries: schedule.entries.map((entry, at) => (at === index ? { ...entry, ...changes } : entry)),
    });
  return (
    <Stack mt="xl">
      <Title order={2} size="h4">
        Schedule
      </Title>
      {conflict}
      {error !== undefined && <Refusal error={error} />}
      <Select
        label="Time zone"
        data={ZONES}
        value={schedule.timezone}
        searchable
        allowDeselect={false}
        onChange={(timezone) => timezone !== null && setSchedule({ timezone })}
      />
      {schedule.entries.length === 0 && (
        <Text size="sm" c="dimmed">
          No times yet: while the schedule is enforced and empty, nobody can jump.
        </Text>
      )}
      {schedule.entries.map((entry, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: entries have no identity but their place.
        <Group key={index} align="end" gap="xs" className="schedule-entry">
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
          <Text size="xs" c="dimmed" className="schedule-length">
            {lengthInWords(entry)}
          </Text>
          <ActionIcon
            className="schedule-remove"
            variant="subtle"
            color="red"
            aria-label={`Remove entry ${index + 1}`}
            onClick={() => setSchedule({ entries: schedule.entries.filter((_, at) => at !== index) })}
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
            onClick={() => setSchedule({ entries: [...schedule.entries, { ...WORKDAY }] })}
          >
            Add a time
          </Button>
          <Button
            variant="default"
            size="xs"
            onClick={() =>
              setSchedule({
                entries: [0, 1, 2, 3, 4].map((day) => ({ ...WORKDAY, start_day: day, end_day: day })),
              })
            }
          >
            Working week
          </Button>
        </Group>
        <Button loading={busy} onClick={() => void save()}>
          Save the schedule
        </Button>
      </Group>
      <ScheduleStanding
        key={revision.current.ifMatch['If-Match']}
        policyId={policyId}
        enforced={enforced}
        timezone={revision.current.value.timezone}
      />
    </Stack>
  );
}

function inWords(entries: Entry[]): string {
  const day = (number: number) => DAYS[number]?.label ?? '';
  return entries.length === 0
    ? 'no times'
    : entries
        .map(
          (entry) => `${day(entry.start_day)} ${entry.start_time} to ${day(entry.end_day)} ${entry.end_time}`,
        )
        .join(', ');
}

const MINUTES_OF_WEEK = 7 * 24 * 60;

/** How long an entry is; one that ends before it starts runs over the end of the week. */
function lengthInWords(entry: Entry): string {
  const [start, end] = [minuteOf(entry.start_day, entry.start_time), minuteOf(entry.end_day, entry.end_time)];
  if (Number.isNaN(start + end)) return '';
  const minutes = (end - start + MINUTES_OF_WEEK) % MINUTES_OF_WEEK;
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor(minutes / 60) % 24, 'h'],
    [minutes % 60, 'min'],
  ] as const;
  const length = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`);
  const over =
    end < start ? ', over the end of the week' : entry.start_day === entry.end_day ? '' : ', overnight';
  return `${length.join(' ')}${over}`;
}

function minuteOf(day: number, time: string): number {
  const [hours = Number.NaN, minutes = Number.NaN] = time.split(':').map(Number);
  return day * 1440 + hours * 60 + minutes;
}
