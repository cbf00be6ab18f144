import { Anchor, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import { client, ok } from '../api.ts';
import { useLoaded } from '../use-loaded.ts';
import { WhenLoaded } from '../when-loaded.tsx';
import { ProofForm } from './proof-dialog.tsx';
import { SignInSecurity } from './sign-in-security.tsx';

/** Before anything else: a second factor is registered or, by whoever has one, proven. */
export function FactorDue({ onDone, onLeave }: { onDone: () => void; onLeave: () => void }) {
  const loaded = useLoaded('factors that are due', (signal) =>
    ok(client.GET('/me/second-factor', { signal })),
  );
  return (
    <main className="sign-in">
      <Paper withBorder p="xl" maw={760}>
        <Stack>
          <Title order={1} size="h2">
            A second factor is needed
          </Title>
          {loaded.data === undefined && loaded.error === undefined && <Loader aria-label="Loading" />}
          <WhenLoaded loaded={loaded}>
            {({ methods }) =>
              methods.length > 0 ? (
                <ProofForm methods={methods} onProven={onDone} />
              ) : (
                <>
                  <Text size="sm">
                    A rule of this site asks you for more than a password. Add a passkey or an authenticator
                    app to go on.
                  </Text>
                  <SignInSecurity onRegistered={onDone} />
                </>
              )
            }
          </WhenLoaded>
          <Anchor component="button" type="button" size="sm" onClick={onLeave}>
            Sign out
          </Anchor>
        </Stack>
      </Paper>
    </main>
  );
}
