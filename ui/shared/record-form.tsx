import {
  Alert,
  Button,
  Checkbox,
  Group,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import { plainly, type Reading } from './conflict-dialog.tsx';
import { Refusal } from './refusal.tsx';
import { SecretInput } from './secret-input.tsx';
import { type Newer, useEditing } from './use-editing.tsx';

export type FieldValue = string | number | boolean | string[] | null;
export type FormValues = Record<string, FieldValue>;

export interface Field {
  name: string;
  label: string;
  kind: 'text' | 'textarea' | 'number' | 'checkbox' | 'select' | 'choices' | 'password' | 'list' | 'secret';
  /** Fields of one section stand together beneath its heading. */
  section?: string;
  /** Of a secret: whether there is one already, which is never shown. It is sent only when it was changed. */
  present?: boolean;
  /** Of a secret of several lines, such as a key. */
  multiline?: boolean;
  help?: ReactNode;
  required?: boolean;
  maxLength?: number;
  min?: number;
  max?: number;
  options?: { value: string; label: string }[];
  /** A select, or choices, whose values are numbers on the wire. */
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
  /** Reads the record as it is now when a save was overtaken by another; then the person chooses. */
  onOvertaken?: (() => Promise<Newer<FormValues>>) | undefined;
  /** Why nothing can be changed here. */
  readOnly?: string | undefined;
  children?: ReactNode;
}

/** A form over one record: the API's own words beside each field, nothing lost when a save fails. */
export function RecordForm(props: RecordFormProps) {
  const { values, change, error, busy, save, conflict } = useEditing<FormValues>({
    initial: props.initial,
    onSave: async (typed) => {
      const sent = shownFields(props.fields, typed)
        .filter((field) => field.kind !== 'secret' || typed[field.name] !== undefined)
        .map((field) => [field.name, typed[field.name] ?? null]);
      await props.onSave(Object.fromEntries(sent));
    },
    onOvertaken: overtaken(props),
    reading: (name) => readingOf(props.fields, name),
  });
  const shown = shownFields(props.fields, values);
  const elsewhere = Object.entries(error?.fields ?? {}).filter(
    ([name]) => !shown.some((field) => field.name === name),
  );

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      noValidate={false}
    >
      <Stack>
        {conflict}
        {error !== undefined && (
          <Refusal error={error}>
            {elsewhere.map(([name, sentences]) => (
              <div key={name}>
                {name}: {sentences.join(' ')}
              </div>
            ))}
          </Refusal>
        )}
        {props.readOnly !== undefined && <Alert color="river">{props.readOnly}</Alert>}
        {shown.map((field, index) => (
          <Fragment key={field.name}>
            {field.section !== undefined && field.section !== shown[index - 1]?.section && (
              <Title order={2} size="h5" mt={index === 0 ? 0 : 'sm'}>
                {field.section}
              </Title>
            )}
            <FormField
              field={props.readOnly === undefined ? field : { ...field, disabled: true }}
              value={values[field.name]}
              error={error?.fields[field.name]?.join(' ')}
              onChange={(value) => change({ [field.name]: value } as Partial<FormValues>)}
            />
          </Fragment>
        ))}
        {props.children}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onCancel}>
            {props.readOnly === undefined ? 'Cancel' : 'Close'}
          </Button>
          {props.readOnly === undefined && (
            <Button type="submit" loading={busy}>
              {props.saveLabel ?? 'Save'}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function shownFields(fields: Field[], values: FormValues): Field[] {
  return fields.filter((field) => field.when?.(values) ?? true);
}

/** Only what the form holds is compared; the record may have more, such as counters. */
function overtaken({ fields, onOvertaken }: RecordFormProps) {
  if (onOvertaken === undefined) return undefined;
  return async (): Promise<Newer<FormValues>> => {
    const newer = await onOvertaken();
    const held = fields
      .filter(({ kind }) => kind !== 'secret')
      .map((field) => [field.name, newer.values[field.name] ?? null]);
    return { ...newer, values: Object.fromEntries(held) };
  };
}

/** How a value of the form is called and read out. */
export function readingOf(fields: Field[], name: string): Reading {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) return { label: name, show: plainly };
  return {
    label: field.label,
    show: (value) => {
      if (field.kind === 'password') return value ? 'a new password' : plainly('');
      const called = (one: unknown) => field.options?.find((option) => option.value === String(one))?.label;
      if (Array.isArray(value)) return plainly(value.map((one) => called(one) ?? one));
      return called(value) ?? plainly(value);
    },
  };
}

function FormField(props: {
  field: Field;
  value: FieldValue | undefined;
  error: string | undefined;
  /** Undefined: a secret stays as it is. */
  onChange: (value: FieldValue | undefined) => void;
}) {
  const { field, error, onChange } = props;
  const value = props.value ?? null;
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
      return (
        <TagsInput {...common} value={Array.isArray(value) ? value.map(String) : []} onChange={onChange} />
      );
    case 'choices':
      return (
        <MultiSelect
          {...common}
          searchable
          clearable
          data={field.options ?? []}
          value={Array.isArray(value) ? value.map(String) : []}
          // Ids are numbers on the wire and in what was read; a form does not tell lists of them from lists of text.
          onChange={(next) => onChange(field.numeric ? (next.map(Number) as unknown as string[]) : next)}
        />
      );
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
    case 'secret':
      return (
        <SecretInput
          {...common}
          present={field.present ?? false}
          multiline={field.multiline ?? false}
          value={props.value as string | null | undefined}
          onChange={onChange}
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
