import {
  environmentVariableIn,
  type Fields,
  KEPT_ON_THE_SERVER,
  type Value,
} from '../../../appliance/configuration/configuration-document.ts';
import { entryNameOf } from '../../../appliance/configuration/field-changes.ts';
import { ApplianceError } from '../../../appliance/errors.ts';
import type { InnerOperations } from '../../contract/inner-calls.ts';
import { RequestRefusal } from '../../contract/request-refusal.ts';
import type { Answer, Collection, ContractType, Part } from './contract-type.ts';
import { isFields, refusedField, withFileNames, withPlaceholders } from './field-names.ts';
import type { TypeFields } from './type-fields.ts';

interface Problem {
  field: string;
  message: string;
}

/** What can be said against a document without a look at the site: references are taken as given. */
export class DocumentCheck {
  readonly #operations: InnerOperations;

  constructor(operations: InnerOperations) {
    this.#operations = operations;
  }

  problems(type: ContractType, known: TypeFields, fields: Fields): Problem[] {
    const names = new Set(known.names());
    const unknown = Object.keys(fields).filter((field) => !names.has(field));
    if (unknown.length > 0) {
      return unknown.map((field) => ({ field, message: `A ${type.noun} has no field ${field}.` }));
    }
    const problems: Problem[] = [];
    const sent: Record<string, Value> = {};
    for (const [field, value] of Object.entries(fields)) {
      const { [field]: part } = type.parts ?? {};
      const { [field]: collection } = type.collections ?? {};
      if (known.secrets.includes(field)) {
        if (value === KEPT_ON_THE_SERVER) continue;
        const variable = environmentVariableIn(value);
        if (variable !== undefined) {
          // Of a secret that only a new object gets nobody needs to know it later.
          if (type.firstSecrets?.[field] !== undefined) continue;
          problems.push({ field, message: `There is no ${variable} in the environment of bh.` });
          continue;
        }
        if (type.keptSecrets?.includes(field)) {
          const message = `Files cannot set this: write "${KEPT_ON_THE_SERVER}" or leave it out.`;
          problems.push({ field, message });
          continue;
        }
      }
      if (collection !== undefined)
        problems.push(...this.#found(() => this.#checkEntries(field, collection, value)));
      else if (part !== undefined) problems.push(...this.#found(() => this.#checkPart(field, part, value)));
      else sent[field] = value;
    }
    problems.push(...this.#found(() => this.#checkBody(type, sent)));
    return problems;
  }

  #found(check: () => void): Problem[] {
    try {
      check();
      return [];
    } catch (error) {
      if (!(error instanceof ApplianceError) && !(error instanceof RequestRefusal)) throw error;
      if (error.fields === undefined) return [{ field: '', message: error.message }];
      return Object.entries(error.fields).map(([field, sentences]) => ({
        field,
        message: sentences.join(' '),
      }));
    }
  }

  #checkBody(type: ContractType, sent: Fields): void {
    const { update, store } = type.operations;
    const operation = update ?? store;
    if (operation === undefined) return;
    const references = type.references ?? {};
    try {
      const body = withPlaceholders(sent, references);
      this.#operations.checked(operation, type.toRequest === undefined ? body : type.toRequest(body));
    } catch (error) {
      throw withFileNames(error, references);
    }
  }

  #checkPart(field: string, part: Part, value: Value): void {
    const references = part.references ?? {};
    try {
      const flat = part.fromFile === undefined ? value : part.fromFile(value);
      if (part.toRequest === undefined && !isFields(flat))
        throw refusedField('', `${field} must have fields.`);
      const wire = isFields(flat) ? withPlaceholders(flat, references) : flat;
      const body = part.toRequest === undefined ? (wire as Answer) : part.toRequest(wire, value);
      this.#operations.checked(part.update, structuredClone(body));
    } catch (error) {
      throw withFileNames(error, references, isFields(value) ? `${field}.` : '');
    }
  }

  #checkEntries(field: string, collection: Collection, value: Value): void {
    if (!Array.isArray(value)) throw refusedField(field, `${field} must be a list.`);
    const { key, references, store } = collection;
    const entryName = key === undefined ? '' : references[key]!.as;
    const seen = new Set<string>();
    for (const [index, entry] of (value as readonly Value[]).entries()) {
      const place = `${field}.${index}`;
      if (!isFields(entry) || (key !== undefined && typeof entry[entryName] !== 'string')) {
        throw refusedField(place, `Every entry of ${field} names its ${entryName || 'fields'}.`);
      }
      const name = entryNameOf(entry, entryName);
      if (seen.has(name)) throw refusedField(place, `${name} is there twice.`);
      seen.add(name);
      const stray = Object.keys(references).find((wire) => wire in entry);
      if (stray !== undefined) throw refusedField(`${place}.${stray}`, `An entry has no field ${stray}.`);
      try {
        this.#operations.checked(store, withPlaceholders(entry, references));
      } catch (error) {
        throw withFileNames(error, references, `${place}.`);
      }
    }
  }
}
