import type { ValidateFunction } from 'ajv';
import type { FieldErrors } from '../../appliance/errors.ts';
import type { ContractParameter, JsonSchema } from './contract-document.ts';
import { invalidValues, unknownName } from './request-refusal.ts';
import { sentencesOf } from './sentences.ts';
import { textProblem } from './text-problem.ts';
import { compileRequest } from './validators.ts';

/** Clients in the wild send `per_page=1` and `current_page=0`; both mean the nearest value that makes sense. */
const CLAMPED = new Set(['per_page', 'current_page']);
const INTEGER = /^[+-]?\d{1,15}$/;

type Values = Record<string, unknown>;

/** Checks the parameters of one operation and turns their text into the types the contract names. */
export class ParameterCheck {
  readonly #path: Map<string, ContractParameter>;
  readonly #query: Map<string, ContractParameter>;
  readonly #headers: ContractParameter[];
  readonly #validate: { path: ValidateFunction; query: ValidateFunction; header: ValidateFunction };

  constructor(parameters: readonly ContractParameter[]) {
    const of = (place: ContractParameter['in']) => parameters.filter((parameter) => parameter.in === place);
    this.#path = byName(of('path'));
    this.#query = byName(of('query'));
    this.#headers = of('header').map((header) => ({ ...header, name: header.name.toLowerCase() }));
    this.#validate = {
      path: compileRequest(objectOf([...this.#path.values()])),
      query: compileRequest(objectOf([...this.#query.values()])),
      header: compileRequest(objectOf(this.#headers)),
    };
  }

  path(raw: Record<string, string>): Values {
    const values: Values = {};
    for (const name of Object.keys(raw)) {
      const text = decoded(raw[name] ?? '', name);
      refuseUnstorable(text, name);
      values[name] = coerced(text, this.#path.get(name)?.schema ?? {});
    }
    return valid(this.#validate.path, values);
  }

  /** `search` is what follows the `?`, without it. */
  query(search: string): Values {
    const values: Values = {};
    if (search !== '') {
      const unknown: string[] = [];
      const twice: FieldErrors = {};
      for (const [name, text] of new URLSearchParams(search)) {
        const parameter = this.#query.get(name);
        refuseUnstorable(text, parameter === undefined ? 'A parameter' : name);
        if (parameter === undefined) unknown.push(name);
        else if (isList(parameter.schema)) {
          const list = (values[name] ?? []) as unknown[];
          values[name] = list;
          for (const part of text.split(','))
            if (part !== '') list.push(coerced(part, parameter.schema.items ?? {}));
        } else if (name in values) twice[name] = [`${name} may be given once only.`];
        else values[name] = coerced(text, parameter.schema);
      }
      if (unknown.length > 0) throw unknownName('parameter', unknown);
      if (Object.keys(twice).length > 0) throw invalidValues(twice);
      for (const name of CLAMPED) {
        const parameter = this.#query.get(name);
        if (parameter !== undefined && typeof values[name] === 'number') {
          values[name] = clamped(values[name], parameter.schema);
        }
      }
    }
    return valid(this.#validate.query, values);
  }

  header(headers: Record<string, string | string[] | undefined>): Values {
    if (this.#headers.length === 0) return {};
    const values: Values = {};
    for (const { name, schema } of this.#headers) {
      const text = headers[name];
      if (text !== undefined) values[name] = coerced(String(text), schema);
    }
    return valid(this.#validate.header, values);
  }
}

function byName(parameters: ContractParameter[]): Map<string, ContractParameter> {
  return new Map(parameters.map((parameter) => [parameter.name, parameter]));
}

function objectOf(parameters: ContractParameter[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required === true).map(({ name }) => name),
  };
}

function valid(validate: ValidateFunction, values: Values): Values {
  if (!validate(values)) throw invalidValues(sentencesOf(validate.errors ?? []));
  return values;
}

function isList(schema: JsonSchema): boolean {
  return schema.type === 'array';
}

/** Text as the type the schema names; left as text when it is none, for the validator to refuse. */
function coerced(text: string, schema: JsonSchema): unknown {
  const types = [schema.type ?? 'string'].flat();
  if (types.includes('integer') && INTEGER.test(text)) return Number(text);
  if (types.includes('number') && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (types.includes('boolean')) {
    const word = text.toLowerCase();
    if (word === 'true' || word === '1') return true;
    if (word === 'false' || word === '0') return false;
  }
  return text;
}

function clamped(value: number, schema: JsonSchema): number {
  return Math.min(Math.max(value, schema.minimum ?? 1), schema.maximum ?? 2_147_483_647);
}

function decoded(text: string, name: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidValues({ [name]: [`${name} is not valid percent-encoded text.`] });
  }
}

function refuseUnstorable(text: string, name: string): void {
  const problem = textProblem(text);
  if (problem !== undefined) throw invalidValues({ [name]: [`${name} ${problem}.`] });
}
