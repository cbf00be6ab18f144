import { Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { type Field, type FormValues, RecordForm } from '../../shared/record-form.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { PRESETS, type Preset } from './user-presets.ts';

type User = Schema<'User'>;

const FIELDS: Field[] = [
  { name: 'username', label: 'Username', kind: 'text', required: true, maxLength: 64 },
  {
    name: 'public_display_name',
    label: 'Public display name',
    kind: 'text',
    maxLength: 64,
    help: 'What customers see. The username when blank.',
  },
  {
    name: 'private_display_name',
    label: 'Private display name',
    kind: 'text',
    maxLength: 64,
    help: 'What other representatives see. The public name when blank.',
  },
  { name: 'email_address', label: 'E-mail', kind: 'text', maxLength: 255 },
  {
    name: 'password',
    label: 'Password',
    kind: 'password',
    help: 'To be changed at the first sign-in. Without one nobody can sign in until one is set.',
  },
];

/** A new local user, who has no right at all unless a preset gives some. */
export function NewUserForm(props: { onCreated: (user: User) => void; onCancel: () => void }) {
  const [preset, setPreset] = useState<Preset>('representative');
  return (
    <RecordForm
      fields={FIELDS}
      initial={Object.fromEntries(FIELDS.map((field) => [field.name, '']))}
      saveLabel="Create"
      onCancel={props.onCancel}
      onSave={async (values) => {
        const body = bodyOf<Schema<'UserCreate'>>({ ...account(values), ...PRESETS[preset].settings });
        props.onCreated(await ok(client.POST('/user', { body })));
      }}
    >
      <Radio.Group
        label="What the new user may do"
        description="A starting point: every setting can be changed afterwards, and group policies may say more."
        value={preset}
        onChange={(next) => setPreset(next as Preset)}
      >
        <Stack gap="xs" mt="xs">
          {Object.entries(PRESETS).map(([name, { label, help }]) => (
            <Radio key={name} value={name} label={label} description={help} />
          ))}
        </Stack>
      </Radio.Group>
      <Text size="xs" c="dimmed">
        Membership of Jump Groups, teams and Jumpoints is given there or by a group policy.
      </Text>
    </RecordForm>
  );
}

function account(values: FormValues): FormValues {
  const { username, password, public_display_name: publicName, private_display_name: privateName } = values;
  const shown = publicName || username || '';
  return {
    ...values,
    public_display_name: shown,
    private_display_name: privateName || shown,
    ...(password ? { password_reset_next_login: true } : { password: null }),
  };
}
