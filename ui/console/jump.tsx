import { Alert, Button, Checkbox, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type ApiError, client, ok, type Schema } from '../shared/api.ts';
import { Time } from '../shared/time.tsx';

export type StartRequest = Schema<'SessionStart'>;

/** Starts a jump; the size is the first guess, the terminal tells its own as soon as it is on screen. */
export function startSession(request: StartRequest): Promise<Schema<'SessionStarted'>> {
  return ok(client.POST('/session', { body: { size: { columns: 80, rows: 24 }, ...request } }));
}

/** What the API says when a Jump Policy's schedule stands in the way. */
function nextAllowed(error: ApiError): string | null | undefined {
  return 'next_allowed' in error.body ? (error.body.next_allowed as string | null) : undefined;
}

/** Whether another ticket ID may change the answer. */
function isAboutTicket({ body }: ApiError): boolean {
  return ['ticket_id_required', 'ticket_denied', 'ticket_check_failed'].includes(String(body.reason));
}

/**
 * Why a jump was refused; outside a schedule those who may override it are offered to, and where a ticket is asked for
 * its ID can be given.
 */
export function Refusal(props: {
  error: ApiError;
  onOverride: () => void;
  onTicket: (ticketId: string) => void;
  onClose: () => void;
  canOverride: boolean;
}) {
  const next = nextAllowed(props.error);
  const [sure, setSure] = useState(false);
  const [ticketId, setTicketId] = useState('');
  const ticket = isAboutTicket(props.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onTicket(ticketId.trim());
  };
  return (
    <Modal opened onClose={props.onClose} title="The jump was refused">
      <Stack component="form" onSubmit={submit}>
        <Alert color="red" role="alert">
          {props.error.message}
          {Object.entries(props.error.fields).map(([name, sentences]) => (
            <div key={name}>{sentences.join(' ')}</div>
          ))}
        </Alert>
        {next !== undefined && (
          <Text size="sm">
            {next === null ? 'The schedule allows no time at all.' : 'Next allowed: '}
            {next !== null && <Time at={next} />}
          </Text>
        )}
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
        {next !== undefined && props.canOverride && (
          <Checkbox
            label="Override the schedule for this session. It is recorded in the audit."
            checked={sure}
            onChange={(event) => setSure(event.currentTarget.checked)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            Close
          </Button>
          {ticket && (
            <Button type="submit" disabled={ticketId.trim() === ''}>
              Jump with this ticket
            </Button>
          )}
          {next !== undefined && props.canOverride && (
            <Button color="red" disabled={!sure} onClick={props.onOverride}>
              Jump anyway
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** Asks for what a ticket system wants to find again, then jumps. */
export function JumpForm(props: {
  item: Schema<'JumpItemSummary'>;
  onJump: (externalKey: string) => void;
  busy: boolean;
}) {
  const [externalKey, setExternalKey] = useState('');
  const facts: [string, React.ReactNode][] = [
    ['Hostname / IP', `${props.item.hostname}${props.item.port === null ? '' : `:${props.item.port}`}`],
    ['Username', props.item.username],
    ['Jump Group', props.item.group],
    ['Jumpoint', props.item.jumpoint],
    ['Status', props.item.status],
    ['Tag', props.item.tag],
    ['Comments', props.item.comments],
    ['Last accessed', <Time key="last" at={props.item.last_accessed} none="never" />],
  ];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onJump(externalKey);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Table withRowBorders={false}>
          <Table.Tbody>
            {facts.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th w={140}>{name}</Table.Th>
                <Table.Td>{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <TextInput
          label="External key"
          description="A ticket number, for example; it is part of the session's report."
          maxLength={1024}
          value={externalKey}
          onChange={(event) => setExternalKey(event.currentTarget.value)}
        />
        <Button type="submit" loading={props.busy}>
          Jump
        </Button>
      </Stack>
    </form>
  );
}
