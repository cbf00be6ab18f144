import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { BodyCheck } from './body-check.ts';
import type { ContractDocument, ContractOperation } from './contract-document.ts';
import { answerError } from './error-answers.ts';
import { ParameterCheck } from './parameter-check.ts';
import { PathTree } from './path-tree.ts';
import { RequestRefusal } from './request-refusal.ts';
import { ResponseCheck } from './response-check.ts';

type AnyHandler = (req: never, res: Response) => Promise<void> | void;
/** Lets the request pass by calling `next`, or ends it by throwing. */
type Guard = (req: Request, res: Response, next: NextFunction) => void | Promise<void>;

export interface ContractRouterOptions {
  document: ContractDocument;
  /** By operationId. */
  handlers: Record<string, AnyHandler | undefined>;
  /** The guard for an operation's `x-access` word. Asked once per operation. */
  gate: (operation: ContractOperation) => Guard;
  /** Where the contract's paths hang, e.g. `/api/config/v1`. */
  basePath: string;
  /** Scheme, host and port of absolute links, without a slash at the end. */
  publicUrl: string;
  log: Logger;
  /** Hears of every failed call of an operation before it is answered. */
  onFailure?: (error: unknown, req: Request, operation: ContractOperation) => Promise<void>;
  /** Hold every answer against the contract; one that does not fit becomes a 500. For tests. */
  validateResponses?: boolean;
}

interface Served {
  operation: ContractOperation;
  guard: Guard;
  handler: AnyHandler | undefined;
  /** Compiled when the operation is first called. */
  checks: { parameters: ParameterCheck; body: BodyCheck; response: ResponseCheck } | undefined;
}

interface Place {
  methods: Map<string, Served>;
  /** As `Allow` wants it: no spaces. */
  allow: string;
}

/**
 * Serves the contract: finds the operation in a tree of path segments (so the cost does not grow with their number),
 * lets the gate decide, checks the request, calls the handler, and answers failures as the contract describes them.
 * Paths that the contract does not know fall through.
 */
export function contractRouter(options: ContractRouterOptions): Router {
  const unserved = unservedOperations(options.document, options.handlers);
  if (unserved.length > 0) options.log.warn({ unserved }, 'operations of the contract that nobody serves');
  const tree = new PathTree<Place>();
  for (const operation of options.document.operations) {
    const place = tree.at(operation.path, () => ({ methods: new Map(), allow: '' }));
    place.methods.set(operation.method, {
      operation,
      guard: options.gate(operation),
      handler: options.handlers[operation.operationId],
      checks: undefined,
    });
    place.allow = allowOf(place.methods);
  }
  const serve: RequestHandler = async (req, res, next) => {
    const [path = '', search = ''] = splitUrl(req.url);
    const match = tree.find(path);
    if (match === undefined) {
      next();
      return;
    }
    let served: Served | undefined;
    try {
      served = operationFor(match.value, req, res);
      if (served !== undefined) await answer(options, served, match.parameters, search, req, res);
    } catch (error) {
      if (served !== undefined) await tellFailure(options, error, req, served.operation);
      answerError(error, res, options.log, served?.operation);
    }
  };
  const router = Router();
  router.use(options.basePath, serve);
  return router;
}

/** What `onFailure` itself fails with is logged: the caller gets the answer to the call. */
async function tellFailure(
  { onFailure, log }: ContractRouterOptions,
  error: unknown,
  req: Request,
  operation: ContractOperation,
): Promise<void> {
  try {
    await onFailure?.(error, req, operation);
  } catch (err) {
    log.error({ err, operation: operation.operationId }, 'a failed call could not be told');
  }
}

/** Operations nobody serves: they answer 501. */
export function unservedOperations(document: ContractDocument, handlers: Record<string, unknown>): string[] {
  return document.operations
    .map(({ operationId }) => operationId)
    .filter((operationId) => handlers[operationId] === undefined);
}

function splitUrl(url: string): [string, string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

function allowOf(methods: Map<string, unknown>): string {
  const order = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
  return order.filter((method) => methods.has(method === 'HEAD' ? 'GET' : method)).join(',');
}

function operationFor(place: Place, req: Request, res: Response): Served | undefined {
  if (req.method === 'OPTIONS') {
    res.status(200).set('Allow', place.allow).end();
    return undefined;
  }
  const served = place.methods.get(req.method === 'HEAD' ? 'GET' : req.method);
  if (served === undefined) {
    res.set('Allow', place.allow);
    throw new RequestRefusal(405, `${req.method} is not offered here. Allowed: ${place.allow}.`);
  }
  return served;
}

async function answer(
  options: ContractRouterOptions,
  served: Served,
  pathParameters: Record<string, string>,
  search: string,
  req: Request,
  res: Response,
): Promise<void> {
  if (!(await passes(served.guard, req, res))) return;
  const { operation, handler } = served;
  if (handler === undefined) {
    throw new RequestRefusal(
      501,
      `${operation.operationId} is in the contract but this server does not offer it.`,
    );
  }
  served.checks ??= {
    parameters: new ParameterCheck(operation.parameters),
    body: new BodyCheck(options.document, operation),
    response: new ResponseCheck(options.document, operation),
  };
  const { parameters, body, response } = served.checks;
  const query = parameters.query(search);
  parameters.header(req.headers);
  Object.defineProperty(req, 'query', { value: query, configurable: true, enumerable: true });
  req.params = parameters.path(pathParameters) as typeof req.params;
  if (operation.body !== undefined) req.body = await body.read(req);
  res.locals.publicUrl = options.publicUrl;
  res.locals.basePath = options.basePath;
  res.json = sendCompactJson;
  if (options.validateResponses === true) response.attach(res);
  await handler(req as never, res);
}

/** What `res.json` of Express does for a plain object, without looking at types and charsets it cannot have. */
function sendCompactJson(this: Response, body?: unknown): Response {
  const text = JSON.stringify(body) ?? 'null';
  this.setHeader('Content-Type', 'application/json; charset=utf-8');
  this.setHeader('Content-Length', Buffer.byteLength(text));
  return this.end(this.req.method === 'HEAD' ? undefined : text);
}

/** Runs the guard and tells whether it let the request pass; a guard that answered by itself did not. */
async function passes(guard: Guard, req: Request, res: Response): Promise<boolean> {
  let passed = false;
  await guard(req, res, (error?: unknown) => {
    if (error !== undefined) throw error;
    passed = true;
  });
  return passed;
}
