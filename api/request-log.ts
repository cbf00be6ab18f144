import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';

/** The id of a request: in every log line about it, in the `X-Request-Id` answer header and in opaque errors. */
export function requestIdOf(res: Response): string {
  return String(res.locals['requestId'] ?? '');
}

/**
 * One line per finished request: method, path, status, milliseconds. Never the query string (legacy callers put
 * passwords there) and never the path after /relay/ (a ticket is a credential).
 */
export function requestLog(log: Logger, metrics: Registry): RequestHandler {
  const seconds = new Histogram({
    name: 'bridgehead_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labelNames: ['method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [metrics],
  });
  return (req, res, next) => {
    const started = performance.now();
    const requestId = randomUUID();
    res.locals['requestId'] = requestId;
    res.setHeader('X-Request-Id', requestId);
    res.once('close', () => {
      const milliseconds = performance.now() - started;
      seconds.observe({ method: req.method, status: res.statusCode }, milliseconds / 1000);
      const line = {
        requestId,
        method: req.method,
        path: loggedPath(req),
        status: res.statusCode,
        ms: Math.round(milliseconds),
      };
      if (res.writableFinished) log.info(line, 'request');
      else log.info({ ...line, aborted: true }, 'request aborted by the caller');
    });
    next();
  };
}

function loggedPath(req: Request): string {
  const path = req.originalUrl.split('?', 1)[0] ?? '';
  return path.startsWith('/relay/') ? '/relay/…' : path;
}
