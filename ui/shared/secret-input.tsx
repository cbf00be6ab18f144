import { Button, Group, Input, PasswordInput, Text, Textarea } from '@mantine/core';
import { type ReactNode, useId } from 'react';

/**
 * A secret that the API takes and never answers: says whether there is one, and lets it be set, changed or, unless it
 * is required, removed. Undefined is “as it is”, null is “none”.
 */
export function SecretInput(props: {
  label: string;
  description?: ReactNode;
  error?: string | undefined;
  disabled?: boolean;
  required?: boolean;
  present: boolean;
  multiline: boolean;
  value: string | null | undefined;
  onChange: (value: string | null | undefined) => void;
}) {
  const { label, description, error, present, multiline, value, onChange } = props;
  const required = props.required ?? false;
  const id = useId();
  if (typeof value === 'string') {
    const common = {
      label,
      description,
      error,
      value,
      required,
      autoComplete: 'off',
      onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
    };
    return (
      <Group align="end" gap="xs" wrap="nowrap">
        {multiline ? (
          <Textarea {...common} autosize minRows={3} maxRows={10} flex={1} spellCheck={false} />
        ) : (
          <PasswordInput {...common} flex={1} autoComplete="new-password" />
        )}
        {(present || !required) && (
          <Button
            variant="default"
            aria-label={`Leave ${label} as it is`}
            onClick={() => onChange(undefined)}
          >
            Leave
          </Button>
        )}
      </Group>
    );
  }
  return (
    <Input.Wrapper
      label={label}
      description={description}
      error={error}
      labelElement="div"
      labelProps={{ id }}
    >
      <Group gap="xs" mt={4} role="group" aria-labelledby={id}>
        <Text size="sm">
          {value === null ? 'Will be removed.' : present ? 'Set. It is never shown.' : 'Not set.'}
        </Text>
        <Button
          size="xs"
          variant="default"
          disabled={props.disabled ?? false}
          aria-label={`${present ? 'Change' : 'Set'} ${label}`}
          onClick={() => onChange('')}
        >
          {present ? 'Change' : 'Set'}
        </Button>
        {present && !required && value === undefined && (
          <Button
            size="xs"
            variant="default"
            disabled={props.disabled ?? false}
            aria-label={`Remove ${label}`}
            onClick={() => onChange(null)}
          >
            Remove
          </Button>
        )}
        {value === null && (
          <Button size="xs" variant="default" onClick={() => onChange(undefined)}>
            Keep it
          </Button>
        )}
      </Group>
    </Input.Wrapper>
  );
}
