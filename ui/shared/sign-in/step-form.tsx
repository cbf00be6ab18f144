import { Alert, Anchor, Button, Group, ScrollArea, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Schema } from '../api.ts';
import { askForPasskey, browserHasPasskeys } from '../passkeys.ts';
import type { SignInStep, StepAnswer } from './sign-in-page.tsx';
import { TrialResult } from './trial-result.tsx';

export interface StepFormProps {
  step: SignInStep;
  busy: boolean;
  onAnswer: (answer: StepAnswer) => void;
  /** From the start, as somebody else. */
  onBegin: () => void;
  /** There is nothing to answer. */
  onDone: () => void;
}

/** One question of a sign-in. */
export function StepForm(props: StepFormProps) {
  const { step } = props;
  switch (step.step) {
    case 'challenge':
      return <CodeForm {...props} label="Answer" />;
    case 'second_factor':
      return <SecondFactor {...props} />;
    case 'agreement':
      return <Agreement {...props} />;
    case 'account_in_use':
      return (
        <Question {...props} title="This account is in use">
          <Text size="sm">{step.message}</Text>
          <Button autoFocus loading={props.busy} onClick={() => props.onAnswer({ accept: true })}>
            End the other sign-ins
          </Button>
        </Question>
      );
    case 'tested':
      return <TrialResult step={step} onDone={props.onDone} />;
  }
}

/** The frame of every question: what was wrong before, and the way back. */
export function Question({
  step,
  title,
  onBegin,
  children,
}: StepFormProps & { title: string; children: ReactNode }) {
  return (
    <Stack>
      <Title order={2} size="h4">
        {title}
      </Title>
      {step.problem !== undefined && (
        <Alert color="red" role="alert">
          {step.problem}
        </Alert>
      )}
      {children}
      <Anchor component="button" type="button" size="sm" onClick={onBegin}>
        Sign in as somebody else
      </Anchor>
    </Stack>
  );
}

/** A code, a passkey, or whichever of the two somebody likes. */
function SecondFactor(props: StepFormProps) {
  const { step, busy, onAnswer } = props;
  const { methods = [], passkey } = (step.details ?? {}) as {
    methods?: Schema<'SecondFactorMethod'>[];
    passkey?: Schema<'PasskeyOptions'>;
  };
  const [problem, setProblem] = useState<string>();
  const offered = passkey !== undefined && browserHasPasskeys();
  if (!offered) return <CodeForm {...props} label="Code" />;
  const ask = async () => {
    setProblem(undefined);
    try {
      onAnswer({ passkey: await askForPasskey(passkey) });
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const button = (
    <Button
      loading={busy}
      variant={methods[0] === 'passkey' ? 'filled' : 'default'}
      onClick={() => void ask()}
    >
      Use a passkey
    </Button>
  );
  const shown = problem === undefined ? step : { ...step, problem };
  if (methods.some((method) => method !== 'passkey')) {
    return <CodeForm {...props} step={{ ...shown, message: CODES }} label="Code" also={button} />;
  }
  return (
    <Question {...props} step={shown} title="One more step">
      <Text size="sm">{step.message}</Text>
      {button}
    </Question>
  );
}

const CODES = 'The code of your authenticator app, or a recovery code.';

function CodeForm(props: StepFormProps & { label: string; also?: ReactNode }) {
  const { step, busy, onAnswer, label, also } = props;
  const [code, setCode] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAnswer({ code: code.trim() });
  };
  return (
    <Question {...props} title="One more step">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={label}
            description={step.message}
            autoComplete="one-time-code"
            autoFocus
            required
            maxLength={256}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy}>
            Go on
          </Button>
        </Stack>
      </form>
      {also}
    </Question>
  );
}

function Agreement(props: StepFormProps) {
  const { step, busy, onAnswer, onBegin } = props;
  const { title, text } = (step.details ?? {}) as { title?: string; text?: string };
  return (
    <Stack>
      <Title order={2} size="h4">
        {title || 'Agreement'}
      </Title>
      <ScrollArea.Autosize
        mah="50dvh"
        type="auto"
        tabIndex={0}
        viewportProps={{ 'aria-label': 'Text of the agreement' }}
      >
        <Text size="sm" className="agreement-text">
          {text ?? step.message}
        </Text>
      </ScrollArea.Autosize>
      <Group justify="flex-end">
        <Button variant="default" onClick={onBegin}>
          Decline
        </Button>
        <Button loading={busy} onClick={() => onAnswer({ accept: true })}>
          Accept
        </Button>
      </Group>
    </Stack>
  );
}
