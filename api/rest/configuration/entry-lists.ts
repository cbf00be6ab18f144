import {
  canonical,
  type Fields,
  type Value,
} from '../../../appliance/configuration/configuration-document.ts';
import { entryNameOf } from '../../../appliance/configuration/field-changes.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import type { OperationId } from '../../contract/handlers.ts';
import type { InnerRequest } from '../../contract/inner-calls.ts';
import type { Answer, Collection, References } from './contract-type.ts';

/** What lists of entries need of the site around them. */
export interface EntryGround {
  pages(operation: OperationId, params: Record<string, Value>, unpaged: boolean): AsyncIterable<Answer>;
  /** Fails with fields called as in files, below `prefix`. */
  call(
    operation: OperationId,
    request: InnerRequest,
    references: References,
    prefix: string,
  ): Promise<unknown>;
  named(answer: Answer, references: References): Promise<Fields>;
  withIds(fields: Fields, references: References, prefix: string): Promise<{ sent: Answer; waiting: Fields }>;
}

interface Entry {
  fields: Fields;
  answer: Answer;
}

/** The entries of an object in the order of their names, so that a file only changes where an entry does. */
export async function entriesOf(ground: EntryGround, id: number, collection: Collection): Promise<Fields[]> {
  const entries = await storedEntries(ground, id, collection);
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { fields }]) => fields);
}

/**
 * Adds, changes and removes entries until they are the wanted ones. Answers false, and changes nothing, when an entry
 * has to wait for an object that does not exist yet.
 */
export async function setEntries(
  ground: EntryGround,
  id: number,
  field: string,
  collection: Collection,
  wanted: readonly Fields[],
): Promise<boolean> {
  const { references, key, handle, store, update, destroy } = collection;
  const entryName = entryNameIn(collection);
  const stored = await storedEntries(ground, id, collection);
  const sent = new Map<string, { fields: Fields; body: Answer }>();
  for (const [place, fields] of wanted.entries()) {
    const { sent: body, waiting } = await ground.withIds(fields, references, `${field}.${place}.`);
    if (Object.keys(waiting).length > 0) return false;
    sent.set(entryNameOf(fields, entryName), { fields, body });
  }
  const paramsOf = ({ answer }: Entry) => {
    const { field: name, parameter } = handle ?? { field: key!, parameter: key! };
    return { id, [parameter]: answer[name]! };
  };
  const remove = async (entry: Entry) => {
    try {
      await ground.call(destroy, { params: paramsOf(entry) }, references, `${field}.`);
    } catch (error) {
      // It went with the object that it names.
      if (!(error instanceof ApplianceError && error.code === 'not_found')) throw error;
    }
  };
  for (const [name, entry] of stored) if (!sent.has(name)) await remove(entry);
  for (const [name, { fields, body }] of sent) {
    const entry = stored.get(name);
    const add = () => ground.call(store, { params: { id }, body }, references, `${field}.`);
    if (entry === undefined) {
      await add();
    } else if (Object.keys(fields).some((member) => differs(member, fields, entry.fields, entryName))) {
      if (update !== undefined) {
        const { [key ?? '']: _, ...rest } = body;
        await ground.call(update, { params: paramsOf(entry), body: rest }, references, `${field}.`);
      } else {
        await remove(entry);
        await add();
      }
    }
  }
  return true;
}

function differs(member: string, wanted: Fields, stored: Fields, entryName: string): boolean {
  return member !== entryName && canonical(wanted[member]) !== canonical(stored[member]);
}

async function storedEntries(
  ground: EntryGround,
  id: number,
  collection: Collection,
): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const answer of ground.pages(collection.index, { id }, collection.unpaged === true)) {
    const kept = Object.fromEntries(
      Object.entries(answer).filter(([name]) => !collection.omit?.includes(name)),
    );
    const named = await ground.named(kept as Answer, collection.references);
    const fields = collection.toFile === undefined ? named : collection.toFile(named);
    entries.set(entryNameOf(fields, entryNameIn(collection)), { fields, answer });
  }
  return entries;
}

/** Empty when the whole entry is its name. */
export function entryNameIn({ key, references }: Collection): string {
  return key === undefined ? '' : references[key]!.as;
}
