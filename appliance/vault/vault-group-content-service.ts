import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { VaultRole } from './vault-access.ts';
import { auditedAccount, DEFAULT_ACCOUNT_GROUP_ID } from './vault-account.ts';
import { type GroupedAccount, revisionOfGrant, type VaultAccountGroupUser } from './vault-account-group.ts';
import { ACCOUNT_GROUP } from './vault-account-group-service.ts';
import { refuseGainByMove, refuseGrantToOneself } from './vault-self-grant.ts';

/** Who may use the accounts of a group, and which accounts are in it. */
export class VaultGroupContentService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async users(actor: Actor, groupId: number, page: PageRequest): Promise<Page<VaultAccountGroupUser>> {
    requireVaultConfiguration(actor);
    await this.#requireGroup(groupId);
    return await this.#stores.vaultAccountGroupUsers.find(groupId, page);
  }

  async user(actor: Actor, groupId: number, userId: number): Promise<VaultAccountGroupUser> {
    requireVaultConfiguration(actor);
    await this.#requireGroup(groupId);
    return (await this.#stores.vaultAccountGroupUsers.findOne(groupId, userId)) ?? noSuchUser();
  }

  async addUser(actor: Actor, grant: VaultAccountGroupUser): Promise<VaultAccountGroupUser> {
    requireVaultConfiguration(actor);
    refuseGrantToOneself(actor, grant.userId);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountGroups, vaultAccountGroupUsers, auditLog } = stores;
      const { accountGroupId } = grant;
      const group = await ACCOUNT_GROUP.lock(vaultAccountGroups, accountGroupId);
      await vaultAccountGroupUsers.insert(grant);
      await auditLog.record({
        type: 'vault_account_group.user_added',
        actor,
        object: ACCOUNT_GROUP.audited(group),
        after: auditState(grant),
      });
      return grant;
    });
  }

  async changeUser(
    actor: Actor,
    groupId: number,
    userId: number,
    { role }: { role?: VaultRole | undefined },
    ifRevision?: WantedRevisions,
  ): Promise<VaultAccountGroupUser> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountGroups, vaultAccountGroupUsers, auditLog } = stores;
      const group = await ACCOUNT_GROUP.lock(vaultAccountGroups, groupId);
      const before = (await vaultAccountGroupUsers.findOne(groupId, userId)) ?? noSuchUser();
      requireRevision({ revision: revisionOfGrant(before) }, ifRevision);
      const after = { ...before, role: role ?? before.role };
      if (after.role === before.role) return before;
      if (after.role === 'inject_and_checkout') refuseGrantToOneself(actor, userId);
      await vaultAccountGroupUsers.update(after);
      await auditLog.record({
        type: 'vault_account_group.user_changed',
        actor,
        object: ACCOUNT_GROUP.audited(group),
        before: auditState(before),
        after: auditState(after),
      });
      return after;
    });
  }

  async removeUser(
    actor: Actor,
    groupId: number,
    userId: number,
    ifRevision?: WantedRevisions,
  ): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountGroups, vaultAccountGroupUsers, auditLog } = stores;
      const group = await ACCOUNT_GROUP.lock(vaultAccountGroups, groupId);
      const grant = (await vaultAccountGroupUsers.findOne(groupId, userId)) ?? noSuchUser();
      requireRevision({ revision: revisionOfGrant(grant) }, ifRevision);
      await vaultAccountGroupUsers.delete(groupId, userId);
      await auditLog.record({
        type: 'vault_account_group.user_removed',
        actor,
        object: ACCOUNT_GROUP.audited(group),
        before: auditState(grant),
      });
    });
  }

  /** Ids of the accounts in the group. */
  async accounts(actor: Actor, groupId: number, page: PageRequest): Promise<Page<number>> {
    requireVaultConfiguration(actor);
    await this.#requireGroup(groupId);
    return await this.#stores.vaultAccountGroups.accounts(groupId, page);
  }

  /** Fails with `not_found` for an account that is in another group. */
  async requireAccount(actor: Actor, groupId: number, accountId: number): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#requireGroup(groupId);
    const account = await this.#stores.vaultAccountGroups.findAccount(accountId);
    if (account?.accountGroupId !== groupId) noSuchAccount();
  }

  /** An account is in exactly one group: it leaves the one it is in. Fails with `invalid` for a personal one. */
  async addAccount(actor: Actor, groupId: number, accountId: number): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountGroups } = stores;
      await ACCOUNT_GROUP.lock(vaultAccountGroups, groupId);
      const account = await vaultAccountGroups.lockAccount(accountId);
      if (account === undefined) {
        throw invalidField('account_id', 'There is no vault account with this id.');
      }
      if (account.accountGroupId === null) {
        throw invalidField('account_id', 'A personal account is in no group.');
      }
      await moveAccount(stores, actor, account, groupId);
    });
  }

  /** It goes to the default group. */
  async removeAccount(actor: Actor, groupId: number, accountId: number): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#requireGroup(groupId);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const account = await stores.vaultAccountGroups.lockAccount(accountId);
      if (account?.accountGroupId !== groupId) return noSuchAccount();
      await moveAccount(stores, actor, account, DEFAULT_ACCOUNT_GROUP_ID);
    });
  }

  async #requireGroup(id: number): Promise<void> {
    if ((await this.#stores.vaultAccountGroups.findById(id)) === undefined) ACCOUNT_GROUP.missing(id);
  }
}

async function moveAccount(
  stores: Stores,
  actor: Actor,
  account: GroupedAccount,
  toGroupId: number,
): Promise<void> {
  const { accountGroupId } = account;
  if (accountGroupId === null || accountGroupId === toGroupId) return;
  const moved = { type: 'account', id: account.id } as const;
  await refuseGainByMove(stores, actor, moved, { fromGroupId: accountGroupId, toGroupId });
  await stores.vaultAccountGroups.moveAccount(account.id, toGroupId);
  await stores.vaultActivity.record({ type: 'Account Edited', account, actor });
  await stores.auditLog.record({
    type: 'vault_account.updated',
    actor,
    object: auditedAccount(account),
    before: { account_group_id: accountGroupId },
    after: { account_group_id: toGroupId },
  });
}

function noSuchUser(): never {
  throw new ApplianceError('not_found', 'This user has no grant of its own on this vault account group.');
}

function noSuchAccount(): never {
  throw new ApplianceError('not_found', 'This account is not in this vault account group.');
}
