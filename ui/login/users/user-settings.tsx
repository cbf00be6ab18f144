import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { client, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import { plainly } from '../../shared/conflict-dialog.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import {
  type SettingNames,
  SettingValue,
  settingInWords,
  useSettingNames,
} from '../../shared/setting-value.tsx';
import { SourceBadge } from '../../shared/source-badge.tsx';
import { same } from '../../shared/three-way.ts';
import { SettingRow } from '../../shared/tri-state.tsx';
import { useEditing } from '../../shared/use-editing.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useRevision } from '../../shared/use-revision.ts';
import {
  initialOf,
  SETTINGS,
  type Setting,
  type SettingSection,
  settingOf,
} from '../../shared/user-settings.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';

type UserSettings = Schema<'UserSettings'>;
type UserSetting = Schema<'UserSetting'>;
/** Own values by name; null where there is none. */
type OwnValues = Record<string, unknown>;

/** What one part of the settings is for a person: the value that holds, where it comes from, and the own value. */
export function UserSettingsSection(props: { userId: number; section: SettingSection; onSaved: () => void }) {
  const path = { id: props.userId };
  const read = (signal: AbortSignal) =>
    readOf(client.GET('/user/{id}/setting', { params: { path }, signal }));
  const loaded = useLoaded(`settings of user ${props.userId}`, read);
  return (
    <WhenLoaded loaded={loaded}>
      {(found) => (
        <Editor
          key={`${props.section} ${found.ifMatch['If-Match']}`}
          {...props}
          found={found}
          again={read}
          onSaved={async () => {
            props.onSaved();
            await loaded.reload();
          }}
        />
      )}
    </WhenLoaded>
  );
}

function Editor(props: {
  userId: number;
  section: SettingSection;
  found: Read<UserSettings>;
  again: (signal: AbortSignal) => Promise<Read<UserSettings>>;
  onSaved: () => Promise<void>;
}) {
  const groups = SETTINGS[props.section];
  const names = useSettingNames();
  const revision = useRevision(props.found, props.again);
  const wanted = new Set(groups.flatMap((group) => group.settings.map((setting) => setting.name)));
  const ownOf = ({ settings }: UserSettings): OwnValues =>
    Object.fromEntries(
      settings.filter(({ name }) => wanted.has(name)).map(({ name, own }) => [name, own ?? null]),
    );
  const { values, change, changed, error, busy, save, conflict } = useEditing<OwnValues>({
    initial: ownOf(props.found.value),
    onOvertaken: revision.newer(ownOf),
    reading: (name) => readingOf(name, names),
    onSave: async (typed) => {
      const before = ownOf(revision.current.value);
      const body = Object.fromEntries(
        Object.entries(typed).filter(([name, value]) => !same(value, before[name])),
      ) as Schema<'UserSettingsUpdate'>;
      const params = { path: { id: props.userId }, header: revision.current.ifMatch };
      await ok(client.PATCH('/user/{id}/setting', { params, body }));
      // The form begins anew with what is there then; until then it counts as being saved.
      await props.onSaved();
      notifications.show({ message: 'Settings saved', color: 'teal' });
    },
  });
  const said = new Map(props.found.value.settings.map((setting) => [setting.name, setting]));

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack maw={820}>
        {conflict}
        {error !== undefined && <Refusal error={error} />}
        {groups.map((group) => (
          <section key={group.settings[0]?.name}>
            <Title order={2} size="h4">
              {group.title}
            </Title>
            {group.help !== undefined && (
              <Text size="sm" c="dimmed">
                {group.help}
              </Text>
            )}
            {group.settings.map((setting) => (
              <Row
                key={setting.name}
                setting={setting}
                said={said.get(setting.name)}
                own={values[setting.name] ?? null}
                names={names}
                error={error?.fields[setting.name]?.join(' ')}
                onChange={(value) => change({ [setting.name]: value })}
              />
            ))}
          </section>
        ))}
        <Group justify="flex-end" className="save-bar">
          <Button variant="default" disabled={!changed} onClick={() => change(ownOf(revision.current.value))}>
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

function Row(props: {
  setting: Setting;
  said: UserSetting | undefined;
  /** As it stands in the form. */
  own: unknown;
  names: SettingNames;
  error: string | undefined;
  onChange: (value: unknown) => void;
}) {
  const { setting, said, own, names } = props;
  // No policy takes the right to administer from whoever has it of their own, so it can always be given.
  const governed = said?.source.kind === 'group_policy' && setting.name !== 'perm_admin';
  const value = governed ? said.value : (own ?? initialOf(setting));
  return (
    <SettingRow
      label={setting.label}
      help={setting.help}
      error={props.error}
      source={<Where setting={setting} said={said} own={own} governed={governed} names={names} />}
    >
      {() => (
        <>
          {!governed && own !== null && (
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={`Clear ${setting.label}`}
              title="Take the own value away, so that the default holds"
              onClick={() => props.onChange(null)}
            >
              Clear
            </Button>
          )}
          {governed && setting.form.kind === 'right' && (
            <Text size="sm" c="dimmed">
              {settingInWords(setting, value, names)}
            </Text>
          )}
          <SettingValue
            setting={setting}
            value={value}
            names={names}
            disabled={governed}
            onChange={props.onChange}
          />
        </>
      )}
    </SettingRow>
  );
}

function Where(props: {
  setting: Setting;
  said: UserSetting | undefined;
  own: unknown;
  governed: boolean;
  names: SettingNames;
}) {
  const { setting, said, own, governed, names } = props;
  const source = said?.source;
  if (source?.kind === 'group_policy' && (governed || own !== true)) {
    return (
      <SourceBadge
        source={{
          words: governed
            ? 'Decided by the group policy'
            : `${settingInWords(setting, said?.value, names)} by the group policy`,
          of: { name: source.name, to: `/group-policies/${source.id}` },
          note: source.status === 'final' ? 'final' : undefined,
        }}
      >
        {own !== null && governed && `; the own value, ${settingInWords(setting, own, names)}, has no effect`}
      </SourceBadge>
    );
  }
  return <SourceBadge source={{ words: own === null ? 'Default' : 'Own value' }} />;
}

function readingOf(name: string, names: SettingNames) {
  const setting = settingOf(name);
  if (setting === undefined) return { label: name, show: plainly };
  return {
    label: setting.label,
    show: (value: unknown) =>
      value === null || value === undefined ? 'Not set' : settingInWords(setting, value, names),
  };
}
