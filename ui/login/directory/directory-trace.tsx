import { Alert, Button, List, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { ProviderSteps } from '../../shared/provider-steps.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import type { ProviderTabProps } from './security-provider-tabs.tsx';

type Trace = Schema<'DirectoryTrace'>;

/** One person of the directory: what it says of them, and what follows from it here. */
export function DirectoryTracePanel({ read }: ProviderTabProps) {
  const { id } = read.value;
  const [who, setWho] = useState('');
  const [trace, setTrace] = useState<Trace>();
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const look = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      const name = who.trim();
      // A distinguished name has an attribute, an equals sign and a value in every part.
      const body = /^[\w.-]+=.+,/.test(name) ? { distinguished_name: name } : { username: name };
      setTrace(
        await ok(client.POST('/security-provider/{id}/directory-trace', { params: { path: { id } }, body })),
      );
    } catch (error) {
      setTrace(undefined);
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack>
      <form onSubmit={(event) => void look(event)}>
        <Stack gap="sm" align="start">
          <TextInput
            label="Person"
            description="Username or distinguished name. Nothing changes."
            w="100%"
            maxLength={256}
            value={who}
            onChange={(event) => setWho(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy} disabled={who.trim() === ''}>
            Trace
          </Button>
        </Stack>
      </form>
      {problem !== undefined && <Refusal error={problem} />}
      {trace !== undefined && <Traced trace={trace} />}
    </Stack>
  );
}

function Traced({ trace: { found, person, account, group_policies: policies, steps } }: { trace: Trace }) {
  return (
    <Stack aria-live="polite">
      {!found && (
        <Alert color="red" title="Not found">
          The steps say why.
        </Alert>
      )}
      {person !== null && (
        <Table aria-label="What the directory says" variant="vertical">
          <Table.Tbody>
            <Row label="Username" value={person.username} />
            <Row label="Display name" value={person.display_name} />
            <Row label="E-mail address" value={person.email_address} />
            <Row label="Distinguished name" value={person.distinguished_name} />
            <Row label="Unique id" value={person.external_id} />
            <Row
              label="Photo"
              value={person.photo_bytes === 0 ? '' : `${person.photo_bytes.toLocaleString()} bytes`}
            />
            <Row
              label="May be used there"
              value={person.disabled ? `no: ${person.disabled_reason}` : 'yes'}
            />
            <Row
              label="Account here"
              value={account === null ? 'none yet' : account.enabled ? 'enabled' : 'disabled'}
            />
          </Table.Tbody>
        </Table>
      )}
      {person !== null && (
        <>
          <Title order={2} size="h4">
            Group policies
          </Title>
          {policies.length === 0 && <Text c="dimmed">None, so this person cannot sign in.</Text>}
          <List>
            {policies.map(({ id, name, because }) => (
              <List.Item key={id}>
                {name}{' '}
                <Text span size="sm" c="dimmed">
                  {because === 'user'
                    ? 'names the user'
                    : because === 'default'
                      ? 'for everybody of the provider'
                      : `by ${because}`}
                </Text>
              </List.Item>
            ))}
          </List>
          <Title order={2} size="h4">
            Groups ({person.groups.length.toLocaleString()})
          </Title>
          <List size="sm">
            {person.groups.map((name) => (
              <List.Item key={name} style={{ overflowWrap: 'anywhere' }}>
                {name}
              </List.Item>
            ))}
          </List>
        </>
      )}
      <ProviderSteps steps={steps} />
    </Stack>
  );
}

function Row({ label, value }: { label: string; value: string }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" w={200}>
        {label}
      </Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{value || '–'}</Table.Td>
    </Table.Tr>
  );
}
