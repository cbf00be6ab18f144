import express, { type Request, type Response, Router } from 'express';
import type { ProviderSignOut } from '../../appliance/access/provider-sign-out.ts';
import type { SignInBeginnings } from '../../appliance/access/sign-in-beginnings.ts';
import type { ProviderRedirect } from '../../appliance/directory/identity-provider.ts';
import type { ProviderRegistry } from '../../appliance/directory/provider-registry.ts';
import type { LogoutMessage } from '../../appliance/directory/saml-logout.ts';
import type { SamlSetupService } from '../../appliance/directory/saml-setup-service.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import type { PortalSignInService } from '../../appliance/portals/portal-sign-in.ts';
import { route } from '../access/route-table.ts';
import { clientAddress } from '../http/client-address.ts';
import { sendOn } from '../web/provider-return.ts';
import { setAttemptCookie } from '../web/sign-in-cookie.ts';
import { originOf } from '../web/sign-in-handlers.ts';
import { SUBMIT_SCRIPT, sendToProvider } from './saml-pages.ts';

export interface SamlRouteParts {
  setup: SamlSetupService;
  beginnings: Pick<SignInBeginnings, 'atProvider' | 'returned'>;
  signOut: ProviderSignOut;
  portals: Pick<PortalSignInService, 'returned'>;
  registry: ProviderRegistry;
  secureCookies: boolean;
}

/** A message in Base64 and its relay state; what is larger is cut off before anybody reads it. */
export const samlForm = express.urlencoded({ extended: false, limit: 512 * 1024, parameterLimit: 20 });

const RELAY_STATE = /^[A-Za-z0-9]{43}$/;
const LARGEST_ID = 2_147_483_647;

/** What identity providers and the browsers they send reach: metadata, assertion consumer, single logout. */
export function samlRoutes(parts: SamlRouteParts): Router {
  const router = Router();
  route(router, 'get', '/saml/submit.js', 'public', (_req, res) => {
    res.setHeader('Cache-Control', 'public, max-age=86400');
    res.type('js').send(SUBMIT_SCRIPT);
  });
  route(router, 'get', '/saml/:id/metadata', 'public', async (req, res) => {
    const xml = await parts.setup.metadata(idOf(req));
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('Content-Type', 'application/samlmetadata+xml; charset=utf-8');
    if ('download' in req.query) res.attachment(`saml-metadata-${idOf(req)}.xml`);
    res.send(xml);
  });
  route(router, 'post', '/saml/:id/acs', 'public', samlForm, async (req, res) => {
    await consume(parts, req, res);
  });
  route(router, 'get', '/saml/:id/slo', 'public', async (req, res) => {
    const { originalUrl } = req;
    const at = originalUrl.indexOf('?');
    await logout(parts, req, res, req.query, at === -1 ? '' : originalUrl.slice(at + 1));
  });
  route(router, 'post', '/saml/:id/slo', 'public', samlForm, async (req, res) => {
    await logout(parts, req, res, req.body ?? {}, undefined);
  });
  return router;
}

/**
 * Other sites post here, so no cookie of ours comes along and nothing is judged: what came is kept beside the attempt
 * that the relay state names, and our own page goes on by itself.
 */
async function consume(parts: SamlRouteParts, req: Request, res: Response): Promise<void> {
  const providerId = idOf(req);
  const provider = await parts.registry.find(providerId);
  const { SAMLResponse: message, RelayState: relayState } = (req.body ?? {}) as Record<string, unknown>;
  const parameters = typeof message === 'string' && !message.includes('\0') ? { SAMLResponse: message } : {};
  const state = typeof relayState === 'string' && RELAY_STATE.test(relayState) ? relayState : undefined;
  if (provider.type === 'saml_portal') {
    const portalId = state && (await parts.portals.returned(state, providerId, parameters));
    res.setHeader('Cache-Control', 'no-store');
    if (portalId === undefined || portalId === '') throw unknownSignIn();
    res.redirect(303, '/saml/portal');
    return;
  }
  if (provider.type !== 'saml')
    throw new ApplianceError('not_found', `There is no SAML provider with id ${providerId}.`);
  const unsolicited = state === undefined && provider.settings['allow_unsolicited'] === true;
  await sendOn(res, parts.beginnings, {
    providerId,
    parameters,
    state: unsolicited && provider.enabled ? await stateOfNewAttempt(parts, req, res, providerId) : state,
  });
}

/** For a sign-in that began at the identity provider: an attempt of this browser that has "come back" already. */
async function stateOfNewAttempt(parts: SamlRouteParts, req: Request, res: Response, providerId: number) {
  const sent = await parts.beginnings.atProvider(providerId, originOf(req, 'browser'), {
    returnTo: '/login',
  });
  setAttemptCookie(res, sent, parts.secureCookies);
  return relayStateOf(sent.redirect);
}

function relayStateOf(redirect: ProviderRedirect): string | undefined {
  return redirect.kind === 'form'
    ? redirect.fields['RelayState']
    : (new URL(redirect.url).searchParams.get('RelayState') ?? undefined);
}

async function logout(
  { signOut }: SamlRouteParts,
  req: Request,
  res: Response,
  given: Record<string, unknown>,
  rawQuery: string | undefined,
): Promise<void> {
  const providerId = idOf(req);
  const address = clientAddress(req);
  const text = (name: string) => (typeof given[name] === 'string' ? (given[name] as string) : undefined);
  const request = text('SAMLRequest');
  const response = text('SAMLResponse');
  res.setHeader('Cache-Control', 'no-store');
  if ((request === undefined) === (response === undefined)) {
    throw new ApplianceError('invalid', 'Single logout takes either SAMLRequest or SAMLResponse.');
  }
  const message: LogoutMessage = { value: request ?? response ?? '', rawQuery };
  if (request !== undefined) {
    const relayState = text('RelayState')?.slice(0, 1024);
    const back = await signOut.requested(providerId, message, relayState, address);
    if (back === undefined) res.redirect(303, '/login');
    else sendToProvider(res, back);
    return;
  }
  await signOut.answered(providerId, message, address).catch((error: unknown) => {
    // The session here has ended long before; the audit log has the reason.
    if (!(error instanceof ApplianceError)) throw error;
  });
  res.redirect(303, '/login');
}

export function idOf(req: Request): number {
  const text = String(req.params['id']);
  const id = Number(text);
  if (!/^\d{1,10}$/.test(text) || id < 1 || id > LARGEST_ID) {
    throw new ApplianceError('not_found', 'There is no such SAML provider.');
  }
  return id;
}

function unknownSignIn(): ApplianceError {
  return new ApplianceError(
    'unauthenticated',
    'This sign-in has expired or was begun elsewhere. Begin again.',
  );
}
