import { Button, Stack, Table, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { client, ok, type Schema } from '../shared/api.ts';
import { Time } from '../shared/time.tsx';

export type StartRequest = Schema<'SessionStart'>;

/** Starts a jump; the size is the first guess, the terminal tells its own as soon as it is on screen. */
export function startSession(request: StartRequest): Promise<Schema<'SessionStarted'>> {
  return ok(client.POST('/session', { body: { size: { columns: 80, rows: 24 }, ...request } }));
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
