import { Anchor, Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { type ComponentType, type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { client, type NumberedPage, ok, pageOf, type Schema } from '../../shared/api.ts';
import { useJumpItemRoleChoices } from '../../shared/choices.ts';
import { PageButtons } from '../../shared/page-buttons.tsx';
import { policySource } from '../../shared/policy-source.ts';
import { Refusal } from '../../shared/refusal.tsx';
import type { SearchPickerProps } from '../../shared/search-picker.tsx';
import { SourceBadge } from '../../shared/source-badge.tsx';
import { JumpGroupPicker, JumpointPicker, TeamPicker } from '../../shared/thing-pickers.tsx';
import { useAttempt } from '../../shared/use-attempt.ts';
import { useLoaded } from '../../shared/use-loaded.ts';

type AccessSource = Schema<'AccessSource'>;

interface Membership {
  id: number;
  name: string;
  role: ReactNode;
  source: AccessSource;
  roleSource: AccessSource | null;
  direct: boolean;
}

interface Kind {
  title: string;
  /** Where such things are edited. */
  place: string;
  Picker: ComponentType<SearchPickerProps>;
  load: (page: number, signal: AbortSignal) => Promise<NumberedPage<Membership>>;
  add: (id: number) => Promise<unknown>;
  remove: (id: number) => Promise<unknown>;
}

const TEAM_ROLES = { member: 'Team member', lead: 'Team lead', manager: 'Team manager' };

/** What a person belongs to after every group policy has had its say, each with where it came from. */
export function UserMemberships({ userId }: { userId: number }) {
  const roles = useJumpItemRoleChoices();
  const path = { id: userId };
  const body = { user_id: userId };
  const at = (page: number) => ({ params: { path, query: { current_page: page, per_page: 25 } } });
  const of = (id: number) => ({ params: { path: { id, user_id: userId } } });
  const kinds: Kind[] = [
    {
      title: 'Jump Groups',
      place: '/jump-groups',
      Picker: JumpGroupPicker,
      load: async (page, signal) => {
        const found = await pageOf(client.GET('/user/{id}/jump-group', { ...at(page), signal }));
        const nameOf = (id: number) => roles.find(({ value }) => value === String(id))?.label ?? `Role ${id}`;
        return withItems(found, ({ jump_group_id: id, jump_item_role_id: role, ...rest }) => ({
          ...common(rest),
          id,
          role: role === null ? 'Default role' : nameOf(role),
        }));
      },
      add: (id) => ok(client.POST('/jump-group/{id}/user', { params: { path: { id } }, body })),
      remove: (id) => ok(client.DELETE('/jump-group/{id}/user/{user_id}', of(id))),
    },
    {
      title: 'Teams',
      place: '/teams',
      Picker: TeamPicker,
      load: async (page, signal) => {
        const found = await pageOf(client.GET('/user/{id}/team', { ...at(page), signal }));
        return withItems(found, ({ team_id: id, role, ...rest }) => ({
          ...common(rest),
          id,
          role: TEAM_ROLES[role],
        }));
      },
      add: (id) =>
        ok(client.POST('/team/{id}/user', { params: { path: { id } }, body: { ...body, role: 'member' } })),
      remove: (id) => ok(client.DELETE('/team/{id}/user/{user_id}', of(id))),
    },
    {
      title: 'Jumpoints',
      place: '/jumpoints',
      Picker: JumpointPicker,
      load: async (page, signal) => {
        const found = await pageOf(client.GET('/user/{id}/jumpoint', { ...at(page), signal }));
        return withItems(found, ({ jumpoint_id: id, ...rest }) => ({ ...common(rest), id, role: undefined }));
      },
      add: (id) => ok(client.POST('/jumpoint/{id}/user', { params: { path: { id } }, body })),
      remove: (id) => ok(client.DELETE('/jumpoint/{id}/user/{user_id}', of(id))),
    },
  ];
  return (
    <Stack gap="xl">
      {kinds.map((kind) => (
        <MembershipsOf key={kind.title} userId={userId} kind={kind} named={roles.length > 0} />
      ))}
    </Stack>
  );
}

function MembershipsOf({ userId, kind, named }: { userId: number; kind: Kind; named: boolean }) {
  const [page, setPage] = useState(1);
  const [chosen, setChosen] = useState<number | null>(null);
  const [round, setRound] = useState(0);
  const { data, error, reload } = useLoaded(`${kind.title} of user ${userId} ${page} ${named}`, (signal) =>
    kind.load(page, signal),
  );
  const { problem, attempt } = useAttempt(reload);
  const change = (act: () => Promise<unknown>) =>
    attempt(async () => {
      await act();
      setChosen(null);
      setRound((now) => now + 1);
    });
  const shownProblem = problem ?? error;
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {kind.title}
      </Title>
      {shownProblem !== undefined && <Refusal error={shownProblem} />}
      <Table.ScrollContainer minWidth={420}>
        <Table aria-label={kind.title}>
          <Table.Tbody>
            {(data?.items ?? []).map((membership) => (
              <Table.Tr key={membership.id}>
                <Table.Td>
                  <Anchor component={Link} to={kind.place} size="sm">
                    {membership.name}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <Text size="sm">{membership.role}</Text>
                  {membership.roleSource?.kind === 'group_policy' && (
                    <SourceBadge source={policySource(membership.roleSource, 'Named')} />
                  )}
                </Table.Td>
                <Table.Td>
                  <SourceBadge source={policySource(membership.source, 'Added')} />
                </Table.Td>
                <Table.Td ta="right">
                  {membership.direct && (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      color="red"
                      aria-label={`Remove from ${membership.name}`}
                      onClick={() => void change(() => kind.remove(membership.id))}
                    >
                      Remove
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
            {data?.total === 0 && (
              <Table.Tr>
                <Table.Td c="dimmed">None</Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <PageButtons of={kind.title} page={page} last={data?.lastPage} onPage={setPage} />
      <Group align="end">
        <kind.Picker
          key={round}
          label={`Add to ${kind.title}`}
          value={chosen}
          onChange={setChosen}
          except={(data?.items ?? []).filter(({ direct }) => direct).map(({ id }) => id)}
        />
        <Button
          variant="default"
          disabled={chosen === null}
          onClick={() => chosen !== null && void change(() => kind.add(chosen))}
        >
          Add
        </Button>
      </Group>
    </Stack>
  );
}

function withItems<From>(
  page: NumberedPage<From>,
  show: (from: From) => Membership,
): NumberedPage<Membership> {
  return { ...page, items: page.items.map(show) };
}

function common(membership: {
  name: string;
  source: AccessSource;
  role_source?: AccessSource | null;
  statements: Schema<'AccessStatement'>[];
}) {
  return {
    name: membership.name,
    source: membership.source,
    roleSource: membership.role_source ?? null,
    direct: membership.statements.some(({ source }) => source.kind === 'user'),
  };
}
