import type { Actor } from '../../actor.ts';
import type { Stores } from '../../stores.ts';
import type { VaultAccount } from '../vault-account.ts';

/** Why the password or key of an account is to be changed. */
export type RotationCause = 'demanded' | 'checked_in' | 'scheduled';

/** Asks for new passwords and keys. They are changed later, by somebody else: a request is all that is made here. */
export interface RotationRequests {
  /** Why the password or key of this account cannot be changed, in a sentence; undefined when it can. */
  obstacle(stores: Stores, account: VaultAccount): Promise<string | undefined>;
  /**
   * Asks for it in the caller's transaction and tells so in the vault's activity. Asking again for one that is asked
   * for changes nothing. Fails with `invalid`, in the words of {@link obstacle}, for one that cannot be changed.
   */
  request(stores: Stores, account: VaultAccount, actor: Actor, cause: RotationCause): Promise<void>;
}
