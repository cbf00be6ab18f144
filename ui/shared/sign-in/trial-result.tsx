import { Alert, Button, Stack, Table, Title } from '@mantine/core';
import type { Schema } from '../api.ts';
import { ProviderSteps } from '../provider-steps.tsx';
import type { SignInStep } from './sign-in-page.tsx';

interface Trial {
  steps: Schema<'ProviderTestStep'>[];
  identity: Record<string, unknown> | null;
}

/** What an administrator's trial of a provider came to. */
export function TrialResult({ step, onDone }: { step: SignInStep; onDone: () => void }) {
  const { steps, identity } = step.details as unknown as Trial;
  return (
    <Stack>
      <Title order={2} size="h4">
        Trial of the provider
      </Title>
      <Alert color={identity === null ? 'red' : 'teal'}>{step.message} Nobody was signed in by it.</Alert>
      {identity !== null && (
        <Table aria-label="What the provider said">
          <Table.Tbody>
            {Object.entries(identity).map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row">{name.replaceAll('_', ' ')}</Table.Th>
                <Table.Td>{inWords(value)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <ProviderSteps steps={steps} />
      <Button onClick={onDone}>Back to the provider</Button>
    </Stack>
  );
}

function inWords(value: unknown): string {
  if (value === null) return 'not given';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value !== 'object') return String(value);
  const parts = Object.entries(value).map(([name, values]) => `${name}: ${String(values)}`);
  return parts.length === 0 ? 'none' : parts.join('; ');
}
