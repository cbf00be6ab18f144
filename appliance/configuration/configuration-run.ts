import { ApplianceError } from '../errors.ts';
import type { Fields } from './configuration-document.ts';
import type { PlannedChange } from './configuration-plan.ts';
import type { ConfigurationSite } from './configuration-site.ts';

/** Hears why a change was refused; throwing stops the run. */
export type RefusedChange = (change: PlannedChange, error: ApplianceError) => void;

/**
 * Makes the changes in their order; `deleted` hears of each deletion that was made. A field that names an object which does not exist yet is set once it does, so
 * circles are no matter. Deletions come last, when nothing refers to their objects any more; but a name that is taken
 * by an object that is about to go makes the deletions of its kind come first.
 */
export async function runChanges(
  site: ConfigurationSite,
  changes: readonly PlannedChange[],
  refused: RefusedChange,
  deleted: (change: PlannedChange) => void = () => {},
): Promise<void> {
  const creations = new Set<string>();
  const deletions = new Set<PlannedChange>();
  for (const change of changes) {
    if (change.action === 'create') creations.add(nameOf(change.type, change.key));
    if (change.action === 'delete') deletions.add(change);
  }
  const isPending = (type: string, key: string) => creations.has(nameOf(type, key));
  const later: { change: PlannedChange; fields: Fields }[] = [];

  const make = async (change: PlannedChange): Promise<void> => {
    const { type, key, wanted } = change;
    const fields =
      change.action === 'create'
        ? await site.create(type, wanted, isPending)
        : await site.update(type, key, wanted, isPending);
    if (Object.keys(fields).length > 0) later.push({ change, fields });
  };
  const remove = async (change: PlannedChange): Promise<ApplianceError | undefined> => {
    const failure = await failureOf(() => site.remove(change.type, change.key));
    if (failure === undefined) {
      deletions.delete(change);
      deleted(change);
    }
    return failure;
  };

  for (const change of changes) {
    if (change.action === 'delete') continue;
    let failure = await failureOf(() => make(change));
    if (failure?.code === 'conflict') {
      const ofItsKind = [...deletions].filter(({ type }) => type === change.type);
      for (const deletion of ofItsKind) await remove(deletion);
      if (ofItsKind.length > 0) failure = await failureOf(() => make(change));
    }
    creations.delete(nameOf(change.type, change.key));
    if (failure !== undefined) refused(change, failure);
  }
  for (const { change, fields } of later) {
    const failure = await failureOf(() => site.update(change.type, change.key, fields, () => false));
    if (failure !== undefined) refused(change, failure);
  }
  // What is deleted may still be referred to by something else that is deleted, even by each other.
  const removeAll = async (): Promise<Map<PlannedChange, ApplianceError>> => {
    const stuck = new Map<PlannedChange, ApplianceError>();
    for (const deletion of [...deletions]) {
      const failure = await remove(deletion);
      if (failure !== undefined) stuck.set(deletion, failure);
    }
    return stuck;
  };
  let stuck = await removeAll();
  for (let before = Number.POSITIVE_INFINITY; stuck.size > 0 && stuck.size < before; ) {
    before = stuck.size;
    for (const { type, key } of stuck.keys()) await failureOf(() => site.detach(type, key));
    stuck = await removeAll();
  }
  for (const [deletion, failure] of stuck) refused(deletion, failure);
}

function nameOf(type: string, key: string): string {
  return `${type} ${key.toLowerCase()}`;
}

async function failureOf(work: () => Promise<unknown>): Promise<ApplianceError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof ApplianceError && error.code !== 'unavailable') return error;
    throw error;
  }
}
