import type { Actor, SystemActor } from '../../../appliance/actor.ts';
import type { Fields, Value } from '../../../appliance/configuration/configuration-document.ts';
import { KEPT_ON_THE_SERVER } from '../../../appliance/configuration/configuration-document.ts';
import type {
  ConfigurationSite,
  ConfigurationType,
  IsPending,
  StoredObject,
} from '../../../appliance/configuration/configuration-site.ts';
import { ApplianceError, type FieldErrors, invalidField } from '../../../appliance/errors.ts';
import type { Handlers, OperationId } from '../../contract/handlers.ts';
import { InnerCalls, type InnerOperations } from '../../contract/inner-calls.ts';
import { INNER_PAGE } from '../../contract/paging.ts';
import { RequestRefusal } from '../../contract/request-refusal.ts';
import type { Answer, Collection, ContractType, References } from './contract-type.ts';
import { idsOfNames, namedIds, ObjectNames, Waiting } from './object-names.ts';

const PAGE = 500;
/** Stands for an id while the rest of a request is checked. */
const SOME_ID = 1000;

/** The site by way of the operations of the contract: what they refuse is refused here. */
export class ContractSite implements ConfigurationSite {
  readonly types: readonly ConfigurationType[];
  readonly #types: Map<string, ContractType>;
  readonly #operations: InnerOperations;
  readonly #calls: InnerCalls;
  readonly #actor: Actor;
  /** Read when somebody first asks for a name of that kind. */
  readonly #names = new Map<string, Promise<ObjectNames>>();

  constructor(deps: {
    types: readonly ContractType[];
    operations: InnerOperations;
    handlers: Partial<Handlers>;
    actor: Exclude<Actor, SystemActor>;
  }) {
    this.#operations = deps.operations;
    this.#actor = deps.actor;
    this.#calls = new InnerCalls(deps.operations, deps.handlers, deps.actor);
    this.#types = new Map(deps.types.map((type) => [type.name, type]));
    this.types = deps.types.map((type) => ({
      name: type.name,
      noun: type.noun,
      key: type.key,
      secrets: this.#secretsOf(type),
      rank: type.rank,
      entryLists: Object.fromEntries(
        Object.entries(type.collections ?? {}).map(([field, one]) => [field, one.references[one.key]!.as]),
      ),
    }));
  }

  refusal(name: string): string | undefined {
    const { index, show } = this.#typeOf(name).operations;
    return this.#operations.refusal(index ?? show, this.#actor);
  }

