import { NumberInput, Select, Switch } from '@mantine/core';
import { type Choice, useJumpItemRoleChoices, useSessionPolicyChoices } from './choices.ts';
import { SessionPolicyValue } from './session-policy-value.tsx';
import { type Setting, secondsInWords } from './user-settings.ts';

/** The names that values of settings refer to. */
export interface SettingNames {
  roles: Choice[];
  sessionPolicies: Choice[];
}

export function useSettingNames(): SettingNames {
  return { roles: useJumpItemRoleChoices(), sessionPolicies: useSessionPolicyChoices() };
}

/** The value of a setting in words. */
export function settingInWords(setting: Setting, value: unknown, names: SettingNames): string {
  const { form } = setting;
  switch (form.kind) {
    case 'right':
      return value === true ? 'Yes' : 'No';
    case 'choice':
      return labelOf(form.options, value);
    case 'seconds':
      return secondsInWords(Number(value));
    case 'range':
      return String(value);
    case 'jump_item_role':
      return labelOf(names.roles, value);
    case 'session_policy':
      if (value === null || value === undefined) return 'None';
      return typeof value === 'object' ? 'Permissions of its own' : labelOf(names.sessionPolicies, value);
  }
}

/** The control that a setting's value is chosen with. */
export function SettingValue(props: {
  setting: Setting;
  value: unknown;
  names: SettingNames;
  disabled: boolean;
  onChange: (value: unknown) => void;
}) {
  const { setting, value, names, disabled, onChange } = props;
  const { form, label } = setting;
  const common = { 'aria-label': label, disabled, size: 'xs' } as const;
  switch (form.kind) {
    case 'right':
      return (
        <Switch
          aria-label={label}
          disabled={disabled}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <Select
          {...common}
          data={form.options}
          value={String(value)}
          allowDeselect={false}
          onChange={(next) => onChange(next)}
        />
      );
    case 'seconds':
      return (
        <Select
          {...common}
          data={form.values.map((seconds) => ({ value: String(seconds), label: secondsInWords(seconds) }))}
          value={String(value)}
          allowDeselect={false}
          onChange={(next) => onChange(Number(next))}
        />
      );
    case 'range':
      return (
        <NumberInput
          {...common}
          min={form.minimum}
          max={form.maximum}
          clampBehavior="strict"
          allowDecimal={false}
          value={Number(value)}
          onChange={(next) => typeof next === 'number' && onChange(next)}
        />
      );
    case 'jump_item_role':
      return (
        <Select
          {...common}
          searchable
          data={names.roles}
          value={String(value)}
          allowDeselect={false}
          onChange={(next) => onChange(Number(next))}
        />
      );
    case 'session_policy':
      return (
        <SessionPolicyValue
          label={label}
          value={value}
          policies={names.sessionPolicies}
          disabled={disabled}
          onChange={onChange}
        />
      );
  }
}

function labelOf(options: Choice[], value: unknown): string {
  return options.find((option) => option.value === String(value))?.label ?? String(value);
}
