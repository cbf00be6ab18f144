import type { Actor, SystemActor } from '../../../appliance/actor.ts';
import {
  environmentVariableIn,
  type Fields,
  KEPT_ON_THE_SERVER,
  type Value,
} from '../../../appliance/configuration/configuration-document.ts';
import type {
  ConfigurationSite,
  ConfigurationType,
  IsPending,
  NamedObject,
  StoredObject,
} from '../../../appliance/configuration/configuration-site.ts';
import { ApplianceError, invalidField } from '../../../appliance/errors.ts';
import type { Stores } from '../../../appliance/stores.ts';
import type { Handlers, OperationId } from '../../contract/handlers.ts';
import { InnerCalls, type InnerOperations, type InnerRequest } from '../../contract/inner-calls.ts';
import { INNER_PAGE } from '../../contract/paging.ts';
import type { Answer, ContractType, Part, References } from './contract-type.ts';
import { DocumentCheck } from './document-check.ts';
import { type EntryGround, entriesOf, entryNameIn, setEntries } from './entry-lists.ts';
import { isFields, withFileNames } from './field-names.ts';
import { namedObjects } from './named-objects.ts';
import { idsOfNames, namedIds, ObjectNames, Waiting } from './object-names.ts';
import { TypeFields } from './type-fields.ts';

const PAGE = 500;

/** The site by way of the operations of the contract: what they refuse is refused here. */
export class ContractSite implements ConfigurationSite {
  readonly types: readonly ConfigurationType[];
  readonly #types: Map<string, ContractType>;
  readonly #fields = new Map<string, TypeFields>();
  readonly #operations: InnerOperations;
  readonly #calls: InnerCalls;
  readonly #stores: Stores;
  readonly #actor: Actor;
  readonly #check: DocumentCheck;
  /** Read when somebody first asks for a name of that kind. */
  readonly #names = new Map<string, Promise<ObjectNames>>();

  constructor(deps: {
    types: readonly ContractType[];
    operations: InnerOperations;
    handlers: Partial<Handlers>;
    stores: Stores;
    actor: Exclude<Actor, SystemActor>;
  }) {
    this.#operations = deps.operations;
    this.#actor = deps.actor;
    this.#stores = deps.stores;
    this.#calls = new InnerCalls(deps.operations, deps.handlers, deps.actor);
    this.#check = new DocumentCheck(deps.operations);
    this.#types = new Map(deps.types.map((type) => [type.name, type]));
    this.types = deps.types.map((type) => ({
      name: type.name,
      noun: type.noun,
      key: type.key,
      rank: type.rank,
      secrets: this.#fieldsOf(type).secrets,
      firstSecrets: Object.keys(type.firstSecrets ?? {}),
      orders: type.order === undefined ? [] : [type.references?.[type.order]?.as ?? type.order],
      entryLists: Object.fromEntries(
        Object.entries(type.collections ?? {}).map(([field, collection]) => [field, entryNameIn(collection)]),
      ),
    }));
  }

  refusal(name: string): string | undefined {
    const { index, show } = this.#typeOf(name).operations;
    return this.#operations.refusal(index ?? show, this.#actor);
  }

