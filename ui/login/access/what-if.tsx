import { ActionIcon, Button, Group, Modal, Paper, Select, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { Choice } from '../../shared/choices.ts';
import { SettingValue } from '../../shared/setting-value.tsx';
import { UserPicker, useUserNames } from '../../shared/user-picker.tsx';
import { initialOf, SETTINGS, settingOf } from '../../shared/user-settings.ts';
import { JUMP_ITEM_PERMISSIONS } from '../jump-item-roles.tsx';
import { type ChangeNames, JUMP_POLICY_RULES, useChangeNames, useChangesInWords } from './change-words.ts';
import type { Change } from './question.ts';

type Kind =
  | 'user_setting'
  | 'user_enabled'
  | 'membership'
  | 'role'
  | 'policy_member'
  | 'policy_setting'
  | 'jump_policy'
  | 'item_policy'
  | 'item_group'
  | 'session_policy';

const KINDS: { value: Kind; label: string }[] = [
  { value: 'membership', label: 'A membership of a user' },
  { value: 'user_setting', label: 'A setting of a user' },
  { value: 'user_enabled', label: 'A user enabled or disabled' },
  { value: 'policy_member', label: 'A member of a group policy' },
  { value: 'policy_setting', label: 'A setting of a group policy' },
  { value: 'role', label: 'A permission of a Jump Item Role' },
  { value: 'jump_policy', label: 'A rule of a Jump Policy' },
  { value: 'item_policy', label: 'The Jump Policy of the Jump Item' },
  { value: 'item_group', label: 'The Jump Group of the Jump Item' },
  { value: 'session_policy', label: 'A permission of a session policy' },
];

const YES_NO: Choice[] = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
];

/** Changes that nobody has saved, to see what they would do. */
export function WhatIf(props: {
  user: number | null;
  item: number | null;
  changes: Change[];
  onChange: (changes: Change[]) => void;
}) {
  const { changes, onChange } = props;
  const nameOf = useUserNames(props.user === null ? [] : [props.user]);
  const [adding, setAdding] = useState(false);
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between">
        <div>
          <Text size="sm" fw={600}>
            What if
          </Text>
          <Text size="xs" c="dimmed">
            Try changes before you make them. Nothing is saved.
          </Text>
        </div>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => setAdding(true)}
        >
          Try a change
        </Button>
      </Group>
      {changes.length > 0 && (
        <ChangeList
          changes={changes}
          onRemove={(index) => onChange(changes.filter((_, at) => at !== index))}
        />
      )}
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title="Try a change"
        closeOnClickOutside={false}
      >
        {adding && (
          <NewChange
            user={props.user === null ? undefined : { value: String(props.user), label: nameOf(props.user) }}
            item={props.item}
            onCancel={() => setAdding(false)}
            onAdd={(change) => {
              onChange([...changes, change]);
              setAdding(false);
            }}
          />
        )}
      </Modal>
    </Paper>
  );
}

/** What things are called is asked for only when there is a change to name. */
function ChangeList(props: { changes: Change[]; onRemove: (index: number) => void }) {
  const words = useChangesInWords(props.changes, useChangeNames());
  return (
    <Stack component="ul" aria-label="Changes that are tried" gap={4} mt="xs" mb={0} pl="md">
      {words.map((sentence, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: changes have no identity but their place.
        <li key={index}>
          <Group gap="xs" wrap="nowrap" justify="space-between">
            <Text size="sm">{sentence}</Text>
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={`Do not try: ${sentence}`}
              onClick={() => props.onRemove(index)}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        </li>
      ))}
    </Stack>
  );
}

/** Everything a change may need; which of it counts depends on the kind. */
interface Draft {
  kind: Kind;
  user: number | null;
  of: 'jump_group' | 'team' | 'jumpoint';
  id: string | null;
  role: string | null;
  member: string;
  name: string | null;
  status: string;
  value: unknown;
}

function NewChange(props: {
  /** Whom the question is about: most changes are about the same person. */
  user: Choice | undefined;
  item: number | null;
  onCancel: () => void;
  onAdd: (change: Change) => void;
}) {
  const { item } = props;
  const names = useChangeNames();
  const [draft, setDraft] = useState<Draft>({
    kind: 'membership',
    user: props.user === undefined ? null : Number(props.user.value),
    of: 'jump_group',
    id: null,
    role: null,
    member: 'yes',
    name: null,
    status: 'defined',
    value: null,
  });
  const set = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }));
  const change = changeOf(draft, item);
  const kinds = KINDS.filter(({ value }) => item !== null || !value.startsWith('item_'));
  // Not a form: this stands inside the form of the question.
  return (
    <Stack>
      <Select
        label="What changes"
        data={kinds}
        allowDeselect={false}
        value={draft.kind}
        onChange={(kind) =>
          set({ kind: (kind ?? 'membership') as Kind, id: null, name: null, role: null, value: null })
        }
      />
      <Details draft={draft} names={names} asked={props.user} set={set} />
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onCancel}>
          Cancel
        </Button>
        <Button disabled={change === undefined} onClick={() => change !== undefined && props.onAdd(change)}>
          Try it
        </Button>
      </Group>
    </Stack>
  );
}

