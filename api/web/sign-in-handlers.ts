import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import { accessDenied } from '../../appliance/access/authenticator.ts';
import { effectiveSettings } from '../../appliance/access/effective-settings.ts';
import type { SignedIn, SignInService } from '../../appliance/access/sign-in-service.ts';
import type { UserCredentialKind, UserLogins } from '../../appliance/access/user-credentials.ts';
import { USER_RIGHTS } from '../../appliance/access/user-settings.ts';
import type { UserActor } from '../../appliance/actor.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { jumpMethodsOf } from '../../appliance/jump/jump-methods.ts';
import type { SiteSettingsSource } from '../../appliance/settings/site-settings.ts';
import { actorOf, gateOf, passwordChangeIsDue } from '../access/access-gate.ts';
import { setRetryAfter } from '../access/retry-after.ts';
import { SESSION_COOKIE, sessionCookieOptions } from '../access/session-cookie.ts';
import { isSameOriginRequest } from '../access/site-origins.ts';
import type { AnswerOf, Handlers } from '../contract/handlers.ts';
import { clientAddress } from '../http/client-address.ts';

type SignInCall = Pick<Request, 'app' | 'headers' | 'ip'>;
type Me = AnswerOf<'api.config.me.show', 200>;

export interface SignInParts {
  signInService: SignInService;
  userLogins: UserLogins;
  settings: SiteSettingsSource;
  /** Whether browsers reach the site by https: the cookie is marked `Secure` then. */
  secureCookies: boolean;
}

/** Sign-in, sign-out and what people do with their own credentials. */
export function signInHandlers(parts: SignInParts): Partial<Handlers> {
  const { signInService } = parts;
  const cookieOptions = sessionCookieOptions(parts.secureCookies);
  return {
    'api.config.sign-in': async (req, res) => {
      refuseForeignPages(req);
      const signedIn = await signIn(signInService, req, res, 'browser', req.body);
      res.cookie(SESSION_COOKIE, signedIn.secret, { ...cookieOptions, expires: signedIn.expiresAt });
      res.json(await me(parts, signedIn.actor, signedIn.mustChangePassword));
    },
    'api.config.sign-out': async (req, res) => {
      await signInService.signOut(userOf(req));
      res.clearCookie(SESSION_COOKIE, cookieOptions).status(204).end();
    },
    'api.config.user-token.store': async (req, res) => {
      refuseForeignPages(req);
      const signedIn = await signIn(signInService, req, res, 'token', req.body);
      res.status(201).json({
        access_token: signedIn.secret,
        token_type: 'Bearer',
        expires_in: Math.max(1, Math.floor((signedIn.expiresAt.getTime() - Date.now()) / 1000)),
        must_change_password: signedIn.mustChangePassword,
      });
    },
    'api.config.user-token.destroy': async (req, res) => {
      await signInService.signOut(userOf(req));
      res.status(204).end();
    },
    'api.config.me.show': async (req, res) => {
      res.json(await me(parts, userOf(req), passwordChangeIsDue(req)));
    },
    'api.config.me.password': async (req, res) => {
      const { current_password: current, new_password: replacement } = req.body;
      await signInService.changePassword(userOf(req), current, replacement);
      res.status(204).end();
    },
    'api.config.me.sign-out-everywhere': async (req, res) => {
      await signInService.signOutEverywhere(userOf(req));
      res.clearCookie(SESSION_COOKIE, cookieOptions).status(204).end();
    },
  };
}

async function signIn(
  service: SignInService,
  req: SignInCall,
  res: Response,
  kind: UserCredentialKind,
  body: { username: string; password: string; name?: string | null },
): Promise<SignedIn> {
  try {
    return await service.signIn({
      username: body.username,
      password: body.password,
      kind,
      address: clientAddress(req),
      userAgent: body.name ?? req.headers['user-agent'] ?? '',
    });
  } catch (error) {
    if (error instanceof ApplianceError) setRetryAfter(error, res);
    throw error;
  }
}

/** Another site's page must not sign its visitor in under a user of its choice. Programs send neither header. */
function refuseForeignPages(req: SignInCall): void {
  const fromBrowser = req.headers.origin !== undefined || req.headers['sec-fetch-site'] !== undefined;
  if (fromBrowser && !isSameOriginRequest(gateOf(req).site, req)) {
    throw new ApplianceError('forbidden', 'This request did not come from a page of this site.');
  }
}

function userOf(req: IncomingMessage): UserActor {
  const actor = actorOf(req);
  if (actor.kind !== 'user') throw new Error('The gate let an API account into a route for people');
  return actor;
}

async function me(parts: SignInParts, actor: UserActor, mustChangePassword: boolean): Promise<Me> {
  const profile = await parts.userLogins.profileOf(actor.userId);
  if (profile === undefined) throw accessDenied();
  const settings = parts.settings.current();
  const values = effectiveSettings(
    { ...profile.settings, perm_admin: profile.administrator },
    profile.policies,
  );
  return {
    id: profile.id,
    username: profile.username,
    public_display_name: profile.publicDisplayName,
    private_display_name: profile.privateDisplayName,
    email_address: profile.emailAddress,
    perm_admin: values.perm_admin,
    must_change_password: mustChangePassword,
    rights: USER_RIGHTS.filter((right) => values.perm_admin || values[right]),
    jump_methods: jumpMethodsOf(values),
    site: { company_name: settings.company_name, time_zone: settings.time_zone },
  };
}
