import {
  Alert,
  Anchor,
  Badge,
  Button,
  Drawer,
  Group,
  Menu,
  Stack,
  Text,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { ApiError, client, everyPage, ok, type Read, readOf, type Schema } from '../shared/api.ts';
import { type Choice, useGroupPolicyChoices } from '../shared/choices.ts';
import { NAME } from '../shared/common-fields.ts';
import { OrderList } from '../shared/order-list.tsx';
import { type Field, type FormValues, RecordForm } from '../shared/record-form.tsx';
import { Refusal } from '../shared/refusal.tsx';
import { type Removable, RemoveRecord } from '../shared/remove-record.tsx';
import { bodyOf } from '../shared/resource-page.tsx';
import { useLoaded } from '../shared/use-loaded.ts';
import { useRevision } from '../shared/use-revision.ts';
import { mayLeave } from '../shared/warn-before-leaving.ts';
import { WhenLoaded } from '../shared/when-loaded.tsx';
import { formOf, PROVIDER_LABELS, type ProviderType } from './security-provider-fields.ts';

type Provider = Schema<'SecurityProviderDetails'>;
type Open =
  | { kind: 'create'; type: ProviderType }
  | { kind: 'edit'; provider: Provider }
  | { kind: 'remove'; provider: Provider }
  | undefined;

const TYPES: ProviderType[] = ['ldap', 'radius', 'kerberos', 'saml', 'saml_portal', 'oidc', 'scim'];

/** Where users come from, in the order in which they are asked. */
export function SecurityProvidersPage() {
  const loaded = useLoaded('security providers', everyProvider);
  const policies = useGroupPolicyChoices();
  const [open, setOpen] = useState<Open>();
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const close = () => setOpen(undefined);
  const done = (message: string) => {
    notifications.show({ message, color: 'teal' });
    close();
    loaded.reload();
  };
  const move = async (providers: Read<Provider>[], moved: Read<Provider>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const priority = providers.indexOf(moved);
      await update(moved.value, { priority }, moved.ifMatch);
      notifications.show({ message: 'Order saved', color: 'teal' });
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
      loaded.reload();
    }
  };
  return (
    <Stack maw={860}>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Security providers
        </Title>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button leftSection={<IconPlus size={16} aria-hidden />}>New security provider</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {TYPES.map((type) => (
              <Menu.Item key={type} onClick={() => setOpen({ kind: 'create', type })}>
                {PROVIDER_LABELS[type]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Text size="sm" c="dimmed">
        Where users come from and how they prove who they are. Providers are asked from the first to the last.
      </Text>
      <Alert color="yellow">
        For now people sign in with passwords of this site alone (the local provider). The other providers can
        be set up, and users, group policies and provisioning can refer to them; sign-in through them comes
        later.
      </Alert>
      {problem !== undefined && <Refusal error={problem} />}
      <WhenLoaded loaded={loaded}>
        {(providers) => (
          <OrderList
            label="Security providers in the order they are asked"
            items={providers}
            itemKey={({ value }) => String(value.id)}
            itemName={({ value }) => value.name}
            disabled={busy}
            onOrder={(items, moved) => void move(items, moved)}
          >
            {({ value }) => (
              <Group justify="space-between" gap="xs">
                <div>
                  <UnstyledButton
                    c="var(--mantine-color-anchor)"
                    fz="sm"
                    onClick={() => setOpen({ kind: 'edit', provider: value })}
                  >
                    {value.name}
                  </UnstyledButton>
                  <Text size="xs" c="dimmed">
                    {[PROVIDER_LABELS[value.type], ...purposes(value)].join(' · ')}
                    <DefaultPolicy id={value.default_policy} policies={policies} />
                  </Text>
                </div>
                <Group gap="xs" wrap="nowrap">
                  <Badge color={value.enabled ? 'teal' : 'red'}>
                    {value.enabled ? 'enabled' : 'disabled'}
                  </Badge>
                  {value.type !== 'local' && (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      color="red"
                      aria-label={`Delete ${value.name}`}
                      onClick={() => setOpen({ kind: 'remove', provider: value })}
                    >
                      Delete
                    </Button>
                  )}
                </Group>
              </Group>
            )}
          </OrderList>
        )}
      </WhenLoaded>
      <Drawer
        opened={open?.kind === 'create' || open?.kind === 'edit'}
        onClose={() => mayLeave() && close()}
        position="right"
        size="lg"
        closeOnClickOutside={false}
        title={
          open?.kind === 'create'
            ? `New security provider: ${PROVIDER_LABELS[open.type]}`
            : open?.kind === 'edit'
              ? open.provider.name
              : ''
        }
      >
        {open?.kind === 'create' && (
          <NewProvider
            type={open.type}
            policies={policies}
            providers={groupProviders(loaded.data)}
            onCancel={close}
            onSaved={() => done('Security provider created')}
          />
        )}
        {open?.kind === 'edit' && (
          <EditProvider
            key={open.provider.id}
            id={open.provider.id}
            policies={policies}
            providers={groupProviders(loaded.data)}
            onCancel={close}
            onSaved={() => done('Security provider saved')}
          />
        )}
      </Drawer>
      {open?.kind === 'remove' && (
        <RemoveRecord<Provider>
          page={REMOVABLE}
          row={open.provider}
          onClose={close}
          onRemoved={() => done('Security provider deleted')}
        />
      )}
    </Stack>
  );
}

interface FormProps {
  policies: Choice[];
  providers: Choice[];
  onCancel: () => void;
  onSaved: () => void;
}

function NewProvider({ type, policies, providers, onCancel, onSaved }: FormProps & { type: ProviderType }) {
  const { fields, defaults } = formOf(type, providers);
  return (
    <RecordForm
      fields={[...common(type, policies), ...fields]}
      initial={{ name: '', enabled: true, default_policy: null, ...defaults }}
      saveLabel="Create"
      onCancel={onCancel}
      onSave={async (values) => {
        const body = bodyOf<Schema<'SecurityProviderCreate'>>({ type, ...withPolicy(values) });
        await ok(client.POST('/security-provider', { body }));
        onSaved();
      }}
    />
  );
}

function EditProvider({ id, ...props }: FormProps & { id: number }) {
  const loaded = useLoaded(`security provider ${id}`, (signal) => readProvider(id, signal));
  return (
    <WhenLoaded loaded={loaded}>
      {(read) => <EditForm key={read.ifMatch['If-Match']} read={read} {...props} />}
    </WhenLoaded>
  );
}

function EditForm({ read, policies, providers, onCancel, onSaved }: FormProps & { read: Read<Provider> }) {
  const { type } = read.value;
  const revision = useRevision(read, (signal) => readProvider(read.value.id, signal));
  const known = read.value as unknown as FormValues;
  const fields = [...common(type, policies), ...formOf(type, providers).fields].map((field) =>
    field.kind === 'secret' ? { ...field, present: known[`${field.name}_set`] === true } : field,
  );
  const toForm = (provider: Provider): FormValues => ({
    ...(provider as unknown as FormValues),
    default_policy: provider.default_policy === 0 ? null : provider.default_policy,
  });
  return (
    <RecordForm
      fields={fields}
      initial={toForm(read.value)}
      onCancel={onCancel}
      onOvertaken={revision.newer(toForm)}
      onSave={async (values) => {
        await update(read.value, withPolicy(values), revision.current.ifMatch);
        onSaved();
      }}
    />
  );
}

const REMOVABLE: Removable<Provider> = {
  name: 'security-providers',
  noun: 'security provider',
  rowKey: ({ id }) => String(id),
  rowName: ({ name }) => name,
  read: ({ id }, signal) => readProvider(id, signal),
  remove: ({ id }, header) =>
    ok(client.DELETE('/security-provider/{id}', { params: { path: { id }, header } })),
  removeWarning: () =>
    'A provider that users, members of group policies or other providers still use cannot be deleted. Its secrets are deleted with it.',
  fields: ({ type }) => [...common(type, []), ...formOf(type, []).fields],
  toForm: (provider) => provider as unknown as FormValues,
};

function common(type: ProviderType, policies: Choice[]): Field[] {
  return [
    NAME,
    {
      name: 'enabled',
      label: 'Enabled',
      kind: 'checkbox',
      ...(type === 'local'
        ? { disabled: true, help: 'Administrators sign in by it, so it cannot be disabled.' }
        : {}),
    },
    {
      name: 'default_policy',
      label: 'Default group policy',
      kind: 'select',
      numeric: true,
      options: policies,
      help: 'Every user of this provider belongs to it.',
    },
  ];
}

function DefaultPolicy({ id, policies }: { id: number; policies: Choice[] }) {
  if (id === 0) return null;
  const name = policies.find(({ value }) => value === String(id))?.label ?? `group policy ${id}`;
  return (
    <>
      {' · default group policy '}
      <Anchor component={Link} to={`/group-policies/${id}`} size="xs" underline="always">
        {name}
      </Anchor>
    </>
  );
}

/** To the API, 0 is no group policy. */
function withPolicy(values: FormValues): FormValues {
  return { ...values, default_policy: values.default_policy ?? 0 };
}

function purposes(provider: Provider): string[] {
  return [...(provider.user_authentication ? ['users'] : []), ...(provider.group_lookup ? ['groups'] : [])];
}

function groupProviders(providers: Read<Provider>[] | undefined): Choice[] {
  return (providers ?? [])
    .filter(({ value }) => value.type === 'ldap' && value.group_lookup)
    .map(({ value }) => ({ value: String(value.id), label: value.name }));
}

/** There are few; the list of the API leaves out their order, so each is read. */
async function everyProvider(signal: AbortSignal): Promise<Read<Provider>[]> {
  const listed = await everyPage((page) =>
    client.GET('/security-provider', {
      params: { query: { per_page: 100, current_page: page, include_group_lookup: true } },
      signal,
    }),
  );
  const read = await Promise.all(
    listed.map(({ id }) =>
      readProvider(id, signal).catch((error) => {
        // Deleted since the list was read.
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }),
    ),
  );
  return read
    .filter((provider) => provider !== undefined)
    .sort((a, b) => a.value.priority - b.value.priority);
}

function readProvider(id: number, signal: AbortSignal): Promise<Read<Provider>> {
  return readOf(client.GET('/security-provider/{id}', { params: { path: { id } }, signal }));
}

function update(provider: Provider, values: object, header: Read<unknown>['ifMatch']): Promise<unknown> {
  return ok(
    client.PATCH('/security-provider/{id}', {
      params: { path: { id: provider.id }, header },
      body: bodyOf<Schema<'SecurityProviderUpdate'>>(values as Record<string, unknown>),
    }),
  );
}
