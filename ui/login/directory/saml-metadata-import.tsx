import {
  Alert,
  Button,
  FileInput,
  Group,
  List,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { Refusal } from '../../shared/refusal.tsx';
import { updateProvider } from './security-provider-record.ts';
import type { ProviderTabProps } from './security-provider-tabs.tsx';

type Described = Schema<'SAMLIdentityProvider'>;

/** Takes over what the metadata of an identity provider says, after a look at it. */
export function SamlMetadataImport({
  read,
  onSaved,
}: {
  read: ProviderTabProps['read'];
  onSaved: () => void;
}) {
  const [url, setUrl] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const [found, setFound] = useState<Described[]>([]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const described = found.find(({ entity_id }) => entity_id === chosen);

  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  const look = () =>
    run(async () => {
      setFound([]);
      const body = file === null ? { url } : { metadata: await file.text() };
      const { identity_providers: all } = await ok(client.POST('/saml-metadata', { body }));
      setFound(all);
      setChosen(all[0]?.entity_id ?? null);
    });
  const save = (settings: Described['settings']) =>
    run(async () => {
      await updateProvider(read.value, settings, read.ifMatch);
      notifications.show({ message: 'Metadata taken over', color: 'teal' });
      setFound([]);
      onSaved();
    });

  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Metadata of the identity provider
      </Title>
      <Text size="sm" c="dimmed">
        From a file or an address. What it would change is shown first; nothing is saved before you say so.
      </Text>
      <Group grow align="start">
        <FileInput label="File" placeholder="metadata.xml" clearable value={file} onChange={setFile} />
        <TextInput
          label="Or address"
          placeholder="https://sign-in.example.com/metadata"
          value={url}
          disabled={file !== null}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
      </Group>
      <Group>
        <Button
          variant="default"
          loading={busy}
          disabled={file === null && url.trim() === ''}
          onClick={() => void look()}
        >
          Look at it
        </Button>
      </Group>
      {problem !== undefined && <Refusal error={problem} />}
      {found.length > 1 && (
        <Select
          label={`Identity provider (one of ${found.length})`}
          searchable
          data={found.map(({ entity_id }) => entity_id)}
          value={chosen}
          onChange={setChosen}
        />
      )}
      {described !== undefined && (
        <Preview
          described={described}
          before={read.value as unknown as Record<string, unknown>}
          busy={busy}
          onSave={() => void save(described.settings)}
        />
      )}
    </Stack>
  );
}

function Preview(props: {
  described: Described;
  before: Record<string, unknown>;
  busy: boolean;
  onSave: () => void;
}) {
  const { described, before } = props;
  const changes = Object.entries(described.settings).filter(([name, value]) => before[name] !== value);
  return (
    <Stack gap="xs" aria-live="polite">
      {described.remarks.length > 0 && (
        <Alert color="yellow" title="Before you save">
          <List size="sm">
            {described.remarks.map((remark) => (
              <List.Item key={remark}>{remark}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {changes.length === 0 ? (
        <Text size="sm">Everything is set this way already.</Text>
      ) : (
        <>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Setting</Table.Th>
                <Table.Th>Now</Table.Th>
                <Table.Th>Then</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changes.map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Td>{name}</Table.Td>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{shown(before[name])}</Table.Td>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{shown(value)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Group>
            <Button loading={props.busy} onClick={props.onSave}>
              Save these settings
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}

function shown(value: unknown): string {
  const text = String(value ?? '');
  const certificates = text.match(/-----BEGIN CERTIFICATE-----/g)?.length;
  if (certificates !== undefined)
    return certificates === 1 ? '1 certificate' : `${certificates} certificates`;
  return text === '' ? '(blank)' : text;
}
