import type { SystemActor } from '../actor.ts';
import type { ProviderIdentity } from '../directory/identity-provider.ts';
import type { SecurityProvider } from '../directory/security-provider.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { SignInMethod } from './sign-in-attempt.ts';

const SIGN_IN: SystemActor = { kind: 'system', name: 'sign-in' };

export interface FailedSignIn {
  /** For administrators. */
  reason: string;
  user?: { id: number; username: string } | undefined;
  provider?: SecurityProvider | undefined;
  method: SignInMethod | undefined;
  address: string;
  /** Whom a provider vouched for although they were not let in. */
  who?: ProviderIdentity | undefined;
}

/** One row for a sign-in that came to nothing: provider, way, address and reason. */
export async function auditSignInFailure(
  { auditLog }: Pick<Stores, 'auditLog'>,
  { reason, user, provider, method, address, who }: FailedSignIn,
): Promise<void> {
  // The name typed by somebody unknown is left out: people type passwords into that field. A provider's word is none.
  await auditLog.record({
    type: 'user.sign_in_failed',
    actor: SIGN_IN,
    ...(user && { object: { type: 'user', id: user.id, name: user.username } }),
    after: {
      reason,
      address,
      ...(provider && { provider: provider.name }),
      ...(method && { method }),
      ...(who && { username: who.username, unique_id: who.externalId }),
    },
  });
}

/** All that a screen shows, unless the person has already proven who they are. */
export function signInFailed(
  message = 'Signing in failed. Check the user name and the password.',
): ApplianceError {
  return new ApplianceError('unauthenticated', message);
}

/**
 * Asks a provider. One that cannot be reached is told apart in the audit log alone: its hosts, accounts and search bases
 * are nothing for whoever stands at the door. Fails with a bland `unavailable` then.
 */
export async function askingProvider<T>(
  stores: Pick<Stores, 'auditLog'>,
  ground: Omit<FailedSignIn, 'reason'>,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApplianceError && error.code === 'unavailable')) throw error;
    await auditSignInFailure(stores, { ...ground, reason: error.message });
    throw new ApplianceError('unavailable', NOT_POSSIBLE, { cause: error.cause ?? error });
  }
}

const NOT_POSSIBLE = 'Signing in is not possible at the moment. Try again later.';
