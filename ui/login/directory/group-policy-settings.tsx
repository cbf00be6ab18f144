import { Button, Group, Menu, Stack, Switch, Text, Textarea, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { client, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import { plainly, type Reading } from '../../shared/conflict-dialog.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import {
  type SettingNames,
  SettingValue,
  settingInWords,
  useSettingNames,
} from '../../shared/setting-value.tsx';
import { same } from '../../shared/three-way.ts';
import { DEFINED_FINAL, SettingRow, TriState } from '../../shared/tri-state.tsx';
import { useEditing } from '../../shared/use-editing.tsx';
import { useRevision } from '../../shared/use-revision.ts';
import { SETTINGS, type Setting, type SettingGroup, settingOf } from '../../shared/user-settings.ts';

type GroupPolicy = Schema<'GroupPolicy'>;
type Status = Schema<'SettingStatus'>;

/** What the policy says of one setting. */
interface Said {
  status: Status;
  value: unknown;
}
/** Of the form: `name` and `comments` as text, every setting as what is said of it. */
type Values = Record<string, string | Said>;

const ALL_SETTINGS: Setting[] = Object.values(SETTINGS)
  .flat()
  .flatMap((group) => group.settings);

/** Every setting that users have: not defined here, defined, or final. */
export function GroupPolicySettings({ read, onSaved }: { read: Read<GroupPolicy>; onSaved: () => void }) {
  const path = { id: read.value.id };
  const names = useSettingNames();
  const [search, setSearch] = useState('');
  const [definedOnly, setDefinedOnly] = useState(false);
  const revision = useRevision(read, (signal) =>
    readOf(client.GET('/group-policy/{id}', { params: { path }, signal })),
  );
  const { values, change, changed, error, busy, save, conflict } = useEditing<Values>({
    initial: valuesOf(read.value),
    onOvertaken: revision.newer(valuesOf),
    reading: (name) => readingOf(name, names),
    onSave: async (typed) => {
      const body = bodyOf(valuesOf(revision.current.value), typed);
      await ok(
        client.PATCH('/group-policy/{id}', { params: { path, header: revision.current.ifMatch }, body }),
      );
      notifications.show({ message: 'Group policy saved', color: 'teal' });
      onSaved();
    },
  });
  const saidOf = (setting: Setting) => values[setting.name] as Said;
  const isShown = (setting: Setting) =>
    `${setting.label} ${setting.name}`.toLowerCase().includes(search.trim().toLowerCase()) &&
    (!definedOnly || saidOf(setting).status !== 'not_defined');
  const groups = Object.values(SETTINGS).flat();
  const shownGroups = groups.filter((group) => group.settings.some(isShown));

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack>
        {conflict}
        {error !== undefined && <Refusal error={error} />}
        <TextInput
          label="Name"
          required
          maxLength={255}
          maw={480}
          value={String(values.name)}
          error={error?.fields.name?.join(' ')}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <Textarea
          label="Comments"
          autosize
          minRows={1}
          maxLength={4096}
          maw={480}
          value={String(values.comments)}
          error={error?.fields.comments?.join(' ')}
          onChange={(event) => change({ comments: event.currentTarget.value })}
        />
        <Group align="end">
          <TextInput
            type="search"
            label="Find a setting"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <Switch
            label="Only what is defined"
            checked={definedOnly}
            onChange={(event) => setDefinedOnly(event.currentTarget.checked)}
            mb={8}
          />
        </Group>
        {shownGroups.length === 0 && (
          <Text c="dimmed">{definedOnly ? 'Nothing is defined here.' : 'No setting is called that.'}</Text>
        )}
        {shownGroups.map((group) => (
          <section key={group.settings[0]?.name}>
            <GroupHeading
              group={group}
              onAll={(status) =>
                change(
                  Object.fromEntries(
                    group.settings
                      .filter(isShown)
                      .map((setting) => [setting.name, { ...saidOf(setting), status }]),
                  ),
                )
              }
            />
            {group.settings.filter(isShown).map((setting) => (
              <SettingRow
                key={setting.name}
                label={setting.label}
                help={setting.help}
                error={error?.fields[setting.name]?.join(' ')}
              >
                {() => (
                  <>
                    <SettingValue
                      setting={setting}
                      value={saidOf(setting).value}
                      names={names}
                      disabled={saidOf(setting).status === 'not_defined'}
                      onChange={(value) => change({ [setting.name]: { ...saidOf(setting), value } })}
                    />
                    <TriState<Status>
                      label={`${setting.label}: defined or final`}
                      choices={DEFINED_FINAL}
                      value={saidOf(setting).status}
                      onChange={(status) => change({ [setting.name]: { ...saidOf(setting), status } })}
                    />
                  </>
                )}
              </SettingRow>
            ))}
          </section>
        ))}
        <Group justify="flex-end" className="save-bar">
          <Button
            variant="default"
            disabled={!changed}
            onClick={() => change(valuesOf(revision.current.value))}
          >
            Undo changes
          </Button>
          <Button type="submit" loading={busy} disabled={!changed}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function GroupHeading({ group, onAll }: { group: SettingGroup; onAll: (status: Status) => void }) {
  return (
    <Group justify="space-between" align="flex-start" mt="xs">
      <div>
        <Title order={2} size="h4">
          {group.title}
        </Title>
        {group.help !== undefined && (
          <Text size="sm" c="dimmed">
            {group.help}
          </Text>
        )}
      </div>
      {group.settings.length > 1 && (
        <Menu>
          <Menu.Target>
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={`Set all of ${group.title}`}
              rightSection={<IconChevronDown size={14} aria-hidden />}
            >
              Set all
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {DEFINED_FINAL.map(({ value, label }) => (
              <Menu.Item key={value} onClick={() => onAll(value)}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </Group>
  );
}

function valuesOf(policy: GroupPolicy): Values {
  const values = policy as unknown as Record<string, unknown>;
  const statuses = policy.setting_status as Record<string, Status>;
  const settings = ALL_SETTINGS.map(({ name }): [string, Said] => [
    name,
    { status: statuses[name] ?? 'not_defined', value: values[name] ?? null },
  ]);
  return { name: policy.name, comments: policy.comments, ...Object.fromEntries(settings) };
}

/** Only what was changed here, so that nothing else of the policy is touched. */
function bodyOf(before: Values, typed: Values): Schema<'GroupPolicyUpdate'> {
  const body: Record<string, unknown> = {};
  const statuses: Record<string, Status> = {};
  for (const [name, value] of Object.entries(typed)) {
    if (same(value, before[name])) continue;
    if (typeof value === 'string') {
      body[name] = value;
      continue;
    }
    body[name] = value.value;
    statuses[name] = value.status;
  }
  return { ...body, ...(Object.keys(statuses).length > 0 ? { setting_status: statuses } : {}) };
}

function readingOf(name: string, names: SettingNames): Reading {
  const setting = settingOf(name);
  if (setting === undefined) return { label: name === 'name' ? 'Name' : 'Comments', show: plainly };
  return {
    label: setting.label,
    show: (said) => {
      const { status, value } = said as Said;
      if (status === 'not_defined') return 'Not defined';
      return `${settingInWords(setting, value, names)} (${status})`;
    },
  };
}
