import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { RotationCause, RotationRequests } from './rotation-requests.ts';
import type { VaultAccount } from './vault-account.ts';

/** For a site that changes no passwords: every request is refused, and says why. */
export class UnavailableRotation implements RotationRequests {
  async obstacle(_stores: Stores, { type, endpointId }: VaultAccount): Promise<string | undefined> {
    if (type === 'opaque_token')
      return 'A token is made by whoever takes it: it cannot be changed from here.';
    if (type === 'ssh_ca') {
      return 'The key of an authority is trusted by the hosts that know it: it cannot be changed from here.';
    }
    if (endpointId === null) return 'This account names no endpoint, so there is nowhere to change it.';
    return 'This site does not change passwords and keys.';
  }

  async request(stores: Stores, account: VaultAccount, _actor: Actor, _cause: RotationCause): Promise<void> {
    throw new ApplianceError('invalid', (await this.obstacle(stores, account)) ?? '');
  }
}
