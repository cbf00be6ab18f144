import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import { accessDenied } from '../../appliance/access/authenticator.ts';
import { effectiveSettings } from '../../appliance/access/effective-settings.ts';
import type { KnownDevices } from '../../appliance/access/known-devices.ts';
import type { LocalPasswords } from '../../appliance/access/local-passwords.ts';
import type { OwnCredentialsService } from '../../appliance/access/own-credentials-service.ts';
import type { PasskeySignIn } from '../../appliance/access/passkey-sign-in.ts';
import type { RepInvitationService } from '../../appliance/access/rep-invitation-service.ts';
import type { AskedBack, SignedIn, SignInOutcome } from '../../appliance/access/sign-in-admission.ts';
import type { SignInOrigin } from '../../appliance/access/sign-in-attempt.ts';
import type { SignInBeginnings } from '../../appliance/access/sign-in-beginnings.ts';
import type { ProviderTrial, SignInService } from '../../appliance/access/sign-in-service.ts';
import type { SignInStanding, SignInStandings } from '../../appliance/access/sign-in-standing.ts';
import type { UserCredentialKind, UserLogins } from '../../appliance/access/user-credentials.ts';
import { OPENING_CHOICES, USER_RIGHTS } from '../../appliance/access/user-settings.ts';
import type { UserActor } from '../../appliance/actor.ts';
import { dateTime } from '../../appliance/date-time.ts';
import type { ProviderIdentity, ProviderRedirect } from '../../appliance/directory/identity-provider.ts';
import type { ProviderRegistry } from '../../appliance/directory/provider-registry.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { jumpMethodsOf } from '../../appliance/jump/jump-methods.ts';
import type { SiteSettingsSource } from '../../appliance/settings/site-settings.ts';
import { actorOf, gateOf, passwordChangeIsDue, secondFactorIsDue } from '../access/access-gate.ts';
import { setRetryAfter } from '../access/retry-after.ts';
import { SESSION_COOKIE, sessionCookieOf, sessionCookieOptions } from '../access/session-cookie.ts';
import { isSameOriginRequest } from '../access/site-origins.ts';
import type { AnswerOf, Handlers } from '../contract/handlers.ts';
import { clientAddress } from '../http/client-address.ts';
import { deviceCookieOf, rememberDevice } from './device-cookie.ts';
import { safeReturnPath } from './return-path.ts';
import { attemptSecretOf, clearAttemptCookie, setAttemptCookie } from './sign-in-cookie.ts';

type SignInCall = Pick<Request, 'app' | 'headers' | 'ip'>;
type Me = AnswerOf<'api.config.me.show', 200>;

export interface SignInParts {
  signInService: SignInService;
  beginnings: SignInBeginnings;
  ownCredentials: OwnCredentialsService;
  passwords: LocalPasswords;
  passkeys: PasskeySignIn;
  registry: ProviderRegistry;
  devices: KnownDevices;
  standings: SignInStandings;
  repInvitations: RepInvitationService;
  userLogins: UserLogins;
  settings: SiteSettingsSource;
  /** Whether browsers reach the site by https: cookies are marked `Secure` then. */
  secureCookies: boolean;
}