  async *read(name: string): AsyncGenerator<StoredObject, void, undefined> {
    const type = this.#typeOf(name);
    for await (const answer of this.#answers(type)) {
      const whole = type.shownAlone
        ? ((await this.#calls.call(type.operations.show, { params: { id: answer.id } })) as Answer)
        : answer;
      yield {
        id: Number(whole.id ?? 0),
        key: type.key === undefined ? '' : String(whole[type.key]),
        fields: await this.#fieldsOf(type, whole),
        fixed: type.operations.destroy === undefined || type.fixed?.(whole) === true,
      };
    }
  }

  problems(name: string, fields: Fields): { field: string; message: string }[] {
    const type = this.#typeOf(name);
    const known = new Set(this.#documentNames(type));
    const unknown = Object.keys(fields).filter((field) => !known.has(field));
    if (unknown.length > 0) {
      return unknown.map((field) => ({ field, message: `A ${type.noun} has no field ${field}.` }));
    }
    try {
      this.#checkAlone(type, fields);
      return [];
    } catch (error) {
      const { fields: named, message } = refusedField(error);
      if (named === undefined) return [{ field: '', message }];
      return Object.entries(named).map(([field, sentences]) => ({ field, message: sentences.join(' ') }));
    }
  }

  async create(name: string, fields: Fields, isPending: IsPending): Promise<Fields> {
    const type = this.#typeOf(name);
    const { store } = type.operations;
    if (store === undefined) throw new ApplianceError('invalid', `A ${type.noun} cannot be created.`);
    const { body, waiting } = await this.#bodyOf(type, fields, isPending);
    const answer = (await this.#call(type, store, { body })) as Answer;
    const id = Number(answer.id);
    if (type.key !== undefined) (await this.#namesOf(type.name)).add(id, String(answer[type.key]));
    return { ...waiting, ...(await this.#setBesides(type, id, fields, isPending)) };
  }

  async update(name: string, key: string, fields: Fields, isPending: IsPending): Promise<Fields> {
    const type = this.#typeOf(name);
    const { update } = type.operations;
    const id = type.key === undefined ? 0 : await this.#idOf(type, key);
    this.#refuseFixedFields(type, fields);
    const { body, waiting } = await this.#bodyOf(type, fields, isPending);
    if (Object.keys(body).length > 0) {
      if (update === undefined) throw new ApplianceError('invalid', `This ${type.noun} cannot be changed.`);
      await this.#call(type, update, { params: { id }, body });
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
    await this.#call(type, destroy, { params: { id } });
    (await this.#namesOf(type.name)).remove(id);
  }

  /** What can be said against fields without a look at the site. References are taken as given. */
  #checkAlone(type: ContractType, fields: Fields): void {
    const operation = type.operations.update ?? type.operations.store;
    const collections = type.collections ?? {};
    const sent: Answer = {};
    for (const [field, value] of Object.entries(fields)) {
      const collection = collections[field];
      if (this.#secretsOf(type).includes(field) && value === KEPT_ON_THE_SERVER) continue;
      if (type.keptSecrets?.includes(field)) {
        const sentence = `Files cannot set this: write "${KEPT_ON_THE_SERVER}" or leave it out.`;
        throw new RequestRefusal(422, '', { [field]: [sentence] });
      }
      if (collection !== undefined) this.#checkEntries(field, collection, value);
      else if (type.parts?.[field] !== undefined) this.#checkBody(type.parts[field].update, value, field);
      else sent[field] = value;
    }
    const [wire, renamed] = placeholders(sent, type.references ?? {});
    if (operation === undefined) return;
    try {
      this.#operations.checked(operation, (type.toRequest ?? same)(wire));
    } catch (error) {
      throw withNames(error, renamed);
    }
  }

  #checkEntries(field: string, collection: Collection, value: Value): void {
    if (!Array.isArray(value)) throw new RequestRefusal(422, '', { [field]: [`${field} must be a list.`] });
    const entryName = collection.references[collection.key]!.as;
    const seen = new Set<string>();
    for (const [index, entry] of (value as readonly Value[]).entries()) {
      const place = `${field}.${index}`;
      const key = isFields(entry) ? entry[entryName] : undefined;
      if (typeof key !== 'string') {
        throw new RequestRefusal(422, '', { [place]: [`Every entry of ${field} names its ${entryName}.`] });
      }
      if (seen.has(key.toLowerCase())) {
        throw new RequestRefusal(422, '', { [place]: [`${key} is there twice.`] });
      }
      seen.add(key.toLowerCase());
      const [wire, renamed] = placeholders(entry as Fields, collection.references);
      const stray = Object.keys(collection.references).find((name) => name in (entry as Fields));
      if (stray !== undefined) {
        throw new RequestRefusal(422, '', { [`${place}.${stray}`]: [`An entry has no field ${stray}.`] });
      }
      try {
        this.#operations.checked(collection.store, wire);
      } catch (error) {
        throw withNames(error, renamed, `${place}.`);
      }
    }
  }

  #checkBody(operation: OperationId, value: Value, field: string): void {
    if (!isFields(value)) throw new RequestRefusal(422, '', { [field]: [`${field} must have fields.`] });
    try {
      this.#operations.checked(operation, structuredClone(value) as Record<string, unknown>);
    } catch (error) {
      throw withNames(error, {}, `${field}.`);
    }
  }

  /** Everything but parts and collections, as a request. Secrets that stay are not in it. */
  async #bodyOf(
    type: ContractType,
    fields: Fields,
    isPending: IsPending,
  ): Promise<{ body: Answer; waiting: Fields }> {
    const own = Object.fromEntries(
      Object.entries(fields).filter(
        ([name]) => type.parts?.[name] === undefined && type.collections?.[name] === undefined,
      ),
    );
    const { sent, waiting } = await this.#withIds(own, type.references ?? {}, isPending);
    return { body: (type.toRequest ?? same)(structuredClone(sent) as Answer), waiting };
  }

  async #setBesides(type: ContractType, id: number, fields: Fields, isPending: IsPending): Promise<Fields> {
    const waiting: Record<string, Value> = {};
    for (const [field, part] of Object.entries(type.parts ?? {})) {
      const value = fields[field];
      if (value === undefined) continue;
      const body = structuredClone(value) as Answer;
      await this.#call(type, part.update, { params: { id }, body }, `${field}.`);
    }
    for (const [field, collection] of Object.entries(type.collections ?? {})) {
      const value = fields[field];
      if (value === undefined) continue;
      const waits = await this.#setEntries(
        type,
        id,
        field,
        collection,
        value as readonly Fields[],
        isPending,
      );
      if (waits) waiting[field] = value;
    }
    return waiting;
  }

  /** Answers whether an entry has to wait for an object that does not exist yet; nothing is changed then. */
  async #setEntries(
    type: ContractType,
    id: number,
    field: string,
    collection: Collection,
    entries: readonly Fields[],
    isPending: IsPending,
  ): Promise<boolean> {
    const { key, index, store, update, destroy } = collection;
    const wanted = new Map<Value, Answer>();
    for (const [place, entry] of entries.entries()) {
      const { sent, waiting } = await this.#withIds(
        entry,
        collection.references,
        isPending,
        `${field}.${place}.`,
      );
      if (Object.keys(waiting).length > 0) return true;
      wanted.set(sent[key]!, sent);
    }
    const present = new Map<Value, Answer>();
    for await (const entry of this.#pages(index, { id })) present.set(entry[key]!, entry);
    for (const member of present.keys()) {
      if (!wanted.has(member)) {
        await this.#call(type, destroy, { params: { id, [key]: member } }, `${field}.`);
      }
    }
    for (const [member, body] of wanted) {
      const before = present.get(member);
      const params = { id, [key]: member };
      const prefix = `${field}.`;
      if (before === undefined) {
        await this.#call(type, store, { params: { id }, body }, prefix, collection.references);
        continue;
      }
      const { [key]: _, ...rest } = body;
      const differs = Object.keys(rest).some(
        (name) => JSON.stringify(rest[name]) !== JSON.stringify(before[name]),
      );
      if (!differs) continue;
      if (update !== undefined) {
        await this.#call(type, update, { params, body: rest }, prefix, collection.references);
        continue;
      }
      await this.#call(type, destroy, { params }, prefix);
      await this.#call(type, store, { params: { id }, body }, prefix, collection.references);
    }
    return false;
  }

  async #fieldsOf(type: ContractType, answer: Answer): Promise<Fields> {
    const references = type.references ?? {};
    const fields: Record<string, Value> = {};
    for (const name of this.#ownNames(type)) {
      const value = answer[name];
      if (value === undefined) continue;
      const reference = references[name];
      if (reference === undefined) fields[name] = value;
      else fields[reference.as] = namedIds(value, reference, await this.#namesOf(reference.type));
    }
    for (const name of this.#secretsOf(type)) {
      if (answer[`${name}_set`] !== false) fields[name] = KEPT_ON_THE_SERVER;
    }
    const id = Number(answer.id ?? 0);
    for (const [field, part] of Object.entries(type.parts ?? {})) {
      fields[field] = (await this.#calls.call(part.show, { params: { id } })) as Value;
    }
    for (const [field, collection] of Object.entries(type.collections ?? {})) {
      fields[field] = await this.#entriesOf(id, collection);
    }
    return (type.toFields ?? same)(fields, answer);
  }

  /** In the order of their names, so that a file only changes where an entry does. */
  async #entriesOf(id: number, collection: Collection): Promise<Value> {
    const entries: Fields[] = [];
    const entryName = collection.references[collection.key]!.as;
    for await (const answer of this.#pages(collection.index, { id })) {
      const fields: Record<string, Value> = {};
      for (const [name, value] of Object.entries(answer)) {
        if (collection.omit?.includes(name)) continue;
        const reference = collection.references[name];
        if (reference === undefined) fields[name] = value;
        else fields[reference.as] = namedIds(value, reference, await this.#namesOf(reference.type));
      }
      entries.push(fields);
    }
    return entries.sort((a, b) => (String(a[entryName]) < String(b[entryName]) ? -1 : 1));
  }

  /** Names become ids. What waits for an object is left out. */
  async #withIds(
    fields: Fields,
    references: References,
    isPending: IsPending,
    prefix = '',
  ): Promise<{ sent: Answer; waiting: Fields }> {
    const sent: Answer = {};
    const waiting: Record<string, Value> = {};
    const byName = new Map(
      Object.entries(references).map(([wire, reference]) => [reference.as, { wire, reference }]),
    );
    for (const [name, value] of Object.entries(fields)) {
      const known = byName.get(name);
      if (known === undefined) {
        sent[name] = value;
        continue;
      }
      const { wire, reference } = known;
      const names = await this.#namesOf(reference.type);
      try {
        sent[wire] = idsOfNames(value, reference, names, this.#typeOf(reference.type).noun, isPending);
      } catch (error) {
        if (!(error instanceof Waiting)) throw withNames(error, {}, prefix);
        waiting[name] = value;
      }
    }
    return { sent, waiting };
  }

  #documentNames(type: ContractType): string[] {
    const own = this.#ownNames(type).map((name) => type.references?.[name]?.as ?? name);
    return [
      ...own,
      ...this.#secretsOf(type),
      ...Object.keys(type.parts ?? {}),
      ...Object.keys(type.collections ?? {}),
    ];
  }

  /** The key first, then the order of the contract. */
  #ownNames(type: ContractType): string[] {
    const answered = this.#operations.answerNames(type.operations.show);
    const kept = this.#requestNames(type).filter(
      (name) => answered.has(name) && name !== 'id' && !type.omit?.includes(name),
    );
    if (type.key === undefined) return kept;
    return [type.key, ...kept.filter((name) => name !== type.key)];
  }

  #secretsOf(type: ContractType): string[] {
    const answered = this.#operations.answerNames(type.operations.show);
    const told = this.#requestNames(type).filter((name) => answered.has(`${name}_set`));
    return [...told, ...(type.keptSecrets ?? [])];
  }

