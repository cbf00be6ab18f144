import {
  Alert,
  Button,
  Center,
  Loader,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import {
  createContext,
  type FormEvent,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useState,
} from 'react';
import { ApiError, client, ok, type Schema, whenSignedOut } from './api.ts';

/** Who is signed in. */
export type Me = Schema<'Me'>;

interface Session {
  me: Me;
  signOut(): Promise<void>;
  signOutEverywhere(): Promise<void>;
}

const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('useSession is for pages inside SignedIn.');
  return session;
}

type State = { kind: 'loading' } | { kind: 'signed-out'; notice?: string } | { kind: 'signed-in'; me: Me };

/** Shows its children to somebody signed in, and the sign-in form to everybody else; the address stays the same. */
export function SignedIn({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>({ kind: 'loading' });

  const load = useCallback(async () => {
    try {
      setState({ kind: 'signed-in', me: await ok(client.GET('/me')) });
    } catch (error) {
      const reachable = error instanceof ApiError && error.status !== 0;
      setState(reachable ? { kind: 'signed-out' } : { kind: 'signed-out', notice: (error as Error).message });
    }
  }, []);

  useEffect(() => {
    void load();
    whenSignedOut(() =>
      setState((now) =>
        now.kind === 'signed-in'
          ? { kind: 'signed-out', notice: 'You have been signed out. Sign in to go on.' }
          : now,
      ),
    );
  }, [load]);

  if (state.kind === 'loading') {
    return (
      <Center h="100dvh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (state.kind === 'signed-out') return <SignInForm notice={state.notice} onSignedIn={load} />;
  if (state.me.must_change_password) return <ChangePasswordForm forced onChanged={load} />;
  const leave = async (path: '/sign-out' | '/me/sign-out-everywhere') => {
    await ok(client.POST(path));
    setState({ kind: 'signed-out' });
  };
  const session: Session = {
    me: state.me,
    signOut: () => leave('/sign-out'),
    signOutEverywhere: () => leave('/me/sign-out-everywhere'),
  };
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

function SignInForm({ notice, onSignedIn }: { notice: string | undefined; onSignedIn: () => Promise<void> }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(client.POST('/sign-in', { body: { username, password } }));
      await onSignedIn();
    } catch (error) {
      setProblem((error as Error).message);
      setPassword('');
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <Paper withBorder p="xl">
          <Stack>
            <Title order={1} size="h2">
              Bridgehead
            </Title>
            {notice !== undefined && <Alert color="yellow">{notice}</Alert>}
            {problem !== undefined && (
              <Alert color="red" role="alert">
                {problem}
              </Alert>
            )}
            <TextInput
              label="Username"
              autoComplete="username"
              data-autofocus
              autoFocus
              required
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" loading={busy}>
              Sign in
            </Button>
          </Stack>
        </Paper>
      </form>
    </main>
  );
}

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
