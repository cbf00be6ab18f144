import {
  Accordion,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import {
  bySection,
  choiceInWords,
  isAllowDeny,
  type PermissionValue,
  permissionInWords,
  type SessionPermission,
  sectionTitle,
} from './session-permissions.ts';
import { ALLOW_DENY, SettingRow, TriState } from './tri-state.tsx';

/** What a policy says; a name that is missing or null is not defined. */
export type PermissionValues = Record<string, PermissionValue | null | undefined>;

export interface SessionPermissionEditorProps {
  catalogue: SessionPermission[];
  values: PermissionValues;
  onChange: (name: string, value: PermissionValue | null) => void;
  /** Sentences of a refusal by permission. */
  errors?: Record<string, string[]>;
  /** The policy defines everything: nothing can be left to another. */
  everything?: boolean;
}

const NOT_DEFINED = 'not_defined';

/** Every permission a session policy may speak of, in sections that open and close. */
export function SessionPermissionEditor(props: SessionPermissionEditorProps) {
  const { catalogue, values, errors = {}, everything = false } = props;
  const [search, setSearch] = useState('');
  const [definedOnly, setDefinedOnly] = useState(false);
  const [open, setOpen] = useState<string[]>([]);
  const wanted = search.trim().toLowerCase();
  const isDefined = (name: string) => values[name] !== undefined && values[name] !== null;
  const sections = bySection(catalogue)
    .map(({ section, permissions }) => ({
      section,
      permissions,
      shown: permissions.filter(
        ({ name, label }) =>
          (wanted === '' || `${label} ${name}`.toLowerCase().includes(wanted)) &&
          (!definedOnly || isDefined(name)),
      ),
    }))
    .filter(({ shown }) => shown.length > 0);
  const narrowed = wanted !== '' || definedOnly;
  const faulty = bySection(catalogue)
    .filter(({ permissions }) => permissions.some(({ name }) => errors[name] !== undefined))
    .map(({ section }) => section);
  const opened = narrowed ? sections.map(({ section }) => section) : [...new Set([...open, ...faulty])];

  return (
    <Stack>
      <Group align="end">
        <TextInput
          type="search"
          label="Find a permission"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        {!everything && (
          <Switch
            label="Only what is defined"
            mb={8}
            checked={definedOnly}
            onChange={(event) => setDefinedOnly(event.currentTarget.checked)}
          />
        )}
        <Text size="sm" c="dimmed" ml="auto" mb={8} aria-live="polite">
          {everything
            ? `${catalogue.length} permissions`
            : `${catalogue.filter(({ name }) => isDefined(name)).length} of ${catalogue.length} defined`}
        </Text>
      </Group>
      {sections.length === 0 && <Text c="dimmed">No permission matches.</Text>}
      <Accordion multiple variant="separated" order={3} value={opened} onChange={setOpen}>
        {sections.map(({ section, permissions, shown }) => {
          const defined = permissions.filter(({ name }) => isDefined(name)).length;
          return (
            <Accordion.Item key={section} value={section}>
              <Accordion.Control>
                <Group gap="xs">
                  <Text size="sm" fw={600}>
                    {sectionTitle(section)}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {everything
                      ? permissions.length
                      : defined === 0
                        ? 'nothing defined'
                        : `${defined} of ${permissions.length} defined`}
                  </Text>
                </Group>
              </Accordion.Control>
              <Accordion.Panel>
                {shown.map((permission) => (
                  <SettingRow
                    key={permission.name}
                    label={permission.label}
                    error={errors[permission.name]?.join(' ')}
                  >
                    {() => (
                      <PermissionControl
                        permission={permission}
                        value={values[permission.name] ?? null}
                        everything={everything}
                        onChange={(value) => props.onChange(permission.name, value)}
                      />
                    )}
                  </SettingRow>
                ))}
              </Accordion.Panel>
            </Accordion.Item>
          );
        })}
      </Accordion>
    </Stack>
  );
}

interface ControlProps {
  permission: SessionPermission;
  value: PermissionValue | null;
  everything: boolean;
  onChange: (value: PermissionValue | null) => void;
}

function PermissionControl(props: ControlProps) {
  const { permission, value, everything, onChange } = props;
  if (isAllowDeny(permission)) {
    return (
      <TriState
        label={permission.label}
        value={value === null ? NOT_DEFINED : (String(value) as 'allow' | 'deny')}
        choices={everything ? ALLOW_DENY.slice(1) : ALLOW_DENY}
        onChange={(next) => onChange(next === NOT_DEFINED ? null : next)}
      />
    );
  }
  if (permission.form === 'choice') {
    return (
      <Select
        aria-label={permission.label}
        size="xs"
        w={230}
        allowDeselect={false}
        data={[
          ...(everything ? [] : [{ value: NOT_DEFINED, label: 'Not defined' }]),
          ...(permission.values ?? []).map((choice) => ({ value: choice, label: choiceInWords(choice) })),
        ]}
        value={value === null ? NOT_DEFINED : String(value)}
        onChange={(next) => onChange(next === NOT_DEFINED ? null : next)}
      />
    );
  }
  return (
    <>
      {!everything && (
        <TriState
          label={permission.label}
          value={value === null ? NOT_DEFINED : 'defined'}
          choices={[
            { value: NOT_DEFINED, label: 'Not defined' },
            { value: 'defined', label: 'Defined' },
          ]}
          onChange={(next) => onChange(next === NOT_DEFINED ? null : (permission.initial as PermissionValue))}
        />
      )}
      {value !== null &&
        (permission.form === 'seconds' ? (
          <NumberInput
            aria-label={`${permission.label}: seconds`}
            size="xs"
            w={110}
            suffix=" s"
            allowDecimal={false}
            {...(permission.minimum === undefined ? {} : { min: permission.minimum })}
            {...(permission.maximum === undefined ? {} : { max: permission.maximum })}
            value={typeof value === 'number' ? value : ''}
            onChange={(next) => typeof next === 'number' && onChange(next)}
          />
        ) : (
          <TagsInput
            aria-label={`${permission.label}: directories`}
            size="xs"
            w={320}
            maw="100%"
            placeholder={
              Array.isArray(value) && value.length > 0
                ? ''
                : `${permissionInWords(permission, [])}; type a directory and press Enter`
            }
            splitChars={[]}
            acceptValueOnBlur
            value={Array.isArray(value) ? value : []}
            onChange={onChange}
          />
        ))}
    </>
  );
}