/** Sign-in, sign-out and what people do with their own credentials. */
export function signInHandlers(parts: SignInParts): Partial<Handlers> {
  const { signInService, beginnings, ownCredentials, registry, secureCookies } = parts;
  const cookieOptions = sessionCookieOptions(secureCookies);
  return {
    'api.config.sign-in.options': async (_req, res) => {
      const enabled = await registry.enabled();
      const redirecting = enabled.filter(({ type }) => type in registry.adapters.redirect);
      res.json({
        company_name: parts.settings.current().company_name,
        passkeys: parts.passkeys.available,
        default_method: parts.settings.current().sign_in_default_method,
        providers: redirecting.map(({ id, type, name, settings }) => ({
          id,
          type,
          name: String(settings['button_label'] || name),
        })),
        negotiate: enabled.some(({ type }) => type in registry.adapters.negotiate),
      });
    },
    'api.config.sign-in': async (req, res) => {
      refuseForeignPages(req);
      const origin = originOf(req, 'browser');
      await answerBrowser(parts, req, res, await retriable(res, signInService.signIn(req.body, origin)));
    },
    'api.config.sign-in.step': async (req, res) => {
      refuseForeignPages(req);
      const { sign_in: signIn, ...answer } = req.body;
      const attemptId = ATTEMPT_ID.test(signIn) ? signIn : undefined;
      const secret = attemptId === undefined ? signIn : (attemptSecretOf(req, attemptId) ?? '');
      if (attemptId !== undefined) clearAttemptCookie(res, attemptId, secureCookies);
      const going = signInService.goOn({ secret, attemptId }, answer, originOf(req, 'browser'));
      await answerBrowser(parts, req, res, await retriable(res, going));
    },
    'api.config.sign-in.invitation': async (req, res) => {
      refuseForeignPages(req);
      const signingIn = parts.repInvitations.signIn(req.body.key, originOf(req, 'browser'));
      await answerBrowser(parts, req, res, await retriable(res, signingIn));
    },
    'api.config.sign-in.passkey': async (req, res) => {
      refuseForeignPages(req);
      const asked = await retriable(res, beginnings.withPasskey(originOf(req, 'browser')));
      const { signIn, options, expiresAt } = asked;
      res.json({ sign_in: signIn, options: { ...options } as never, expires_in: secondsUntil(expiresAt) });
    },
    'api.config.sign-in.provider': async (req, res) => {
      refuseForeignPages(req);
      const { return_to: wanted, force } = req.body;
      const sent = await beginnings.atProvider(req.params.id, originOf(req, 'browser'), {
        returnTo: safeReturnPath(wanted),
        ...(force !== undefined && { force }),
      });
      setAttemptCookie(res, sent, secureCookies);
      res.json(toRedirect(sent.redirect));
    },
    'api.config.sign-out': async (req, res) => {
      const redirect = await ownCredentials.signOut(userOf(req));
      res.clearCookie(SESSION_COOKIE, cookieOptions);
      if (redirect === undefined) res.status(204).end();
      else res.status(200).json(toRedirect(redirect));
    },
    'api.config.user-token.store': async (req, res) => {
      refuseForeignPages(req);
      const origin = originOf(req, 'token', req.body.name);
      answerProgram(res, await retriable(res, signInService.signIn(req.body, origin)));
    },
    'api.config.user-token.step': async (req, res) => {
      refuseForeignPages(req);
      const { sign_in: secret, ...answer } = req.body;
      const going = signInService.goOn({ secret }, answer, originOf(req, 'token'));
      answerProgram(res, await retriable(res, going));
    },
    'api.config.user-token.destroy': async (req, res) => {
      await ownCredentials.signOut(userOf(req));
      res.status(204).end();
    },
    'api.config.me.show': async (req, res) => {
      const due = { mustChangePassword: passwordChangeIsDue(req), secondFactorDue: secondFactorIsDue(req) };
      res.json(await me(parts, userOf(req), due));
    },
    'api.config.me.password': async (req, res) => {
      const { current_password: current, new_password: replacement } = req.body;
      await parts.passwords.change(userOf(req), current, replacement);
      res.status(204).end();
    },
    'api.config.me.activity': async (req, res) => {
      res.json(toStanding(await parts.standings.keepAlive(userOf(req))));
    },
    'api.config.me.sign-out-everywhere': async (req, res) => {
      await ownCredentials.signOutEverywhere(userOf(req));
      res.clearCookie(SESSION_COOKIE, cookieOptions).status(204).end();
    },
  };
}

const ATTEMPT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type SignInAnswerOf = Response<AnswerOf<'api.config.sign-in', 200> | AnswerOf<'api.config.sign-in', 202>>;

/** A person or a question; a person's browser gets its session. */
export async function answerBrowser(
  parts: SignInParts,
  req: SignInCall,
  res: SignInAnswerOf,
  outcome: SignInOutcome | ProviderTrial,
): Promise<void> {
  if (outcome.kind !== 'signed_in') {
    res.status(202).json(toStep(outcome));
    return;
  }
  const options = sessionCookieOptions(parts.secureCookies);
  res.cookie(SESSION_COOKIE, outcome.secret, { ...options, expires: outcome.expiresAt });
  rememberDevice(req, res, parts, outcome.actor.userId);
  res.status(200).json(await me(parts, outcome.actor, outcome));
}

