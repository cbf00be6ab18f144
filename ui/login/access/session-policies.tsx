import { Alert, Anchor, Badge, Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAdjustments, IconPlus, IconWorld } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { type ApiError, client, ok, pageOf, type Schema } from '../../shared/api.ts';
import { ListPage } from '../../shared/list-page.tsx';
import { plainResource } from '../../shared/plain-resource.ts';
import type { FormValues } from '../../shared/record-form.tsx';
import { type Removable, RemoveRecord } from '../../shared/remove-record.tsx';
import { useChangedList } from '../../shared/use-changed-list.ts';

type SessionPolicy = Schema<'SessionPolicy'>;

/** What a session policy can be given to. */
const AVAILABILITY = [
  ['available_to_users', 'users'],
  ['available_to_jump_items', 'Jump Items'],
  ['available_to_rep_invite', 'invitations'],
  ['available_to_portals', 'portals'],
] as const;

export function SessionPoliciesPage() {
  const navigate = useNavigate();
  const { list, changed } = useChangedList();
  const [copying, setCopying] = useState<SessionPolicy>();
  const [removing, setRemoving] = useState<SessionPolicy>();
  return (
    <>
      <ListPage<SessionPolicy>
        name="session-policies"
        title="Session policies"
        {...list}
        help={
          <>
            What is permitted in a session. The policy of the Jump Item comes first, then the portal's, then
            the representative's; each decides what those before it leave open. The{' '}
            <Anchor component={Link} to="/session-policies/global" underline="always">
              global session policy
            </Anchor>{' '}
            decides the rest.
          </>
        }
        empty="There are no session policies. Until then the global session policy decides everything."
        rowKey={(policy) => String(policy.id)}
        onRow={(policy) => navigate(`/session-policies/${policy.id}`)}
        columns={[
          { id: 'display_name', title: 'Name', cell: (policy) => policy.display_name },
          { id: 'code_name', title: 'Code name', cell: (policy) => policy.code_name },
          { id: 'availability', title: 'Available to', cell: (policy) => <Availability policy={policy} /> },
          { id: 'description', title: 'Description', cell: (policy) => policy.description },
          { id: 'id', title: 'Id', cell: (policy) => policy.id, hidden: true },
        ]}
        load={(query, signal) =>
          pageOf(
            client.GET('/session-policy', {
              params: { query: { current_page: query.page, per_page: 50 } },
              signal,
            }),
          )
        }
        actions={
          <>
            <Button
              variant="default"
              component={Link}
              to="/session-policies/global"
              leftSection={<IconWorld size={16} aria-hidden />}
            >
              Global session policy
            </Button>
            <Button
              variant="default"
              component={Link}
              to="/simulator"
              leftSection={<IconAdjustments size={16} aria-hidden />}
            >
              Simulator
            </Button>
            <Button
              component={Link}
              to="/session-policies/new"
              leftSection={<IconPlus size={16} aria-hidden />}
            >
              New session policy
            </Button>
          </>
        }
        rowActions={(policy) => (
          <>
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={`Copy ${policy.display_name}`}
              onClick={() => setCopying(policy)}
            >
              Copy
            </Button>
            <Button
              size="compact-xs"
              variant="subtle"
              color="red"
              aria-label={`Delete ${policy.display_name}`}
              onClick={() => setRemoving(policy)}
            >
              Delete
            </Button>
          </>
        )}
      />
      {copying !== undefined && <CopyPolicy policy={copying} onClose={() => setCopying(undefined)} />}
      {removing !== undefined && (
        <RemoveRecord<SessionPolicy>
          page={REMOVABLE}
          row={removing}
          onClose={() => setRemoving(undefined)}
          onRemoved={() => changed('Session policy deleted')}
        />
      )}
    </>
  );
}

function Availability({ policy }: { policy: SessionPolicy }) {
  const to = AVAILABILITY.filter(([name]) => policy[name]);
  if (to.length === 0) return <>nothing</>;
  return (
    <Group gap={6} wrap="nowrap">
      {to.map(([name, label]) => (
        <Badge key={name} color="river">
          {label}
        </Badge>
      ))}
    </Group>
  );
}

/** Copies the permissions, and goes on to the copy. */
function CopyPolicy({ policy, onClose }: { policy: SessionPolicy; onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState(`Copy of ${policy.display_name}`.slice(0, 255));
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const copy = await ok(
        client.POST('/session-policy/{id}/copy', {
          params: { path: { id: policy.id } },
          body: { display_name: name },
        }),
      );
      notifications.show({ message: 'Session policy copied', color: 'teal' });
      navigate(`/session-policies/${copy.id}`);
    } catch (problem) {
      setError(problem as ApiError);
      setBusy(false);
    }
  };
  const field = error?.fields.display_name?.join(' ');
  return (
    <Modal opened onClose={onClose} title={`Copy ${policy.display_name}`}>
      <form onSubmit={submit}>
        <Stack>
          {error !== undefined && field === undefined && (
            <Alert color="red" role="alert">
              {error.message}
            </Alert>
          )}
          <TextInput
            label="Name of the copy"
            required
            maxLength={255}
            data-autofocus
            value={name}
            error={field}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Copy
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const { read, remove, rowKey } = plainResource('/session-policy');
const REMOVABLE: Removable<SessionPolicy> = {
  name: 'session-policies',
  noun: 'session policy',
  rowKey,
  rowName: (policy) => policy.display_name,
  read,
  remove,
  removeWarning: () =>
    'A policy that users, group policies, Jump Items, installers or portals still use cannot be deleted; what uses it is then named here.',
  fields: () => [
    { name: 'display_name', label: 'Name', kind: 'text' },
    { name: 'description', label: 'Description', kind: 'text' },
    ...AVAILABILITY.map(([name, label]) => ({
      name,
      label: `Available to ${label}`,
      kind: 'checkbox' as const,
    })),
  ],
  toForm: (policy) => policy as unknown as FormValues,
};
