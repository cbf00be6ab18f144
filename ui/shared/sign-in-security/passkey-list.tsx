import { Badge, Button, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type ApiError, client, ok, type Schema } from '../api.ts';
import { Confirm } from '../confirm.tsx';
import { Refusal } from '../refusal.tsx';
import { Time } from '../time.tsx';

type Passkey = Schema<'Passkey'>;

/** The passkeys there are, to be renamed and removed. */
export function PasskeyList(props: {
  passkeys: readonly Passkey[];
  /** Removing asks for a proof first. */
  withProof: (work: () => void) => void;
  onChanged: () => void;
}) {
  const [renamed, setRenamed] = useState<Passkey>();
  const [removed, setRemoved] = useState<Passkey>();
  if (props.passkeys.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        You have no passkeys yet.
      </Text>
    );
  }
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table aria-label="Passkeys">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Added</Table.Th>
            <Table.Th>Last used</Table.Th>
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {props.passkeys.map((passkey) => (
            <Table.Tr key={passkey.id}>
              <Table.Td>
                {passkey.name} {passkey.blocked && <Badge color="red">Blocked: may be copied</Badge>}
              </Table.Td>
              <Table.Td>
                <Time at={passkey.created_at} />
              </Table.Td>
              <Table.Td>
                <Time at={passkey.last_used_at} none="Never" />
              </Table.Td>
              <Table.Td>
                <Group gap="xs" justify="flex-end" wrap="nowrap">
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Rename ${passkey.name}`}
                    onClick={() => setRenamed(passkey)}
                  >
                    Rename
                  </Button>
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Remove ${passkey.name}`}
                    onClick={() => props.withProof(() => setRemoved(passkey))}
                  >
                    Remove
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {renamed !== undefined && (
        <PasskeyName
          title={`Rename ${renamed.name}`}
          action="Rename"
          initial={renamed.name}
          onClose={() => setRenamed(undefined)}
          onNamed={async (name) => {
            const params = { path: { id: renamed.id } };
            await ok(client.PATCH('/me/passkey/{id}', { params, body: { name } }));
            props.onChanged();
          }}
        />
      )}
      {removed !== undefined && (
        <Confirm
          title={`Remove ${removed.name}?`}
          action="Remove the passkey"
          onClose={() => setRemoved(undefined)}
          onConfirm={async () => {
            await ok(client.DELETE('/me/passkey/{id}', { params: { path: { id: removed.id } } }));
            props.onChanged();
          }}
        >
          It signs you in no more, and your other sign-ins end. Your device may go on offering it: delete it
          there too.
        </Confirm>
      )}
    </Table.ScrollContainer>
  );
}

/** Asks for a name, then does something with it; a refusal is shown beside it. */
export function PasskeyName(props: {
  title: string;
  action: string;
  initial: string;
  onClose: () => void;
  onNamed: (name: string) => Promise<void>;
}) {
  const [name, setName] = useState(props.initial);
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await props.onNamed(name);
      props.onClose();
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  const beside = (problem as ApiError | undefined)?.fields?.name?.join(' ');
  return (
    <Modal opened onClose={props.onClose} title={props.title}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {problem !== undefined && beside === undefined && <Refusal error={problem} />}
          <TextInput
            label="Name"
            description="To tell your passkeys apart, for example by the device."
            data-autofocus
            required
            maxLength={64}
            value={name}
            error={beside}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy}>
            {props.action}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
