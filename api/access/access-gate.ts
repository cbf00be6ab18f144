import type { IncomingMessage } from 'node:http';
import type { Application, NextFunction, Request, Response } from 'express';
import {
  type AuthenticatedApiAccount,
  type AuthenticatedUser,
  type Authenticator,
  accessDenied,
} from '../../appliance/access/authenticator.ts';
import type { OpeningRight } from '../../appliance/access/user-settings.ts';
import type { Actor, SystemActor, UserActor } from '../../appliance/actor.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { clientAddress } from '../http/client-address.ts';
import { type AccessWord, isUnauthenticated, refusalOf } from './access-word.ts';
import { sessionCookieOf } from './session-cookie.ts';
import { isSameOriginRequest, type SiteOrigins } from './site-origins.ts';

export interface AccessGate {
  authenticator: Authenticator;
  site: SiteOrigins;
}

type Authenticated = AuthenticatedUser | AuthenticatedApiAccount;

const gates = new WeakMap<Application, AccessGate>();
const authenticated = new WeakMap<IncomingMessage, Authenticated>();

/** Gives the application its gate. Once, before the first request. */
export function installAccessGate(app: Application, gate: AccessGate): void {
  gates.set(app, gate);
}

/** The installed gate of the application that serves this request. */
export function gateOf(req: Pick<Request, 'app'>): AccessGate {
  const gate = gates.get(req.app);
  if (gate === undefined) throw new Error('installAccessGate was not called for this application');
  return gate;
}

/** `accessWord` is read by the test that walks every route. */
export type AccessGuard = ((req: Request, res: Response, next: NextFunction) => Promise<void>) & {
  accessWord: AccessWord;
};

/** A handler that lets only those pass whom the word names, and people who hold the right. */
export function requireAccess(word: AccessWord, right?: OpeningRight): AccessGuard {
  const guard = async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    if (!isUnauthenticated(word)) {
      const who = authenticated.get(req) ?? (await identify(req, res, word));
      if ('mustChangePassword' in who) refuseWhatIsDueFirst(who, word);
      const refusal = refusalOf(word, who.actor, right);
      if (refusal !== undefined) throw new ApplianceError('forbidden', refusal);
    }
    next();
  };
  return Object.assign(guard, { accessWord: word });
}

/** Who makes this call. Only behind `requireAccess` with a word that identifies the caller. */
export function actorOf(req: IncomingMessage): Actor {
  const who = authenticated.get(req);
  if (who === undefined) throw new Error('The route lets unidentified callers in, or forgot requireAccess');
  return who.actor;
}

/** The person who makes this call. Fails with `forbidden` for an API account. */
export function personOf(req: IncomingMessage): UserActor {
  const actor = actorOf(req);
  if (actor.kind === 'user') return actor;
  throw new ApplianceError('forbidden', 'This needs a signed-in user, not an API account.');
}

/** Lets a request that this process makes of itself act for somebody whom the gate has let in before. */
export function actFor(inner: IncomingMessage, actor: Exclude<Actor, SystemActor>): void {
  authenticated.set(
    inner,
    actor.kind === 'user'
      ? { actor, mustChangePassword: false, secondFactorDue: false }
      : { actor, rate: { allowed: true, limit: 0, remaining: 0, retryAfter: 0 } },
  );
}

/** As `actorOf`, for code that also runs before anybody was identified. */
export function actorIfAny(req: IncomingMessage): Actor | undefined {
  return authenticated.get(req)?.actor;
}

/** Whether the caller is a person who has to choose a new password before anything else. */
export function passwordChangeIsDue(req: IncomingMessage): boolean {
  const who = authenticated.get(req);
  return who !== undefined && 'mustChangePassword' in who && who.mustChangePassword;
}

/** Whether the caller is a person who has to register or prove a second factor before anything else. */
export function secondFactorIsDue(req: IncomingMessage): boolean {
  const who = authenticated.get(req);
  return who !== undefined && 'secondFactorDue' in who && who.secondFactorDue;
}

/** The password comes before the factor: whoever holds neither registers nothing. */
function refuseWhatIsDueFirst(who: AuthenticatedUser, word: AccessWord): void {
  if (word === 'signed-in-password-due') return;
  if (who.mustChangePassword) {
    throw new ApplianceError('forbidden', 'Choose a new password first.', {
      facts: { error: 'password_change_required' },
    });
  }
  if (who.secondFactorDue && word !== 'signed-in-second-factor-due') {
    throw new ApplianceError('forbidden', 'A second factor is needed first: register one or prove yours.', {
      facts: { error: 'second_factor_required' },
    });
  }
}

async function identify(req: Request, res: Response, word: AccessWord): Promise<Authenticated> {
  try {
    const who = await findCaller(gateOf(req), req, clientAddress(req), word);
    authenticated.set(req, who);
    if ('rate' in who) applyRate(who, res);
    return who;
  } catch (error) {
    if (error instanceof ApplianceError && error.code === 'unauthenticated')
      res.set('WWW-Authenticate', 'Bearer');
    throw error;
  }
}

async function findCaller(
  gate: AccessGate,
  req: Request,
  address: string,
  word: AccessWord,
): Promise<Authenticated> {
  const { authorization } = req.headers;
  if (authorization !== undefined) {
    const [scheme = '', token = ''] = authorization.split(' ', 2);
    if (scheme.toLowerCase() !== 'bearer') throw accessDenied();
    return word === 'scim'
      ? gate.authenticator.byBearerTokenOrSecret(token, address)
      : gate.authenticator.byBearerToken(token, address);
  }
  const cookie = sessionCookieOf(req);
  if (cookie === undefined) throw accessDenied();
  if (isWrite(req.method) && !isSameOriginRequest(gate.site, req)) {
    throw new ApplianceError('forbidden', 'This request did not come from a page of this site.');
  }
  return gate.authenticator.bySessionCookie(cookie, address, isWrite(req.method));
}

function applyRate({ rate }: AuthenticatedApiAccount, res: Response): void {
  res.set({ 'X-RateLimit-Limit': String(rate.limit), 'X-RateLimit-Remaining': String(rate.remaining) });
  if (rate.allowed) return;
  res.set('Retry-After', String(rate.retryAfter));
  throw new ApplianceError('rate_limited', 'Too many requests. See Retry-After for when to try again.');
}

function isWrite(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}
