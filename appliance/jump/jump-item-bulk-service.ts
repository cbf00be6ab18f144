import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { auditChange } from '../audit/audit-state.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { requireRevision } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { JumpItem } from './jump-item.ts';
import { isSameOwner, permissionsForChange, visibilityFor } from './jump-item-access.ts';
import {
  type BulkRefusal,
  type BulkResult,
  type BulkTransfer,
  type BulkUpdate,
  type FoundItems,
  MOST_AT_ONCE,
  type NamedItem,
} from './jump-item-bulk.ts';
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
import { changedJumpItem } from './jump-item-rules.ts';

/** Writes of one transaction travel so many at a time. */
const TOGETHER = 100;
/** So many refusals are named; the count says how many there are. */
const MOST_REFUSALS = 100;

interface Step {
  item: JumpItem;
  /** The write and its audit row; undefined when there is nothing to do. */
  write: (() => Promise<BulkResult['items'][number]>) | undefined;
}

/**
 * Changes of many Jump Items in one transaction. Every item is held to the rules of a change of its own; when one of
 * them is refused nothing is changed. A preview does everything and takes it back, so it says what would happen.
 */
export class JumpItemBulkService {
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: Pick<CredentialEvents, 'publish'>;

  constructor(deps: { unitOfWork: UnitOfWork; credentialEvents: Pick<CredentialEvents, 'publish'> }) {
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  /**
   * Fails with `invalid` (with `refused` among the facts when items are at fault), or `precondition_failed` when a
   * search finds another number of items than expected.
   */
  async update(actor: Actor, { kind, select, changes, preview }: BulkUpdate): Promise<BulkResult> {
    if (changes.name !== undefined || changes.externalId !== undefined) {
      throw invalidField(
        'changes',
        'name and external_id tell items apart and cannot be changed for several.',
      );
    }
    return await this.#change(preview, async (stores) => {
      const named =
        'items' in select ? unique(select.items) : await found(stores, actor, select.found, preview);
      return await planned(stores, named, async (before) => {
        const { grant } = await visible(stores, actor, before);
        const after = changedJumpItem(before, changes);
        const change = auditChange(auditedState(before), auditedState(after));
        if (change === undefined || before.kind !== kind) return { item: before, write: undefined };
        requirePermissions(grant, permissionsForChange(before, after));
        await requireTransfer(stores, actor, before, grant, after);
        await requireJumpoint(stores, actor, before, after);
        await requirePlatform(stores, before, after);
        return { item: before, write: () => updated(stores, actor, after, change) };
      });
    });
  }

  /** Moves items of any kinds to another owner. Fails as `update`. */
  async move(actor: Actor, { items, to, preview }: BulkTransfer): Promise<BulkResult> {
    return await this.#change(preview, async (stores) => {
      return await planned(stores, unique(items), async (before) => {
        const { grant } = await visible(stores, actor, before);
        if (isSameOwner(before, to)) return { item: before, write: undefined };
        const after = { ...before, ...to };
        const change = auditChange(auditedState(before), auditedState(after));
        await requireTransfer(stores, actor, before, grant, after);
        await requireJumpoint(stores, actor, before, after);
        return { item: before, write: () => updated(stores, actor, after, change) };
      });
    });
  }

  /** Copies items of any kinds; copies have the names of their originals and no external id. Fails as `update`. */
  async copy(actor: Actor, { items, to, preview }: BulkTransfer): Promise<BulkResult> {
    return await this.#run(preview, async (stores) => {
      return await planned(stores, unique(items), async (original) => {
        const { grant } = await visible(stores, actor, original);
        const wanted = { ...original, ...to, externalId: '' };
        if (isSameOwner(original, to)) await requireAdd(stores, actor, wanted);
        else await requireTransfer(stores, actor, original, grant, wanted);
        await requireJumpoint(stores, actor, original, wanted);
        return { item: original, write: () => copied(stores, actor, original, wanted) };
      });
    });
  }

  /** Whoever works with items that were moved or given other policies is asked again. */
  async #change(
    preview: boolean,
    work: (stores: Stores) => Promise<{ steps: Step[]; refused: BulkRefusal[] }>,
  ): Promise<BulkResult> {
    const result = await this.#run(preview, work);
    if (!preview && result.changed > 0) this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
    return result;
  }

  async #run(
    preview: boolean,
    work: (stores: Stores) => Promise<{ steps: Step[]; refused: BulkRefusal[] }>,
  ): Promise<BulkResult> {
    try {
      return await this.#unitOfWork.inTransaction(async (stores) => {
        const { steps, refused } = await work(remembering(stores));
        if (refused.length > 0 && !preview) throw nothingChanged(refused, steps.length + refused.length);
        const items: BulkResult['items'] = [];
        const writes = steps.flatMap(({ write }) => write ?? []);
        for (let from = 0; from < writes.length; from += TOGETHER) {
          items.push(...(await Promise.all(writes.slice(from, from + TOGETHER).map((write) => write()))));
        }
        const result: BulkResult = {
          matched: steps.length + refused.length,
          changed: items.length,
          unchanged: steps.length - items.length,
          refused: refused.slice(0, MOST_REFUSALS),
          preview,
          items: preview ? [] : items,
        };
        if (preview) throw new TakenBack(result);
        return result;
      });
    } catch (error) {
      if (error instanceof TakenBack) return error.result;
      throw error;
    }
  }
}

