import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Stores } from '../stores.ts';
import type {
  AccessReasons,
  AccountWithAccess,
  EffectiveAccessFilter,
  PersonWithAccess,
} from './effective-vault-access.ts';
import { type VaultRole, vaultRoleOf } from './vault-access.ts';
import { noSuchAccount } from './vault-account-service.ts';

/** With what the rule makes of the reasons. */
export type Ruled<T extends AccessReasons> = T & { role: VaultRole };

/** Who may use which account in the end, and why: the question of those who look after the vault. */
export class EffectiveVaultAccessService {
  readonly #stores: Pick<Stores, 'effectiveVaultAccess' | 'users'>;

  constructor({ stores }: { stores: Pick<Stores, 'effectiveVaultAccess' | 'users'> }) {
    this.#stores = stores;
  }

  async people(
    actor: Actor,
    accountId: number,
    filter: EffectiveAccessFilter,
    page: PageRequest,
  ): Promise<Page<Ruled<PersonWithAccess>>> {
    requireVaultConfiguration(actor);
    const found = await this.#stores.effectiveVaultAccess.peopleOf(accountId, filter, page);
    if (found === undefined) noSuchAccount(accountId);
    return { ...found, items: found.items.flatMap((person) => ruled(person, person.userId)) };
  }

  async accounts(
    actor: Actor,
    userId: number,
    filter: EffectiveAccessFilter,
    page: PageRequest,
  ): Promise<Page<Ruled<AccountWithAccess>>> {
    requireVaultConfiguration(actor);
    if ((await this.#stores.users.findById(userId)) === undefined)
      throw new ApplianceError('not_found', `There is no user ${userId}.`);
    const found = await this.#stores.effectiveVaultAccess.accountsOf(userId, filter, page);
    return { ...found, items: found.items.flatMap((account) => ruled(account, userId)) };
  }
}

/** Nothing for somebody whose access was taken between the two questions of a page: who may, and why. */
function ruled<T extends AccessReasons>(reasons: T, userId: number): Ruled<T>[] {
  const { ownerUserId, sources } = reasons;
  const role = vaultRoleOf({ userId, ownerUserId, granted: sources.map((source) => source.role) });
  return role === undefined ? [] : [{ ...reasons, role }];
}
