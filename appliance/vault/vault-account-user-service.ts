import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { ApplianceError } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { VAULT_ROLES, type VaultRole } from './vault-access.ts';
import { auditedAccount, type VaultAccount, type VaultAccountUser } from './vault-account.ts';
import { noSuchAccount, refusePersonal } from './vault-account-service.ts';
import { refuseGrantToOneself } from './vault-self-grant.ts';

/** A grant is what its role is, so that names its revision. */
export function revisionOfAccountUser({ role }: VaultAccountUser): number {
  return VAULT_ROLES.indexOf(role) + 1;
}

/** Who may use an account by a grant on the account itself. Personal accounts are granted to nobody. */
export class VaultAccountUserService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(actor: Actor, accountId: number, page: PageRequest): Promise<Page<VaultAccountUser>> {
    requireVaultConfiguration(actor);
    await this.#requireAccount(accountId);
    return await this.#stores.vaultAccountUsers.find(accountId, page);
  }

  async show(actor: Actor, accountId: number, userId: number): Promise<VaultAccountUser> {
    requireVaultConfiguration(actor);
    await this.#requireAccount(accountId);
    return (await this.#stores.vaultAccountUsers.findOne(accountId, userId)) ?? noSuchUser(userId);
  }

  async add(actor: Actor, grant: VaultAccountUser): Promise<VaultAccountUser> {
    requireVaultConfiguration(actor);
    refuseGrantToOneself(actor, grant.userId);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const account = await lockedShared(stores, grant.accountId);
      await stores.vaultAccountUsers.insert(grant);
      await stores.auditLog.record({
        type: 'vault_account.user_added',
        actor,
        object: auditedAccount(account),
        after: auditState(grant),
      });
      return grant;
    });
  }

  /** With another `userId` the grant goes over to that person. */
  async change(
    actor: Actor,
    accountId: number,
    userId: number,
    changes: { userId?: number | undefined; role?: VaultRole | undefined },
    ifRevision?: WantedRevisions,
  ): Promise<VaultAccountUser> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountUsers, auditLog } = stores;
      const account = await lockedShared(stores, accountId);
      const before = (await vaultAccountUsers.findOne(accountId, userId)) ?? noSuchUser(userId);
      requireRevision({ revision: revisionOfAccountUser(before) }, ifRevision);
      const after = { accountId, userId: changes.userId ?? userId, role: changes.role ?? before.role };
      if (after.userId === userId && after.role === before.role) return before;
      const gains = after.userId !== userId || after.role === 'inject_and_checkout';
      if (gains) refuseGrantToOneself(actor, after.userId);
      await vaultAccountUsers.update(before, after);
      await auditLog.record({
        type: 'vault_account.user_changed',
        actor,
        object: auditedAccount(account),
        before: auditState(before),
        after: auditState(after),
      });
      return after;
    });
  }

  async remove(actor: Actor, accountId: number, userId: number, ifRevision?: WantedRevisions): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountUsers, auditLog } = stores;
      const account = await lockedShared(stores, accountId);
      const grant = (await vaultAccountUsers.findOne(accountId, userId)) ?? noSuchUser(userId);
      requireRevision({ revision: revisionOfAccountUser(grant) }, ifRevision);
      await vaultAccountUsers.delete(accountId, userId);
      await auditLog.record({
        type: 'vault_account.user_removed',
        actor,
        object: auditedAccount(account),
        before: auditState(grant),
      });
    });
  }

  async #requireAccount(id: number): Promise<void> {
    if ((await this.#stores.vaultAccounts.findById(id)) === undefined) noSuchAccount(id);
  }
}

async function lockedShared({ vaultAccounts }: Stores, id: number): Promise<VaultAccount> {
  const account = (await vaultAccounts.lockById(id)) ?? noSuchAccount(id);
  refusePersonal(account);
  return account;
}

function noSuchUser(userId: number): never {
  throw new ApplianceError('not_found', `User ${userId} has no role on this vault account.`);
}
