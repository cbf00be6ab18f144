import { Button, Group, Select, Stack } from '@mantine/core';
import { useState } from 'react';
import type { Choice } from '../../shared/choices.ts';
import { SettingValue } from '../../shared/setting-value.tsx';
import { UserPicker } from '../../shared/user-picker.tsx';
import { initialOf, SETTINGS, settingOf } from '../../shared/user-settings.ts';
import { JUMP_ITEM_PERMISSIONS } from '../jump/jump-item-roles.tsx';
import { changeOf, type Draft, KINDS, type Kind } from './change-draft.ts';
import { type ChangeNames, JUMP_POLICY_RULES, useChangeNames } from './change-words.ts';
import type { Change } from './question.ts';

const YES_NO: Choice[] = [
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
];

/** Puts one change together. */
export function NewChange(props: {
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
