import { Button, Group, Select, Stack, Table, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { NumberedPage } from './api.ts';
import type { Choice } from './choices.ts';
import { PageButtons } from './page-buttons.tsx';
import { Refusal } from './refusal.tsx';
import { useAttempt } from './use-attempt.ts';
import { useLoaded } from './use-loaded.ts';
import { UserPicker, useUserNames } from './user-picker.tsx';

/** People of whom each is simply there or not, e.g. those with a skill; with `roles` each of them as something. */
export function SimpleMembers(props: {
  /** Remembers what was loaded; differs from thing to thing. */
  name: string;
  title: string;
  help?: ReactNode;
  empty: ReactNode;
  /** What a member may be there; the first is the usual one. */
  roles?: Choice[];
  load: (page: number, signal: AbortSignal) => Promise<NumberedPage<{ user_id: number; role?: string }>>;
  /** The role is empty without `roles`. */
  add: (userId: number, role: string) => Promise<unknown>;
  /** `shown` is the role that is replaced, as it stands on the screen; fails when it is another by now. */
  changeRole?: (userId: number, role: string, shown: string) => Promise<unknown>;
  remove: (userId: number) => Promise<unknown>;
}) {
  const [page, setPage] = useState(1);
  const [user, setUser] = useState<number | null>(null);
  const [round, setRound] = useState(0);
  const [role, setRole] = useState(props.roles?.[0]?.value ?? '');
  const { data, error, reload } = useLoaded(`${props.name} ${page}`, (signal) => props.load(page, signal));
  const members = data?.items ?? [];
  const ids = members.map((member) => member.user_id);
  const nameOf = useUserNames(ids);
  const { problem, attempt } = useAttempt(reload);
  const shownProblem = problem ?? error;
  return (
    <Stack mt="xl">
      <Title order={2} size="h4">
        {props.title}
      </Title>
      {props.help !== undefined && (
        <Text size="sm" c="dimmed">
          {props.help}
        </Text>
      )}
      {shownProblem !== undefined && <Refusal error={shownProblem} />}
      <Table aria-label={props.title}>
        <Table.Tbody>
          {members.map(({ user_id: id, role: held = '' }) => (
            <Table.Tr key={id}>
              <Table.Td>{nameOf(id)}</Table.Td>
              {props.roles !== undefined && (
                <Table.Td>
                  <Select
                    aria-label={`Role of ${nameOf(id)}`}
                    size="xs"
                    data={props.roles}
                    value={held}
                    allowDeselect={false}
                    onChange={(next) =>
                      next !== null &&
                      next !== held &&
                      void attempt(async () => await props.changeRole?.(id, next, held))
                    }
                  />
                </Table.Td>
              )}
              <Table.Td ta="right">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  aria-label={`Remove ${nameOf(id)}`}
                  onClick={() => void attempt(() => props.remove(id))}
                >
                  Remove
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
          {data?.total === 0 && (
            <Table.Tr>
              <Table.Td c="dimmed">{props.empty}</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
      <PageButtons of="members" page={page} last={data?.lastPage} onPage={setPage} />
      <Group align="end">
        <UserPicker key={round} label="Add a user" value={user} onChange={setUser} except={ids} />
        {props.roles !== undefined && (
          <Select
            label="as"
            data={props.roles}
            value={role}
            allowDeselect={false}
            onChange={(next) => next !== null && setRole(next)}
          />
        )}
        <Button
          variant="default"
          disabled={user === null}
          onClick={() =>
            void attempt(async () => {
              if (user === null) return;
              await props.add(user, role);
              setUser(null);
              setRound((now) => now + 1);
            })
          }
        >
          Add
        </Button>
      </Group>
    </Stack>
  );
}
