import { ApplianceError } from '../../errors.ts';
import type { Stores } from '../../stores.ts';
import { vaultSecret } from '../vault-account.ts';
import { hasSecondSecret, isUnderWay } from './vault-rotation.ts';

/**
 * Fails with `invalid` while the host of the account is getting a new password or key: what is kept now may be good for
 * nothing in a moment. The caller holds the account's row.
 */
export async function refuseWhileRotating({ vaultRotations }: Stores, accountId: number): Promise<void> {
  const rotation = await vaultRotations.findActive(accountId);
  if (rotation === undefined || !isUnderWay(rotation)) return;
  throw new ApplianceError(
    'invalid',
    'The password or key of this account is being changed on its host right now. Try again in a minute.',
    { facts: { rotation_state: rotation.state, rotation_phase: rotation.phase } },
  );
}

/** Somebody who knows it has set the secret of the account: where two were kept, the second one goes. */
export async function endDoubtByHand(stores: Stores, accountId: number): Promise<void> {
  const { vaultRotations, sealedSecrets } = stores;
  if (!hasSecondSecret(await vaultRotations.findActive(accountId))) return;
  for (const name of ['pending_password', 'pending_private_key'] as const) {
    await sealedSecrets.delete(vaultSecret(accountId, name));
  }
  await vaultRotations.endByHand(accountId, 'failed', 'Settled by hand: the secret of the account was set.');
}
