import { Alert, Anchor, Badge, Button, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect, useState } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import type { Read } from '../../shared/api.ts';
import { type Choice, useGroupPolicyChoices } from '../../shared/choices.ts';
import { type FormValues, RecordForm } from '../../shared/record-form.tsx';
import { RemoveRecord } from '../../shared/remove-record.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useRevision } from '../../shared/use-revision.ts';
import { mayLeave } from '../../shared/warn-before-leaving.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { formOf, PROVIDER_LABELS } from './security-provider-fields.ts';
import {
  commonFields,
  everyProvider,
  groupProviders,
  type Provider,
  REMOVABLE,
  readProvider,
  signInProviders,
  updateProvider,
  withPolicy,
} from './security-provider-record.ts';
import { PROVIDER_TABS } from './security-provider-tabs.tsx';

/** One security provider: its settings, its test, and what its type has beside them. */
export function SecurityProviderPage() {
  const id = Number(useParams().id);
  const loaded = useLoaded(`security provider ${id}`, (signal) => readProvider(id, signal));
  return (
    <Stack maw={960}>
      <Anchor component={Link} to="/security-providers" size="sm">
        ← Security providers
      </Anchor>
      <WhenLoaded loaded={loaded}>
        {(read) => <ProviderTabs read={read} onChanged={loaded.reload} />}
      </WhenLoaded>
    </Stack>
  );
}

function ProviderTabs({ read, onChanged }: { read: Read<Provider>; onChanged: () => void }) {
  const provider = read.value;
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  const [removing, setRemoving] = useState(false);
  const tabs = PROVIDER_TABS.filter(({ types }) => types.includes(provider.type));
  useEffect(() => {
    document.title = `${provider.name} · Security providers · Bridgehead`;
  }, [provider.name]);
  return (
    <>
      <Group justify="space-between">
        <div>
          <Title order={1} size="h2">
            {provider.name}
          </Title>
          <Text size="sm" c="dimmed">
            {PROVIDER_LABELS[provider.type]}
          </Text>
        </div>
        <Group gap="xs">
          <Badge color={provider.enabled ? 'teal' : 'red'}>{provider.enabled ? 'enabled' : 'disabled'}</Badge>
          {provider.type !== 'local' && (
            <Button color="red" variant="light" onClick={() => setRemoving(true)}>
              Delete
            </Button>
          )}
        </Group>
      </Group>
      {'host_problem' in provider && provider.host_problem !== undefined && (
        <Alert color="yellow" title="Nobody can sign in by this provider on this server">
          {provider.host_problem}
        </Alert>
      )}
      <Tabs
        value={parameters.get('section') ?? 'settings'}
        onChange={(next) =>
          next !== null && mayLeave() && setParameters({ section: next }, { replace: true })
        }
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
          {tabs.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="settings">
          <EditProvider key={read.ifMatch['If-Match']} read={read} onSaved={onChanged} />
        </Tabs.Panel>
        {tabs.map(({ value, panel: Panel }) => (
          <Tabs.Panel key={value} value={value}>
            <Panel read={read} onChanged={onChanged} />
          </Tabs.Panel>
        ))}
      </Tabs>
      {removing && (
        <RemoveRecord<Provider>
          page={REMOVABLE}
          row={provider}
          onClose={() => setRemoving(false)}
          onRemoved={() => {
            notifications.show({ message: 'Security provider deleted', color: 'teal' });
            void navigate('/security-providers');
          }}
        />
      )}
    </>
  );
}

interface EditProps {
  read: Read<Provider>;
  onSaved: () => void;
}

function EditProvider({ read, onSaved }: EditProps) {
  const policies = useGroupPolicyChoices();
  const others = useLoaded('security providers', everyProvider);
  return (
    <WhenLoaded loaded={others}>
      {(all) => (
        <EditForm
          read={read}
          policies={policies}
          providers={groupProviders(all)}
          signers={signInProviders(all)}
          onSaved={onSaved}
        />
      )}
    </WhenLoaded>
  );
}

function EditForm({
  read,
  policies,
  providers,
  signers,
  onSaved,
}: EditProps & { policies: Choice[]; providers: Choice[]; signers: Choice[] }) {
  const navigate = useNavigate();
  const { type } = read.value;
  const revision = useRevision(read, (signal) => readProvider(read.value.id, signal));
  const known = read.value as unknown as FormValues;
  const fields = [...commonFields(type, policies), ...formOf(type, providers, signers).fields].map((field) =>
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
      onCancel={() => void navigate('/security-providers')}
      onOvertaken={revision.newer(toForm)}
      onSave={async (values) => {
        await updateProvider(read.value, withPolicy(values), revision.current.ifMatch);
        notifications.show({ message: 'Security provider saved', color: 'teal' });
        onSaved();
      }}
    />
  );
}
