import type { Response } from 'express';
import type { UserRight } from '../../appliance/access/user-settings.ts';
import type { Actor, SystemActor } from '../../appliance/actor.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { actFor } from '../access/access-gate.ts';
import { type AccessWord, refusalOf } from '../access/access-word.ts';
import { BodyCheck } from './body-check.ts';
import type { ContractDocument, ContractOperation, JsonSchema } from './contract-document.ts';
import type { Handlers, OperationId } from './handlers.ts';
import { folded, namesOf, requestSchema } from './request-schema.ts';

export interface InnerRequest {
  params?: Record<string, unknown>;
  query?: object;
  /** It is checked and altered like the body of a request from outside. */
  body?: Record<string, unknown>;
}

type LooseHandler = (req: never, res: Response) => Promise<void> | void;

/** The operations of a contract as this process calls them itself. Built once; checks are compiled when first used. */
export class InnerOperations {
  readonly #document: ContractDocument;
  readonly #operations: Map<string, ContractOperation>;
  readonly #checks = new Map<string, BodyCheck>();
  readonly #requestNames = new Map<string, readonly string[]>();
  readonly #answerNames = new Map<string, ReadonlySet<string>>();

  constructor(document: ContractDocument) {
    this.#document = document;
    this.#operations = new Map(document.operations.map((operation) => [operation.operationId, operation]));
  }

  /** Throws for an operation that the contract does not have. */
  operation(id: OperationId): ContractOperation {
    const operation = this.#operations.get(id);
    if (operation === undefined) throw new Error(`The contract has no operation ${id}`);
    return operation;
  }

  /** Why the actor may not call the operation; undefined when it may. The service may still refuse. */
  refusal(id: OperationId, actor: Actor): string | undefined {
    const { access, right } = this.operation(id);
    return refusalOf(access as AccessWord, actor, right as UserRight | undefined);
  }

  /** Holds a body against the contract. Fails with `RequestRefusal`. */
  checked(id: OperationId, body: Record<string, unknown>): unknown {
    let check = this.#checks.get(id);
    if (check === undefined) {
      check = new BodyCheck(this.#document, this.operation(id));
      this.#checks.set(id, check);
    }
    return check.check(body);
  }

  /** Names that a request may set, in the order of the contract. */
  requestNames(id: OperationId): readonly string[] {
    return remembered(this.#requestNames, id, () => [
      ...namesOf(requestSchema(this.#schemaOf(this.operation(id).body?.content), false)),
    ]);
  }

  /** Names of the object that is answered, or of the objects of the list. */
  answerNames(id: OperationId): ReadonlySet<string> {
    return remembered(this.#answerNames, id, () => {
      const { answers } = this.operation(id);
      const schema = folded(this.#schemaOf((answers['200'] ?? answers['201'])?.content));
      return namesOf(schema.items ?? schema);
    });
  }

  #schemaOf(content: ContractOperation['answers'][string]['content']): JsonSchema {
    return this.#document.resolve(content?.['application/json']?.schema ?? {});
  }
}

function remembered<T>(known: Map<string, T>, name: string, make: () => T): T {
  const value = known.get(name) ?? make();
  known.set(name, value);
  return value;
}

/**
 * Calls operations of the contract without HTTP in between: access word, body check, handler and service are those of
 * every other caller, so that nothing is allowed here that is refused there.
 */
export class InnerCalls {
  readonly #operations: InnerOperations;
  readonly #handlers: Partial<Handlers>;
  readonly #actor: Exclude<Actor, SystemActor>;

  constructor(operations: InnerOperations, handlers: Partial<Handlers>, actor: Exclude<Actor, SystemActor>) {
    this.#operations = operations;
    this.#handlers = handlers;
    this.#actor = actor;
  }

  /** Answers the body of the answer. Fails as the operation does. */
  async call(id: OperationId, request: InnerRequest = {}): Promise<unknown> {
    const refusal = this.#operations.refusal(id, this.#actor);
    if (refusal !== undefined) throw new ApplianceError('forbidden', refusal);
    const handler = this.#handlers[id] as LooseHandler | undefined;
    if (handler === undefined) throw new Error(`Nothing serves ${id} here`);
    const { method } = this.#operations.operation(id);
    const body = request.body === undefined ? undefined : this.#operations.checked(id, request.body);
    const { params = {}, query = {} } = request;
    const req = { method, originalUrl: '/', headers: {}, params, query, body };
    actFor(req as never, this.#actor);
    const answer = new InnerAnswer();
    await handler(req as never, answer as unknown as Response);
    return answer.body;
  }
}

/** As much of an answer as handlers of JSON operations use. */
class InnerAnswer {
  readonly locals: Record<string, unknown> = {};
  body: unknown;

  status(): this {
    return this;
  }

  location(): this {
    return this;
  }

  setHeader(): this {
    return this;
  }

  set(): this {
    return this;
  }

  json(body: unknown): this {
    this.body = body;
    return this;
  }

  end(): this {
    return this;
  }
}
