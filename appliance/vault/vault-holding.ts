import { type Actor, actorName } from '../actor.ts';
import { dateTime } from '../date-time.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import { refuseWhileRotating } from './rotation/rotation-guard.ts';
import type { RotationRequests } from './rotation/rotation-requests.ts';
import { isPersonal, type VaultAccount, type VaultAccountRules } from './vault-account.ts';
import type { VaultCheckOut } from './vault-check-out.ts';

/**
 * Whether one at a time may have the account. Keys and authorities may always be with several, as nobody can end the
 * check-outs of others there; a personal account has nobody but its owner.
 */
export function isExclusive(account: VaultAccount, rules: VaultAccountRules): boolean {
  if (isPersonal(account) || account.type === 'ssh' || account.type === 'ssh_ca') return false;
  return !rules.allowSimultaneousCheckout;
}

/**
 * Accounts change hands: by hand, or by sessions. Everything happens in the caller's transaction, which holds the
 * account's row; the caller tells of it in the vault's activity.
 */
export class VaultHolding {
  readonly #rotation: RotationRequests;

  constructor(deps: { rotation: RotationRequests }) {
    this.#rotation = deps.rotation;
  }

  /**
   * The actor has the account from now on; with an lsid, that session of the actor's has it. Fails with `invalid` while
   * anybody (or another session of the actor's) has an account that one at a time may have; `checked_out_by` and
   * `checked_out_since` are among the facts. So it does while the host is getting another password or key.
   */
  async take(
    stores: Stores,
    account: VaultAccount,
    actor: Actor,
    lsid: string | null,
  ): Promise<VaultCheckOut> {
    const { vaultAccounts, vaultCheckOuts } = stores;
    await refuseWhileRotating(stores, account.id);
    const [held] = await vaultCheckOuts.findOpen([account.id]);
    if (held !== undefined && isExclusive(account, await vaultAccounts.rulesOf(account.id))) {
      throw inUse(held);
    }
    return await vaultCheckOuts.insert({
      accountId: account.id,
      userId: actor.kind === 'user' ? actor.userId : null,
      apiAccountId: actor.kind === 'api_account' ? actor.apiAccountId : null,
      holderName: actorName(actor),
      lsid,
    });
  }

  /** Ends these of its check-outs. Once nobody has the account, its policy may want a new password. */
  async giveBack(
    stores: Stores,
    account: VaultAccount,
    checkOuts: readonly VaultCheckOut[],
    actor: Actor,
  ): Promise<void> {
    await stores.vaultCheckOuts.end(checkOuts.map(({ id }) => id));
    const { autoRotateCredentials } = await stores.vaultAccounts.rulesOf(account.id);
    if (!autoRotateCredentials || isPersonal(account)) return;
    if ((await stores.vaultCheckOuts.findOpen([account.id])).length > 0) return;
    if ((await this.#rotation.obstacle(stores, account)) !== undefined) return;
    await this.#rotation.request(stores, account, actor, 'checked_in');
  }
}

function inUse({ holderName, lsid, checkedOutAt }: VaultCheckOut): ApplianceError {
  const since = dateTime(checkedOutAt);
  const what = lsid === null ? 'has had it checked out' : 'has had it in a session';
  return new ApplianceError('invalid', `This account is in use: ${holderName} ${what} since ${since}.`, {
    facts: { checked_out_by: holderName, checked_out_since: since },
  });
}
