import type { UserActor } from '../actor.ts';
import type { Changes } from '../changes.ts';
import { ApplianceError } from '../errors.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { OwnVaultAccount, OwnVaultFilter, OwnVaultPage, OwnVaultPosition } from './own-vault.ts';
import { mayCheckOut } from './vault-access.ts';
import type { VaultAccount } from './vault-account.ts';
import type { VaultAccountInput } from './vault-account-fields.ts';
import {
  type NewVaultAccountInput,
  noSuchAccount,
  type VaultAccountWriter,
} from './vault-account-service.ts';
import { isOwnCheckOut } from './vault-check-out.ts';
import type { CheckOutDesk } from './vault-check-out-service.ts';
import type { VaultCredential } from './vault-credential.ts';

/** A person keeps at most this many personal accounts. */
export const MOST_PERSONAL_ACCOUNTS = 100;

/** What the owner of a personal account decides; it is in no group, has no policy and is changed nowhere else. */
type PersonalInput = Omit<VaultAccountInput, 'accountGroupId' | 'accountPolicy' | 'endpointId'>;

/**
 * The vault as those see it who use it: accounts they may use, checking them out and in, and their personal accounts,
 * which everybody who signs in may keep. An account that somebody may not use does not exist for that person.
 */
export class OwnVaultService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #writer: VaultAccountWriter;
  readonly #desk: CheckOutDesk;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    writer: VaultAccountWriter;
    desk: CheckOutDesk;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#writer = deps.writer;
    this.#desk = deps.desk;
  }

  async list(
    { userId }: UserActor,
    filter: OwnVaultFilter,
    page: { after: OwnVaultPosition | undefined; limit: number },
  ): Promise<OwnVaultPage> {
    return await this.#stores.ownVault.find(userId, filter, page);
  }

  async show({ userId }: UserActor, id: number): Promise<OwnVaultAccount> {
    return (await this.#stores.ownVault.findOne(userId, id)) ?? noSuchAccount(id);
  }

  /** A personal account. Fails with `invalid` past {@link MOST_PERSONAL_ACCOUNTS}. */
  async create(
    actor: UserActor,
    input: Changes<PersonalInput> & Pick<NewVaultAccountInput, 'type' | 'name'>,
  ): Promise<OwnVaultAccount> {
    return await this.#unitOfWork.inTransaction(async (stores) => {
      if ((await stores.ownVault.holdPersonal(actor.userId)) >= MOST_PERSONAL_ACCOUNTS) {
        throw new ApplianceError('invalid', `You have ${MOST_PERSONAL_ACCOUNTS} personal accounts already.`);
      }
      const { id } = await this.#writer.create(stores, actor, input, { ownerUserId: actor.userId });
      return await shown(stores, actor, id);
    });
  }

  /** Fails with `forbidden` for an account that is not the actor's personal one. */
  async update(
    actor: UserActor,
    id: number,
    changes: Changes<PersonalInput>,
    ifRevision?: WantedRevisions,
  ): Promise<OwnVaultAccount> {
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const before = await lockedPersonal(stores, actor, id);
      requireRevision(before, ifRevision);
      await this.#writer.update(stores, actor, before, changes);
      return await shown(stores, actor, id);
    });
  }

  /** Fails with `forbidden` for an account that is not the actor's personal one. */
  async delete(actor: UserActor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    await this.#unitOfWork.inTransaction(async (stores) => {
      const account = await lockedPersonal(stores, actor, id);
      requireRevision(account, ifRevision);
      await this.#writer.delete(stores, actor, account);
    });
  }

  /** Fails with `forbidden` for somebody who may only have it injected, `invalid` while somebody else has it. */
  async checkOut(actor: UserActor, id: number): Promise<VaultCredential> {
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const account = (await stores.vaultAccounts.lockById(id)) ?? noSuchAccount(id);
      const role = (await stores.vaultAccess.roleOf(actor.userId, id)) ?? noSuchAccount(id);
      if (!mayCheckOut(role)) {
        throw new ApplianceError(
          'forbidden',
          'You may have this account injected into sessions, but not see its secret.',
        );
      }
      return await this.#desk.checkOut(stores, account, actor);
    });
  }

  /** Whoever has it may check it in, even when the right to use it is gone. */
  async checkIn(actor: UserActor, id: number): Promise<void> {
    await this.#unitOfWork.inTransaction(async (stores) => {
      const account = (await stores.vaultAccounts.lockById(id)) ?? noSuchAccount(id);
      const open = await stores.vaultCheckOuts.findOpen([id]);
      if (!open.some((checkOut) => isOwnCheckOut(actor, checkOut))) {
        if ((await stores.vaultAccess.roleOf(actor.userId, id)) === undefined) noSuchAccount(id);
      }
      await this.#desk.checkIn(stores, account, actor);
    });
  }
}

async function shown({ ownVault }: Stores, { userId }: UserActor, id: number): Promise<OwnVaultAccount> {
  return (await ownVault.findOne(userId, id)) ?? noSuchAccount(id);
}

async function lockedPersonal(stores: Stores, { userId }: UserActor, id: number): Promise<VaultAccount> {
  const account = (await stores.vaultAccounts.lockById(id)) ?? noSuchAccount(id);
  if (account.ownerUserId === userId) return account;
  if ((await stores.vaultAccess.roleOf(userId, id)) === undefined) noSuchAccount(id);
  throw new ApplianceError('forbidden', 'This is not a personal account of yours.');
}
