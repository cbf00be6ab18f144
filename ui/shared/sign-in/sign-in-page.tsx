import { Alert, Loader, Paper, Stack, Title } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { client, ok, type Schema } from '../api.ts';
import { askForPasskey } from '../passkeys.ts';
import { useLoaded } from '../use-loaded.ts';
import { byTicketOfDesktop } from './by-ticket.ts';
import { takeInvitation } from './invitation-in-address.ts';
import { rememberMechanism } from './last-mechanism.ts';
import { sendAway } from './send-away.ts';
import { StepForm } from './step-form.tsx';
import { type SignInProvider, WaysToSignIn } from './ways-to-sign-in.tsx';

export type SignInStep = Schema<'SignInStep'>;
export type StepAnswer = Omit<Schema<'SignInStepAnswer'>, 'sign_in'>;

interface SignInPageProps {
  notice?: string | undefined;
  /** A sign-in that came back from its provider. */
  attempt?: string;
  onSignedIn: () => Promise<void>;
}

/** Every way to sign in, and the questions that follow. The address stays the same throughout. */
export function SignInPage({ notice, attempt, onSignedIn }: SignInPageProps) {
  const options = useLoaded('ways to sign in', (signal) => ok(client.GET('/sign-in/options', { signal })));
  const [step, setStep] = useState<SignInStep>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(attempt !== undefined);
  const begun = useRef(false);

  /** Goes on with whatever an answer of the API asks next; without a question somebody is signed in. */
  const run = async (work: () => Promise<SignInStep | undefined>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const next = await work();
      setStep(next);
      if (next === undefined) await onSignedIn();
    } catch (error) {
      setStep(undefined);
      setProblem((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  const answer = (signIn: string, given: StepAnswer) =>
    run(async () => stepOf(await ok(client.POST('/sign-in/step', { body: { sign_in: signIn, ...given } }))));

  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt is good once, and so is an invitation.
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const invitation = takeInvitation();
    if (attempt !== undefined) void answer(attempt, {});
    else if (invitation !== undefined) void byInvitation(invitation);
  }, []);

  const at = (provider: SignInProvider) =>
    run(async () => {
      const returnTo = `${location.pathname}${location.search}`;
      const path = { id: provider.id };
      const sent = await ok(
        client.POST('/sign-in/provider/{id}', { params: { path }, body: { return_to: returnTo } }),
      );
      rememberMechanism(`provider-${provider.id}`);
      sendAway(sent);
      // The page is being left.
      await new Promise(() => {});
      return undefined;
    });
  const byPassword = (username: string, password: string) =>
    run(async () => {
      const next = stepOf(await ok(client.POST('/sign-in', { body: { username, password } })));
      rememberMechanism('password');
      return next;
    });

  const byPasskey = () =>
    run(async () => {
      const asked = await ok(client.POST('/sign-in/passkey'));
      const passkey = await askForPasskey(asked.options);
      const body = { sign_in: asked.sign_in, passkey };
      const next = stepOf(await ok(client.POST('/sign-in/step', { body })));
      rememberMechanism('passkey');
      return next;
    });

  /** With the ticket that the desktop has. The browser asks for it by itself, where it is set up to. */
  const byTicket = () =>
    run(async () => {
      const answered = await byTicketOfDesktop();
      rememberMechanism('ticket');
      return stepOf(answered);
    });
  const byInvitation = (key: string) =>
    run(async () => stepOf(await ok(client.POST('/sign-in/invitation', { body: { key } }))));

  return (
    <main className="sign-in">
      <Paper withBorder p="xl" className="sign-in-card">
        <Stack>
          <Title order={1} size="h2">
            {options.data?.company_name ?? 'Bridgehead'}
          </Title>
          {notice !== undefined && step === undefined && <Alert color="yellow">{notice}</Alert>}
          {problem !== undefined && (
            <Alert color="red" role="alert">
              {problem}
            </Alert>
          )}
          {options.error !== undefined && (
            <Alert color="red" role="alert">
              {options.error.message}
            </Alert>
          )}
          {step !== undefined ? (
            <StepForm
              key={step.sign_in}
              step={step}
              busy={busy}
              onAnswer={(given) => void answer(step.sign_in, given)}
              onBegin={() => setStep(undefined)}
              onDone={() => void onSignedIn()}
            />
          ) : attempt !== undefined && busy ? (
            <Loader aria-label="Signing in" />
          ) : (
            <WaysToSignIn
              options={options.data}
              busy={busy}
              onPassword={byPassword}
              onPasskey={() => void byPasskey()}
              onTicket={() => void byTicket()}
              onProvider={(provider) => void at(provider)}
              onInvitation={(key) => void byInvitation(key)}
            />
          )}
        </Stack>
      </Paper>
    </main>
  );
}

/** A sign-in is over when the API answers with a person instead of a question. */
function stepOf(answered: Schema<'Me'> | SignInStep): SignInStep | undefined {
  return 'step' in answered ? answered : undefined;
}
