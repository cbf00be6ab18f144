import { Alert, Anchor, Button, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { ApiError, client, everyPage, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import { SearchBox } from '../../shared/list-controls.tsx';
import { OrderList } from '../../shared/order-list.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import { NameForm } from '../name-form.tsx';

type GroupPolicy = Schema<'GroupPolicy'>;
type Order = Schema<'GroupPolicyOrder'>;

interface Policies {
  /** In their order. */
  policies: GroupPolicy[];
  ifMatch: Read<Order>['ifMatch'];
}

/** Group policies in the order in which they are applied. */
export function GroupPoliciesPage() {
  const navigate = useNavigate();
  const loaded = useLoaded('group policies in order', readPolicies);
  const [creating, setCreating] = useState(false);
  return (
    <Stack maw={820}>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Group policies
        </Title>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
          New group policy
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        They give settings and memberships to many people at once. They are applied from the first to the
        last: what a later one defines replaces what stood before, unless that was final. A person’s own
        values stand before them all.
      </Text>
      <WhenLoaded loaded={loaded}>
        {(found) => <Ordered key={found.ifMatch['If-Match']} found={found} reload={loaded.reload} />}
      </WhenLoaded>
      <Modal opened={creating} onClose={() => setCreating(false)} title="New group policy">
        <NameForm
          action="Create"
          onCancel={() => setCreating(false)}
          onSave={async (name) => {
            const policy = await ok(client.POST('/group-policy', { body: { name } }));
            void navigate(`/group-policies/${policy.id}`);
          }}
        />
      </Modal>
    </Stack>
  );
}

/** A move that another administrator was quicker than. */
interface Lost {
  policy: GroupPolicy;
  /** Counted from 1. */
  position: number;
}

function Ordered({ found, reload }: { found: Policies; reload: () => void }) {
  const [policies, setPolicies] = useState(found.policies);
  const [ifMatch, setIfMatch] = useState(found.ifMatch);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Error>();
  const [lost, setLost] = useState<Lost>();
  const [search, setSearch] = useState('');
  const shown = policies.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));

  const move = async (policy: GroupPolicy, position: number, onTopOf = ifMatch, before = policies) => {
    setBusy(true);
    setProblem(undefined);
    setLost(undefined);
    try {
      const params = { path: { id: policy.id }, header: onTopOf };
      const moved = await readOf(client.POST('/group-policy/{id}/move', { params, body: { position } }));
      setIfMatch(moved.ifMatch);
      setPolicies(inOrder(before, moved.value.ids));
      notifications.show({ message: `${policy.name} is now number ${position}`, color: 'teal' });
    } catch (refusal) {
      setPolicies(before);
      if (refusal instanceof ApiError && refusal.status === 412) {
        try {
          const now = await readPolicies(new AbortController().signal);
          setPolicies(now.policies);
          setIfMatch(now.ifMatch);
          setLost({ policy, position });
        } catch (reading) {
          setProblem(reading as Error);
        }
      } else {
        setProblem(refusal as Error);
      }
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      {problem !== undefined && <Refusal error={problem} />}
      {lost !== undefined && (
        <Alert color="yellow" role="alert" title="Somebody else changed the order meanwhile">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">
              This is the order as it is now. {lost.policy.name} has not been moved to place {lost.position}.
            </Text>
            <Group gap="xs">
              <Button
                size="xs"
                variant="default"
                onClick={() => void move(lost.policy, Math.min(lost.position, policies.length))}
              >
                Move it there all the same
              </Button>
              <Button size="xs" variant="subtle" onClick={() => setLost(undefined)}>
                Leave the order as it is
              </Button>
            </Group>
          </Stack>
        </Alert>
      )}
      <Group justify="space-between" align="end">
        <SearchBox value={search} onSearch={setSearch} label="Name contains" />
        <Text size="sm" c="dimmed" aria-live="polite">
          {shown.length === policies.length
            ? `${policies.length} ${policies.length === 1 ? 'policy' : 'policies'}`
            : `${shown.length} of ${policies.length} policies`}
        </Text>
      </Group>
      {policies.length === 0 && (
        <Text c="dimmed">
          There are no group policies. Every person has their own values and the defaults.
        </Text>
      )}
      <OrderList
        label="Group policies in the order in which they are applied"
        items={shown}
        itemKey={(policy) => String(policy.id)}
        itemName={(policy) => policy.name}
        place={(policy) => policies.indexOf(policy) + 1}
        disabled={busy}
        {...(shown.length === policies.length ? {} : { fixed: 'Clear the search to change the order.' })}
        onOrder={(items, moved) => {
          const position = items.indexOf(moved) + 1;
          const before = policies;
          setPolicies(items);
          void move(moved, position, ifMatch, before);
        }}
      >
        {(policy) => <Line policy={policy} onChanged={reload} />}
      </OrderList>
    </>
  );
}

function Line({ policy, onChanged }: { policy: GroupPolicy; onChanged: () => void }) {
  const [copying, setCopying] = useState(false);
  const defined = Object.values(policy.setting_status).filter((status) => status !== 'not_defined').length;
  return (
    <Group justify="space-between" gap="xs">
      <div>
        <Anchor component={Link} to={`/group-policies/${policy.id}`} size="sm" fw={600}>
          {policy.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {defined === 0 ? 'No settings' : `${defined} ${defined === 1 ? 'setting' : 'settings'}`}
          {policy.comments !== '' && ` · ${policy.comments}`}
        </Text>
      </div>
      <Button
        size="compact-xs"
        variant="subtle"
        aria-label={`Copy ${policy.name}`}
        onClick={() => setCopying(true)}
      >
        Copy
      </Button>
      <Modal opened={copying} onClose={() => setCopying(false)} title={`Copy ${policy.name}`}>
        <Text size="sm" mb="sm">
          With all settings, members and memberships; the copy is the last policy.
        </Text>
        <NameForm
          action="Copy"
          initial={`Copy of ${policy.name}`}
          onCancel={() => setCopying(false)}
          onSave={async (name) => {
            const params = { path: { id: policy.id } };
            await ok(client.POST('/group-policy/{id}/copy', { params, body: { name } }));
            notifications.show({ message: 'Group policy copied', color: 'teal' });
            setCopying(false);
            onChanged();
          }}
        />
      </Modal>
    </Group>
  );
}

/** Every policy, in the order that the revision belongs to. */
async function readPolicies(signal: AbortSignal): Promise<Policies> {
  const order = await readOf(client.GET('/group-policy-order', { signal }));
  const policies = await everyPage((page) =>
    client.GET('/group-policy', { params: { query: { per_page: 100, current_page: page } }, signal }),
  );
  return { policies: inOrder(policies, order.value.ids), ifMatch: order.ifMatch };
}

function inOrder(policies: GroupPolicy[], ids: number[]): GroupPolicy[] {
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
