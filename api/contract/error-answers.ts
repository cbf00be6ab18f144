import type { Response } from 'express';
import type { Logger } from 'pino';
import { ApplianceError, type ErrorCode } from '../../appliance/errors.ts';
import { requestIdOf } from '../request-log.ts';
import type { ContractOperation } from './contract-document.ts';
import { RequestRefusal } from './request-refusal.ts';

/** The published contract knows no 409: a duplicate is invalid data with the field named. */
const STATUS: Record<ErrorCode, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 422,
  precondition_failed: 412,
  rate_limited: 429,
  unavailable: 503,
  not_implemented: 501,
};

/** Answers a failed call of the configuration API in the form its clients read: `message`, then `errors` by field. */
export function answerError(
  error: unknown,
  res: Response,
  log: Logger,
  operation?: ContractOperation | undefined,
): void {
  const requestId = requestIdOf(res);
  if (res.headersSent) {
    log.error({ requestId, err: error }, 'failed in the middle of an answer');
    res.destroy();
    return;
  }
  unwrap(res);
  if (error instanceof RequestRefusal) {
    // What is left of a refused body is not read: the connection cannot carry another request.
    if (error.status === 413) res.set('Connection', 'close');
    send(res, error.status, { message: error.message, ...(error.fields && { errors: error.fields }) });
    return;
  }
  if (error instanceof ApplianceError) {
    if (error.cause !== undefined) log.info({ requestId, err: error.cause }, error.message);
    send(res, statusOf(error, operation), {
      ...(error.code === 'unauthenticated' && { error: 'access_denied' }),
      message: error.message,
      ...(error.fields && { errors: error.fields }),
      ...error.facts,
    });
    return;
  }
  log.error({ requestId, err: error }, 'unexpected failure');
  send(res, 500, { message: `Something went wrong here. Quote ${requestId} when you report it.` });
}

/** Operations of ours that name 409 mean a wrong state by it; a duplicate is 422 everywhere. */
function statusOf(error: ApplianceError, operation: ContractOperation | undefined): number {
  const isState = error.code === 'conflict' && error.fields === undefined;
  return isState && operation?.answers['409'] !== undefined ? 409 : STATUS[error.code];
}

/** Takes off what response checking put on, and what a half-built answer left behind. */
function unwrap(res: Response): void {
  const own = res as Partial<Pick<Response, 'json' | 'writeHead'>>;
  if (Object.hasOwn(res, 'json')) delete own.json;
  if (Object.hasOwn(res, 'writeHead')) delete own.writeHead;
  for (const header of [
    'Content-Type',
    'Content-Length',
    'Content-Disposition',
    'ETag',
    'Location',
    'Link',
  ]) {
    res.removeHeader(header);
  }
}

function send(res: Response, status: number, body: Record<string, unknown>): void {
  res.status(status).json(body);
}
