import { Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { Refusal } from '../../shared/refusal.tsx';

type Answer = Schema<'TicketSystemAnswer'>;

const PROBLEMS: Record<NonNullable<Answer['problem']>, string> = {
  not_configured: 'No ticket system is set up.',
  timed_out: 'It did not answer in time.',
  unreachable: 'It could not be reached.',
  not_permitted: 'The appliance may not call this address.',
  bad_answer: 'Its answer means nothing.',
};

/** Asks the ticket system as it is saved, as the start of a session would. */
export function TicketSystemCheck({ configured }: { configured: boolean }) {
  const [ticketId, setTicketId] = useState('');
  const [answer, setAnswer] = useState<Answer>();
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    setAnswer(undefined);
    try {
      const body = { ticket_id: ticketId.trim() };
      setAnswer(await ok(client.POST('/site-setting/ticket-system/check', { body })));
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <Stack mt="xl">
        <Title order={2} size="h5">
          Check the ticket system
        </Title>
        <Text size="sm" c="dimmed">
          {configured
            ? 'Asks it with the settings as they are saved. Nothing is started.'
            : 'Save an address first.'}
        </Text>
        <Group align="end" gap="xs">
          <TextInput
            label="Ticket ID to ask about"
            required
            maxLength={255}
            disabled={!configured}
            value={ticketId}
            onChange={(event) => setTicketId(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant="default"
            loading={busy}
            disabled={!configured || ticketId.trim() === ''}
          >
            Check
          </Button>
        </Group>
        {problem !== undefined && <Refusal error={problem} />}
        {answer !== undefined && (
          <Alert
            role="status"
            color={answer.answer === 'allow' ? 'teal' : answer.answer === 'deny' ? 'yellow' : 'red'}
            title={
              answer.answer === 'allow'
                ? 'It answers: allowed'
                : answer.answer === 'deny'
                  ? 'It answers: not allowed'
                  : 'No answer that counts'
            }
          >
            {answer.problem !== null && <div>{PROBLEMS[answer.problem]}</div>}
            {answer.message !== '' && <div>It says: “{answer.message}”</div>}
            {answer.detail !== '' && <div>{answer.detail}</div>}
          </Alert>
        )}
      </Stack>
    </form>
  );
}
