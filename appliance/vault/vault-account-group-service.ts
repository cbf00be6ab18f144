import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { DEFAULT_ACCOUNT_GROUP_ID } from './vault-account.ts';
import type { VaultAccountGroup, VaultAccountGroupFilter } from './vault-account-group.ts';
import { knownPolicy } from './vault-account-service.ts';
import { refuseGainByMove } from './vault-self-grant.ts';

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
    return (await this.#stores.vaultAccountGroups.findById(id)) ?? noSuchAccountGroup(id);
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
      await auditLog.record({
        type: 'vault_account_group.created',
        actor,
        object: auditedGroup(group),
        after: auditState(group),
      });
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
      const before = (await vaultAccountGroups.lockById(id)) ?? noSuchAccountGroup(id);
      requireRevision(before, ifRevision);
      const after: VaultAccountGroup = { ...before, ...named(changes) };
      if (description !== undefined) after.description = description ?? '';
      if (accountPolicy !== undefined) after.accountPolicy = await knownPolicy(stores, accountPolicy);
      const change = auditChange(before, after);
      if (change === undefined) return before;
      const revision = await vaultAccountGroups.update(after);
      await auditLog.record({
        type: 'vault_account_group.updated',
        actor,
        object: auditedGroup(after),
        ...change,
      });
      return { ...after, revision };
    });
  }

  /** Its accounts go to the default group. Fails with `invalid` for that one. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAccountGroups, vaultActivity, auditLog } = stores;
      const group = (await vaultAccountGroups.lockById(id)) ?? noSuchAccountGroup(id);
      requireRevision(group, ifRevision);
      if (id === DEFAULT_ACCOUNT_GROUP_ID) {
        throw new ApplianceError('invalid', 'The default vault account group cannot be deleted.');
      }
      const move = { fromGroupId: id, toGroupId: DEFAULT_ACCOUNT_GROUP_ID };
      await refuseGainByMove(stores, actor, { type: 'account_group', id }, move);
      const moved = await vaultAccountGroups.moveAccounts(id, DEFAULT_ACCOUNT_GROUP_ID);
      await vaultActivity.recordAll('Account Edited', moved, actor);
      await vaultAccountGroups.delete(id);
      await auditLog.record({
        type: 'vault_account_group.deleted',
        actor,
        object: auditedGroup(group),
        before: { ...auditState(group), accounts: moved.map((account) => account.id) },
      });
    });
  }
}

/** How audit rows name a group. */
export function auditedGroup(group: Pick<VaultAccountGroup, 'id' | 'name'>): {
  type: string;
  id: number;
  name: string;
} {
  return { type: 'vault_account_group', id: group.id, name: group.name };
}

export function noSuchAccountGroup(id: number): never {
  throw new ApplianceError('not_found', `There is no vault account group with id ${id}.`);
}
