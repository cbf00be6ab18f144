import type { Value } from '../../../appliance/configuration/configuration-document.ts';
import type { IsPending } from '../../../appliance/configuration/configuration-site.ts';
import { invalidField } from '../../../appliance/errors.ts';
import type { Reference } from './contract-type.ts';

/** What objects of one kind are called, both ways. */
export class ObjectNames {
  readonly #ids = new Map<string, number>();
  readonly #keys = new Map<number, string>();

  add(id: number, key: string): void {
    this.#ids.set(key.toLowerCase(), id);
    this.#keys.set(id, key);
  }

  remove(id: number): void {
    const key = this.#keys.get(id);
    this.#keys.delete(id);
    if (key !== undefined && this.#ids.get(key.toLowerCase()) === id) this.#ids.delete(key.toLowerCase());
  }

  idOf(key: string): number | undefined {
    return this.#ids.get(key.toLowerCase());
  }

  keyOf(id: number): string | undefined {
    return this.#keys.get(id);
  }
}

/** Thrown inside to say that a field waits for an object that a later change creates. */
export class Waiting extends Error {}

/** Ids as files write them. An id that nothing has any more is left out of a list, and null elsewhere. */
export function namedIds(value: Value, reference: Reference, names: ObjectNames): Value {
  if (Array.isArray(value)) {
    return value.map((entry: Value) => namedIds(entry, reference, names)).filter((entry) => entry !== null);
  }
  // A word, or something that stands in the place of an object, such as permissions of one's own.
  if (typeof value === 'string' || (typeof value === 'object' && value !== null)) return value;
  if (typeof value !== 'number' || value === reference.none) return null;
  return names.keyOf(value) ?? null;
}

/** Names as the contract wants them. Fails with `invalid` for an unknown one and with `Waiting`. */
export function idsOfNames(
  value: Value,
  reference: Reference,
  names: ObjectNames,
  noun: string,
  isPending: IsPending,
): Value {
  if (Array.isArray(value)) {
    return value.map((entry: Value) => idsOfNames(entry, reference, names, noun, isPending));
  }
  if (value === null) return reference.none ?? null;
  if (typeof value === 'object') return structuredClone(value);
  if (typeof value !== 'string') {
    throw invalidField(reference.as, `${reference.as} names a ${noun}: it must be text.`);
  }
  if (reference.words?.includes(value)) return value;
  const id = names.idOf(value);
  if (id !== undefined) return reference.keyed === true ? value : id;
  if (isPending(reference.type, value)) throw new Waiting();
  throw invalidField(reference.as, `There is no ${noun} called ${value}.`);
}
