import { Anchor, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { client, everyPage, ok } from '../../shared/api.ts';
import { GroupPolicyPicker } from '../../shared/group-policy-picker.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';

/** The group policies a person belongs to, whatever makes it so. Those of local users can be changed here. */
export function UserGroupPolicies(props: { userId: number; local: boolean; onChanged: () => void }) {
  const path = { id: props.userId };
  const [chosen, setChosen] = useState<number | null>(null);
  const [problem, setProblem] = useState<Error>();
  const { data, error, reload } = useLoaded(`group policies of user ${props.userId}`, (signal) =>
    everyPage((page) =>
      client.GET('/user/{id}/group-policies', {
        params: { path, query: { per_page: 100, current_page: page } },
        signal,
      }),
    ),
  );
  const change = async (changes: { added: number[]; removed: number[] }) => {
    setProblem(undefined);
    try {
      await ok(client.PATCH('/user/{id}/group-policy-changes', { params: { path }, body: changes }));
      setChosen(null);
      reload();
      props.onChanged();
    } catch (refusal) {
      setProblem(refusal as Error);
    }
  };
  const shownProblem = problem ?? error;
  return (
    <Stack maw={640}>
      <Text size="sm" c="dimmed">
        Applied in this order, after the person’s own values: what a later one defines replaces what stood
        before, unless that was final.
      </Text>
      {shownProblem !== undefined && <Refusal error={shownProblem} />}
      <Table aria-label="Group policies">
        <Table.Tbody>
          {(data ?? []).map((policy) => (
            <Table.Tr key={policy.id}>
              <Table.Td w={48} c="dimmed">
                {policy.position}
              </Table.Td>
              <Table.Td>
                <Anchor component={Link} to={`/group-policies/${policy.id}`} size="sm">
                  {policy.name}
                </Anchor>
              </Table.Td>
              <Table.Td ta="right">
                {props.local && (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    color="red"
                    aria-label={`Take out of ${policy.name}`}
                    onClick={() => void change({ added: [], removed: [policy.id] })}
                  >
                    Take out
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
          {data?.length === 0 && (
            <Table.Tr>
              <Table.Td c="dimmed">None: the own values and the defaults hold.</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
      {props.local && (
        <Group align="end">
          <GroupPolicyPicker
            label="Add to a group policy"
            value={chosen}
            onChange={setChosen}
            except={(data ?? []).map((policy) => policy.id)}
          />
          <Button
            variant="default"
            disabled={chosen === null}
            onClick={() => chosen !== null && void change({ added: [chosen], removed: [] })}
          >
            Add
          </Button>
        </Group>
      )}
    </Stack>
  );
}
