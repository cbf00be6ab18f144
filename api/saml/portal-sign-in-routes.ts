import { type CookieOptions, Router } from 'express';
import { ApplianceError } from '../../appliance/errors.ts';
import { PORTAL_IDENTITY_MINUTES } from '../../appliance/portals/portal-identity.ts';
import type { PortalSignInService } from '../../appliance/portals/portal-sign-in.ts';
import { route } from '../access/route-table.ts';
import { cookieOf } from '../access/session-cookie.ts';
import { clientAddress } from '../http/client-address.ts';
import { refuseForeignPages } from '../web/sign-in-handlers.ts';
import { continuePage, sendToProvider } from './saml-pages.ts';
import { idOf, samlForm } from './saml-routes.ts';

/** Names the browser that was sent to a provider for a portal. */
const BEGUN_COOKIE = 'bridgehead_portal_sign_in';
/** What the portal's page fills its form with: `PortalIdentityTokens` reads it. Never in an address. */
export const PORTAL_IDENTITY_COOKIE = 'bridgehead_portal_identity';
const PAGE = '/saml/portal';

/**
 * Customers signing in for a public portal. All of it happens on the portal's own host, so that its cookies stay there;
 * only the identity provider sends browsers to the assertion consumer.
 */
export function portalSignInRoutes(parts: { portals: PortalSignInService; secureCookies: boolean }): Router {
  const router = Router();
  const cookie = (path: string): CookieOptions => ({
    httpOnly: true,
    sameSite: 'lax',
    secure: parts.secureCookies,
    path,
  });
  route(router, 'post', '/saml/:id/portal', 'public', samlForm, async (req, res) => {
    refuseForeignPages(req);
    const portalId = Number((req.body as Record<string, unknown> | undefined)?.['portal_id']);
    if (!Number.isInteger(portalId) || portalId < 1 || portalId > 2_147_483_647) {
      throw new ApplianceError('invalid', 'portal_id is the id of a public portal.', {
        fields: { portal_id: ['portal_id is the id of a public portal.'] },
      });
    }
    const { secret, minutes, redirect } = await parts.portals.begin(idOf(req), portalId);
    res.cookie(BEGUN_COOKIE, secret, { ...cookie(PAGE), maxAge: minutes * 60_000 });
    sendToProvider(res, redirect);
  });
  route(router, 'get', PAGE, 'public', (_req, res) => continuePage(res, PAGE));
  route(router, 'post', PAGE, 'public', async (req, res) => {
    refuseForeignPages(req);
    res.clearCookie(BEGUN_COOKIE, cookie(PAGE));
    const { token } = await parts.portals.finish(cookieOf(req, BEGUN_COOKIE) ?? '', clientAddress(req));
    res.cookie(PORTAL_IDENTITY_COOKIE, token, { ...cookie('/'), maxAge: PORTAL_IDENTITY_MINUTES * 60_000 });
    res.setHeader('Cache-Control', 'no-store');
    res.redirect(303, '/');
  });
  return router;
}
