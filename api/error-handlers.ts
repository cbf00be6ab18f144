import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { ApplianceError } from '../appliance/errors.ts';
import { STATUS } from './error-status.ts';
import { requestIdOf } from './request-log.ts';

export const notFoundHandler: RequestHandler = (_req, res) => {
  res.status(404).json({ message: 'There is nothing at this address.' });
};

/**
 * The last stop of every failed request outside the configuration API and the XML APIs, which answer in their own
 * forms. An unknown failure tells the caller an id only; its cause goes to the log.
 */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (res.headersSent) {
      log.error({ requestId: requestIdOf(res), err: error }, 'failed in the middle of an answer');
      next(error);
      return;
    }
    const known = asApplianceError(error);
    if (known === undefined) {
      log.error({ requestId: requestIdOf(res), err: error }, 'unexpected failure');
      res
        .status(500)
        .json({ message: `Something went wrong here. Quote ${requestIdOf(res)} when you report it.` });
      return;
    }
    if (known.cause !== undefined) log.warn({ requestId: requestIdOf(res), err: known.cause }, known.message);
    res.status(STATUS[known.code]).json({
      ...(known.code === 'unauthenticated' ? { error: 'access_denied' } : {}),
      message: known.message,
      ...(known.fields === undefined ? {} : { errors: known.fields }),
      ...known.facts,
    });
  };
}

/** Body parsers throw plain errors with a status of their own; 4xx ones are the caller's mistake. */
function asApplianceError(error: unknown): ApplianceError | undefined {
  if (error instanceof ApplianceError) return error;
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new ApplianceError(
      'invalid',
      status === 413 ? 'The request body is too large.' : 'The request could not be read.',
    );
  }
  return undefined;
}
