import type { Fields } from '../../../appliance/configuration/configuration-document.ts';
import { invalidField } from '../../../appliance/errors.ts';
import type { InnerOperations } from '../../contract/inner-calls.ts';
import type { ContractType } from './contract-type.ts';

/** Which fields the files of a type have, as the contract tells. */
export class TypeFields {
  readonly #type: ContractType;
  readonly #operations: InnerOperations;
  /** Wire names of plain fields: the key first, then the order of the contract. */
  readonly own: readonly string[];
  readonly secrets: readonly string[];

  constructor(type: ContractType, operations: InnerOperations) {
    this.#type = type;
    this.#operations = operations;
    const { show } = type.operations;
    const answered = operations.answerNames(show);
    const asked = this.#requestNames();
    const besides = new Set(['id', ...(type.omit ?? []), ...Object.keys(type.parts ?? {})]);
    const own = asked.filter((name) => answered.has(name) && !besides.has(name));
    this.own = type.key === undefined ? own : [type.key, ...own.filter((name) => name !== type.key)];
    this.secrets = [
      ...new Set([
        ...asked.filter((name) => answered.has(`${name}_set`)),
        ...(type.keptSecrets ?? []),
        ...Object.keys(type.firstSecrets ?? {}),
      ]),
    ];
  }

  /** As files call them. */
  names(): string[] {
    const { references, parts, collections } = this.#type;
    const own = this.own.map((name) => references?.[name]?.as ?? name);
    return [...own, ...this.secrets, ...Object.keys(parts ?? {}), ...Object.keys(collections ?? {})];
  }

  /** Fails with `invalid` for a field that only the request for a new object has. */
  refuseFixed(fields: Fields): void {
    const { store, update } = this.#type.operations;
    if (store === undefined || update === undefined) return;
    const changeable = this.#operations.requestNames(update);
    const fixed = this.#operations
      .requestNames(store)
      .find((name) => !changeable.includes(name) && fields[name] !== undefined);
    if (fixed !== undefined) throw invalidField(fixed, `This is fixed when a ${this.#type.noun} is created.`);
  }

  #requestNames(): string[] {
    const { show, store, update } = this.#type.operations;
    if (store === undefined && update === undefined) return [...this.#operations.answerNames(show)];
    const created = store === undefined ? [] : this.#operations.requestNames(store);
    const changed = update === undefined ? [] : this.#operations.requestNames(update);
    // What is said once stands before what can change.
    const once = update === undefined ? [] : created.filter((name) => !changed.includes(name));
    return [...new Set([...once, ...created, ...changed])];
  }
}