/** Undoes the transaction of a preview and carries its result out. */
class TakenBack extends Error {
  readonly result: BulkResult;

  constructor(result: BulkResult) {
    super('preview');
    this.result = result;
  }
}

function nothingChanged(refused: BulkRefusal[], matched: number): ApplianceError {
  return new ApplianceError(
    'invalid',
    `${refused.length} of ${matched} Jump Items cannot be changed like this, so nothing was changed.`,
    {
      facts: {
        refused: refused
          .slice(0, MOST_REFUSALS)
          .map(({ fields, ...refusal }) => ({ ...refusal, ...(fields && { errors: fields }) })),
      },
    },
  );
}

/** Rights do not change within a transaction, and the same ones are asked for item after item. */
function remembering(stores: Stores): Stores {
  const facts = new Map<string, ReturnType<Stores['accessFacts']['find']>>();
  return {
    ...stores,
    accessFacts: {
      find: (userId, question) =>
        remembered(facts, JSON.stringify([userId, question]), () =>
          stores.accessFacts.find(userId, question),
        ),
    },
  };
}

function remembered<K, V>(known: Map<K, V>, key: K, find: () => V): V {
  const value = known.get(key) ?? find();
  known.set(key, value);
  return value;
}

function unique(items: readonly NamedItem[]): NamedItem[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

/** The items a search finds. Fails with `invalid` for too many, and when nobody has seen how many they are. */
async function found(
  stores: Stores,
  actor: Actor,
  { query, expected }: FoundItems,
  preview: boolean,
): Promise<NamedItem[]> {
  if (expected === undefined && !preview) {
    throw invalidField('expected', 'A filter needs expected: the number of items that a preview counted.');
  }
  const items: NamedItem[] = [];
  for await (const batch of stores.jumpItemSearch.stream(
    query,
    await visibilityFor(actor, stores.accessFacts),
  )) {
    for (const { item } of batch) items.push({ id: item.id, kind: item.kind });
    if (items.length > MOST_AT_ONCE) {
      throw invalidField('filter', `More than ${MOST_AT_ONCE} Jump Items match; narrow the filter.`);
    }
  }
  if (expected !== undefined && expected !== items.length) {
    throw new ApplianceError(
      'precondition_failed',
      `The filter matches ${items.length} Jump Items now, not ${expected}. Look at them again.`,
    );
  }
  return items;
}

/** Holds each item to the rules, in the order of the ids, which is how others lock them too. */
async function planned(
  stores: Stores,
  named: readonly NamedItem[],
  plan: (item: JumpItem) => Promise<Step>,
): Promise<{ steps: Step[]; refused: BulkRefusal[] }> {
  const locked = await stores.jumpItems.lockMany(named.map(({ id }) => id));
  const byId = new Map(locked.map((item) => [item.id, item]));
  const steps: Step[] = [];
  const refused: BulkRefusal[] = [];
  for (const { id, kind, revision } of named) {
    const item = byId.get(id);
    try {
      if (item === undefined || item.kind !== kind) throw noSuchItem();
      const step = await plan(item);
      requireRevision(item, revision === undefined ? undefined : [revision]);
      steps.push(step);
    } catch (error) {
      refused.push(refusalOf(error, id, item));
    }
  }
  return { steps, refused };
}

function noSuchItem(): ApplianceError {
  return new ApplianceError('not_found', 'There is no such Jump Item.');
}

function refusalOf(error: unknown, id: number, item: JumpItem | undefined): BulkRefusal {
  if (!(error instanceof ApplianceError)) throw error;
  switch (error.code) {
    case 'not_found':
    case 'forbidden':
    case 'invalid':
    case 'conflict':
    case 'precondition_failed': {
      const name = error.code === 'not_found' ? '' : (item?.name ?? '');
      return { id, name, code: error.code, message: error.message, fields: error.fields };
    }
    default:
      throw error;
  }
}

async function updated(
  stores: Stores,
  actor: Actor,
  after: JumpItem,
  change: ReturnType<typeof auditChange>,
): Promise<BulkResult['items'][number]> {
  const { id, kind, revision } = await stores.jumpItems.update(after);
  await stores.auditLog.record({ type: 'jump_item.updated', actor, object: audited(after), ...change });
  return { id, kind, revision };
}

async function copied(
  stores: Stores,
  actor: Actor,
  original: JumpItem,
  wanted: JumpItem,
): Promise<BulkResult['items'][number]> {
  const item = await stores.jumpItems.insert(wanted);
  if (item.kind === 'jump_client') await stores.jumpClients.copyState(original.id, item.id);
  await stores.auditLog.record({
    type: 'jump_item.copied',
    actor,
    object: audited(item),
    before: { id: original.id },
    after: auditedState(item),
  });
  return { id: item.id, kind: item.kind, revision: item.revision, copyOf: original.id };
}
