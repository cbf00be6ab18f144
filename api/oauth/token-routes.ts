import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import type { TokenIssuer } from '../../appliance/access/token-issuer.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { setRetryAfter } from '../access/retry-after.ts';
import { route } from '../access/route-table.ts';
import { clientAddress } from '../http/client-address.ts';
import { requestIdOf } from '../request-log.ts';
import { readTokenRequest } from './token-request.ts';

/** The published list of `error` values, as far as this endpoint has a use for them. */
type TokenError = 'invalid_client' | 'invalid_request' | 'unsupported_grant_type' | 'server_error';

const MESSAGES: Record<TokenError, string> = {
  invalid_client: 'Client authentication failed.',
  invalid_request:
    'The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.',
  unsupported_grant_type: 'The authorization grant type is not supported by the authorization server.',
  server_error: 'The authorization server encountered an unexpected condition.',
};

const BODY_LIMIT = '16kb';

/**
 * `POST /oauth2/token`: client credentials for an API account's bearer token. Every answer has the published form:
 * clients read `error` before they look at the status.
 */
export function tokenRoutes(issuer: TokenIssuer, log: Logger): Router {
  const router = Router();
  const anyBody = express.text({ type: () => true, limit: BODY_LIMIT, defaultCharset: 'utf-8' });
  route(router, 'post', '/oauth2/token', 'public', anyBody, async (req, res) => {
    const request = await readTokenRequest(
      req.headers,
      new URL(req.originalUrl, 'http://site').searchParams,
      typeof req.body === 'string' ? req.body : '',
    );
    if (request?.grantType === undefined) return refuse(res, 400, 'invalid_request');
    if (request.grantType !== 'client_credentials') return refuse(res, 400, 'unsupported_grant_type');
    if (request.clientId === undefined || request.secrets.length === 0)
      return refuse(res, 401, 'invalid_client');
    // No account can have such an id, and the database cannot even be asked for it.
    if (![request.clientId, ...request.secrets].every(isPlainText)) return refuse(res, 401, 'invalid_client');
    await answerToken(issuer, req, res, { clientId: request.clientId, secrets: request.secrets });
  });
  router.use('/oauth2/token', tokenErrors(log));
  return router;
}

function isPlainText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** What went wrong before the request could be read (its size, its character set), and our own failures. */
function tokenErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent || error instanceof ApplianceError) return next(error);
    const status = (error as { status?: unknown } | null)?.status;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return refuse(res, status, 'invalid_request');
    }
    log.error({ requestId: requestIdOf(res), err: error }, 'unexpected failure of a token request');
    refuse(res, 500, 'server_error');
  };
}

async function answerToken(
  issuer: TokenIssuer,
  req: Request,
  res: Response,
  credentials: { clientId: string; secrets: string[] },
): Promise<void> {
  try {
    const token = await issuer.issue({ ...credentials, address: clientAddress(req) });
    send(res, 200, {
      access_token: token.accessToken,
      token_type: 'Bearer',
      expires_in: token.expiresIn,
    });
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error;
    if (error.code === 'unauthenticated') refuse(res, 401, 'invalid_client');
    else if (error.code === 'unavailable') refuse(res, 503, 'server_error');
    else if (error.code === 'rate_limited') {
      setRetryAfter(error, res);
      send(res, 429, { error: 'access_denied', message: error.message });
    } else throw error;
  }
}

function refuse(res: Response, status: number, error: TokenError): void {
  if (status === 401) res.set('WWW-Authenticate', 'Basic realm="OAuth"');
  send(res, status, { error, message: MESSAGES[error] });
}

/** Without a charset and with the caching headers of the published interface: some clients compare them. */
function send(res: Response, status: number, body: object): void {
  res.status(status);
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Cache-Control', 'must-revalidate, no-cache, no-store, post-check=0, pre-check=0, private');
  res.setHeader('Vary', 'Accept,X-Requested-With,Authorization');
  res.end(JSON.stringify(body));
}
