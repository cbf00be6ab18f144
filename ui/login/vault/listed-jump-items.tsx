import { Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useRef, useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { itemAddress, KIND_LABELS } from '../../shared/jump-item-kinds.ts';
import { nameOfItem } from '../../shared/jump-item-picker.tsx';
import { SearchPicker } from '../../shared/search-picker.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import type { ListedItem } from './association-values.ts';

type Found = Pick<Schema<'JumpItemSummary'>, 'id' | 'name' | 'hostname' | 'type'>;

/** Kinds that accounts can be meant for one by one. */
const KINDS: readonly ListedItem['type'][] = [
  'jump_client',
  'remote_rdp',
  'shell_jump',
  'web_jump',
  'protocol_tunnel',
];

/** Jump Items that an association names one by one, whatever the criteria say. */
export function ListedJumpItems(props: {
  items: ListedItem[];
  onChange: (items: ListedItem[]) => void;
  error: string | undefined;
}) {
  const { items, onChange } = props;
  const known = useRef(new Map<number, Found>());
  const [chosen, setChosen] = useState<number | null>(null);
  const [round, setRound] = useState(0);
  const names = useLoaded(`names of Jump Items ${items.map(({ id }) => id).join()}`, async (signal) => {
    const unknown = items.filter(({ id }) => !known.current.has(id));
    await Promise.all(
      unknown.map(async ({ id, type }) => {
        const read = client.GET(`${itemAddress(type)}/{id}`, { params: { path: { id } }, signal });
        // Those this person does not see, or that are gone since, are called by their number.
        const { data } = await read;
        if (data !== undefined) known.current.set(id, { ...(data as unknown as Found), type });
      }),
    );
    return known.current;
  });
  const nameOf = ({ id, type }: ListedItem) => {
    const item = names.data?.get(id) ?? known.current.get(id);
    return item === undefined ? `${KIND_LABELS[type]} ${id}` : nameOfItem(item);
  };
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Jump Items listed one by one
      </Title>
      {props.error !== undefined && (
        <Text size="sm" c="red" role="alert">
          {props.error}
        </Text>
      )}
      <Table aria-label="Jump Items listed one by one">
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={item.id}>
              <Table.Td>{nameOf(item)}</Table.Td>
              <Table.Td ta="right">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  aria-label={`Take out ${nameOf(item)}`}
                  onClick={() => onChange(items.filter(({ id }) => id !== item.id))}
                >
                  Take out
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
          {items.length === 0 && (
            <Table.Tr>
              <Table.Td c="dimmed">None</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
      <Group align="end">
        <SearchPicker
          key={round}
          label="List a Jump Item"
          name="jump items for accounts"
          nothingFound="No Jump Item matches"
          value={chosen}
          onChange={setChosen}
          except={items.map(({ id }) => id)}
          find={async (search, signal) => {
            const query = { limit: 30, type: KINDS.join(), ...(search === '' ? {} : { search }) };
            const { items: found } = await ok(client.GET('/jump-item', { params: { query }, signal }));
            for (const item of found) known.current.set(item.id, item);
            return found.map((item) => ({ value: String(item.id), label: nameOfItem(item) }));
          }}
        />
        <Button
          variant="default"
          disabled={chosen === null}
          onClick={() => {
            const item = chosen === null ? undefined : known.current.get(chosen);
            if (item === undefined) return;
            onChange([...items, { id: item.id, type: item.type as ListedItem['type'] }]);
            setChosen(null);
            setRound((now) => now + 1);
          }}
        >
          List it
        </Button>
      </Group>
    </Stack>
  );
}
