import { Button, Group, Pagination, Select, Stack, Table, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { NumberedPage } from './api.ts';
import type { Choice } from './choices.ts';
import { Refusal } from './refusal.tsx';
import { useLoaded } from './use-loaded.ts';
import { UserPicker, useUserNames } from './user-picker.tsx';

export interface Member {
  user_id: number;
  role?: string | null;
}

/** People who belong to something directly: a page of them, adding by search, and what each is there. */
export function Members(props: {
  /** Remembers what was loaded; differs from thing to thing. */
  name: string;
  title: string;
  help?: ReactNode;
  empty: ReactNode;
  load: (page: number, signal: AbortSignal) => Promise<NumberedPage<Member>>;
  /** What a member may be there; left out where members are all alike. */
  roles?: Choice[];
  /** Said where a member has no role. */
  withoutRole?: string;
  add: (userId: number, role: string | null) => Promise<unknown>;
  changeRole?: (userId: number, role: string | null) => Promise<unknown>;
  remove: (userId: number) => Promise<unknown>;
}) {
  const [page, setPage] = useState(1);
  const [problem, setProblem] = useState<Error>();
  const { data, error, reload } = useLoaded(`${props.name} ${page}`, (signal) => props.load(page, signal));
  const members = data?.items ?? [];
  const nameOf = useUserNames(members.map((member) => member.user_id));
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
      {props.help !== undefined && (
        <Text size="sm" c="dimmed">
          {props.help}
        </Text>
      )}
      {shownProblem !== undefined && <Refusal error={shownProblem} />}
      <Table aria-label={props.title}>
        <Table.Tbody>
          {members.map((member) => (
            <Table.Tr key={member.user_id}>
              <Table.Td>{nameOf(member.user_id)}</Table.Td>
              {props.roles !== undefined && (
                <Table.Td>
                  <Select
                    aria-label={`Role of ${nameOf(member.user_id)}`}
                    size="xs"
                    data={props.roles}
                    value={member.role ?? null}
                    placeholder={props.withoutRole ?? ''}
                    clearable={props.withoutRole !== undefined}
                    allowDeselect={props.withoutRole !== undefined}
                    disabled={props.changeRole === undefined}
                    onChange={(role) =>
                      void attempt(async () => await props.changeRole?.(member.user_id, role))
                    }
                  />
                </Table.Td>
              )}
              <Table.Td ta="right">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  aria-label={`Remove ${nameOf(member.user_id)}`}
                  onClick={() => void attempt(() => props.remove(member.user_id))}
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
      <AddMember {...props} attempt={attempt} except={members.map((member) => member.user_id)} />
    </Stack>
  );
}

function AddMember(props: {
  roles?: Choice[];
  withoutRole?: string;
  add: (userId: number, role: string | null) => Promise<unknown>;
  attempt: (act: () => Promise<unknown>) => Promise<void>;
  except: readonly number[];
}) {
  const usual = props.withoutRole === undefined ? (props.roles?.[0]?.value ?? null) : null;
  const [user, setUser] = useState<number | null>(null);
  const [role, setRole] = useState<string | null>();
  const [round, setRound] = useState(0);
  return (
    <Group align="end">
      <UserPicker key={round} label="Add a user" value={user} onChange={setUser} except={props.except} />
      {props.roles !== undefined && (
        <Select
          label="as"
          data={props.roles}
          value={role === undefined ? usual : role}
          onChange={setRole}
          placeholder={props.withoutRole ?? ''}
          clearable={props.withoutRole !== undefined}
          allowDeselect={props.withoutRole !== undefined}
        />
      )}
      <Button
        variant="default"
        disabled={user === null}
        onClick={() =>
          void props.attempt(async () => {
            if (user === null) return;
            await props.add(user, role === undefined ? usual : role);
            setUser(null);
            setRound((now) => now + 1);
          })
        }
      >
        Add
      </Button>
    </Group>
  );
}
