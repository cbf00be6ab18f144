import type { UserActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { CredentialEvents } from './credential-events.ts';
import { newRecoveryCodes, recoveryCodeHash } from './second-factor-rules.ts';

type Factor = { factor: 'totp' | 'passkey'; name?: string };

/** The person behind a call, as audit rows name them. */
export function self(actor: UserActor): { type: string; id: number; name: string } {
  return { type: 'user', id: actor.userId, name: actor.username };
}

/** Ten new codes in the place of those there were. They are shown this once. */
export async function replaceRecoveryCodes(
  { secondFactors }: Pick<Stores, 'secondFactors'>,
  userId: number,
): Promise<string[]> {
  const codes = newRecoveryCodes();
  await secondFactors.replaceRecoveryCodes(
    userId,
    codes.map((code) => recoveryCodeHash(userId, code)),
  );
  return codes;
}

/**
 * What belongs to every new factor: the credential that added it has proven it, and whoever has no recovery codes gets
 * some, which are answered.
 */
export async function factorAdded(
  stores: Stores,
  actor: UserActor,
  factor: Factor & { replaced?: boolean },
): Promise<string[] | undefined> {
  const { secondFactors, auditLog } = stores;
  await secondFactors.noteProof(actor.credentialId, 'second_factor');
  await auditLog.record({
    type: factor.replaced ? 'user.second_factor_replaced' : 'user.second_factor_added',
    actor,
    object: self(actor),
    after: { factor: factor.factor, ...(factor.name !== undefined && { name: factor.name }) },
  });
  if (factor.replaced) await stores.userCredentials.endAllOf(actor.userId, actor.credentialId);
  if ((await secondFactors.recoveryCodesLeft(actor.userId)) > 0) return undefined;
  return await replaceRecoveryCodes(stores, actor.userId);
}

/**
 * What belongs to taking a factor away, after it is gone: the other sign-ins of the person end, and recovery codes go
 * with the last factor. Fails with `invalid` when somebody who must have a second factor would be left without one.
 */
export async function factorRemoved(stores: Stores, actor: UserActor, factor: Factor): Promise<void> {
  const { secondFactors, userCredentials, auditLog } = stores;
  const state = await secondFactors.find(actor.userId);
  const last = !state?.totpConfirmedAt && (await secondFactors.passkeysOf(actor.userId)).length === 0;
  if (last && actor.rights.has('two_factor_required')) {
    throw new ApplianceError(
      'invalid',
      'You must have a second factor. Add another one before you remove this one.',
    );
  }
  if (last) await secondFactors.replaceRecoveryCodes(actor.userId, []);
  await userCredentials.endAllOf(actor.userId, actor.credentialId);
  await auditLog.record({
    type: 'user.second_factor_removed',
    actor,
    object: self(actor),
    before: { factor: factor.factor, ...(factor.name !== undefined && { name: factor.name }) },
  });
}

/** Tells every process that the other sign-ins of the person have ended. After the commit. */
export function othersEnded(events: CredentialEvents, actor: UserActor): void {
  events.publish({
    kind: 'user_credentials_ended',
    userId: actor.userId,
    exceptCredentialId: actor.credentialId,
  });
}
