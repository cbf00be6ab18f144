import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { KINDS } from '../jump/jump-item-kinds.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { ANY_JUMP_ITEMS, type AssociationInput, changedAssociation } from './association-changes.ts';
import type { AssociatedJumpItem, AssociationRule } from './association-rule.ts';
import { PATTERN_LISTS } from './association-rule.ts';
import { ACCOUNT_GROUP } from './vault-account-group-service.ts';
import { noSuchAccount } from './vault-account-service.ts';
import type { AssociationOwner, HeldOwner, MatchingJumpItem, VaultAssociation } from './vault-association.ts';
import { refuseGainByAssociation } from './vault-self-grant.ts';

/** Kinds of Jump Item that can be listed one by one. Of protocol tunnels those to SQL Server. */
const ASSOCIABLE = ['jump_client', 'remote_rdp', 'shell_jump', 'web_jump', 'protocol_tunnel'] as const;
export type AssociableKind = (typeof ASSOCIABLE)[number];

const NO_CRITERIA = { sharedJumpGroupIds: [], host: [], name: [], tag: [], comment: [] };

/**
 * For which Jump Items accounts and groups of accounts are. Every group has an association; an account has its own or
 * inherits that of its group. A personal account fits everywhere and has none.
 */
export class VaultAssociationService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  /** Fails with `invalid` for an account that inherits. */
  async show(actor: Actor, owner: AssociationOwner): Promise<VaultAssociation> {
    requireVaultConfiguration(actor);
    return (await this.#stores.vaultAssociations.find(owner)) ?? (await this.#whyNone(owner));
  }

  /** The Jump Items that the association which holds is for; an account may inherit it. */
  async matching(actor: Actor, owner: AssociationOwner, page: PageRequest): Promise<Page<MatchingJumpItem>> {
    requireVaultConfiguration(actor);
    const { vaultAssociations } = this.#stores;
    const holding =
      owner.type === 'account'
        ? await vaultAssociations.holdingFor(owner.id)
        : await vaultAssociations.find(owner);
    return await vaultAssociations.matchingItems(holding ?? (await this.#whyNone(owner)), page);
  }

  /** For an account that inherits. Fails with `conflict` when it has its own one. */
  async create(actor: Actor, owner: AssociationOwner, input: AssociationInput): Promise<VaultAssociation> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const { vaultAssociations } = stores;
      const held = await lock(stores, actor, owner);
      if ((await vaultAssociations.find(owner)) !== undefined) {
        throw new ApplianceError(
          'conflict',
          'This account has an association of its own already. Change that one.',
        );
      }
      const rule = changedAssociation(ANY_JUMP_ITEMS, input);
      if (rule.filterType === 'criteria' && isEmpty(rule)) {
        throw invalidField('criteria', 'With the filter_type criteria, criteria must have an entry.');
      }
      await requireListed(stores, ANY_JUMP_ITEMS, rule);
      const association = await vaultAssociations.insert(owner, rule);
      await record(stores, actor, owner, held, 'association_created', { after: audited(association) });
      return association;
    });
  }

  async change(
    actor: Actor,
    owner: AssociationOwner,
    input: AssociationInput,
    ifRevision?: WantedRevisions,
  ): Promise<VaultAssociation> {
    return await this.#change(actor, owner, ifRevision, (before) => changedAssociation(before, input));
  }

  /** The association of its group holds again. Fails with `invalid` for an account that inherits already. */
  async inherit(actor: Actor, owner: AssociationOwner, ifRevision?: WantedRevisions): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const held = await lock(stores, actor, owner);
      const association = (await stores.vaultAssociations.find(owner)) ?? inherits();
      requireRevision(association, ifRevision);
      await stores.vaultAssociations.delete(association.id);
      await record(stores, actor, owner, held, 'association_deleted', { before: audited(association) });
    });
  }

  /** Only with the filter `criteria`; one that is there already stays. */
  async addJumpItem(actor: Actor, owner: AssociationOwner, item: AssociatedJumpItem): Promise<void> {
    const changed = (before: VaultAssociation) => {
      requireCriteria(before);
      return changedAssociation(before, { jumpItems: [...before.jumpItems, item] });
    };
    await this.#change(actor, owner, undefined, changed, 'id');
  }

  async removeJumpItem(actor: Actor, owner: AssociationOwner, item: AssociatedJumpItem): Promise<void> {
    await this.#change(actor, owner, undefined, (before) => {
      requireCriteria(before);
      const left = before.jumpItems.filter(({ id, kind }) => id !== item.id || kind !== item.kind);
      if (left.length === before.jumpItems.length) throw notListed('Jump Item');
      return { ...before, jumpItems: left };
    });
  }

  async addJumpGroup(actor: Actor, owner: AssociationOwner, jumpGroupId: number): Promise<void> {
    const changed = (before: VaultAssociation) => {
      requireCriteria(before);
      return changedAssociation(before, {
        criteria: { sharedJumpGroupIds: [...before.sharedJumpGroupIds, jumpGroupId] },
      });
    };
    try {
      await this.#change(actor, owner, undefined, changed);
    } catch (error) {
      if (!isMissingJumpGroup(error)) throw error;
      throw invalidField('shared_jump_group_id', error.message);
    }
  }

  async removeJumpGroup(actor: Actor, owner: AssociationOwner, jumpGroupId: number): Promise<void> {
    await this.#change(actor, owner, undefined, (before) => {
      requireCriteria(before);
      const left = before.sharedJumpGroupIds.filter((id) => id !== jumpGroupId);
      if (left.length === before.sharedJumpGroupIds.length) throw notListed('Jump Group');
      return { ...before, sharedJumpGroupIds: left };
    });
  }

  async #change(
    actor: Actor,
    owner: AssociationOwner,
    ifRevision: WantedRevisions,
    changed: (before: VaultAssociation) => AssociationRule,
    itemField?: string,
  ): Promise<VaultAssociation> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const held = await lock(stores, actor, owner);
      const before = (await stores.vaultAssociations.find(owner)) ?? inherits();
      requireRevision(before, ifRevision);
      const rule = changed(before);
      const after = { ...before, ...rule };
      const change = auditChange(audited(before), audited(after));
      if (change === undefined) return before;
      await requireListed(stores, before, rule, itemField);
      const revision = await stores.vaultAssociations.update(after);
      await record(stores, actor, owner, held, 'association_changed', change);
      return { ...after, revision };
    });
  }

  async #whyNone({ type, id }: AssociationOwner): Promise<never> {
    if (type === 'account_group') return ACCOUNT_GROUP.missing(id);
    const account = (await this.#stores.vaultAccounts.findById(id)) ?? noSuchAccount(id);
    return account.ownerUserId === null ? inherits() : personal();
  }
}

