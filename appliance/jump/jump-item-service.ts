import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { auditChange } from '../audit/audit-state.ts';
import { ApplianceError } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { JumpItem, JumpItemFilter, JumpItemKind } from './jump-item.ts';
import {
  canRemove,
  concernsRunningSessions,
  isSameOwner,
  type JumpItemOwner,
  permissionsForChange,
  visibilityFor,
} from './jump-item-access.ts';
import {
  audited,
  auditedState,
  requireAdd,
  requireJumpoint,
  requirePermissions,
  requirePlatform,
  requireTransfer,
  visible,
} from './jump-item-guards.ts';
import { changedJumpItem, type JumpItemInput, newJumpItem } from './jump-item-rules.ts';
import type {
  JumpItemSearchKey,
  JumpItemSearchPage,
  JumpItemSearchQuery,
  NamedJumpItem,
} from './jump-item-search.ts';

/** Where a copy goes and what it is called. */
export interface JumpItemCopy extends JumpItemOwner {
  name: string;
}

/**
 * Jump Items of every kind. Those who configure the site may do everything; other people what the Jump Item Role that
 * holds for the owner of an item allows. What a person may not see does not exist.
 *
 * A Jumpoint is chosen by its members only: others may neither give it to an item nor take an item with it to their
 * own list.
 */
export class JumpItemService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: Pick<CredentialEvents, 'publish'>;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    credentialEvents: Pick<CredentialEvents, 'publish'>;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  /** Fails with `not_found`. */
  async show(actor: Actor, id: number, kind?: JumpItemKind): Promise<JumpItem> {
    return (await visible(this.#stores, actor, await this.#stores.jumpItems.findById(id, kind))).item;
  }

  async list(
    actor: Actor,
    kind: JumpItemKind,
    filter: JumpItemFilter,
    page: PageRequest,
  ): Promise<Page<JumpItem>> {
    const visibility = await visibilityFor(actor, this.#stores.accessFacts);
    return await this.#stores.jumpItems.list(kind, filter, visibility, page);
  }

  async search(
    actor: Actor,
    query: JumpItemSearchQuery,
    page: { after?: JumpItemSearchKey | undefined; limit: number },
  ): Promise<JumpItemSearchPage> {
    const visibility = await visibilityFor(actor, this.#stores.accessFacts);
    return await this.#stores.jumpItemSearch.page(query, visibility, page);
  }

  /** Every hit, for a file. */
  async *export(actor: Actor, query: JumpItemSearchQuery): AsyncGenerator<NamedJumpItem[]> {
    yield* this.#stores.jumpItemSearch.stream(query, await visibilityFor(actor, this.#stores.accessFacts));
  }

  /** Fails with `invalid`, `conflict` (`external_id`) or `forbidden`. */
  async create(actor: Actor, kind: JumpItemKind, input: JumpItemInput): Promise<JumpItem> {
    const wanted = newJumpItem(kind, input);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      await requireAdd(stores, actor, wanted);
      await requireJumpoint(stores, actor, undefined, wanted);
      await requirePlatform(stores, undefined, wanted);
      const item = await stores.jumpItems.insert(wanted);
      await stores.auditLog.record({
        type: 'jump_item.created',
        actor,
        object: audited(item),
        after: auditedState(item),
      });
      return item;
    });
  }

  /**
   * Fails with `not_found`, `forbidden`, `invalid`, `conflict`, or `precondition_failed` when `ifRevision` names
   * revisions and the item is at another one.
   */
  async update(
    actor: Actor,
    kind: JumpItemKind,
    id: number,
    input: JumpItemInput,
    ifRevision?: WantedRevisions,
  ): Promise<JumpItem> {
    const { item, concernsSessions } = await this.#unitOfWork.inTransaction(async (stores) => {
      const { item: before, grant } = await visible(stores, actor, await stores.jumpItems.lockById(id, kind));
      requireRevision(before, ifRevision);
      const after = changedJumpItem(before, input);
      const change = auditChange(auditedState(before), auditedState(after));
      if (change === undefined) return { item: before, concernsSessions: false };
      requirePermissions(grant, permissionsForChange(before, after));
      await requireTransfer(stores, actor, before, grant, after);
      await requireJumpoint(stores, actor, before, after);
      await requirePlatform(stores, before, after);
      const item = await stores.jumpItems.update(after);
      await stores.auditLog.record({ type: 'jump_item.updated', actor, object: audited(item), ...change });
      return { item, concernsSessions: concernsRunningSessions(before, after) };
    });
    if (concernsSessions) this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
    return item;
  }

  /** Fails with `not_found`, `forbidden` or `precondition_failed`. */
  async delete(actor: Actor, kind: JumpItemKind, id: number, ifRevision?: WantedRevisions): Promise<void> {
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { item, grant } = await visible(stores, actor, await stores.jumpItems.lockById(id, kind));
      requireRevision(item, ifRevision);
      if (!canRemove(grant)) {
        throw new ApplianceError('forbidden', 'Your Jump Item Role does not allow removing this Jump Item.');
      }
      await stores.jumpItems.delete(id);
      await stores.auditLog.record({
        type: 'jump_item.deleted',
        actor,
        object: audited(item),
        before: auditedState(item),
      });
    });
  }

  /**
   * The copy has everything of the original but its external id; for another owner it takes what moving there takes.
   * Fails as `create` and with `not_found`.
   */
  async copy(actor: Actor, kind: JumpItemKind, id: number, copy: JumpItemCopy): Promise<JumpItem> {
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const { item: original, grant } = await visible(
        stores,
        actor,
        await stores.jumpItems.findById(id, kind),
      );
      const wanted = { ...original, ...copy, externalId: '' };
      if (isSameOwner(original, wanted)) await requireAdd(stores, actor, wanted);
      else await requireTransfer(stores, actor, original, grant, wanted);
      await requireJumpoint(stores, actor, original, wanted);
      const item = await stores.jumpItems.insert(wanted);
      if (kind === 'jump_client') await stores.jumpClients.copyState(original.id, item.id);
      await stores.auditLog.record({
        type: 'jump_item.copied',
        actor,
        object: audited(item),
        before: { id: original.id },
        after: auditedState(item),
      });
      return item;
    });
  }
}
