import { randomUUID } from 'node:crypto';
import type { Actor } from '../../appliance/actor.ts';
import { isObject } from '../../appliance/directory/scim-document.ts';
import { scimProblem } from '../../appliance/directory/scim-problem.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { errorBody, type ScimErrorBody, scimError } from './scim-answer.ts';
import { memberOf, revisionsOf } from './scim-request.ts';
import { versionOf } from './scim-resource.ts';
import type { Json, ScimAnswer, ScimResources } from './scim-resources.ts';

export const MOST_BULK_OPERATIONS = 1000;
export const MOST_BULK_BYTES = 1_048_576;
const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const DEEPEST_DATA = 30;

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const METHODS: readonly string[] = ['POST', 'PUT', 'PATCH', 'DELETE'] satisfies Method[];

interface Operation {
  method: Method;
  bulkId: string | undefined;
  resources: ScimResources;
  /** Undefined for POST. */
  id: string | undefined;
  data: unknown;
  version: unknown;
  /** Names of the operations whose ids this one speaks of. */
  needs: ReadonlySet<string>;
}

export interface BulkParts {
  byPath: Readonly<Record<string, ScimResources>>;
  actor: Actor;
  base: string;
  /** Hears of failures of our own, which the answer tells as a 500 of that operation. */
  onFailure(error: unknown): void;
}

/**
 * Carries out a bulk request (RFC 7644, section 3.7). Each operation is a change of its own, and is carried out when the
 * ids it speaks of are known, whatever the order they were sent in. People who refer to each other in a circle (managers)
 * get their ids beforehand; other circles are refused with 409. After `failOnErrors` failures the rest is left undone.
 */
export async function bulkAnswer(parts: BulkParts, body: unknown): Promise<Json> {
  const requests = operationsOf(body);
  const failOnErrors = failuresAllowed(body);
  const run = new BulkRun(parts, requests);
  let failures = 0;
  for (let next = run.next(); next !== undefined; next = run.next()) {
    if (!(await run.carryOut(next))) failures += 1;
    if (failOnErrors > 0 && failures >= failOnErrors) break;
  }
  return { schemas: [BULK_RESPONSE], Operations: run.answers() };
}

class BulkRun {
  readonly #parts: BulkParts;
  readonly #requests: readonly unknown[];
  readonly #operations: (Operation | ScimErrorBody)[];
  readonly #results: (Json | undefined)[];
  /** What the resource of each bulkId is called; undefined once it has failed. */
  readonly #ids = new Map<string, string | undefined>();
  readonly #idsBeforehand = new Map<string, string>();

  constructor(parts: BulkParts, requests: readonly unknown[]) {
    this.#parts = parts;
    this.#requests = requests;
    this.#operations = requests.map((one) => {
      try {
        return readOperation(one, parts.byPath);
      } catch (error) {
        return this.#bodyOf(error);
      }
    });
    this.#results = requests.map(() => undefined);
    for (const operation of this.#operations) {
      if ('detail' in operation || operation.method !== 'POST' || operation.bulkId === undefined) continue;
      if (this.#idsBeforehand.has(operation.bulkId)) {
        throw scimProblem('invalidValue', `The bulkId ${operation.bulkId} stands twice.`);
      }
      this.#idsBeforehand.set(operation.bulkId, randomUUID());
    }
  }

  /** The first operation that can be carried out; of a circle, the first person in it. */
  next(): number | undefined {
    const open = this.#operations
      .map((_, place) => place)
      .filter((place) => this.#results[place] === undefined);
    const isReady = (place: number) => this.#waitsFor(place).length === 0;
    const isPersonInCircle = (place: number) => {
      const operation = this.#operations[place]!;
      return !('detail' in operation) && operation.resources.type === 'User';
    };
    return open.find(isReady) ?? open.find(isPersonInCircle) ?? open[0];
  }

  /** Whether it succeeded. */
  async carryOut(place: number): Promise<boolean> {
    const operation = this.#operations[place]!;
    const waits = this.#waitsFor(place);
    if ('detail' in operation) return this.#fail(place, operation);
    if (waits.length > 0 && operation.resources.type !== 'User') {
      const circle = `The references of this operation go in a circle: ${waits.join(', ')}.`;
      return this.#fail(place, errorBody(409, circle));
    }
    try {
      const answer = await this.#call(operation);
      if (operation.bulkId !== undefined && answer !== undefined) {
        this.#ids.set(operation.bulkId, String(answer.resource.id));
      }
      this.#succeed(place, operation, answer);
      return true;
    } catch (error) {
      return this.#fail(place, this.#bodyOf(error));
    }
  }

  /** In the order of the request. */
  answers(): Json[] {
    return this.#results.filter((result) => result !== undefined);
  }

  #waitsFor(place: number): string[] {
    const operation = this.#operations[place]!;
    if ('detail' in operation) return [];
    return [...operation.needs].filter((id) => this.#idsBeforehand.has(id) && !this.#ids.has(id));
  }

  async #call({ method, bulkId, resources, id, data, version }: Operation): Promise<ScimAnswer | undefined> {
    const { actor, base } = this.#parts;
    const wanted = revisionsOf(version);
    const resolved = this.#resolved(data);
    if (id === undefined) {
      return await resources.create(actor, resolved, base, this.#idsBeforehand.get(bulkId ?? ''));
    }
    const realId = String(this.#resolved(id));
    if (method === 'PUT') return await resources.replace(actor, realId, resolved, base, wanted);
    if (method === 'PATCH') return await resources.patch(actor, realId, resolved, base, wanted);
    await resources.delete(actor, realId, wanted);
    return undefined;
  }

  /** The same with ids for references. */
  #resolved(value: unknown): unknown {
    if (typeof value === 'string' && value.startsWith('bulkId:'))
      return this.#idOf(value.slice('bulkId:'.length));
    if (Array.isArray(value)) return value.map((one) => this.#resolved(one));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.#resolved(one)]));
  }

  #idOf(bulkId: string): string {
    const id = this.#ids.has(bulkId) ? this.#ids.get(bulkId) : this.#idsBeforehand.get(bulkId);
    if (id !== undefined) return id;
    const why = this.#ids.has(bulkId) ? 'was not created' : 'is in no operation of this request';
    throw new ApplianceError('conflict', `The resource with the bulkId ${bulkId} ${why}.`, {
      facts: { scimType: null },
    });
  }

  #succeed(place: number, operation: Operation, answer: ScimAnswer | undefined): void {
    const { method, bulkId, resources, id } = operation;
    const location =
      answer?.location ?? `${this.#parts.base}/${resources.type}s/${String(this.#resolved(id))}`;
    this.#results[place] = {
      method,
      ...(bulkId !== undefined && { bulkId }),
      location,
      ...(answer !== undefined && { version: versionOf(answer) }),
      status: method === 'POST' ? '201' : method === 'DELETE' ? '204' : '200',
    };
  }

  #fail(place: number, error: ScimErrorBody): false {
    const request = this.#requests[place];
    const operation = this.#operations[place]!;
    const method = memberOf(request, 'method');
    const bulkId = memberOf(request, 'bulkId');
    if (!('detail' in operation) && operation.method === 'POST' && operation.bulkId !== undefined) {
      this.#ids.set(operation.bulkId, undefined);
    }
    const location =
      !('detail' in operation) && operation.id !== undefined && !operation.id.startsWith('bulkId:');
    this.#results[place] = {
      ...(typeof method === 'string' && { method }),
      ...(typeof bulkId === 'string' && { bulkId }),
      ...(location && { location: `${this.#parts.base}/${operation.resources.type}s/${operation.id}` }),
      status: error.status,
      response: error,
    };
    return false;
  }

  #bodyOf(error: unknown): ScimErrorBody {
    const known = scimError(error);
    if (known !== undefined) return known;
    this.#parts.onFailure(error);
    return errorBody(500, 'Something went wrong here. The log of the appliance tells more.');
  }
}