/**
 * A Jump Group is about to go. Associations that ask for it, for no other one, and for patterns, too, would be left with
 * the patterns and so be for more than before: their criteria are emptied, which fits nothing. What they list one by one
 * stays.
 */
export async function letGoOfJumpGroup(stores: Stores, actor: Actor, jumpGroupId: number): Promise<void> {
  const { vaultAssociations } = stores;
  for (const { owner, ownerName: name, association } of await vaultAssociations.lockAskingOnlyFor(
    jumpGroupId,
  )) {
    const after = { ...association, ...NO_CRITERIA };
    await vaultAssociations.update(after);
    const change = auditChange(audited(association), audited(after));
    await record(stores, actor, owner, { name }, 'association_changed', change ?? {});
  }
}

async function lock(stores: Stores, actor: Actor, owner: AssociationOwner): Promise<HeldOwner> {
  const held = await stores.vaultAssociations.lockOwner(owner);
  if (held === undefined)
    return owner.type === 'account' ? noSuchAccount(owner.id) : ACCOUNT_GROUP.missing(owner.id);
  if (held.ownerUserId !== undefined) personal();
  await refuseGainByAssociation(stores, actor, owner);
  return held;
}

/** Fails with `invalid` naming the list for a Jump Group or a Jump Item that is new in it and cannot be. */
async function requireListed(
  stores: Stores,
  before: AssociationRule,
  after: AssociationRule,
  field = 'jump_items',
): Promise<void> {
  const key = ({ id, kind }: AssociatedJumpItem) => `${kind} ${id}`;
  const known = new Set(before.jumpItems.map(key));
  const added = after.jumpItems.filter((item) => !known.has(key(item)));
  const problems = await stores.vaultAssociations.unassociable(added, ASSOCIABLE);
  const [item] = problems;
  if (item !== undefined) {
    const label = KINDS[item.kind as AssociableKind]?.label ?? item.kind;
    throw invalidField(
      field,
      item.kind === 'protocol_tunnel'
        ? `There is no Protocol Tunnel Jump to a SQL Server with the id ${item.id}.`
        : `There is no Jump Item of the type ${label} with the id ${item.id}.`,
    );
  }
}

async function record(
  { auditLog, vaultActivity }: Stores,
  actor: Actor,
  { type, id }: AssociationOwner,
  { name }: Pick<HeldOwner, 'name'>,
  what: string,
  change: { before?: Record<string, unknown>; after?: Record<string, unknown> },
): Promise<void> {
  const account = { id, name };
  if (type === 'account') await vaultActivity.record({ type: 'Account Edited', account, actor });
  await auditLog.record({
    type: `vault_${type}.${what}`,
    actor,
    object: { type: `vault_${type}`, ...account },
    ...change,
  });
}

function audited({ id, revision, ...rule }: VaultAssociation): Record<string, unknown> {
  return auditState(rule);
}

function isEmpty(rule: AssociationRule): boolean {
  return (
    rule.sharedJumpGroupIds.length === 0 &&
    rule.jumpItems.length === 0 &&
    PATTERN_LISTS.every((list) => rule[list].length === 0)
  );
}

/** As `VaultAssociations` says it, of the whole association. */
function isMissingJumpGroup(error: unknown): error is ApplianceError {
  return error instanceof ApplianceError && 'criteria.shared_jump_groups' in (error.fields ?? {});
}

function requireCriteria({ filterType }: AssociationRule): void {
  if (filterType === 'criteria') return;
  throw new ApplianceError(
    'invalid',
    `This association has the filter_type ${filterType}: only one with criteria has lists.`,
  );
}

function inherits(): never {
  throw new ApplianceError(
    'invalid',
    'This account has no association of its own: that of its account group holds.',
  );
}

function personal(): never {
  throw new ApplianceError(
    'forbidden',
    'This is a personal account: its owner may use it with every Jump Item.',
  );
}

function notListed(noun: string): ApplianceError {
  return new ApplianceError('not_found', `This ${noun} is not in the list.`);
}
