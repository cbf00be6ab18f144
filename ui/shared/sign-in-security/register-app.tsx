import { Box, Button, Code, CopyButton, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { encode } from 'uqr';
import { type ApiError, client, ok, type Schema } from '../api.ts';
import { Refusal } from '../refusal.tsx';

/** Puts a secret into an authenticator app and takes the app's first code. */
export function RegisterApp(props: {
  begun: Schema<'BegunTotp'>;
  onClose: () => void;
  onRegistered: (recoveryCodes: string[] | undefined) => void;
}) {
  const { secret, uri } = props.begun;
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      const added = await ok(client.POST('/me/totp/confirm', { body: { code: code.trim() } }));
      props.onRegistered(added.recovery_codes);
    } catch (error) {
      setProblem(error as ApiError);
    } finally {
      setBusy(false);
    }
  };
  const beside = problem?.fields.code?.join(' ');
  return (
    <Modal opened onClose={props.onClose} title="Authenticator app" closeOnClickOutside={false}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text size="sm">Scan this with your authenticator app, or type the key into it.</Text>
          <QrCode text={uri} />
          <Group gap="xs" justify="center">
            <Code fz="sm" aria-label="Key for the app">
              {secret.match(/.{1,4}/g)?.join(' ')}
            </Code>
            <CopyButton value={secret}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="subtle" onClick={copy}>
                  {copied ? 'Copied' : 'Copy'}
                </Button>
              )}
            </CopyButton>
          </Group>
          {problem !== undefined && beside === undefined && <Refusal error={problem} />}
          <TextInput
            label="Code that the app shows now"
            autoComplete="one-time-code"
            inputMode="numeric"
            data-autofocus
            required
            maxLength={16}
            value={code}
            error={beside}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy}>
            Register the app
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

/** Black on white in either colour scheme: cameras expect that. */
function QrCode({ text }: { text: string }) {
  const { data, size } = encode(text, { border: 4 });
  const path = data
    .flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join('');
  return (
    <Box ta="center">
      <svg
        role="img"
        aria-label="QR code for the authenticator app"
        viewBox={`0 0 ${size} ${size}`}
        width={220}
        height={220}
        shapeRendering="crispEdges"
      >
        <rect width={size} height={size} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
    </Box>
  );
}
