import { Alert, Button, Checkbox, Group, List, Loader, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { ruleInWords } from '../shared/access-rules.ts';
import { type ApiError, client, ok } from '../shared/api.ts';
import { Refusal } from '../shared/refusal.tsx';
import { ProofForm, type ProofMethod } from '../shared/sign-in-security/proof-dialog.tsx';
import { useSession } from '../shared/signed-in.tsx';
import { Time } from '../shared/time.tsx';
import { useLoaded } from '../shared/use-loaded.ts';
import type { StartRequest } from './jump.tsx';

/** What a refusal is about, and what can be done; the sentence itself is the API's. */
const REASONS: Record<string, { title: string; advice?: string }> = {
  jump_policy_schedule: { title: 'Outside the schedule' },
  ticket_id_required: { title: 'A ticket is needed' },
  ticket_denied: { title: 'The ticket does not allow it' },
  ticket_check_failed: {
    title: 'The ticket could not be checked',
    advice: 'Without an answer of the ticket system no session starts. Try again, or tell an administrator.',
  },
  two_factor_required: {
    title: 'A second factor is needed',
    advice: 'Add a passkey or an authenticator app under Sign-in security in the menu at the top right.',
  },
  second_factor_proof_required: { title: 'Prove that it is you' },
  jump_item_role: {
    title: 'Your role does not allow it',
    advice: 'An administrator can give you another Jump Item Role in the Jump Group.',
  },
  jumpoint_membership: {
    title: 'The Jumpoint is not open to you',
    advice: 'An administrator can make you a member of the Jumpoint.',
  },
  jumpoint_disabled: { title: 'The Jumpoint is disabled' },
  jumpoint_shell_jump: { title: 'The Jumpoint does not allow it' },
  jumpoint_provisioned: { title: 'The Jumpoint does not allow it' },
  method_not_allowed: {
    title: 'This way to jump is not allowed to you',
    advice: 'An administrator can allow it to you, or to a group policy you belong to.',
  },
  support_not_allowed: {
    title: 'You are not allowed to give support',
    advice: 'An administrator can allow it to you, or to a group policy you belong to.',
  },
  session_permissions: {
    title: 'The session policy does not allow it',
    advice: 'An administrator can tell which session policy decides it.',
  },
  simultaneous_jumps: { title: 'Somebody else is there', advice: 'Try again when that session has ended.' },
};
const PROOF = 'second_factor_proof_required';
const ABOUT_TICKETS: readonly string[] = ['ticket_id_required', 'ticket_denied', 'ticket_check_failed'];

/**
 * Why a jump was refused. Outside a schedule those who may are offered to override it; where a ticket is asked for, its
 * ID can be given.
 */
export function JumpRefusal(props: {
  error: ApiError;
  request: StartRequest;
  onOverride: () => void;
  onTicket: (ticketId: string) => void;
  /** A second factor was proven: the same may be tried again. */
  onProven: () => void;
  onClose: () => void;
}) {
  const { body, message, fields } = props.error;
  const reason = String(body.reason ?? '');
  const { title, advice } = REASONS[reason] ?? { title: 'The jump was refused' };
  const next = 'next_allowed' in body ? (body.next_allowed as string | null) : undefined;
  const mayOverride = next !== undefined && body.may_override === true;
  const ticket = ABOUT_TICKETS.includes(reason);
  const [sure, setSure] = useState(false);
  const [ticketId, setTicketId] = useState('');
  if (reason === PROOF) {
    const methods = (body.methods ?? []) as ProofMethod[];
    return (
      <Modal opened onClose={props.onClose} title={title}>
        <Stack>
          <Text size="sm">{message}</Text>
          <ProofForm methods={methods} onProven={props.onProven} />
        </Stack>
      </Modal>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onTicket(ticketId.trim());
  };
  return (
    <Modal opened onClose={props.onClose} title={title}>
      <Stack component="form" onSubmit={submit}>
        <Alert color="red" role="alert">
          {message}
          {Object.entries(fields).map(([name, sentences]) => (
            <div key={name}>{sentences.join(' ')}</div>
          ))}
        </Alert>
        {next !== undefined && (
          <Text size="sm">
            {next === null ? 'The schedule allows no time at all.' : 'Next allowed: '}
            {next !== null && <Time at={next} />}
          </Text>
        )}
        {advice !== undefined && <Text size="sm">{advice}</Text>}
        {ticket && (
          <TextInput
            label="Ticket ID"
            description="The ticket system is asked whether it allows this session."
            maxLength={255}
            data-autofocus
            value={ticketId}
            onChange={(event) => setTicketId(event.currentTarget.value)}
          />
        )}
        {mayOverride && (
          <Checkbox
            label="Override the schedule for this session. It is recorded in the audit."
            checked={sure}
            onChange={(event) => setSure(event.currentTarget.checked)}
          />
        )}
        <Rules request={props.request} />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            Close
          </Button>
          {ticket && (
            <Button type="submit" disabled={ticketId.trim() === ''}>
              Jump with this ticket
            </Button>
          )}
          {mayOverride && (
            <Button color="red" disabled={!sure} onClick={props.onOverride}>
              Jump anyway
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** Every rule of a saved Jump Item and what it says, for those who want to know. */
function Rules({ request }: { request: StartRequest }) {
  const [open, setOpen] = useState(false);
  const item = 'jump_item' in request ? request.jump_item : undefined;
  if (item === undefined) return null;
  return open ? (
    <AnswersOfRules itemId={item.id} />
  ) : (
    <Button variant="subtle" size="compact-sm" style={{ alignSelf: 'start' }} onClick={() => setOpen(true)}>
      What every rule says
    </Button>
  );
}

function AnswersOfRules({ itemId }: { itemId: number }) {
  const { me } = useSession();
  const { data, error } = useLoaded(`rules of ${itemId}`, (signal) =>
    ok(
      client.POST('/access/explain', {
        body: { user: { id: me.id }, action: 'start', jump_item: { id: itemId } },
        signal,
      }),
    ),
  );
  if (error !== undefined) return <Refusal error={error} />;
  if (data === undefined) return <Loader size="sm" aria-label="Asking the rules" />;
  return (
    <List size="sm" spacing={6} aria-label="What every rule says">
      {data.path.map((step, index) => (
        <List.Item
          // biome-ignore lint/suspicious/noArrayIndexKey: a Jump Policy has several steps; their place is what they are.
          key={index}
          icon={
            step.allowed ? (
              <IconCheck size={16} color="var(--mantine-color-teal-7)" aria-label="allows" />
            ) : (
              <IconX size={16} color="var(--mantine-color-red-7)" aria-label="refuses" />
            )
          }
        >
          <b>{ruleInWords(step.rule)}</b>: {step.message}
        </List.Item>
      ))}
    </List>
  );
}
