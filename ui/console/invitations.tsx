import { Badge, Button, Code, CopyButton, Drawer, Stack, Text } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { client, ok, pageOf, type Schema } from '../shared/api.ts';
import { useSessionPolicyChoices } from '../shared/choices.ts';
import { Confirm } from '../shared/confirm.tsx';
import { ListPage } from '../shared/list-page.tsx';
import { type Field, RecordForm } from '../shared/record-form.tsx';
import { bodyOf } from '../shared/resource-page.tsx';
import { Time } from '../shared/time.tsx';
import { useChangedList } from '../shared/use-changed-list.ts';

type Invitation = Schema<'RepInvitation'>;

const COLOURS = { open: 'teal', used: 'river', expired: 'gray', revoked: 'red' } as const;

/** Invitations of representatives from outside. */
export function InvitationsPage() {
  const [inviting, setInviting] = useState(false);
  const [revoking, setRevoking] = useState<Invitation>();
  const { list, changed } = useChangedList();
  return (
    <>
      <ListPage<Invitation>
        name="invitations"
        title="Invitations"
        help="A key lets somebody without an account in, once, until it expires."
        everyMs={15_000}
        {...list}
        rowKey={(invitation) => String(invitation.id)}
        columns={[
          { id: 'name', title: 'Name', cell: (invitation) => invitation.name },
          { id: 'comments', title: 'Comments', cell: (invitation) => invitation.comments },
          {
            id: 'state',
            title: 'State',
            cell: ({ state }) => <Badge color={COLOURS[state]}>{state}</Badge>,
          },
          { id: 'expires', title: 'Ends', cell: (invitation) => <Time at={invitation.expires_at} /> },
          {
            id: 'used',
            title: 'Used',
            cell: (invitation) => <Time at={invitation.used_at} none="not yet" />,
          },
          { id: 'from', title: 'From', cell: (invitation) => invitation.used_from, hidden: true },
          { id: 'by', title: 'Invited by', cell: (invitation) => invitation.invited_by, hidden: true },
        ]}
        load={(query, signal) =>
          pageOf(
            client.GET('/rep-invitation', {
              params: { query: { current_page: query.page, per_page: 50 } },
              signal,
            }),
          )
        }
        empty="You have invited nobody yet."
        actions={
          <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setInviting(true)}>
            Invite
          </Button>
        }
        rowActions={(invitation) =>
          (invitation.state === 'open' || invitation.state === 'used') && (
            <Button
              size="compact-xs"
              variant="subtle"
              color="red"
              aria-label={`Take back the invitation of ${invitation.name}`}
              onClick={() => setRevoking(invitation)}
            >
              Take back
            </Button>
          )
        }
      />
      <Drawer
        opened={inviting}
        onClose={() => setInviting(false)}
        position="right"
        closeOnClickOutside={false}
        title="Invite a representative from outside"
      >
        {inviting && <Invite onCreated={changed} onClose={() => setInviting(false)} />}
      </Drawer>
      {revoking !== undefined && (
        <Confirm
          title="Take the invitation back"
          action="Take back"
          onConfirm={async () => {
            await ok(client.DELETE('/rep-invitation/{id}', { params: { path: { id: revoking.id } } }));
            changed('Invitation taken back');
          }}
          onClose={() => setRevoking(undefined)}
        >
          The key of {revoking.name} stops working. Somebody who has signed in with it is signed out.
        </Confirm>
      )}
    </>
  );
}

function Invite({ onCreated, onClose }: { onCreated: () => void; onClose: () => void }) {
  const [made, setMade] = useState<Schema<'RepInvitationKey'>>();
  const profiles = useSessionPolicyChoices((policy) => policy.available_to_rep_invite);
  if (made !== undefined) return <MadeKey made={made} onClose={onClose} />;
  const fields: Field[] = [
    {
      name: 'name',
      label: 'Name',
      kind: 'text',
      required: true,
      maxLength: 255,
      help: 'Shown to customers and in reports.',
    },
    { name: 'comments', label: 'Comments', kind: 'textarea', maxLength: 1024, help: 'Why they are invited.' },
    {
      name: 'session_policy_id',
      label: 'Profile',
      kind: 'select',
      numeric: true,
      help: 'What they may do in a session. Without one, what the global session policy says.',
      options: profiles,
    },
    { name: 'minutes', label: 'Minutes it lasts', kind: 'number', required: true, min: 5, max: 1440 },
  ];
  return (
    <RecordForm
      fields={fields}
      initial={{ name: '', comments: '', session_policy_id: null, minutes: 120 }}
      saveLabel="Make the key"
      onCancel={onClose}
      onSave={async (values) => {
        const body = bodyOf<Schema<'RepInvitationCreate'>>(values);
        setMade(await ok(client.POST('/rep-invitation', { body })));
        onCreated();
      }}
    />
  );
}

function MadeKey({ made, onClose }: { made: Schema<'RepInvitationKey'>; onClose: () => void }) {
  return (
    <Stack>
      <Text size="sm">
        Send one of these to {made.name}. It is shown this once, works once, and ends{' '}
        <Time at={made.expires_at} />.
      </Text>
      {[
        ['Address', made.url],
        ['Key', made.key],
      ].map(([label, text]) => (
        <Stack key={label} gap={4}>
          <Text size="sm" fw={600}>
            {label}
          </Text>
          <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {text}
          </Code>
          <CopyButton value={text ?? ''}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {copied ? 'Copied' : `Copy the ${label?.toLowerCase()}`}
              </Button>
            )}
          </CopyButton>
        </Stack>
      ))}
      <Button onClick={onClose}>Done</Button>
    </Stack>
  );
}
