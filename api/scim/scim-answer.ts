import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ApplianceError } from '../../appliance/errors.ts';
import { setRetryAfter } from '../access/retry-after.ts';
import { STATUS } from '../error-status.ts';
import { requestIdOf } from '../request-log.ts';

export const LIST_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const ERROR_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:Error';

export interface ScimErrorBody {
  schemas: [typeof ERROR_SCHEMA];
  status: string;
  scimType?: string;
  detail: string;
}

export function sendScim(res: Response, status: number, body: object): void {
  res.status(status);
  res.setHeader('Content-Type', 'application/scim+json; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  res.end(JSON.stringify(body));
}

/** What a failure looks like (RFC 7644, section 3.12); undefined for failures of our own. */
export function scimError(error: unknown): ScimErrorBody | undefined {
  if (error instanceof ApplianceError) {
    const { code, message, facts } = error;
    const scimType = facts?.scimType ?? (code === 'conflict' ? 'uniqueness' : undefined);
    // A request that is wrong is 400 here, whatever it is elsewhere.
    const status = code === 'invalid' ? 400 : STATUS[code];
    return errorBody(status, message, typeof scimType === 'string' ? scimType : undefined);
  }
  // Body parsers throw plain errors with a status of their own.
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  if (status === 413) return errorBody(413, 'The request body is larger than this API takes.');
  if (type === 'entity.parse.failed') return errorBody(400, 'The request body is not JSON.', 'invalidSyntax');
  return errorBody(status, 'The request could not be read.', 'invalidSyntax');
}

export function errorBody(status: number, detail: string, scimType?: string): ScimErrorBody {
  return {
    schemas: [ERROR_SCHEMA],
    status: String(status),
    ...(scimType !== undefined && { scimType }),
    detail,
  };
}

/** The last stop of failed SCIM requests. An unknown failure tells an id only; its cause goes to the log. */
export function scimErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    const known = scimError(error);
    if (known === undefined) {
      log.error({ requestId: requestIdOf(res), err: error }, 'unexpected failure of a SCIM request');
      const detail = `Something went wrong here. Quote ${requestIdOf(res)} when you report it.`;
      return sendScim(res, 500, errorBody(500, detail));
    }
    if (error instanceof ApplianceError) {
      setRetryAfter(error, res);
      if (error.cause !== undefined)
        log.warn({ requestId: requestIdOf(res), err: error.cause }, error.message);
    }
    sendScim(res, Number(known.status), known);
  };
}
