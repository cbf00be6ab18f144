import { Stack } from '@mantine/core';
import { type Answered, client, everyPage, ok, type Read, type Schema } from '../../shared/api.ts';
import {
  type Choice,
  useJumpGroupChoices,
  useJumpItemRoleChoices,
  useJumpointChoices,
  useTeamChoices,
} from '../../shared/choices.ts';
import { type Entry, type Part, PartOf } from './group-policy-part.tsx';

type GroupPolicy = Schema<'GroupPolicy'>;
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

async function idsOf<T>(
  get: (page: number) => Promise<Answered<T[]>>,
  idOf: (entry: T) => number,
): Promise<Entry[]> {
  return (await everyPage(get)).map((entry) => ({ id: idOf(entry) }));
}