  #requestNames({ operations: { show, store, update } }: ContractType): string[] {
    const asked = [store, update].filter((operation) => operation !== undefined);
    if (asked.length === 0) return [...this.#operations.answerNames(show)];
    return [...new Set(asked.flatMap((operation) => this.#operations.requestNames(operation)))];
  }

  /** Fields that only the request for a new object has. */
  #refuseFixedFields(type: ContractType, fields: Fields): void {
    const { store, update } = type.operations;
    if (store === undefined || update === undefined) return;
    const changeable = this.#operations.requestNames(update);
    const atCreation = this.#operations.requestNames(store).filter((name) => !changeable.includes(name));
    const fixed = atCreation.find((name) => fields[name] !== undefined);
    if (fixed !== undefined) throw invalidField(fixed, `This is fixed when a ${type.noun} is created.`);
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
    yield* this.#pages(index, {});
  }

  async *#pages(
    operation: OperationId,
    params: Record<string, Value>,
  ): AsyncGenerator<Answer, void, undefined> {
    for (let offset = 0; ; offset += PAGE) {
      const query = { [INNER_PAGE]: { limit: PAGE, offset } };
      const page = (await this.#calls.call(operation, { params, query })) as Answer[];
      yield* page;
      if (page.length < PAGE) return;
    }
  }

  async #call(
    type: ContractType,
    operation: OperationId,
    request: { params?: Record<string, Value>; body?: Answer },
    prefix = '',
    references: References = type.references ?? {},
  ): Promise<unknown> {
    try {
      return await this.#calls.call(operation, request);
    } catch (error) {
      const renamed = Object.fromEntries(Object.entries(references).map(([wire, { as }]) => [wire, as]));
      throw withNames(error, renamed, prefix);
    }
  }

  #typeOf(name: string): ContractType {
    const type = this.#types.get(name);
    if (type === undefined) throw new Error(`There is no type ${name}`);
    return type;
  }
}