interface DetailsProps {
  draft: Draft;
  names: ChangeNames;
  asked?: Choice | undefined;
  set: (part: Partial<Draft>) => void;
}

function Details({ draft, names, asked, set }: DetailsProps) {
  const user = (
    <UserPicker
      label="User whose rights change"
      value={draft.user}
      initial={asked}
      onChange={(id) => set({ user: id })}
    />
  );
  const pick = (label: string, data: Choice[]) => (
    <Select label={label} searchable data={data} value={draft.id} onChange={(id) => set({ id })} />
  );
  const yesNo = (label: string) => (
    <Select
      label={label}
      data={YES_NO}
      allowDeselect={false}
      value={draft.member}
      onChange={(member) => set({ member: member ?? 'yes' })}
    />
  );
  switch (draft.kind) {
    case 'membership':
      return (
        <>
          {user}
          <Membership draft={draft} names={names} set={set} />
        </>
      );
    case 'user_enabled':
      return (
        <>
          {user}
          {yesNo('Enabled')}
        </>
      );
    case 'user_setting':
      return (
        <>
          {user}
          <SettingChoice draft={draft} names={names} set={set} />
        </>
      );
    case 'policy_member':
      return (
        <>
          {pick('Group policy', names.groupPolicies)}
          {user}
          {yesNo('Is a member')}
        </>
      );
    case 'policy_setting':
      return (
        <>
          {pick('Group policy', names.groupPolicies)}
          <SettingChoice draft={draft} names={names} set={set} />
          <Select
            label="Says it"
            allowDeselect={false}
            data={[
              { value: 'defined', label: 'Defined: later policies may replace it' },
              { value: 'final', label: 'Final' },
              { value: 'not_defined', label: 'Not defined' },
            ]}
            value={draft.status}
            onChange={(status) => set({ status: status ?? 'defined' })}
          />
        </>
      );
    case 'role':
      return (
        <>
          {pick('Jump Item Role', names.roles)}
          <Select
            label="Permission"
            searchable
            data={JUMP_ITEM_PERMISSIONS.map(({ name, label }) => ({ value: name, label }))}
            value={draft.name}
            onChange={(name) => set({ name })}
          />
          {yesNo('Allowed')}
        </>
      );
    case 'jump_policy':
      return (
        <>
          {pick('Jump Policy', names.jumpPolicies)}
          <Select
            label="Rule"
            data={JUMP_POLICY_RULES}
            value={draft.name}
            onChange={(name) => set({ name })}
          />
          {yesNo('Holds')}
        </>
      );
    case 'item_policy':
      return pick('Jump Policy', [{ value: 'none', label: 'None' }, ...names.jumpPolicies]);
    case 'item_group':
      return pick('Jump Group', names.jumpGroups);
    case 'session_policy':
      return <SessionPolicyDetails draft={draft} names={names} set={set} />;
  }
}

function Membership({ draft, names, set }: DetailsProps) {
  const things = { jump_group: names.jumpGroups, team: names.teams, jumpoint: names.jumpoints }[draft.of];
  return (
    <>
      <Select
        label="Of a"
        allowDeselect={false}
        data={[
          { value: 'jump_group', label: 'Jump Group' },
          { value: 'team', label: 'Team' },
          { value: 'jumpoint', label: 'Jumpoint' },
        ]}
        value={draft.of}
        onChange={(of) => set({ of: (of ?? 'jump_group') as Draft['of'], id: null, role: null })}
      />
      <Select label="Which" searchable data={things} value={draft.id} onChange={(id) => set({ id })} />
      <Select
        label="Is a member"
        data={YES_NO}
        allowDeselect={false}
        value={draft.member}
        onChange={(member) => set({ member: member ?? 'yes' })}
      />
      {draft.member === 'yes' && draft.of === 'jump_group' && (
        <Select
          label="Role in this Jump Group"
          placeholder="The user's default role"
          clearable
          searchable
          data={names.roles}
          value={draft.role}
          onChange={(role) => set({ role })}
        />
      )}
      {draft.member === 'yes' && draft.of === 'team' && (
        <Select
          label="Role in the team"
          data={['member', 'lead', 'manager']}
          value={draft.role ?? 'member'}
          onChange={(role) => set({ role })}
        />
      )}
    </>
  );
}

