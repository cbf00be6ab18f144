import express, { type Express, type RequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { type AccessGate, installAccessGate } from './access/access-gate.ts';
import { errorHandler, notFoundHandler } from './error-handlers.ts';
import type { TrustedProxies } from './http/client-address.ts';
import { requestLog } from './request-log.ts';

/** What the edge is made of. Order matters: each part is mounted as it stands here. */
export interface EdgeParts {
  log: Logger;
  metrics: Registry;
  /** Tells who calls; every route declares whom it lets in. */
  gate: AccessGate;
  /** Whose X-Forwarded-* headers are believed. */
  trustsProxy: TrustedProxies;
  /** Answers health, readiness and metrics before Host checks and sign-in, so that probes by address work. */
  probes: Router;
  /** Host check, security headers, client address: what every other request passes. */
  guards: RequestHandler[];
  /** Routers with their own paths: oauth, REST, XML, scripting, sign-in, static UI. */
  routers: Router[];
}

/** The HTTP application: one request log, the probes, the guards, the routers, one error handler. */
export function createApp(parts: EdgeParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('trust proxy', parts.trustsProxy);
  installAccessGate(app, parts.gate);
  app.use(requestLog(parts.log, parts.metrics));
  app.use(parts.probes);
  for (const guard of parts.guards) app.use(guard);
  for (const router of parts.routers) app.use(router);
  app.use(notFoundHandler);
  app.use(errorHandler(parts.log));
  return app;
}
