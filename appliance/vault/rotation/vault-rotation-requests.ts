import { type Actor, actorName } from '../../actor.ts';
import { dateTime } from '../../date-time.ts';
import { ApplianceError } from '../../errors.ts';
import type { Stores } from '../../stores.ts';
import { auditedAccount, type VaultAccount } from '../vault-account.ts';
import { isExclusive } from '../vault-holding.ts';
import type { RotationCause, RotationRequests } from './rotation-requests.ts';
import { rotationObstacle } from './rotation-rule.ts';

/** Keeps what is asked for; `RotationRunner` does it. */
export class VaultRotationRequests implements RotationRequests {
  async obstacle(stores: Stores, account: VaultAccount): Promise<string | undefined> {
    const endpoint =
      account.endpointId === null ? undefined : await stores.vaultEndpoints.findById(account.endpointId);
    return rotationObstacle(account, endpoint);
  }

  /** Asked for by hand, it goes on at once with one that waits or is uncertain. */
  async request(stores: Stores, account: VaultAccount, actor: Actor, cause: RotationCause): Promise<void> {
    const obstacle = await this.obstacle(stores, account);
    if (obstacle !== undefined) throw new ApplianceError('invalid', obstacle);
    if (cause === 'demanded') await refuseWhileInUse(stores, account);
    const rotation = { accountId: account.id, cause, requestedBy: actorName(actor) };
    const asked = await stores.vaultRotations.insert(rotation);
    if (!asked && !(cause === 'demanded' && (await stores.vaultRotations.resume(account.id)))) return;
    await stores.vaultActivity.record({ type: 'Password Rotation Scheduled', account, actor });
    await stores.auditLog.record({
      type: 'vault_account.rotation_requested',
      actor,
      object: auditedAccount(account),
      after: { cause },
    });
  }
}

async function refuseWhileInUse(stores: Stores, account: VaultAccount): Promise<void> {
  const [held] = await stores.vaultCheckOuts.findOpen([account.id]);
  if (held === undefined || !isExclusive(account, await stores.vaultAccounts.rulesOf(account.id))) return;
  const since = dateTime(held.checkedOutAt);
  throw new ApplianceError(
    'invalid',
    `${held.holderName} has had this account since ${since}. Rotate it after the check-in, or force the check-in.`,
    { facts: { checked_out_by: held.holderName, checked_out_since: since } },
  );
}