function SettingChoice({ draft, names, set }: DetailsProps) {
  const setting = draft.name === null ? undefined : settingOf(draft.name);
  return (
    <>
      <Select
        label="Setting"
        searchable
        data={Object.values(SETTINGS)
          .flat()
          .map((group) => ({
            group: group.title,
            items: group.settings.map(({ name, label }) => ({ value: name, label })),
          }))
          // Titles come more than once; a list of choices wants each once.
          .reduce<{ group: string; items: Choice[] }[]>((groups, next) => {
            const known = groups.find(({ group }) => group === next.group);
            if (known === undefined) groups.push(next);
            else known.items.push(...next.items);
            return groups;
          }, [])}
        value={draft.name}
        onChange={(name) => {
          const chosen = name === null ? undefined : settingOf(name);
          set({ name, value: chosen === undefined ? null : initialOf(chosen) });
        }}
      />
      {setting !== undefined && (
        <SettingValue
          setting={setting}
          value={draft.value}
          names={names}
          disabled={false}
          onChange={(value) => set({ value })}
        />
      )}
    </>
  );
}

function SessionPolicyDetails({ draft, names, set }: DetailsProps) {
  const permission = names.permissions.find(({ name }) => name === draft.name);
  const values = (permission?.values ?? []).map((value) => ({
    value,
    label: value.charAt(0).toUpperCase() + value.slice(1).replaceAll('_', ' '),
  }));
  return (
    <>
      <Select
        label="Session policy"
        searchable
        data={[{ value: '1', label: 'Global session policy' }, ...names.sessionPolicies]}
        value={draft.id}
        onChange={(id) => set({ id })}
      />
      <Select
        label="Permission"
        searchable
        data={names.permissions
          .filter(({ form }) => form === 'choice')
          .map(({ name, label }) => ({ value: name, label }))}
        value={draft.name}
        onChange={(name) => set({ name, value: null })}
      />
      {permission !== undefined && (
        <Select
          label="Value"
          allowDeselect={false}
          data={[...(draft.id === '1' ? [] : [{ value: 'not_defined', label: 'Not defined' }]), ...values]}
          value={draft.value === null ? null : String(draft.value)}
          onChange={(value) => set({ value })}
        />
      )}
    </>
  );
}

/** Undefined while something is missing. */
function changeOf(draft: Draft, item: number | null): Change | undefined {
  const { kind, user, of, role, name, status, value } = draft;
  const id = draft.id === null ? null : Number(draft.id);
  const yes = draft.member === 'yes';
  switch (kind) {
    case 'membership':
      if (user === null || id === null) return undefined;
      return {
        change: 'membership',
        of,
        id,
        user_id: user,
        member: yes,
        ...(yes && of === 'jump_group' ? { jump_item_role_id: role === null ? null : Number(role) } : {}),
        ...(yes && of === 'team' ? { team_role: (role ?? 'member') as 'member' } : {}),
      };
    case 'user_enabled':
      return user === null ? undefined : { change: 'user', user_id: user, enabled: yes };
    case 'user_setting':
      if (user === null || name === null) return undefined;
      return { change: 'user', user_id: user, settings: { [name]: value } };
    case 'policy_member':
      if (user === null || id === null) return undefined;
      return {
        change: 'group_policy',
        group_policy_id: id,
        ...(yes ? { add_members: [user] } : { remove_members: [user] }),
      };
    case 'policy_setting':
      if (id === null || name === null) return undefined;
      return {
        change: 'group_policy',
        group_policy_id: id,
        settings: { [name]: status === 'not_defined' ? null : { status, value } },
      };
    case 'role':
      if (id === null || name === null) return undefined;
      return { change: 'jump_item_role', jump_item_role_id: id, permissions: { [name]: yes } };
    case 'jump_policy':
      return id === null || name === null
        ? undefined
        : { change: 'jump_policy', jump_policy_id: id, [name]: yes };
    case 'item_policy':
      if (item === null || draft.id === null) return undefined;
      return { change: 'jump_item', jump_item_id: item, jump_policy_id: draft.id === 'none' ? null : id };
    case 'item_group':
      return item === null || id === null
        ? undefined
        : { change: 'jump_item', jump_item_id: item, jump_group: { type: 'shared', id } };
    case 'session_policy':
      if (id === null || name === null || value === null) return undefined;
      return {
        change: 'session_policy',
        session_policy_id: id,
        permissions: { [name]: value === 'not_defined' ? null : value },
      };
  }
}
