import { Button, Group, Select, Stack, Switch, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import {
  type Answered,
  ApiError,
  client,
  everyPage,
  ok,
  type Read,
  readOf,
  type Schema,
} from '../shared/api.ts';
import {
  type Choice,
  useJumpGroupChoices,
  useJumpItemRoleChoices,
  useJumpointChoices,
  useTeamChoices,
} from '../shared/choices.ts';
import { Refusal } from '../shared/refusal.tsx';
import { useLoaded } from '../shared/use-loaded.ts';

type GroupPolicy = Schema<'GroupPolicy'>;
type Finality = Extract<keyof GroupPolicy, `${string}_final`>;

/** One Jump Group, team or Jumpoint that the policy speaks of. */
interface Entry {
  id: number;
  role?: string;
}

/** One kind of thing that members are added to, or removed from. */
interface Part {
  title: string;
  finality: Finality;
  choices: Choice[];
  roles?: Choice[];
  load: (signal: AbortSignal) => Promise<Entry[]>;
  add: (id: number, role: string | null) => Promise<unknown>;
  remove: (id: number) => Promise<unknown>;
}

const TEAM_ROLES: Choice[] = [
  { value: 'member', label: 'Team member' },
  { value: 'lead', label: 'Team lead' },
  { value: 'manager', label: 'Team manager' },
];
type TeamRole = 'member' | 'lead' | 'manager';

/** What the policy adds its members to and removes them from, and whether later policies may say otherwise. */
export function GroupPolicyMemberships(props: { read: Read<GroupPolicy>; onChanged: () => void }) {
  const { id } = props.read.value;
  const path = { id };
  const jumpGroups = useJumpGroupChoices();
  const teams = useTeamChoices();
  const jumpoints = useJumpointChoices();
  const roles = [{ value: '0', label: 'User’s default role' }, ...useJumpItemRoleChoices()];
  const at = (page: number) => ({ path, query: { per_page: 100, current_page: page } });
  const parts: Part[] = [
    {
      title: 'Add to Jump Groups',
      finality: 'jump_groups_add_final',
      choices: jumpGroups,
      roles,
      load: async (signal) =>
        (await ok(client.GET('/group-policy/{id}/jump-group', { params: { path }, signal }))).map(
          ({ jump_group_id, jump_item_role_id }) => ({ id: jump_group_id, role: String(jump_item_role_id) }),
        ),
      add: (jump_group_id, role) =>
        ok(
          client.POST('/group-policy/{id}/jump-group', {
            params: { path },
            body: { jump_group_id, jump_item_role_id: Number(role ?? 0) },
          }),
        ),
      remove: (jump_group_id) =>
        ok(
          client.DELETE('/group-policy/{id}/jump-group/{jump_group_id}', {
            params: { path: { id, jump_group_id } },
          }),
        ),
    },
    {
      title: 'Remove from Jump Groups',
      finality: 'jump_groups_remove_final',
      choices: jumpGroups,
      load: (signal) =>
        idsOf(
          (page) => client.GET('/group-policy/{id}/jump-group-removal', { params: at(page), signal }),
          ({ jump_group_id }) => jump_group_id,
        ),
      add: (jump_group_id) =>
        ok(
          client.POST('/group-policy/{id}/jump-group-removal', { params: { path }, body: { jump_group_id } }),
        ),
      remove: (jump_group_id) =>
        ok(
          client.DELETE('/group-policy/{id}/jump-group-removal/{jump_group_id}', {
            params: { path: { id, jump_group_id } },
          }),
        ),
    },
    {
      title: 'Add to teams',
      finality: 'teams_add_final',
      choices: teams,
      roles: TEAM_ROLES,
      load: async (signal) =>
        (await everyPage((page) => client.GET('/group-policy/{id}/team', { params: at(page), signal }))).map(
          ({ team_id, role }) => ({ id: team_id, role }),
        ),
      add: (team_id, role) =>
        ok(
          client.POST('/group-policy/{id}/team', {
            params: { path },
            body: { team_id, role: (role ?? 'member') as TeamRole },
          }),
        ),
      remove: (team_id) =>
        ok(client.DELETE('/group-policy/{id}/team/{team_id}', { params: { path: { id, team_id } } })),
    },
    {
      title: 'Remove from teams',
      finality: 'teams_remove_final',
      choices: teams,
      load: (signal) =>
        idsOf(
          (page) => client.GET('/group-policy/{id}/team-removal', { params: at(page), signal }),
          ({ team_id }) => team_id,
        ),
      add: (team_id) =>
        ok(client.POST('/group-policy/{id}/team-removal', { params: { path }, body: { team_id } })),
      remove: (team_id) =>
        ok(client.DELETE('/group-policy/{id}/team-removal/{team_id}', { params: { path: { id, team_id } } })),
    },
    {
      title: 'Add to Jumpoints',
      finality: 'jumpoints_add_final',
      choices: jumpoints,
      load: (signal) =>
        idsOf(
          (page) => client.GET('/group-policy/{id}/jumpoint', { params: at(page), signal }),
          ({ jumpoint_id }) => jumpoint_id,
        ),
      add: (jumpoint_id) =>
        ok(client.POST('/group-policy/{id}/jumpoint', { params: { path }, body: { jumpoint_id } })),
      remove: (jumpoint_id) =>
        ok(
          client.DELETE('/group-policy/{id}/jumpoint/{jumpoint_id}', {
            params: { path: { id, jumpoint_id } },
          }),
        ),
    },
    {
      title: 'Remove from Jumpoints',
      finality: 'jumpoints_remove_final',
      choices: jumpoints,
      load: (signal) =>
        idsOf(
          (page) => client.GET('/group-policy/{id}/jumpoint-removal', { params: at(page), signal }),
          ({ jumpoint_id }) => jumpoint_id,
        ),
      add: (jumpoint_id) =>
        ok(client.POST('/group-policy/{id}/jumpoint-removal', { params: { path }, body: { jumpoint_id } })),
      remove: (jumpoint_id) =>
        ok(
          client.DELETE('/group-policy/{id}/jumpoint-removal/{jumpoint_id}', {
            params: { path: { id, jumpoint_id } },
          }),
        ),
    },
  ];
  return (
    <Stack gap="xl" maw={720}>
      {parts.map((part) => (
        <PartOf key={part.title} part={part} read={props.read} onChanged={props.onChanged} />
      ))}
    </Stack>
  );
}

function PartOf({ part, read, onChanged }: { part: Part; read: Read<GroupPolicy>; onChanged: () => void }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [role, setRole] = useState<string | null>(part.roles?.[0]?.value ?? null);
  const [problem, setProblem] = useState<Error>();
  const { data, error, reload } = useLoaded(`${part.title} ${read.value.id}`, part.load);
  const labelOf = (choices: Choice[] | undefined, value: string | undefined) =>
    choices?.find((choice) => choice.value === value)?.label ?? value ?? '';
  const attempt = async (act: () => Promise<unknown>) => {
    setProblem(undefined);
    try {
      await act();
      setChosen(null);
      reload();
    } catch (refusal) {
      setProblem(refusal as Error);
    }
  };
  const there = new Set((data ?? []).map(({ id }) => String(id)));
  const shownProblem = problem ?? error;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {part.title}
        </Title>
        <Overridable finality={part.finality} title={part.title} read={read} onChanged={onChanged} />
      </Group>
      {shownProblem !== undefined && <Refusal error={shownProblem} />}
      <Table aria-label={part.title}>
        <Table.Tbody>
          {(data ?? []).map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td>{labelOf(part.choices, String(entry.id))}</Table.Td>
              {part.roles !== undefined && <Table.Td>{labelOf(part.roles, entry.role)}</Table.Td>}
              <Table.Td ta="right">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  aria-label={`${part.title}: take out ${labelOf(part.choices, String(entry.id))}`}
                  onClick={() => void attempt(() => part.remove(entry.id))}
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
        <Select
          aria-label={part.title}
          placeholder={part.title}
          data={part.choices.filter(({ value }) => !there.has(value))}
          value={chosen}
          onChange={setChosen}
          searchable
          limit={100}
        />
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
          onClick={() => void attempt(() => part.add(Number(chosen), role))}
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

async function idsOf<T>(
  get: (page: number) => Promise<Answered<T[]>>,
  idOf: (entry: T) => number,
): Promise<Entry[]> {
  return (await everyPage(get)).map((entry) => ({ id: idOf(entry) }));
}
