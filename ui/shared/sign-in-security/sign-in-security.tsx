import { Alert, Box, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { client, ok, type Schema } from '../api.ts';
import { Confirm } from '../confirm.tsx';
import { browserHasPasskeys, registerPasskey } from '../passkeys.ts';
import { Refusal } from '../refusal.tsx';
import { Time } from '../time.tsx';
import { useLoaded } from '../use-loaded.ts';
import { WhenLoaded } from '../when-loaded.tsx';
import { PasskeyList, PasskeyName } from './passkey-list.tsx';
import { ProofDialog } from './proof-dialog.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';
import { RegisterApp } from './register-app.tsx';

type Overview = Schema<'SecondFactors'>;
type Passkey = Schema<'Passkey'>;

/** A person's own second factors. `onRegistered` is called when there is one more and its recovery codes were kept. */
export function SignInSecurity({ onRegistered }: { onRegistered?: () => void }) {
  const loaded = useLoaded('my second factors', async (signal) => {
    const [overview, passkeys] = await Promise.all([
      ok(client.GET('/me/second-factor', { signal })),
      ok(client.GET('/me/passkey', { signal })),
    ]);
    return { overview, passkeys };
  });
  return (
    <WhenLoaded loaded={loaded}>
      {({ overview, passkeys }) => (
        <Factors
          overview={overview}
          passkeys={passkeys}
          onChanged={loaded.reload}
          onRegistered={onRegistered}
        />
      )}
    </WhenLoaded>
  );
}

type Open =
  | { kind: 'proof'; work: () => void }
  | { kind: 'app'; begun: Schema<'BegunTotp'> }
  | { kind: 'remove-app' | 'new-passkey' | 'new-codes' }
  | { kind: 'codes'; codes: string[]; registered: boolean };

function Factors(props: {
  overview: Overview;
  passkeys: Passkey[];
  onChanged: () => void;
  onRegistered: (() => void) | undefined;
}) {
  const { overview, passkeys, onChanged, onRegistered } = props;
  const { totp, proof_wanted: wanted } = overview;
  const [open, setOpen] = useState<Open>();
  const [problem, setProblem] = useState<Error>();
  const close = () => setOpen(undefined);
  const withProof = (work: () => void) => (wanted.length === 0 ? work() : setOpen({ kind: 'proof', work }));
  const registered = (codes: string[] | undefined) => {
    onChanged();
    if (codes !== undefined) setOpen({ kind: 'codes', codes, registered: true });
    else {
      close();
      onRegistered?.();
    }
  };
  const begin = async () => {
    setProblem(undefined);
    try {
      setOpen({ kind: 'app', begun: await ok(client.POST('/me/totp')) });
    } catch (error) {
      close();
      setProblem(error as Error);
      // The last proof may have grown old while the page was open.
      onChanged();
    }
  };
  return (
    <Stack>
      {problem !== undefined && <Refusal error={problem} />}
      <Section
        title="Passkeys"
        text="Sign you in without a password: with your finger, your face or the PIN of your device."
        actions={
          <Button
            size="xs"
            disabled={
              overview.passkeys_unavailable !== null ||
              !browserHasPasskeys() ||
              overview.passkeys >= overview.passkeys_most
            }
            onClick={() => withProof(() => setOpen({ kind: 'new-passkey' }))}
          >
            Add a passkey
          </Button>
        }
      >
        {overview.passkeys_unavailable !== null && (
          <Alert color="yellow">{overview.passkeys_unavailable}</Alert>
        )}
        {overview.passkeys >= overview.passkeys_most && (
          <Text size="sm">You have {overview.passkeys_most} passkeys, which is the most.</Text>
        )}
        <PasskeyList passkeys={passkeys} withProof={withProof} onChanged={onChanged} />
      </Section>
      <Section
        title="Authenticator app"
        text="Shows a code that you type after your password."
        actions={
          <>
            <Button
              size="xs"
              variant={totp === null ? 'filled' : 'default'}
              onClick={() => withProof(() => void begin())}
            >
              {totp === null ? 'Register an app' : 'Register another app'}
            </Button>
            {totp !== null && (
              <Button
                size="xs"
                variant="default"
                onClick={() => withProof(() => setOpen({ kind: 'remove-app' }))}
              >
                Remove the app
              </Button>
            )}
          </>
        }
      >
        <Text size="sm">
          {totp === null ? (
            'No app is registered.'
          ) : (
            <>
              Registered <Time at={totp.confirmed_at} />, last used{' '}
              <Time at={totp.last_used_at} none="never" />.
            </>
          )}
        </Text>
      </Section>
      {overview.methods.length > 0 && (
        <Section
          title="Recovery codes"
          text="For the day your device is not at hand."
          actions={
            <Button
              size="xs"
              variant="default"
              onClick={() => withProof(() => setOpen({ kind: 'new-codes' }))}
            >
              Make new codes
            </Button>
          }
        >
          <Text size="sm">{codesLeft(overview.recovery_codes_left)}</Text>
        </Section>
      )}
      {open?.kind === 'proof' && (
        <ProofDialog
          methods={wanted}
          onClose={close}
          onProven={() => {
            close();
            onChanged();
            open.work();
          }}
        />
      )}
      {open?.kind === 'app' && <RegisterApp begun={open.begun} onClose={close} onRegistered={registered} />}
      {open?.kind === 'remove-app' && (
        <Confirm
          title="Remove the authenticator app?"
          action="Remove the app"
          onClose={close}
          onConfirm={async () => {
            await ok(client.DELETE('/me/totp'));
            onChanged();
          }}
        >
          Its codes are taken no more, and your other sign-ins end.
        </Confirm>
      )}
      {open?.kind === 'new-codes' && (
        <Confirm
          title="Make new recovery codes?"
          action="Make new codes"
          onClose={() => setOpen((now) => (now?.kind === 'codes' ? now : undefined))}
          onConfirm={async () => {
            const { recovery_codes: codes } = await ok(client.POST('/me/recovery-code'));
            onChanged();
            setOpen({ kind: 'codes', codes, registered: false });
          }}
        >
          The codes you have now are good for nothing any more.
        </Confirm>
      )}
      {open?.kind === 'new-passkey' && (
        <PasskeyName
          title="Add a passkey"
          action="Go on"
          initial=""
          onClose={() => setOpen((now) => (now?.kind === 'codes' ? now : undefined))}
          onNamed={async (name) => registered(await registerPasskey(name))}
        />
      )}
      {open?.kind === 'codes' && (
        <RecoveryCodes
          codes={open.codes}
          onClose={() => {
            close();
            if (open.registered) onRegistered?.();
          }}
        />
      )}
    </Stack>
  );
}

function codesLeft(left: number): string {
  if (left === 0) return 'None are left.';
  return left === 1 ? 'One code is left.' : `${left} codes are left.`;
}

function Section(props: { title: string; text: string; actions: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <Box flex={1} miw={220}>
            <Title order={2} size="h4">
              {props.title}
            </Title>
            <Text size="sm">{props.text}</Text>
          </Box>
          <Group gap="xs">{props.actions}</Group>
        </Group>
        {props.children}
      </Stack>
    </Paper>
  );
}
