import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { type ReactNode, useId } from 'react';

/** What a session policy says of a permission that is allowed or denied. */
export const ALLOW_DENY = [
  { value: 'not_defined', label: 'Not defined' },
  { value: 'allow', label: 'Allow' },
  { value: 'deny', label: 'Deny' },
] as const;

/** What a group policy says of a setting. */
export const DEFINED_FINAL = [
  { value: 'not_defined', label: 'Not defined' },
  { value: 'defined', label: 'Defined' },
  { value: 'final', label: 'Final' },
] as const;

/** A few words beside each other, exactly one of which holds: radio buttons in a row. */
export function TriState<Value extends string>(props: {
  /** What is decided; read out with the choices. */
  label: string;
  value: Value;
  choices: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
  disabled?: boolean;
}) {
  return (
    <SegmentedControl<Value>
      aria-label={props.label}
      size="xs"
      value={props.value}
      data={[...props.choices]}
      onChange={props.onChange}
      disabled={props.disabled ?? false}
      withItemsBorders={false}
    />
  );
}

/** One line of a long list of settings: what it is on the left, what is said of it on the right. */
export function SettingRow(props: {
  label: string;
  help?: ReactNode;
  /** Where the value comes from, e.g. a `SourceBadge`. */
  source?: ReactNode;
  error?: string | undefined;
  children: (label: { id: string }) => ReactNode;
}) {
  const id = useId();
  return (
    <Group className="setting-row" justify="space-between" align="flex-start" gap="xs" py="xs">
      <Stack gap={2} className="setting-row-label">
        <Text size="sm" id={id}>
          {props.label}
        </Text>
        {props.help !== undefined && (
          <Text size="xs" c="dimmed">
            {props.help}
          </Text>
        )}
        {props.source}
        {props.error !== undefined && (
          <Text size="xs" c="red" role="alert">
            {props.error}
          </Text>
        )}
      </Stack>
      <Group gap="xs" justify="flex-end">
        {props.children({ id })}
      </Group>
    </Group>
  );
}
