import type { Request, Response } from 'express';
import type { operations } from '../generated/openapi.ts';

export type OperationId = keyof operations;

type ParametersOf<O extends OperationId> = operations[O]['parameters'];
type Given<T> = [T] extends [never] ? Record<string, never> : NonNullable<T>;
type PathOf<O extends OperationId> =
  ParametersOf<O> extends { path?: infer P } ? Given<P> : Record<string, never>;
type QueryOf<O extends OperationId> =
  ParametersOf<O> extends { query?: infer Q } ? Given<Q> : Record<string, never>;
type JsonBodyOf<O extends OperationId> = operations[O] extends {
  requestBody?: { content: { 'application/json': infer B } };
}
  ? B
  : undefined;
/** A change request names only what it changes. */
export type BodyOf<O extends OperationId> = O extends `${string}.update`
  ? Partial<JsonBodyOf<O>>
  : JsonBodyOf<O>;

type JsonOf<A> = A extends { content: { 'application/json': infer B } } ? B : never;
/** What an operation answers with a status, e.g. `AnswerOf<'api.config.jump-group.show', 200>`. */
export type AnswerOf<O extends OperationId, S extends number> = operations[O] extends { responses: infer R }
  ? S extends keyof R
    ? JsonOf<R[S]>
    : never
  : never;

/** A checked request: parameters have the types of the contract, the body fits its schema. */
export type ContractRequest<O extends OperationId> = Request<PathOf<O>, unknown, BodyOf<O>, QueryOf<O>>;

export type Handler<O extends OperationId> = (req: ContractRequest<O>, res: Response) => Promise<void> | void;

/** Operation to what serves it. A rejected promise reaches the error answers by itself. */
export type Handlers = { [O in OperationId]: Handler<O> };