  async *read(name: string): AsyncGenerator<StoredObject, void, undefined> {
    const type = this.#typeOf(name);
    const names = new ObjectNames();
    for await (const answer of this.#answers(type)) {
      if (type.key !== undefined) names.add(Number(answer.id), String(answer[type.key]));
      const whole = type.shownAlone
        ? ((await this.#calls.call(type.operations.show, { params: { id: answer.id } })) as Answer)
        : answer;
      yield {
        id: Number(whole.id ?? 0),
        key: type.key === undefined ? '' : String(whole[type.key]),
        fields: await this.#inFile(type, whole),
        fixed: type.operations.destroy === undefined || type.fixed?.(whole) === true,
      };
    }
    // Who has read everything knows the names: they need not be read again.
    if (!this.#names.has(name)) this.#names.set(name, Promise.resolve(names));
  }

  problems(name: string, fields: Fields): { field: string; message: string }[] {
    const type = this.#typeOf(name);
    return this.#check.problems(type, this.#fieldsOf(type), fields);
  }

  named(name: string, fields: Fields): NamedObject[] {
    return namedObjects(this.#typeOf(name), fields);
  }

  async create(name: string, fields: Fields, isPending: IsPending): Promise<Fields> {
    const type = this.#typeOf(name);
    const { store } = type.operations;
    if (store === undefined) throw new ApplianceError('invalid', `A ${type.noun} cannot be created.`);
    refuseWithoutSecrets(type, fields);
    const { body, waiting } = await this.#bodyOf(type, fields, isPending);
    const answer = (await this.#call(store, { body }, type.references)) as Answer;
    const id = Number(answer.id);
    if (type.key !== undefined) (await this.#namesOf(type.name)).add(id, String(answer[type.key]));
    // What a file leaves empty is empty already.
    const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => !isNothing(value)));
    return { ...waiting, ...(await this.#setBesides(type, id, filled, isPending)) };
  }

  async update(name: string, key: string, fields: Fields, isPending: IsPending): Promise<Fields> {
    const type = this.#typeOf(name);
    const { update } = type.operations;
    const id = type.key === undefined ? 0 : await this.#idOf(type, key);
    this.#fieldsOf(type).refuseFixed(fields);
    const { body, waiting } = await this.#bodyOf(type, fields, isPending);
    if (Object.keys(body).length > 0 && !(await this.#isInOrder(type, body))) {
      if (update === undefined) throw new ApplianceError('invalid', `This ${type.noun} cannot be changed.`);
      await this.#call(update, { params: { id }, body }, type.references);
      const renamed = type.key === undefined ? undefined : fields[type.key];
      if (typeof renamed === 'string') (await this.#namesOf(type.name)).add(id, renamed);
    }
    return { ...waiting, ...(await this.#setBesides(type, id, fields, isPending)) };
  }

  async remove(name: string, key: string): Promise<void> {
    const type = this.#typeOf(name);
    const { destroy } = type.operations;
    if (destroy === undefined) throw new ApplianceError('invalid', `This ${type.noun} cannot be deleted.`);
    const id = await this.#idOf(type, key);
    await this.#call(destroy, { params: { id } });
    (await this.#namesOf(type.name)).remove(id);
  }

  async detach(name: string, key: string): Promise<void> {
    const { detached } = this.#typeOf(name);
    if (detached !== undefined) await this.update(name, key, detached, () => false);
  }

  /** Completes the order with what the file does not name. Answers whether everything stands like that already. */
  async #isInOrder({ order, operations }: ContractType, body: Answer): Promise<boolean> {
    if (order === undefined || !Array.isArray(body[order])) return false;
    const present = ((await this.#calls.call(operations.show)) as Answer)[order] as readonly Value[];
    const wanted = body[order] as readonly Value[];
    body[order] = [...wanted, ...present.filter((id) => !wanted.includes(id))];
    return JSON.stringify(body[order]) === JSON.stringify(present);
  }

  /** Everything but parts and collections, as a request. */
  async #bodyOf(
    type: ContractType,
    fields: Fields,
    isPending: IsPending,
  ): Promise<{ body: Answer; waiting: Fields }> {
    const besides = new Set([...Object.keys(type.parts ?? {}), ...Object.keys(type.collections ?? {})]);
    const own = Object.fromEntries(Object.entries(fields).filter(([name]) => !besides.has(name)));
    const { sent, waiting } = await this.#withIds(own, type.references, isPending);
    return { body: type.toRequest === undefined ? sent : type.toRequest(sent), waiting };
  }

  async #setBesides(type: ContractType, id: number, fields: Fields, isPending: IsPending): Promise<Fields> {
    const waiting: Record<string, Value> = {};
    for (const [field, part] of Object.entries(type.parts ?? {})) {
      const value = fields[field];
      if (value !== undefined && !(await this.#setPart(id, field, part, value, isPending)))
        waiting[field] = value;
    }
    const ground = this.#groundOf(isPending);
    for (const [field, collection] of Object.entries(type.collections ?? {})) {
      const value = fields[field];
      if (value === undefined) continue;
      const done = await setEntries(ground, id, field, collection, value as readonly Fields[]);
      if (!done) waiting[field] = value;
    }
    return waiting;
  }

  /** Answers false when it has to wait for an object that does not exist yet. */
  async #setPart(
    id: number,
    field: string,
    part: Part,
    value: Value,
    isPending: IsPending,
  ): Promise<boolean> {
    const prefix = isFields(value) ? `${field}.` : '';
    const flat = part.fromFile === undefined ? value : part.fromFile(value);
    let sent: Value = flat;
    if (isFields(flat)) {
      const found = await this.#withIds(flat, part.references, isPending, prefix);
      if (Object.keys(found.waiting).length > 0) return false;
      sent = found.sent;
    }
    const body = part.toRequest === undefined ? (sent as Answer) : part.toRequest(sent, value);
    if (part.change === undefined) {
      await this.#call(part.update, { params: { id }, body }, part.references, prefix);
    } else {
      const call = (operation: OperationId, request?: Answer) =>
        this.#call(operation, { params: { id }, ...(request && { body: request }) }, part.references, prefix);
      await part.change(call, id, body, value);
    }
    return true;
  }

  async #inFile(type: ContractType, answer: Answer): Promise<Fields> {
    const { own, secrets } = this.#fieldsOf(type);
    const plain: Record<string, Value> = {};
    for (const name of own) if (answer[name] !== undefined) plain[name] = answer[name];
    const fields: Record<string, Value> = { ...(await this.#named(plain, type.references)) };
    // Whether there is one or not: the same files describe a site before and after its secrets are set.
    for (const name of secrets) {
      const first = type.firstSecrets?.[name];
      const has =
        first === undefined
          ? answer[`${name}_set`] !== undefined || type.keptSecrets?.includes(name)
          : first.of(answer);
      if (has) fields[name] = KEPT_ON_THE_SERVER;
    }
    const id = Number(answer.id ?? 0);
    for (const [field, part] of Object.entries(type.parts ?? {}))
      fields[field] = await this.#partOf(id, part, answer);
    const ground = this.#groundOf(() => false);
    for (const [field, collection] of Object.entries(type.collections ?? {})) {
      // Whoever may not see what entries name, does not see them: the file leaves them as they are.
      const seen = Object.values(collection.references).every(
        (named) => this.refusal(named.type) === undefined,
      );
      if (seen) fields[field] = await entriesOf(ground, id, collection);
    }
    return type.toFile === undefined ? fields : type.toFile(fields);
  }

  async #partOf(id: number, part: Part, answer: Answer): Promise<Value> {
    const { now, references, toFile } = part;
    const value =
      typeof now === 'string' ? ((await this.#calls.call(now, { params: { id } })) as Value) : now(answer);
    const named = isFields(value) ? await this.#named(value as Answer, references) : value;
    return toFile === undefined ? named : toFile(named, answer);
  }

  async #named(answer: Answer, references: References = {}): Promise<Fields> {
    const fields: Record<string, Value> = {};
    for (const [name, value] of Object.entries(answer)) {
      const reference = references[name];
      if (reference === undefined) fields[name] = value;
      else fields[reference.as] = namedIds(value, reference, await this.#namesOf(reference.type));
    }
    return fields;
  }

  /** Names become ids. What waits for an object is left out. */
  async #withIds(
    fields: Fields,
    references: References = {},
    isPending: IsPending,
    prefix = '',
  ): Promise<{ sent: Answer; waiting: Fields }> {
    const sent: Answer = {};
    const waiting: Record<string, Value> = {};
    const wireNames = new Map(Object.entries(references).map(([wire, { as }]) => [as, wire]));
    for (const [name, value] of Object.entries(fields)) {
      const wire = wireNames.get(name);
      const reference = wire === undefined ? undefined : references[wire];
      if (wire === undefined || reference === undefined) {
        sent[name] = structuredClone(value);
        continue;
      }
      const names = await this.#namesOf(reference.type);
      try {
        sent[wire] = idsOfNames(value, reference, names, this.#typeOf(reference.type).noun, isPending);
      } catch (error) {
        if (!(error instanceof Waiting)) throw withFileNames(error, {}, prefix);
        waiting[name] = value;
      }
    }
    return { sent, waiting };
  }

  #groundOf(isPending: IsPending): EntryGround {
    return {
      pages: (operation, params, unpaged) => this.#pages(operation, params, unpaged),
      call: (operation, request, references, prefix) => this.#call(operation, request, references, prefix),
      named: (answer, references) => this.#named(answer, references),
      withIds: (fields, references, prefix) => this.#withIds(fields, references, isPending, prefix),
    };
  }

  async #idOf(type: ContractType, key: string): Promise<number> {
    const id = (await this.#namesOf(type.name)).idOf(key);
    if (id === undefined) throw new ApplianceError('not_found', `There is no ${type.noun} called ${key}.`);
    return id;
  }

  #namesOf(name: string): Promise<ObjectNames> {
    let names = this.#names.get(name);
    if (names === undefined) {
      names = this.#readNames(this.#typeOf(name));
      this.#names.set(name, names);
    }
    return names;
  }

  async #readNames(type: ContractType): Promise<ObjectNames> {
    const names = new ObjectNames();
    for await (const answer of this.#answers(type))
      names.add(Number(answer.id), String(answer[type.key ?? 'id']));
    return names;
  }

  async *#answers(type: ContractType): AsyncGenerator<Answer, void, undefined> {
    const { index, show } = type.operations;
    if (index === undefined) {
      yield (await this.#calls.call(show)) as Answer;
      return;
    }
    const { rows } = type;
    if (rows === undefined) {
      yield* this.#pages(index, {});
      return;
    }
    const refusal = this.refusal(type.name);
    if (refusal !== undefined) throw new ApplianceError('forbidden', refusal);
    for (let offset = 0; ; offset += PAGE) {
      const page = await rows(this.#stores, { limit: PAGE, offset });
      yield* page;
      if (page.length < PAGE) return;
    }
  }

  async *#pages(
    operation: OperationId,
    params: Record<string, Value>,
    unpaged = false,
  ): AsyncGenerator<Answer, void, undefined> {
    for (let offset = 0; ; offset += PAGE) {
      const query = { [INNER_PAGE]: { limit: PAGE, offset } };
      const page = (await this.#calls.call(operation, { params, query })) as Answer[];
      yield* page;
      if (unpaged || page.length < PAGE) return;
    }
  }

  async #call(
    operation: OperationId,
    request: InnerRequest,
    references: References = {},
    prefix = '',
  ): Promise<unknown> {
    try {
      return await this.#calls.call(operation, request);
    } catch (error) {
      throw withFileNames(error, references, prefix);
    }
  }

  #fieldsOf(type: ContractType): TypeFields {
    let fields = this.#fields.get(type.name);
    if (fields === undefined) {
      fields = new TypeFields(type, this.#operations);
      this.#fields.set(type.name, fields);
    }
    return fields;
  }

  #typeOf(name: string): ContractType {
    const type = this.#types.get(name);
    if (type === undefined) throw new Error(`There is no type ${name}`);
    return type;
  }
}

/** Nobody could use what has no secret. Fails with `invalid` naming it. */
function refuseWithoutSecrets(type: ContractType, fields: Fields): void {
  for (const [name, { neededBy }] of Object.entries(type.firstSecrets ?? {})) {
    const variable = environmentVariableIn(fields[name]);
    if (variable !== undefined) {
      throw invalidField(name, `There is no ${variable} in the environment of bh.`);
    }
    if (fields[name] !== undefined || !neededBy(fields)) continue;
    throw invalidField(
      name,
      `A new ${type.noun} needs its ${name}: write { from_environment: NAME } to take it from the environment of bh.`,
    );
  }
}

function isNothing(value: Value): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
