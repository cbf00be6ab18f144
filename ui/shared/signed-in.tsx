import { Center, Loader } from '@mantine/core';
import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useState,
} from 'react';
import { ApiError, client, ok, type Schema, whenSignedOut } from './api.ts';
import { SessionWatch } from './session-watch.tsx';
import { ChangePasswordForm } from './sign-in/change-password.tsx';
import { sendAway } from './sign-in/send-away.ts';
import { SignInPage } from './sign-in/sign-in-page.tsx';

const FactorDue = lazy(async () => ({
  default: (await import('./sign-in-security/factor-due.tsx')).FactorDue,
}));

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

type State =
  | { kind: 'loading' }
  | { kind: 'signed-out'; notice?: string }
  /** Back from a provider: this attempt is to be finished first. */
  | { kind: 'returned'; attempt: string }
  | { kind: 'signed-in'; me: Me };

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

  // The API decides: when it still knows this browser, the page learns for how long.
  const over = useCallback(async () => {
    try {
      setState({ kind: 'signed-in', me: await ok(client.GET('/me')) });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) return;
      setState({ kind: 'signed-out', notice: 'Your sign-in has ended. Sign in to go on.' });
    }
  }, []);

  useEffect(() => {
    const attempt = takeAttempt();
    if (attempt === undefined) void load();
    else setState({ kind: 'returned', attempt });
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
  if (state.kind === 'signed-out') return <SignInPage notice={state.notice} onSignedIn={load} />;
  if (state.kind === 'returned') return <SignInPage attempt={state.attempt} onSignedIn={load} />;
  const leave = async (path: '/sign-out' | '/me/sign-out-everywhere') => {
    const elsewhere = await ok(client.POST(path));
    setState({ kind: 'signed-out' });
    if (elsewhere) sendAway(elsewhere);
  };
  if (state.me.must_change_password) return <ChangePasswordForm forced onChanged={load} />;
  const session: Session = {
    me: state.me,
    signOut: () => leave('/sign-out'),
    signOutEverywhere: () => leave('/me/sign-out-everywhere'),
  };
  return (
    <SessionContext.Provider value={session}>
      <SessionWatch me={state.me} onOver={over} onSignOut={session.signOut} />
      {state.me.second_factor_due ? (
        <Suspense fallback={<Loader aria-label="Loading" />}>
          <FactorDue onDone={() => void load()} onLeave={() => void session.signOut()} />
        </Suspense>
      ) : (
        children
      )}
    </SessionContext.Provider>
  );
}

/** The attempt that the address names, taken out of it: it is good once. */
function takeAttempt(): string | undefined {
  const here = new URL(location.href);
  const attempt = here.searchParams.get('sign_in');
  if (attempt === null) return undefined;
  here.searchParams.delete('sign_in');
  history.replaceState(history.state, '', here);
  return attempt;
}
