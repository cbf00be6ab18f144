import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import type { ApiError } from './api.ts';
import { Refusal } from './refusal.tsx';

export type FieldValue = string | number | boolean | string[] | null;
export type FormValues = Record<string, FieldValue>;

export interface Field {
  name: string;
  label: string;
  kind: 'text' | 'textarea' | 'number' | 'checkbox' | 'select' | 'password' | 'list';
  help?: ReactNode;
  required?: boolean;
  maxLength?: number;
  min?: number;
  max?: number;
  options?: { value: string; label: string }[];
  /** A select whose values are numbers on the wire. */
  numeric?: boolean;
  disabled?: boolean;
  /** Shown only when this holds for the values so far. */
  when?: (values: FormValues) => boolean;
}

export interface RecordFormProps {
  fields: Field[];
  initial: FormValues;
  saveLabel?: string;
  /** Gets every shown field; throws the API's refusal, whose sentences then stand beside their fields. */
  onSave: (values: FormValues) => Promise<void>;
  onCancel: () => void;
  /** Offered when the save was overtaken by another; until it is chosen, what was typed stays. */
  onNewer?: () => void;
  children?: ReactNode;
}

/** A form over one record: the API's own words beside each field, nothing lost when a save fails. */
export function RecordForm(props: RecordFormProps) {
  const [values, setValues] = useState<FormValues>(props.initial);
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const changed = JSON.stringify(values) !== JSON.stringify(props.initial);
  useWarnBeforeLeaving(changed && !busy);
  const shown = props.fields.filter((field) => field.when?.(values) ?? true);
  const elsewhere = Object.entries(error?.fields ?? {}).filter(
    ([name]) => !shown.some((field) => field.name === name),
  );

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await props.onSave(Object.fromEntries(shown.map((field) => [field.name, values[field.name] ?? null])));
    } catch (problem) {
      setError(problem as ApiError);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit} noValidate={false}>
      <Stack>
        {error !== undefined && (
          <Refusal error={error} onNewer={props.onNewer}>
            {elsewhere.map(([name, sentences]) => (
              <div key={name}>
                {name}: {sentences.join(' ')}
              </div>
            ))}
          </Refusal>
        )}
        {shown.map((field) => (
          <FormField
            key={field.name}
            field={field}
            value={values[field.name] ?? null}
            error={error?.fields[field.name]?.join(' ')}
            onChange={(value) => setValues((now) => ({ ...now, [field.name]: value }))}
          />
        ))}
        {props.children}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            {props.saveLabel ?? 'Save'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function FormField(props: {
  field: Field;
  value: FieldValue;
  error: string | undefined;
  onChange: (value: FieldValue) => void;
}) {
  const { field, value, error, onChange } = props;
  const common = {
    label: field.label,
    description: field.help,
    error,
    disabled: field.disabled ?? false,
    ...(field.required ? { required: true } : {}),
  };
  switch (field.kind) {
    case 'checkbox':
      return (
        <Checkbox
          {...common}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'number':
      return (
        <NumberInput
          {...common}
          value={typeof value === 'number' ? value : ''}
          allowDecimal={false}
          {...(field.min === undefined ? {} : { min: field.min })}
          {...(field.max === undefined ? {} : { max: field.max })}
          onChange={(next) => onChange(typeof next === 'number' ? next : null)}
        />
      );
    case 'select':
      return (
        <Select
          {...common}
          searchable
          clearable={!field.required}
          data={field.options ?? []}
          value={value === null ? null : String(value)}
          onChange={(next) => onChange(next !== null && field.numeric ? Number(next) : next)}
        />
      );
    case 'list':
      return <TagsInput {...common} value={Array.isArray(value) ? value : []} onChange={onChange} />;
    case 'textarea':
      return (
        <Textarea
          {...common}
          autosize
          minRows={2}
          value={String(value ?? '')}
          {...(field.maxLength === undefined ? {} : { maxLength: field.maxLength })}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'password':
      return (
        <PasswordInput
          {...common}
          autoComplete="new-password"
          value={String(value ?? '')}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'text':
      return (
        <TextInput
          {...common}
          value={String(value ?? '')}
          {...(field.maxLength === undefined ? {} : { maxLength: field.maxLength })}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}

/** The browser asks before unsaved work is left behind. */
export function useWarnBeforeLeaving(unsaved: boolean): void {
  useEffect(() => {
    if (!unsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [unsaved]);
}