export function originOf(req: SignInCall, kind: UserCredentialKind, name?: string | null): SignInOrigin {
  return {
    kind,
    address: clientAddress(req),
    userAgent: name ?? req.headers['user-agent'] ?? '',
    device: kind === 'browser' ? deviceCookieOf(req) : undefined,
    session: kind === 'browser' ? sessionCookieOf(req) : undefined,
  };
}

export function answerProgram(
  res: Response<AnswerOf<'api.config.user-token.store', 201> | AnswerOf<'api.config.user-token.store', 202>>,
  outcome: SignInOutcome | ProviderTrial,
): void {
  if (outcome.kind !== 'signed_in') {
    res.status(202).json(toStep(outcome));
    return;
  }
  res.status(201).json({
    access_token: outcome.secret,
    token_type: 'Bearer',
    expires_in: Math.max(1, secondsUntil(outcome.expiresAt)),
    must_change_password: outcome.mustChangePassword,
    second_factor_due: outcome.secondFactorDue,
  });
}

function toStep(outcome: AskedBack | ProviderTrial): AnswerOf<'api.config.sign-in', 202> {
  if (outcome.kind === 'tested') {
    const { steps, identity } = outcome;
    return {
      sign_in: '',
      step: 'tested',
      message:
        identity === undefined ? 'The provider was not believed.' : 'The provider vouched for somebody.',
      details: { steps, identity: identity === undefined ? null : toIdentity(identity) },
      expires_in: 0,
    };
  }
  const { details, ...step } = outcome.step;
  return {
    ...step,
    ...(details && { details: { ...details } }),
    sign_in: outcome.signIn,
    expires_in: Math.max(0, secondsUntil(outcome.expiresAt)),
  };
}

function toIdentity(identity: ProviderIdentity): object {
  return {
    unique_id: identity.externalId,
    username: identity.username,
    display_name: identity.displayName ?? null,
    email_address: identity.emailAddress ?? null,
    groups: identity.groups ?? null,
    attributes: identity.attributes ?? {},
  };
}

export function toRedirect(redirect: ProviderRedirect): AnswerOf<'api.config.sign-in.provider', 200> {
  if (redirect.kind === 'redirect') return { url: redirect.url };
  return { action: redirect.action, fields: { ...redirect.fields } };
}

function secondsUntil(moment: Date): number {
  return Math.floor((moment.getTime() - Date.now()) / 1000);
}

async function retriable<T>(res: Response, signingIn: Promise<T>): Promise<T> {
  try {
    return await signingIn;
  } catch (error) {
    if (error instanceof ApplianceError) setRetryAfter(error, res);
    throw error;
  }
}

/** Another site's page must not sign its visitor in under a user of its choice. Programs send neither header. */
export function refuseForeignPages(req: SignInCall): void {
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

function toStanding(standing: SignInStanding): AnswerOf<'api.config.me.activity', 200> {
  return {
    session_expires_at: dateTime(standing.expiresAt),
    session_seconds_left: standing.secondsLeft,
    idle_seconds: standing.idleSeconds ?? null,
    idle_seconds_left: standing.idleSecondsLeft ?? null,
  };
}

async function me(
  parts: SignInParts,
  actor: UserActor,
  due: Pick<SignedIn, 'mustChangePassword' | 'secondFactorDue'>,
): Promise<Me> {
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
    must_change_password: due.mustChangePassword,
    second_factor_due: due.secondFactorDue,
    rights: [
      ...USER_RIGHTS.filter((right) => values.perm_admin || values[right]),
      ...OPENING_CHOICES.filter((choice) => values.perm_admin || values[choice] !== 'not_allowed'),
    ],
    jump_methods: jumpMethodsOf(values),
    site: { company_name: settings.company_name, time_zone: settings.time_zone },
    password_expires_at: profile.passwordExpiresAt === null ? null : dateTime(profile.passwordExpiresAt),
    ...toStanding(await parts.standings.of(actor, values)),
  };
}
