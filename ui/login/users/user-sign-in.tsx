import { Badge, Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { Confirm } from '../../shared/confirm.tsx';
import { type Field, RecordForm } from '../../shared/record-form.tsx';
import { bodyOf } from '../../shared/resource-page.tsx';
import { Scrolling } from '../../shared/scrolling.tsx';
import { Time } from '../../shared/time.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { WhenLoaded } from '../../shared/when-loaded.tsx';

type UserSignIn = Schema<'UserSignIn'>;

const RESTRICTION: Field[] = [
  {
    name: 'network_restriction',
    label: 'This user signs in',
    kind: 'select',
    required: true,
    options: [
      { value: 'site', label: 'As the site settings say' },
      { value: 'none', label: 'From anywhere' },
      { value: 'always', label: 'From these networks only' },
      { value: 'first_time', label: 'From these networks the first time on each device' },
    ],
  },
  {
    name: 'networks',
    label: 'Networks',
    kind: 'list',
    help: 'Addresses or ranges such as 10.0.0.0/8; press Enter after each.',
    when: ({ network_restriction: mode }) => mode === 'always' || mode === 'first_time',
  },
];

/** What is signed in, what failed, and from where the person may sign in. */
export function UserSignInSection({ userId, onChanged }: { userId: number; onChanged: () => void }) {
  const params = { path: { id: userId } };
  const loaded = useLoaded(
    `sign-in of user ${userId}`,
    (signal) => ok(client.GET('/user/{id}/sign-in', { params, signal })),
    15_000,
  );
  const [ending, setEnding] = useState(false);
  const [round, setRound] = useState(0);
  return (
    <WhenLoaded loaded={loaded}>
      {(state) => (
        <Stack>
          <SignIns state={state} onEnd={() => setEnding(true)} />
          <Failures state={state} />
          <Title order={2} size="h4">
            From where
          </Title>
          <Stack maw={560}>
            <RecordForm
              key={round}
              fields={RESTRICTION}
              initial={{ network_restriction: state.network_restriction, networks: state.networks }}
              onCancel={() => setRound((now) => now + 1)}
              onSave={async (values) => {
                const body = bodyOf<Schema<'UserSignInUpdate'>>(values);
                await ok(client.PATCH('/user/{id}/sign-in', { params, body }));
                notifications.show({ message: 'Networks saved', color: 'teal' });
                loaded.reload();
              }}
            />
          </Stack>
          {ending && (
            <Confirm
              title="End every sign-in"
              action="End them"
              onConfirm={async () => {
                await ok(client.DELETE('/user/{id}/sign-in', { params }));
                notifications.show({ message: 'Sign-ins ended', color: 'teal' });
                loaded.reload();
                onChanged();
              }}
              onClose={() => setEnding(false)}
            >
              Every browser and every token of this user is signed out, and what they have open ends.
            </Confirm>
          )}
        </Stack>
      )}
    </WhenLoaded>
  );
}

function SignIns({ state, onEnd }: { state: UserSignIn; onEnd: () => void }) {
  return (
    <>
      <Group justify="space-between">
        <Title order={2} size="h4">
          Signed in
        </Title>
        {state.sign_ins.length > 0 && (
          <Button size="xs" color="red" variant="light" onClick={onEnd}>
            End every sign-in
          </Button>
        )}
      </Group>
      {state.sign_ins.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nowhere.
        </Text>
      ) : (
        <Scrolling label="Signed in">
          <Table aria-label="Signed in">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>With</Table.Th>
                <Table.Th>Address</Table.Th>
                <Table.Th>Since</Table.Th>
                <Table.Th>Last active</Table.Th>
                <Table.Th>Ends</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {state.sign_ins.map((signIn) => (
                <Table.Tr key={`${signIn.created_at} ${signIn.address} ${signIn.user_agent}`}>
                  <Table.Td title={signIn.user_agent}>
                    {signIn.kind === 'browser' ? 'Browser' : `Token (${signIn.user_agent || 'unnamed'})`}
                  </Table.Td>
                  <Table.Td>{signIn.address}</Table.Td>
                  <Table.Td>
                    <Time at={signIn.created_at} />
                  </Table.Td>
                  <Table.Td>
                    <Time at={signIn.last_seen_at} />
                  </Table.Td>
                  <Table.Td>
                    <Time at={signIn.expires_at} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scrolling>
      )}
    </>
  );
}

function Failures({ state }: { state: UserSignIn }) {
  if (state.failures.length === 0) return null;
  return (
    <>
      <Title order={2} size="h4">
        Failed sign-ins in a row
      </Title>
      <Scrolling label="Failed sign-ins in a row">
        <Table aria-label="Failed sign-ins in a row">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>From</Table.Th>
              <Table.Th>Failures</Table.Th>
              <Table.Th>The last one</Table.Th>
              <Table.Th>Locked out until</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {state.failures.map((failure) => (
              <Table.Tr key={`${failure.source} ${failure.last_failure_at}`}>
                <Table.Td>{failure.source}</Table.Td>
                <Table.Td>{failure.failures}</Table.Td>
                <Table.Td>
                  <Time at={failure.last_failure_at} />
                </Table.Td>
                <Table.Td>
                  {failure.blocked_until === null ? (
                    'not now'
                  ) : (
                    <Badge color="red">
                      <Time at={failure.blocked_until} />
                    </Badge>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scrolling>
      <Text size="sm" c="dimmed">
        Only sign-ins from there are locked out. Account unlocks all of them.
      </Text>
    </>
  );
}
