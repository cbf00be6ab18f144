import { Anchor, Badge, Button, Drawer, Group, Menu, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { client, ok, type Read, type Schema } from '../../shared/api.ts';
import { type Choice, useGroupPolicyChoices } from '../../shared/choices.ts';
import { OrderList } from '../../shared/order-list.tsx';
import { RecordForm } from '../../shared/record-form.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { RemoveRecord } from '../../shared/remove-record.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { mayLeave } from '../../shared/warn-before-leaving.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { formOf, PROVIDER_LABELS, type ProviderType } from './security-provider-fields.ts';
import {
  commonFields,
  everyProvider,
  groupProviders,
  type Provider,
  REMOVABLE,
  signInProviders,
  updateProvider,
  withPolicy,
} from './security-provider-record.ts';

type Open = { kind: 'create'; type: ProviderType } | { kind: 'remove'; provider: Provider } | undefined;

const TYPES: ProviderType[] = ['ldap', 'radius', 'kerberos', 'saml', 'saml_portal', 'oidc', 'scim'];

/** Where users come from, in the order in which they are asked. */
export function SecurityProvidersPage() {
  const loaded = useLoaded('security providers', everyProvider);
  const policies = useGroupPolicyChoices();
  const [open, setOpen] = useState<Open>();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const close = () => setOpen(undefined);
  const done = async (message: string) => {
    close();
    await loaded.reload();
    notifications.show({ message, color: 'teal' });
  };
  const move = async (providers: Read<Provider>[], moved: Read<Provider>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const priority = providers.indexOf(moved);
      await updateProvider(moved.value, { priority }, moved.ifMatch);
      await loaded.reload();
      notifications.show({ message: 'Order saved', color: 'teal' });
    } catch (error) {
      setProblem(error as Error);
      await loaded.reload();
    } finally {
      // The next move is made on top of what was read.
      setBusy(false);
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
                  <Anchor component={Link} to={`/security-providers/${value.id}`} size="sm">
                    {value.name}
                  </Anchor>
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
        opened={open?.kind === 'create'}
        onClose={() => mayLeave() && close()}
        position="right"
        size="lg"
        closeOnClickOutside={false}
        title={open?.kind === 'create' ? `New security provider: ${PROVIDER_LABELS[open.type]}` : ''}
      >
        {open?.kind === 'create' && (
          <NewProvider
            type={open.type}
            policies={policies}
            providers={groupProviders(loaded.data)}
            signers={signInProviders(loaded.data)}
            onCancel={close}
            onSaved={(created) => void navigate(`/security-providers/${created}`)}
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

function NewProvider({
  type,
  policies,
  providers,
  signers,
  onCancel,
  onSaved,
}: {
  type: ProviderType;
  policies: Choice[];
  providers: Choice[];
  signers: Choice[];
  onCancel: () => void;
  onSaved: (id: number) => void;
}) {
  const { fields, defaults } = formOf(type, providers, signers);
  return (
    <RecordForm
      fields={[...commonFields(type, policies), ...fields]}
      initial={{ name: '', enabled: true, default_policy: null, ...defaults }}
      saveLabel="Create"
      onCancel={onCancel}
      onSave={async (values) => {
        const body = bodyOf<Schema<'SecurityProviderCreate'>>({ type, ...withPolicy(values) });
        const { id } = await ok(client.POST('/security-provider', { body }));
        notifications.show({ message: 'Security provider created', color: 'teal' });
        onSaved(id);
      }}
    />
  );
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

function purposes(provider: Provider): string[] {
  return [...(provider.user_authentication ? ['users'] : []), ...(provider.group_lookup ? ['groups'] : [])];
}
