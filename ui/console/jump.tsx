import { Button, Stack, Table, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ApiError, client, ok, type Schema } from '../shared/api.ts';
import { Time } from '../shared/time.tsx';
import { useLoaded } from '../shared/use-loaded.ts';

export type StartRequest = Schema<'SessionStart'>;

/** Starts a jump; the size is the first guess, the terminal tells its own as soon as it is on screen. */
export function startSession(request: StartRequest): Promise<Schema<'SessionStarted'>> {
  return ok(client.POST('/session', { body: { size: { columns: 80, rows: 24 }, ...request } }));
}

/** Asks for what a ticket system wants to find again, then jumps. */
export function JumpForm(props: {
  item: Schema<'JumpItemSummary'>;
  /** `change`: choose another credential than the default. */
  onJump: (externalKey: string, change: boolean) => void;
  busy: boolean;
}) {
  const [externalKey, setExternalKey] = useState('');
  const preset = useDefaultCredential(props.item);
  const facts: [string, React.ReactNode][] = [
    ['Hostname / IP', `${props.item.hostname}${props.item.port === null ? '' : `:${props.item.port}`}`],
    ['Username', props.item.username],
    ['Jump Group', props.item.group],
    ['Jumpoint', props.item.jumpoint],
    ['Status', props.item.status],
    ['Tag', props.item.tag],
    ['Comments', props.item.comments],
    ['Last accessed', <Time key="last" at={props.item.last_accessed} none="never" />],
    ...(preset === undefined
      ? []
      : [
          ['Default credential', `${preset.name}${preset.available ? '' : ' (not available)'}`] as [
            string,
            string,
          ],
        ]),
  ];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onJump(externalKey, false);
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
        <Stack gap="xs">
          <Button type="submit" loading={props.busy}>
            Jump
          </Button>
          {preset !== undefined && (
            <Button variant="default" disabled={props.busy} onClick={() => props.onJump(externalKey, true)}>
              Jump (change credentials)
            </Button>
          )}
        </Stack>
      </Stack>
    </form>
  );
}

/** The person's default credential of this Jump Item; undefined when there is none. */
function useDefaultCredential(item: Schema<'JumpItemSummary'>): Schema<'DefaultCredential'> | undefined {
  const query = { jump_item_type: item.type, jump_item_id: item.id };
  const { data } = useLoaded(`default credential ${item.type} ${item.id}`, async (signal) => {
    try {
      return await ok(client.GET('/me/default-credential', { params: { query }, signal }));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  });
  return data;
}