function operationsOf(body: unknown): readonly unknown[] {
  const operations = memberOf(body, 'Operations');
  if (!Array.isArray(operations)) throw scimProblem('invalidSyntax', 'Operations should be a list.');
  if (operations.length > MOST_BULK_OPERATIONS) {
    throw Object.assign(new Error('too many operations'), { status: 413 });
  }
  return operations;
}

/** 0: as many as there are. */
function failuresAllowed(body: unknown): number {
  const value = memberOf(body, 'failOnErrors');
  if (value === undefined || value === null) return 0;
  if (!Number.isInteger(value) || (value as number) < 0) {
    throw scimProblem('invalidValue', 'failOnErrors should be a whole number.');
  }
  return value as number;
}

function readOperation(request: unknown, byPath: Readonly<Record<string, ScimResources>>): Operation {
  const method = String(memberOf(request, 'method') ?? '').toUpperCase();
  if (!METHODS.includes(method))
    throw scimProblem('invalidSyntax', `method should be one of ${METHODS.join(', ')}.`);
  const path = String(memberOf(request, 'path') ?? '');
  const [, collection = '', id] = /^\/?(?:v2\/)?([A-Za-z]+)(?:\/([^/?#]+))?$/.exec(path) ?? [];
  const resources = byPath[collection.toLowerCase()];
  if (resources === undefined)
    throw scimProblem('invalidPath', 'path should be /Users, /Groups or one of these with an id.');
  const bulkId = memberOf(request, 'bulkId');
  const isPost = method === 'POST';
  if (isPost && id !== undefined) throw scimProblem('invalidPath', 'A POST has a path without an id.');
  if (!isPost && id === undefined) throw scimProblem('invalidPath', `A ${method} has a path with an id.`);
  if (isPost && (typeof bulkId !== 'string' || bulkId === '')) {
    throw scimProblem('invalidValue', 'A POST needs a bulkId.');
  }
  const data = memberOf(request, 'data');
  const needs = new Set<string>();
  collectReferences([data, id], needs, 0);
  return {
    method: method as Method,
    bulkId: typeof bulkId === 'string' ? bulkId : undefined,
    resources,
    id,
    data,
    version: memberOf(request, 'version'),
    needs,
  };
}

function collectReferences(value: unknown, into: Set<string>, depth: number): void {
  if (depth > DEEPEST_DATA) throw scimProblem('invalidSyntax', 'The data is nested too deeply.');
  if (typeof value === 'string' && value.startsWith('bulkId:')) into.add(value.slice('bulkId:'.length));
  else if (Array.isArray(value)) for (const one of value) collectReferences(one, into, depth + 1);
  else if (isObject(value)) for (const one of Object.values(value)) collectReferences(one, into, depth + 1);
}
