import {
  Anchor,
  Button,
  Checkbox,
  Fieldset,
  Group,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { FormEvent } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { client, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import { plainly, type Reading } from '../../shared/conflict-dialog.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { SessionPermissionEditor } from '../../shared/session-permission-editor.tsx';
import {
  type PermissionValue,
  permissionInWords,
  type SessionPermission,
  useSessionPermissions,
} from '../../shared/session-permissions.ts';
import { useEditing } from '../../shared/use-editing.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useRevision } from '../../shared/use-revision.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';

type Details = Schema<'SessionPolicyDetails'>;
type Permissions = Record<string, PermissionValue | null>;

/** Permissions stand beside the other fields under `permissions.<name>`, as refusals name them. */
type Values = Record<string, unknown>;
const PERMISSION = 'permissions.';

const AVAILABILITY = [
  ['available_to_users', 'Users', 'As the attended or unattended policy of users and of group policies.'],
  ['available_to_jump_items', 'Jump Items', 'As a policy of Jump Items, installers and Jump Clients.'],
  ['available_to_rep_invite', 'Invitations', 'As the profile of a representative invited from outside.'],
  ['available_to_portals', 'Public portals', 'As the policy of sessions that start on a portal.'],
] as const;

const NEW: Omit<Details, 'id'> = {
  display_name: '',
  code_name: '',
  description: '',
  available_to_users: true,
  available_to_jump_items: true,
  available_to_rep_invite: false,
  available_to_portals: true,
  permissions: {},
};

/** The editor of one session policy, or of a new one. */
export function SessionPolicyPage() {
  const { id = 'new' } = useParams();
  const catalogue = useSessionPermissions();
  return (
    <Stack maw={860}>
      <Back />
      <WhenLoaded loaded={catalogue}>
        {(permissions) =>
          id === 'new' ? (
            <NewPolicy catalogue={permissions} />
          ) : (
            <ExistingPolicy key={id} id={Number(id)} catalogue={permissions} />
          )
        }
      </WhenLoaded>
    </Stack>
  );
}

/** The policy that decides what no other one defines. */
export function GlobalSessionPolicyPage() {
  const catalogue = useSessionPermissions();
  const read = (signal: AbortSignal) => readOf(client.GET('/global-session-policy', { signal }));
  const loaded = useLoaded('global session policy', read);
  return (
    <Stack maw={860}>
      <Back />
      <Title order={1} size="h2">
        Global session policy
      </Title>
      <Text size="sm" c="dimmed">
        It decides what neither the Jump Item nor the portal nor the representative says, so everything is
        defined here.
      </Text>
      <WhenLoaded loaded={catalogue}>
        {(permissions) => (
          <WhenLoaded loaded={loaded}>
            {(policy) => (
              <GlobalForm
                key={policy.ifMatch['If-Match']}
                catalogue={permissions}
                read={policy}
                again={read}
              />
            )}
          </WhenLoaded>
        )}
      </WhenLoaded>
    </Stack>
  );
}

function Back() {
  return (
    <Anchor component={Link} to="/session-policies" size="sm">
      All session policies
    </Anchor>
  );
}

function NewPolicy({ catalogue }: { catalogue: SessionPermission[] }) {
  const navigate = useNavigate();
  const editing = useEditing<Values>({
    initial: toValues(NEW, catalogue),
    reading: readingIn(catalogue),
    onSave: async (values) => {
      const body = bodyOf<Schema<'SessionPolicyCreate'>>(toBody(values));
      const policy = await ok(client.POST('/session-policy', { body }));
      notifications.show({ message: 'Session policy created', color: 'teal' });
      navigate(`/session-policies/${policy.id}`, { replace: true });
    },
  });
  return <Form title="New session policy" catalogue={catalogue} editing={editing} saveLabel="Create" />;
}

function ExistingPolicy({ id, catalogue }: { id: number; catalogue: SessionPermission[] }) {
  const read = (signal: AbortSignal) =>
    readOf(client.GET('/session-policy/{id}', { params: { path: { id } }, signal }));
  const loaded = useLoaded(`session policy ${id}`, read);
  return (
    <WhenLoaded loaded={loaded}>
      {(policy) => (
        <ExistingForm key={policy.ifMatch['If-Match']} catalogue={catalogue} read={policy} again={read} />
      )}
    </WhenLoaded>
  );
}

interface ExistingProps<T> {
  catalogue: SessionPermission[];
  read: Read<T>;
  again: (signal: AbortSignal) => Promise<Read<T>>;
}

function ExistingForm({ catalogue, read, again }: ExistingProps<Details>) {
  const revision = useRevision(read, again);
  const toForm = (policy: Details) => toValues(policy, catalogue);
  const editing = useEditing<Values>({
    initial: toForm(read.value),
    reading: readingIn(catalogue),
    onOvertaken: revision.newer(toForm),
    onSave: async (values) => {
      const params = { path: { id: read.value.id }, header: revision.current.ifMatch };
      const body = bodyOf<Schema<'SessionPolicyUpdate'>>(toBody(values));
      revision.set(await readOf(client.PATCH('/session-policy/{id}', { params, body })));
      notifications.show({ message: 'Session policy saved', color: 'teal' });
    },
  });
  return (
    <Form
      title={revision.current.value.display_name}
      catalogue={catalogue}
      editing={editing}
      saveLabel="Save"
    />
  );
}

function GlobalForm({ catalogue, read, again }: ExistingProps<Schema<'GlobalSessionPolicy'>>) {
  const revision = useRevision(read, again);
  const toForm = (policy: Schema<'GlobalSessionPolicy'>) => toValues(policy, catalogue);
  const editing = useEditing<Values>({
    initial: toForm(read.value),
    reading: readingIn(catalogue),
    onOvertaken: revision.newer(toForm),
    onSave: async (values) => {
      const body = bodyOf<Schema<'GlobalSessionPolicyUpdate'>>(toBody(values));
      const params = { header: revision.current.ifMatch };
      revision.set(await readOf(client.PATCH('/global-session-policy', { params, body })));
      notifications.show({ message: 'Global session policy saved', color: 'teal' });
    },
  });
  return (
    <form onSubmit={submitting(editing.save)}>
      <Stack>
        <Problem editing={editing} />
        <Permissions catalogue={catalogue} editing={editing} everything />
        <Save label="Save" editing={editing} />
      </Stack>
    </form>
  );
}

type EditingValues = ReturnType<typeof useEditing<Values>>;

function Form(props: {
  title: string;
  catalogue: SessionPermission[];
  editing: EditingValues;
  saveLabel: string;
}) {
  const { editing } = props;
  const { values, change, error } = editing;
  const text = (name: string) => ({
    value: String(values[name] ?? ''),
    error: error?.fields[name]?.join(' '),
    onChange: (event: { currentTarget: { value: string } }) => change({ [name]: event.currentTarget.value }),
  });
  return (
    <form onSubmit={submitting(editing.save)}>
      <Stack>
        <Title order={1} size="h2">
          {props.title}
        </Title>
        <Problem editing={editing} />
        <TextInput label="Name" required maxLength={255} {...text('display_name')} />
        <TextInput
          label="Code name"
          maxLength={64}
          description="Used by imports and scripts. Made from the name when blank."
          {...text('code_name')}
        />
        <Textarea label="Description" autosize minRows={2} maxLength={1024} {...text('description')} />
        <Fieldset legend="Available to">
          <Group gap="lg" align="start">
            {AVAILABILITY.map(([name, label, help]) => (
              <Checkbox
                key={name}
                label={label}
                description={help}
                w={{ base: '100%', sm: 'calc(50% - var(--mantine-spacing-lg))' }}
                checked={values[name] === true}
                error={error?.fields[name]?.join(' ')}
                onChange={(event) => change({ [name]: event.currentTarget.checked })}
              />
            ))}
          </Group>
        </Fieldset>
        <Title order={2} size="h4">
          Permissions
        </Title>
        <Permissions catalogue={props.catalogue} editing={editing} />
        <Save label={props.saveLabel} editing={editing} />
      </Stack>
    </form>
  );
}

function Permissions(props: {
  catalogue: SessionPermission[];
  editing: EditingValues;
  everything?: boolean;
}) {
  const { values, change, error } = props.editing;
  const errors = Object.entries(error?.fields ?? {}).filter(([name]) => name.startsWith(PERMISSION));
  return (
    <SessionPermissionEditor
      catalogue={props.catalogue}
      values={permissionsIn(values)}
      everything={props.everything ?? false}
      errors={Object.fromEntries(
        errors.map(([name, sentences]) => [name.slice(PERMISSION.length), sentences]),
      )}
      onChange={(name, value) => change({ [PERMISSION + name]: value })}
    />
  );
}

function Problem({ editing }: { editing: EditingValues }) {
  return (
    <>
      {editing.conflict}
      {editing.error !== undefined && <Refusal error={editing.error} />}
    </>
  );
}

/** Stays in sight beneath the long list. */
function Save({ label, editing }: { label: string; editing: EditingValues }) {
  return (
    <Group justify="flex-end" className="save-bar">
      {editing.changed && (
        <Text size="sm" c="dimmed">
          Not saved yet
        </Text>
      )}
      <Button variant="default" component={Link} to="/session-policies">
        Cancel
      </Button>
      <Button type="submit" loading={editing.busy}>
        {label}
      </Button>
    </Group>
  );
}

function submitting(save: () => Promise<void>) {
  return (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
}

function toValues(policy: Partial<Details>, catalogue: SessionPermission[]): Values {
  const { id: _, permissions, ...fields } = policy;
  const said = (permissions ?? {}) as Permissions;
  return {
    ...fields,
    ...Object.fromEntries(catalogue.map(({ name }) => [PERMISSION + name, said[name] ?? null])),
  };
}

function permissionsIn(values: Values): Permissions {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => name.startsWith(PERMISSION))
      .map(([name, value]) => [name.slice(PERMISSION.length), value as PermissionValue | null]),
  );
}

function toBody(values: Values): Record<string, unknown> {
  const fields = Object.entries(values).filter(([name]) => !name.startsWith(PERMISSION));
  return { ...Object.fromEntries(fields), permissions: permissionsIn(values) };
}

function readingIn(catalogue: SessionPermission[]) {
  return (name: string): Reading => {
    const permission = catalogue.find((one) => PERMISSION + one.name === name);
    if (permission !== undefined)
      return { label: permission.label, show: (value) => permissionInWords(permission, value) };
    const available = AVAILABILITY.find(([field]) => field === name);
    const label = available === undefined ? name.replaceAll('_', ' ') : `Available to ${available[1]}`;
    return { label, show: plainly };
  };
}
