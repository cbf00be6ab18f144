import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError } from '../errors.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { DEFAULT_ACCOUNT_GROUP_ID } from './vault-account.ts';
import type { VaultAccountGroup, VaultAccountGroupFilter } from './vault-account-group.ts';
import { knownPolicy } from './vault-account-service.ts';
import { refuseGainByMove } from './vault-self-grant.ts';

export const ACCOUNT_GROUP = new ObjectKind<VaultAccountGroup>({
  type: 'vault_account_group',
  noun: 'vault account group',
  name: (group) => group.name,
});

export interface VaultAccountGroupInput {
  name: string;
  description?: string | null | undefined;
  /** Code name; null: the default policy. */
  accountPolicy?: string | null | undefined;
}

/** Groups of vault accounts. Who may use them and what is in them is the business of `VaultGroupContentService`. */
export class VaultAccountGroupService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(
    actor: Actor,
    filter: VaultAccountGroupFilter,
    page: PageRequest,
  ): Promise<Page<VaultAccountGroup>> {
    requireVaultConfiguration(actor);
    return await this.#stores.vaultAccountGroups.find(filter, page);
  }

  async show(actor: Actor, id: number): Promise<VaultAccountGroup> {
    requireVaultConfiguration(actor);
    return (await this.#stores.vaultAccountGroups.findById(id)) ?? ACCOUNT_GROUP.missing(id);
  }

  async create(actor: Actor, input: VaultAccountGroupInput): Promise<VaultAccountGroup> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountGroups, auditLog } = stores;
      const group = await vaultAccountGroups.insert({
        name: input.name,
        description: input.description ?? '',
        accountPolicy: await knownPolicy(stores, input.accountPolicy ?? null),
      });
      await auditLog.record(ACCOUNT_GROUP.created(actor, group));
      return group;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { description, accountPolicy, ...changes }: Changes<VaultAccountGroupInput>,
    ifRevision?: WantedRevisions,
  ): Promise<VaultAccountGroup> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountGroups, auditLog } = stores;
      const before = await ACCOUNT_GROUP.lock(vaultAccountGroups, id, ifRevision);
      const after: VaultAccountGroup = { ...before, ...named(changes) };
      if (description !== undefined) after.description = description ?? '';
      if (accountPolicy !== undefined) after.accountPolicy = await knownPolicy(stores, accountPolicy);
      return await ACCOUNT_GROUP.update(vaultAccountGroups, { auditLog, actor }, before, after);
    });
  }

  /** Its accounts go to the default group. Fails with `invalid` for that one. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountGroups, vaultActivity, auditLog } = stores;
      const group = await ACCOUNT_GROUP.lock(vaultAccountGroups, id, ifRevision);
      if (id === DEFAULT_ACCOUNT_GROUP_ID) {
        throw new ApplianceError('invalid', 'The default vault account group cannot be deleted.');
      }
      const move = { fromGroupId: id, toGroupId: DEFAULT_ACCOUNT_GROUP_ID };
      await refuseGainByMove(stores, actor, { type: 'account_group', id }, move);
      const moved = await vaultAccountGroups.moveAccounts(id, DEFAULT_ACCOUNT_GROUP_ID);
      await vaultActivity.recordAll('Account Edited', moved, actor);
      await vaultAccountGroups.delete(id);
      await auditLog.record(
        ACCOUNT_GROUP.deleted(actor, group, { accounts: moved.map((account) => account.id) }),
      );
    });
  }
}
