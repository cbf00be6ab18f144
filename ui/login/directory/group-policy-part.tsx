import { Button, Group, Select, Stack, Switch, Table, Text, Title } from '@mantine/core';
import { type ComponentType, type ReactNode, useState } from 'react';
import { ApiError, client, ok, type Read, readOf, type Schema } from '../../shared/api.ts';
import type { Choice } from '../../shared/choices.ts';
import { Refusal } from '../../shared/refusal.tsx';
import type { SearchPickerProps } from '../../shared/search-picker.tsx';
import { useAttempt } from '../../shared/use-attempt.ts';
import { useLoaded } from '../../shared/use-loaded.ts';

type GroupPolicy = Schema<'GroupPolicy'>;
type Finality = Extract<keyof GroupPolicy, `${string}_final`>;

/** One thing that the policy speaks of, e.g. a Jump Group. */
export interface Entry {
  id: number;
  /** Needed where there are too many for a list of choices. */
  name?: string;
  role?: string;
}

/** One kind of thing that members are added to, or removed from. */
export interface Part {
  title: string;
  help?: ReactNode;
  /** Whether later policies may say otherwise; left out where policies only ever add. */
  finality?: Finality;
  choices?: Choice[];
  /** In the place of `choices`. */
  Picker?: ComponentType<SearchPickerProps>;
  roles?: Choice[];
  load: (signal: AbortSignal) => Promise<Entry[]>;
  add: (id: number, role: string | null) => Promise<unknown>;
  remove: (id: number) => Promise<unknown>;
}

/** What the policy says of one kind of thing. */
export function PartOf({
  part,
  read,
  onChanged,
}: {
  part: Part;
  read: Read<GroupPolicy>;
  onChanged: () => void;
}) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const [role, setRole] = useState<string | null>(part.roles?.[0]?.value ?? null);
  const { data, error, reload } = useLoaded(`${part.title} ${read.value.id}`, part.load);
  const labelOf = (choices: Choice[] | undefined, value: string | undefined) =>
    choices?.find((choice) => choice.value === value)?.label ?? value ?? '';
  const { problem, attempt } = useAttempt(reload);
  const change = (act: () => Promise<unknown>) =>
    attempt(async () => {
      await act();
      setChosen(null);
      setRound((now) => now + 1);
    });
  const nameOf = ({ id, name }: Entry) => name ?? labelOf(part.choices, String(id));
  const there = (data ?? []).map(({ id }) => id);
  const shownProblem = problem ?? error;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {part.title}
        </Title>
        {part.finality !== undefined && (
          <Overridable finality={part.finality} title={part.title} read={read} onChanged={onChanged} />
        )}
      </Group>
      {part.help !== undefined && (
        <Text size="sm" c="dimmed">
          {part.help}
        </Text>
      )}
      {shownProblem !== undefined && <Refusal error={shownProblem} />}
      <Table aria-label={part.title}>
        <Table.Tbody>
          {(data ?? []).map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td>{nameOf(entry)}</Table.Td>
              {part.roles !== undefined && <Table.Td>{labelOf(part.roles, entry.role)}</Table.Td>}
              <Table.Td ta="right">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  aria-label={`${part.title}: take out ${nameOf(entry)}`}
                  onClick={() => void change(() => part.remove(entry.id))}
                >
                  Take out
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
          {data?.length === 0 && (
            <Table.Tr>
              <Table.Td c="dimmed">None</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
      <Group align="end">
        {part.Picker !== undefined && (
          <part.Picker
            key={round}
            label={part.title}
            value={chosen === null ? null : Number(chosen)}
            onChange={(id) => setChosen(id === null ? null : String(id))}
            except={there}
          />
        )}
        {part.choices !== undefined && (
          <Select
            aria-label={part.title}
            placeholder={part.title}
            data={part.choices.filter(({ value }) => !there.includes(Number(value)))}
            value={chosen}
            onChange={setChosen}
            searchable
            limit={100}
          />
        )}
        {part.roles !== undefined && (
          <Select
            aria-label={`${part.title}: role`}
            data={part.roles}
            value={role}
            onChange={setRole}
            allowDeselect={false}
          />
        )}
        <Button
          variant="default"
          disabled={chosen === null}
          onClick={() => void change(() => part.add(Number(chosen), role))}
        >
          Add
        </Button>
      </Group>
    </Stack>
  );
}

/** Whether later policies may say otherwise. Saved at once, on top of the state that is shown. */
function Overridable(props: {
  finality: Finality;
  title: string;
  read: Read<GroupPolicy>;
  onChanged: () => void;
}) {
  const { finality, read } = props;
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const save = async (overridable: boolean) => {
    setBusy(true);
    setProblem(undefined);
    const path = { id: read.value.id };
    const patch = (header: Read<GroupPolicy>['ifMatch']) =>
      ok(
        client.PATCH('/group-policy/{id}', {
          params: { path, header },
          body: { [finality]: !overridable } as Schema<'GroupPolicyUpdate'>,
        }),
      );
    try {
      await patch(read.ifMatch).catch(async (refusal: unknown) => {
        if (!(refusal instanceof ApiError) || refusal.status !== 412) throw refusal;
        // Somebody else changed the policy, but not this: nothing of theirs is lost by changing it.
        const now = await readOf(client.GET('/group-policy/{id}', { params: { path } }));
        if (now.value[finality] !== read.value[finality]) throw refusal;
        await patch(now.ifMatch);
      });
    } catch (refusal) {
      setProblem(refusal as Error);
    } finally {
      setBusy(false);
      props.onChanged();
    }
  };
  return (
    <Stack gap={4} align="flex-end">
      <Switch
        label="May be overridden by later policies"
        aria-label={`${props.title}: may be overridden by later policies`}
        checked={!read.value[finality]}
        disabled={busy}
        onChange={(event) => void save(event.currentTarget.checked)}
      />
      {problem !== undefined && (
        <Text size="xs" c="red" role="alert">
          {problem.message}
        </Text>
      )}
    </Stack>
  );
}
