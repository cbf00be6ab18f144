import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

interface PasswordFormProps {
  busy: boolean;
  /** Another way is proposed first. */
  quiet: boolean;
  onSubmit: (username: string, password: string) => Promise<void>;
}

export function PasswordForm({ busy, quiet, onSubmit }: PasswordFormProps) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const typed = password;
    setPassword('');
    await onSubmit(username, typed);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput
          label="Username"
          autoComplete="username"
          autoFocus={!quiet}
          required
          maxLength={256}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          maxLength={256}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy} variant={quiet ? 'default' : 'filled'}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
