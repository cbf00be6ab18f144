import { Alert, Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { client, ok, readOf, type Schema } from '../../shared/api.ts';
import { Copyable } from '../../shared/copyable.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { mayLeave } from '../../shared/warn-before-leaving.ts';

type Seen = Schema<'VaultEndpointHostKey'>;

const STANDINGS: Record<Seen['standing'], { color: string; label: string }> = {
  unknown: { color: 'yellow', label: 'not known so far' },
  same: { color: 'teal', label: 'the one that is known' },
  changed: { color: 'red', label: 'another than the one that is known' },
};

/** Reads the host key an endpoint shows now; whoever has compared it may make it the known one. */
export function HostKeyScan({ id, onAccepted }: { id: number; onAccepted: () => void }) {
  const path = { id };
  const [seen, setSeen] = useState<Seen>();
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await act();
    } catch (refusal) {
      setProblem(refusal as Error);
    } finally {
      setBusy(false);
    }
  };
  const scan = () =>
    attempt(async () => {
      setSeen(undefined);
      setSeen(await ok(client.POST('/vault/endpoint/{id}/host-key', { params: { path } })));
    });
  const accept = (host_key: string) =>
    attempt(async () => {
      const { ifMatch } = await readOf(client.GET('/vault/endpoint/{id}', { params: { path } }));
      await ok(
        client.PATCH('/vault/endpoint/{id}', { params: { path, header: ifMatch }, body: { host_key } }),
      );
      notifications.show({ message: 'Host key saved', color: 'teal' });
      setSeen(undefined);
      onAccepted();
    });
  return (
    <Stack mt="xl" gap="sm">
      <Title order={2} size="h4">
        Host key
      </Title>
      <Text size="sm" c="dimmed">
        The Jumpoint of the endpoint, as it was saved, dials the system and tells which host key it shows.
      </Text>
      {problem !== undefined && <Refusal error={problem} />}
      <Group>
        <Button variant="default" loading={busy} onClick={() => void scan()}>
          Read the host key
        </Button>
      </Group>
      {seen !== undefined && (
        <Stack gap="sm" aria-live="polite">
          <Group gap="xs">
            <Text size="sm">It shows</Text>
            <Badge color={STANDINGS[seen.standing].color}>{STANDINGS[seen.standing].label}</Badge>
          </Group>
          <Copyable
            label="Fingerprint"
            help="On the system itself, ssh-keygen -lf prints it for the file of the host key."
            text={seen.fingerprint}
          />
          {seen.standing === 'changed' && (
            <Alert color="red">
              Somebody may stand between the Jumpoint and the system. Nothing is changed there until its known
              host key is the one it shows.
            </Alert>
          )}
          {seen.standing !== 'same' && (
            <Group>
              <Button
                color={seen.standing === 'changed' ? 'red' : 'river'}
                onClick={() => mayLeave() && void accept(seen.host_key)}
              >
                I have compared it: use this key
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </Stack>
  );
}
