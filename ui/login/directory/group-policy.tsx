import { Anchor, Button, Group, Stack, Tabs, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect, useState } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { client, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import { plainResource } from '../../shared/plain-resource.ts';
import { Refusal } from '../../shared/refusal.tsx';
import { type Removable, RemoveRecord } from '../../shared/remove-record.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { mayLeave } from '../../shared/warn-before-leaving.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { GroupPolicyMembers } from './group-policy-members.tsx';
import { GroupPolicyMemberships } from './group-policy-memberships.tsx';
import { GroupPolicySettings } from './group-policy-settings.tsx';
import { GroupPolicyVault } from './group-policy-vault.tsx';

type GroupPolicy = Schema<'GroupPolicy'>;

/** One group policy: what it defines, for whom, and what it adds its members to and removes them from. */
export function GroupPolicyPage() {
  const id = Number(useParams().id);
  const loaded = useLoaded(`group policy ${id}`, (signal) =>
    readOf(client.GET('/group-policy/{id}', { params: { path: { id } }, signal })),
  );
  return (
    <Stack maw={960}>
      <Anchor component={Link} to="/group-policies" size="sm">
        ← Group policies
      </Anchor>
      <WhenLoaded loaded={loaded}>{(read) => <Policy read={read} onChanged={loaded.reload} />}</WhenLoaded>
    </Stack>
  );
}

function Policy({ read, onChanged }: { read: Read<GroupPolicy>; onChanged: () => void }) {
  const policy = read.value;
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  const [removing, setRemoving] = useState(false);
  useEffect(() => {
    document.title = `${policy.name} · Group policies · Bridgehead`;
  }, [policy.name]);
  return (
    <>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {policy.name}
        </Title>
        <Group gap="xs">
          <Provision id={policy.id} />
          <Button color="red" variant="light" onClick={() => setRemoving(true)}>
            Delete
          </Button>
        </Group>
      </Group>
      <Tabs
        value={parameters.get('section') ?? 'settings'}
        onChange={(next) =>
          next !== null && mayLeave() && setParameters({ section: next }, { replace: true })
        }
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
          <Tabs.Tab value="members">Members</Tabs.Tab>
          <Tabs.Tab value="memberships">Jump Groups, teams, Jumpoints</Tabs.Tab>
          <Tabs.Tab value="vault">Vault</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="settings">
          <GroupPolicySettings key={read.ifMatch['If-Match']} read={read} onSaved={onChanged} />
        </Tabs.Panel>
        <Tabs.Panel value="members">
          <GroupPolicyMembers id={policy.id} />
        </Tabs.Panel>
        <Tabs.Panel value="memberships">
          <GroupPolicyMemberships read={read} onChanged={onChanged} />
        </Tabs.Panel>
        <Tabs.Panel value="vault">
          <GroupPolicyVault read={read} onChanged={onChanged} />
        </Tabs.Panel>
      </Tabs>
      {removing && (
        <RemoveRecord<GroupPolicy>
          page={REMOVABLE}
          row={policy}
          onClose={() => setRemoving(false)}
          onRemoved={() => {
            notifications.show({ message: 'Group policy deleted', color: 'teal' });
            void navigate('/group-policies');
          }}
        />
      )}
    </>
  );
}

/** What members have open is checked again, against rights that hold already. */
function Provision({ id }: { id: number }) {
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  return (
    <>
      {problem !== undefined && <Refusal error={problem} />}
      <Button
        variant="default"
        loading={busy}
        title="Changes hold at once; this checks again what members have open"
        onClick={async () => {
          setBusy(true);
          setProblem(undefined);
          try {
            await ok(client.POST('/group-policy/{id}/provision', { params: { path: { id } } }));
            notifications.show({ message: 'What members have open is checked again', color: 'teal' });
          } catch (refusal) {
            setProblem(refusal as Error);
          } finally {
            setBusy(false);
          }
        }}
      >
        Provision
      </Button>
    </>
  );
}

const { read, remove, rowKey, toForm } = plainResource('/group-policy');
const REMOVABLE: Removable<GroupPolicy> = {
  name: 'group policies',
  noun: 'group policy',
  rowKey,
  rowName: (policy) => policy.name,
  read,
  remove,
  removeWarning: () => 'Its members lose the settings and memberships that it gave them.',
  fields: () => [
    { name: 'name', label: 'Name', kind: 'text' },
    { name: 'comments', label: 'Comments', kind: 'textarea' },
  ],
  toForm,
};
