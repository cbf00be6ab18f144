import { Alert, Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type ReactNode, useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { Refusal } from '../../shared/refusal.tsx';
import { Age, Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';
import type { Account } from './account-record.ts';
import { RotationHistory } from './rotation-history.tsx';
import { ROTATION_LOOKS } from './rotation-words.ts';
import { UncertainSecret } from './uncertain-secret.tsx';

type Standing = Schema<'VaultRotationStanding'>;

/** How the secret of an account changes: how that stands, what was, and the way to ask for it now. */
export function AccountRotation({ account }: { account: Account }) {
  const path = { id: account.id };
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const loaded = useLoaded(
    `rotation of vault account ${account.id}`,
    (signal) => ok(client.GET('/vault/account/{id}/rotation', { params: { path }, signal })),
    3000,
  );
  const rotate = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(client.POST('/vault/account/{id}/rotate', { params: { path } }));
      notifications.show({ message: 'A new secret is asked for', color: 'teal' });
    } catch (refusal) {
      setProblem(refusal as Error);
    } finally {
      setBusy(false);
      loaded.reload();
    }
  };
  return (
    <Stack>
      {problem !== undefined && <Refusal error={problem} />}
      <WhenLoaded loaded={loaded}>
        {(standing) => (
          <>
            {standing.obstacle !== null && (
              <Alert color="river" title="Its secret cannot be changed from here">
                {standing.obstacle}
              </Alert>
            )}
            {standing.second_secret && <UncertainSecret account={account} onSettled={loaded.reload} />}
            <Group justify="space-between" align="start">
              <Facts standing={standing} />
              {standing.rotatable && (
                <Button onClick={() => void rotate()} loading={busy}>
                  {standing.state === 'uncertain' ? 'Ask the host again' : 'Rotate now'}
                </Button>
              )}
            </Group>
            <RotationHistory
              accountId={account.id}
              version={`${standing.state} ${standing.current?.phase} ${standing.current?.attempts}`}
            />
          </>
        )}
      </WhenLoaded>
    </Stack>
  );
}

function Facts({ standing }: { standing: Standing }) {
  const { current } = standing;
  const look = ROTATION_LOOKS[standing.state];
  const rows: [string, ReactNode][] = [
    [
      'State',
      <Group key="state" gap="xs">
        <Badge color={look.color}>{look.label}</Badge>
        {standing.waits_for_check_in && <Text size="sm">waits until it is checked in</Text>}
      </Group>,
    ],
    ...(current === null
      ? []
      : ([
          [
            'Asked for',
            <span key="asked">
              <Time at={current.requested_timestamp} /> by {current.requested_by}
            </span>,
          ],
          ['Next attempt', <Time key="next" at={current.next_attempt_timestamp} none="none by itself" />],
          ...(current.failure === null ? [] : [['What went wrong last', current.failure]]),
        ] as [string, ReactNode][])),
    ['Age of the secret', <Age key="age" since={standing.secret_changed_timestamp} />],
    [
      'May be as old as',
      standing.maximum_password_age === null
        ? 'no limit'
        : `${standing.maximum_password_age} ${standing.maximum_password_age === 1 ? 'day' : 'days'}`,
    ],
    ['Changed next', <Time key="due" at={standing.next_due_timestamp} none="not by schedule" />],
    ['Changed last', <Time key="success" at={standing.last_success_timestamp} none="never from here" />],
    ...(standing.last_failure_timestamp === null
      ? []
      : ([
          [
            'Failed last',
            <span key="failure">
              <Time at={standing.last_failure_timestamp} />: {standing.last_failure}
            </span>,
          ],
        ] as [string, ReactNode][])),
  ];
  return (
    <Table withRowBorders={false} verticalSpacing={4} maw={640} aria-label="Rotation" aria-live="polite">
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={500} w={190}>
              {name}
            </Table.Th>
            <Table.Td>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
