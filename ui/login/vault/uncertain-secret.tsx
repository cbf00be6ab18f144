import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { Confirm } from '../../shared/confirm.tsx';
import { CredentialParts } from '../../shared/credential-parts.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import type { Account } from './account-record.ts';

type Holds = Schema<'VaultRotationSettlement'>['holds'];

const QUESTIONS: Record<Holds, { title: string; action: string; loses: string }> = {
  current: {
    title: 'The host takes the secret from before?',
    action: 'It takes the one from before',
    loses: 'The new secret is thrown away for good.',
  },
  new: {
    title: 'The host takes the new secret?',
    action: 'It takes the new one',
    loses: 'The secret from before is thrown away for good.',
  },
};

/** A rotation broke off, and nobody knows which of two secrets the host takes: what can be done about it by hand. */
export function UncertainSecret({ account, onSettled }: { account: Account; onSettled: () => void }) {
  const path = { id: account.id };
  const [asking, setAsking] = useState<Holds>();
  const [shown, setShown] = useState<Schema<'VaultAccountCredential'>>();
  const [problem, setProblem] = useState<Error>();
  const show = async () => {
    setProblem(undefined);
    try {
      setShown(await ok(client.POST('/vault/account/{id}/rotation/second-secret', { params: { path } })));
    } catch (refusal) {
      setProblem(refusal as Error);
    }
  };
  return (
    <Alert color="red" title="Nobody knows which of two secrets the host takes" role="status">
      <Stack gap="sm">
        <Text size="sm">
          The change broke off. Both secrets are kept: the one from before is what a check-out gives. Try both
          on the host and say here which one it takes, or have the host asked again.
        </Text>
        {problem !== undefined && <Refusal error={problem} />}
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => void show()}>
            Show the new secret
          </Button>
          {(['current', 'new'] as const).map((holds) => (
            <Button key={holds} size="xs" variant="default" onClick={() => setAsking(holds)}>
              {QUESTIONS[holds].action}
            </Button>
          ))}
        </Group>
      </Stack>
      {shown !== undefined && (
        <Modal
          opened
          onClose={() => setShown(undefined)}
          title={`New secret of ${account.name}`}
          closeOnClickOutside={false}
        >
          <Stack>
            <CredentialParts name={account.name} credential={shown} />
            <Group justify="flex-end">
              <Button onClick={() => setShown(undefined)}>Close</Button>
            </Group>
          </Stack>
        </Modal>
      )}
      {asking !== undefined && (
        <Confirm
          title={QUESTIONS[asking].title}
          action={QUESTIONS[asking].action}
          onClose={() => setAsking(undefined)}
          onConfirm={async () => {
            await ok(
              client.POST('/vault/account/{id}/rotation/settle', {
                params: { path },
                body: { holds: asking },
              }),
            );
            notifications.show({ message: 'Settled', color: 'teal' });
            onSettled();
          }}
        >
          {QUESTIONS[asking].loses}
        </Confirm>
      )}
    </Alert>
  );
}
