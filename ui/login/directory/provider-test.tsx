import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { client, ok, type Schema } from '../../shared/api.ts';
import { ProviderSteps } from '../../shared/provider-steps.tsx';
import { Refusal } from '../../shared/refusal.tsx';
import { sendAway } from '../../shared/sign-in/send-away.ts';
import type { ProviderTabProps } from './security-provider-tabs.tsx';

type Result = Schema<'ProviderTestResult'>;

/** Does what a sign-in by the provider would do and shows each step, with what to do about one that fails. */
export function ProviderTest({ read }: ProviderTabProps) {
  const { id, type } = read.value;
  const redirecting = type === 'saml' || type === 'oidc';
  const takesPasswords = type === 'ldap' || type === 'radius' || type === 'kerberos';
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [result, setResult] = useState<Result>();
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);

  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    setResult(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  const test = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const body = { username: username || null, password: password || null };
      setResult(await ok(client.POST('/security-provider/{id}/test', { params: { path: { id } }, body })));
    });
  };
  const signInThere = () =>
    run(async () => {
      const here = `/login/security-providers/${id}?section=test`;
      const path = '/security-provider/{id}/test-sign-in';
      sendAway(await ok(client.POST(path, { params: { path: { id } }, body: { return_to: here } })));
    });

  return (
    <Stack>
      <Text size="sm" c="dimmed">
        The saved settings are tried. Nobody is signed in here and nothing changes.
      </Text>
      <form onSubmit={test}>
        <Stack gap="sm">
          {takesPasswords && (
            <Group grow align="start">
              <TextInput
                label="Username"
                description="Somebody the provider knows. Without one, only the way there is tried."
                autoComplete="off"
                value={username}
                onChange={(event) => setUsername(event.currentTarget.value)}
              />
              <PasswordInput
                label="Password"
                description="Of that person. Without one, the person is only looked up."
                autoComplete="off"
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
            </Group>
          )}
          <Group>
            <Button type="submit" loading={busy}>
              Test
            </Button>
            {redirecting && (
              <Button variant="default" disabled={busy} onClick={() => void signInThere()}>
                Try a sign-in there
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      {problem !== undefined && <Refusal error={problem} />}
      {result !== undefined && (
        <Stack gap="sm" aria-live="polite">
          <Alert color={result.passed ? 'teal' : 'red'} title={result.passed ? 'Passed' : 'Failed'}>
            {result.passed
              ? 'Every step that was tried worked.'
              : 'The first failed step below says what to do.'}
          </Alert>
          <ProviderSteps steps={result.steps} />
        </Stack>
      )}
    </Stack>
  );
}
