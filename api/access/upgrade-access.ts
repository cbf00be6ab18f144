import type { IncomingMessage } from 'node:http';
import type { AuthenticatedUser } from '../../appliance/access/authenticator.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { type AccessGate, passwordChangeRequired } from './access-gate.ts';
import { sessionCookieOf } from './session-cookie.ts';
import { isSameOriginRequest } from './site-origins.ts';

/**
 * The person who opens a WebSocket: by session cookie from a page of this site, or by a command-line token. API
 * accounts open none of these sockets. Fails with `unauthenticated` or `forbidden`.
 */
export async function authenticateUpgrade(
  gate: AccessGate,
  req: IncomingMessage,
  address: string,
): Promise<AuthenticatedUser> {
  const [scheme = '', token = ''] = (req.headers.authorization ?? '').split(' ', 2);
  const who =
    scheme.toLowerCase() === 'bearer'
      ? await gate.authenticator.byBearerToken(token, address)
      : await byCookie(gate, req, address);
  if ('rate' in who)
    throw new ApplianceError('forbidden', 'This needs a signed-in user, not an API account.');
  if (who.mustChangePassword) throw passwordChangeRequired();
  return who;
}

async function byCookie(gate: AccessGate, req: IncomingMessage, address: string): Promise<AuthenticatedUser> {
  if (!isSameOriginRequest(gate.site, req)) {
    throw new ApplianceError('forbidden', 'This request did not come from a page of this site.');
  }
  return gate.authenticator.bySessionCookie(sessionCookieOf(req) ?? '', address);
}
