import {
  Alert,
  Button,
  Group,
  Loader,
  Modal,
  ScrollArea,
  Stack,
  Table,
  Text,
  TextInput,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { client, ok, type Schema } from '../shared/api.ts';
import { KIND_LABELS } from '../shared/jump-item-kinds.ts';
import { useLoaded } from '../shared/use-loaded.ts';

type System = Schema<'EcmEndpoint'>;

/** Searches the systems that the organisation's own vault knows and that are no Jump Items. */
export function VaultSystems(props: {
  /** Words to begin with. */
  search: string;
  onJump: (system: System) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState(props.search);
  const [typed] = useDebouncedValue(text, 400);
  const search = typed.trim();
  const { data, error, loading } = useLoaded(`systems in the vault ${search}`, async (signal) =>
    search === ''
      ? undefined
      : await ok(client.GET('/ecm-endpoint', { params: { query: { search } }, signal })),
  );
  const found = search === '' ? undefined : data;
  return (
    <Modal opened onClose={props.onClose} title="Systems in your organisation's vault" size="xl">
      <Stack>
        <TextInput
          label="Search"
          description="Systems that are no Jump Items, as the vault shows them to you. You jump through a Jumpoint of yours."
          placeholder="Name or host"
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={loading && search !== '' ? <Loader size="xs" aria-label="Asking the vault" /> : null}
          value={text}
          maxLength={255}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
        />
        {error !== undefined && (
          <Alert color="red" role="alert">
            {error.message}
          </Alert>
        )}
        {found?.problems.map((problem) => (
          <Alert key={problem} color="yellow" role="status">
            {problem}
          </Alert>
        ))}
        {found !== undefined && <Found found={found} onJump={props.onJump} />}
      </Stack>
    </Modal>
  );
}

function Found({
  found: { items, truncated, problems },
  onJump,
}: {
  found: Schema<'EcmEndpointList'>;
  onJump: (system: System) => void;
}) {
  if (items.length === 0) {
    return problems.length > 0 ? null : <Text size="sm">Nothing that you may jump to matches.</Text>;
  }
  return (
    <>
      <ScrollArea.Autosize mah="50vh" type="auto">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Hostname / IP</Table.Th>
              <Table.Th>Type</Table.Th>
              <Table.Th aria-label="Jump" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((system) => (
              <Table.Tr key={system.id}>
                <Table.Td>{system.label}</Table.Td>
                <Table.Td>
                  {system.hostname}
                  {system.port === null ? '' : `:${system.port}`}
                </Table.Td>
                <Table.Td>{kindInWords(system)}</Table.Td>
                <Table.Td>
                  <Group justify="flex-end">
                    {system.type === 'shell_jump' ? (
                      <Button
                        size="compact-sm"
                        aria-label={`Jump to ${system.label}`}
                        onClick={() => onJump(system)}
                      >
                        Jump
                      </Button>
                    ) : (
                      <Text size="xs" c="dimmed">
                        needs a Jump Item
                      </Text>
                    )}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      {truncated && (
        <Text size="sm" c="dimmed" role="status">
          There are more than these. Search for further words.
        </Text>
      )}
    </>
  );
}

function kindInWords({ type }: System): string {
  return KIND_LABELS[type as keyof typeof KIND_LABELS] ?? type;
}