function same<T>(value: T): T {
  return value;
}

function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A request with some id where a name stands: enough to see whether the rest is well formed. */
function placeholders(fields: Fields, references: References): [Answer, Record<string, string>] {
  const wire = structuredClone(fields) as Answer;
  const renamed: Record<string, string> = {};
  for (const [name, { as, words }] of Object.entries(references)) {
    renamed[name] = as;
    const value = fields[as];
    if (value === undefined) continue;
    delete wire[as];
    const one = (entry: Value): Value => {
      if (entry === null) return null;
      if (typeof entry !== 'string') throw new RequestRefusal(422, '', { [as]: [`${as} must be a name.`] });
      return words?.includes(entry) ? entry : SOME_ID;
    };
    wire[name] = Array.isArray(value) ? [...new Set((value as Value[]).map(one))] : one(value);
    if (wire[name] === null) delete wire[name];
  }
  return [wire, renamed];
}

/** The failure with fields called as files call them. Anything but a refusal is passed on. */
function withNames(error: unknown, renamed: Record<string, string>, prefix = ''): unknown {
  if (!(error instanceof ApplianceError) && !(error instanceof RequestRefusal)) return error;
  const fields: FieldErrors = {};
  for (const [path, sentences] of Object.entries(error.fields ?? {})) {
    const [first = '', ...rest] = path.split('.');
    fields[prefix + [renamed[first] ?? first, ...rest].join('.')] = sentences.map((sentence) =>
      renamed[first] === undefined ? sentence : sentence.replaceAll(first, renamed[first]),
    );
  }
  const named = Object.keys(fields).length > 0;
  const message = named ? Object.values(fields).flat().join(' ') : error.message;
  const code = error instanceof ApplianceError ? error.code : 'invalid';
  return new ApplianceError(code, message, { ...(named && { fields }), cause: error });
}

function refusedField(error: unknown): { fields: FieldErrors | undefined; message: string } {
  if (error instanceof ApplianceError || error instanceof RequestRefusal) {
    return { fields: error.fields, message: error.message };
  }
  throw error;
}
