import { Anchor, Button, Divider, Stack, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Schema } from '../api.ts';
import { browserHasPasskeys } from '../passkeys.ts';
import { lastMechanism } from './last-mechanism.ts';
import { PasswordForm } from './password-form.tsx';

type Options = Schema<'SignInOptions'>;
export type SignInProvider = Options['providers'][number];

export interface WaysToSignInProps {
  /** Undefined while they are loaded, or when they cannot be: a password always works. */
  options: Options | undefined;
  busy: boolean;
  onPassword: (username: string, password: string) => Promise<void>;
  onPasskey: () => void;
  onTicket: () => void;
  onProvider: (provider: SignInProvider) => void;
  onInvitation: (key: string) => void;
}

interface Way {
  /** As it is remembered. */
  mechanism: string;
  label: string;
  go: () => void;
}

/** Every way to sign in: the one used last with this browser first, or what the site offers first. */
export function WaysToSignIn(props: WaysToSignInProps) {
  const { options, busy, onPassword } = props;
  const [invited, setInvited] = useState(false);
  if (invited) return <InvitationForm {...props} onBack={() => setInvited(false)} />;
  const ways = waysOf(props);
  const first = lastMechanism() ?? options?.default_method;
  const preferred = ways.find(({ mechanism }) => mechanism === first);
  const others = ways.filter((way) => way !== preferred);
  return (
    <>
      {preferred !== undefined && (
        <>
          <WayButton way={preferred} primary busy={busy} />
          <Divider label="or" />
        </>
      )}
      <PasswordForm busy={busy} quiet={preferred !== undefined} onSubmit={onPassword} />
      {others.length > 0 && <Divider label="or" />}
      {others.map((way) => (
        <WayButton key={way.mechanism} way={way} busy={busy} />
      ))}
      <Anchor component="button" type="button" size="sm" onClick={() => setInvited(true)}>
        I have an invitation key
      </Anchor>
    </>
  );
}

function waysOf({ options, onPasskey, onTicket, onProvider }: WaysToSignInProps): Way[] {
  if (options === undefined) return [];
  return [
    ...(options.passkeys && browserHasPasskeys()
      ? [{ mechanism: 'passkey', label: 'Sign in with a passkey', go: onPasskey }]
      : []),
    ...(options.negotiate
      ? [{ mechanism: 'ticket', label: 'Sign in as on this computer (Kerberos)', go: onTicket }]
      : []),
    ...options.providers.map((provider) => ({
      mechanism: `provider-${provider.id}`,
      label: `Sign in with ${provider.name}`,
      go: () => onProvider(provider),
    })),
  ];
}

function WayButton({ way, primary = false, busy }: { way: Way; primary?: boolean; busy: boolean }) {
  return (
    <Button variant={primary ? 'filled' : 'default'} disabled={busy} onClick={way.go} autoFocus={primary}>
      {way.label}
    </Button>
  );
}

function InvitationForm({
  busy,
  onInvitation,
  onBack,
}: WaysToSignInProps & { onBack: () => void }): ReactNode {
  const [key, setKey] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onInvitation(key.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Invitation key"
          description="Whoever invited you has sent it to you. It works once."
          autoComplete="off"
          autoFocus
          required
          maxLength={128}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy}>
          Come in
        </Button>
        <Anchor component="button" type="button" size="sm" onClick={onBack}>
          Sign in with an account
        </Anchor>
      </Stack>
    </form>
  );
}
