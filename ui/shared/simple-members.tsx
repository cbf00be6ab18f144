import { Button, Group, Pagination, Stack, Table, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { NumberedPage } from './api.ts';
import { Refusal } from './refusal.tsx';
import { useLoaded } from './use-loaded.ts';
import { UserPicker, useUserNames } from './user-picker.tsx';

/** People of whom each is simply there or not, e.g. those with a skill. */
export function SimpleMembers(props: {
  /** Remembers what was loaded; differs from thing to thing. */
  name: string;
  title: string;
  empty: ReactNode;
  load: (page: number, signal: AbortSignal) => Promise<NumberedPage<{ user_id: number }>>;
  add: (userId: number) => Promise<unknown>;
  remove: (userId: number) => Promise<unknown>;
}) {
  const [page, setPage] = useState(1);
  const [user, setUser] = useState<number | null>(null);
  const [round, setRound] = useState(0);
  const [problem, setProblem] = useState<Error>();
  const { data, error, reload } = useLoaded(`${props.name} ${page}`, (signal) => props.load(page, signal));
  const ids = (data?.items ?? []).map((member) => member.user_id);
  const nameOf = useUserNames(ids);
  const attempt = async (act: () => Promise<unknown>) => {
    setProblem(undefined);
    try {
      await act();
      reload();
    } catch (refusal) {
      setProblem(refusal as Error);
    }
  };
  const shownProblem = problem ?? error;
  return (
    <Stack mt="xl">
      <Title order={2} size="h4">
        {props.title}
      </Title>
      {shownProblem !== undefined && <Refusal error={shownProblem} />}
      <Table aria-label={props.title}>
        <Table.Tbody>
          {ids.map((id) => (
            <Table.Tr key={id}>
              <Table.Td>{nameOf(id)}</Table.Td>
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
      {data !== undefined && data.lastPage > 1 && (
        <Pagination
          size="sm"
          total={data.lastPage}
          value={page}
          onChange={setPage}
          getControlProps={(control) => ({ 'aria-label': `${control} page of members` })}
        />
      )}
      <Group align="end">
        <UserPicker key={round} label="Add a user" value={user} onChange={setUser} except={ids} />
        <Button
          variant="default"
          disabled={user === null}
          onClick={() =>
            void attempt(async () => {
              if (user === null) return;
              await props.add(user);
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
