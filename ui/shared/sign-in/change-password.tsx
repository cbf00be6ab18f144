import { Alert, Button, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type ApiError, client, ok } from '../api.ts';

/** Used at the first sign-in (forced) and from the account menu. */
export function ChangePasswordForm({
  forced,
  onChanged,
}: {
  forced?: boolean;
  onChanged: () => Promise<void> | void;
}) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const mismatch = again !== '' && next !== again ? 'The two passwords differ.' : undefined;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (next !== again) return;
    setBusy(true);
    setError(undefined);
    try {
      await ok(client.POST('/me/password', { body: { current_password: current, new_password: next } }));
      await onChanged();
    } catch (problem) {
      setError(problem as ApiError);
    } finally {
      setBusy(false);
    }
  };

  const form = (
    <form onSubmit={submit}>
      <Stack>
        {forced && (
          <>
            <Title order={1} size="h2">
              Choose your password
            </Title>
            <Text size="sm">
              Before you go on, replace the password you were given by one that only you know.
            </Text>
          </>
        )}
        {error !== undefined && Object.keys(error.fields).length === 0 && (
          <Alert color="red" role="alert">
            {error.message}
          </Alert>
        )}
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          value={current}
          error={error?.fields.current_password?.join(' ')}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          required
          value={next}
          error={error?.fields.new_password?.join(' ')}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <PasswordInput
          label="New password again"
          autoComplete="new-password"
          required
          value={again}
          error={mismatch}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy}>
          Change password
        </Button>
      </Stack>
    </form>
  );
  return forced ? (
    <main className="sign-in">
      <Paper withBorder p="xl">
        {form}
      </Paper>
    </main>
  ) : (
    form
  );
}
