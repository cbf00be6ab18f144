import { Alert, Button, Modal, PasswordInput, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type ApiError, client, ok, type Schema } from '../api.ts';
import { browserHasPasskeys, provePasskey } from '../passkeys.ts';

export type ProofMethod = Schema<'ProofMethod'>;

interface ProofProps {
  /** What can be asked for, as the API says. */
  methods: readonly ProofMethod[];
  onProven: () => void;
}

/** Asks once more whether it is really the person who signed in. */
export function ProofDialog(props: ProofProps & { onClose: () => void }) {
  return (
    <Modal opened onClose={props.onClose} title="Prove that it is you">
      <ProofForm {...props} />
    </Modal>
  );
}

export function ProofForm({ methods, onProven }: ProofProps) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const byPassword = methods.includes('password');
  const byCode = methods.includes('totp') || methods.includes('recovery_code');
  const prove = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
      onProven();
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = byPassword ? { password: text } : { code: text.trim() };
    void prove(() => ok(client.POST('/me/second-factor/verify', { body })));
  };
  const fields = (problem as ApiError | undefined)?.fields ?? {};
  const beside = fields.code?.join(' ') ?? fields.password?.join(' ');
  return (
    <Stack>
      {problem !== undefined && beside === undefined && (
        <Alert color="red" role="alert">
          {problem.message}
        </Alert>
      )}
      {methods.includes('passkey') && browserHasPasskeys() && (
        <Button
          loading={busy}
          variant={byCode ? 'default' : 'filled'}
          onClick={() => void prove(provePasskey)}
        >
          Use a passkey
        </Button>
      )}
      {(byCode || byPassword) && (
        <form onSubmit={submit}>
          <Stack>
            {byPassword ? (
              <PasswordInput
                label="Password"
                description="Without one here, sign out and in again."
                autoComplete="current-password"
                data-autofocus
                required
                maxLength={256}
                value={text}
                error={beside}
                onChange={(event) => setText(event.currentTarget.value)}
              />
            ) : (
              <TextInput
                label="Code"
                description={
                  methods.includes('totp')
                    ? 'Of your authenticator app, or a recovery code.'
                    : 'One of your recovery codes.'
                }
                autoComplete="one-time-code"
                data-autofocus
                required
                maxLength={64}
                value={text}
                error={beside}
                onChange={(event) => setText(event.currentTarget.value)}
              />
            )}
            <Button type="submit" loading={busy}>
              Go on
            </Button>
          </Stack>
        </form>
      )}
    </Stack>
  );
}
