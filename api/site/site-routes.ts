import { Router } from 'express';
import { ApplianceError } from '../../appliance/errors.ts';
import { INSTALLER_PLATFORMS } from '../../appliance/jump/jump-client-installer.ts';
import type { JumpClientInstallerService } from '../../appliance/jump/jump-client-installer-service.ts';
import type { SiteSettingsSource } from '../../appliance/settings/site-settings.ts';
import { route } from '../access/route-table.ts';

export interface SiteRouteServices {
  settings: SiteSettingsSource;
  installers: JumpClientInstallerService;
}

/** What clients of the configuration API and installed programs look for at the root of a site. */
export function siteRoutes({ settings, installers }: SiteRouteServices): Router {
  const router = Router();
  // The first call of some clients: they read the product from it and take everything but their own other one for a
  // support site. People sign in with a password here; other ways are found at the sign-in page.
  route(router, 'get', '/get_mech_list', 'any-credential', (_req, res) => {
    res.json({
      mechs: ['local'],
      default_mech: 'local',
      cache: '0',
      company: settings.current().company_name,
      product: 'bridgehead',
    });
  });
  // Scripts on machines that have no credential fetch their installer here; its 32 characters are the credential.
  route(router, 'get', '/download_client_connector', 'public', async (req) => {
    const { jc: installerId, p: platform } = req.query;
    const isKnown = INSTALLER_PLATFORMS.some((known) => known === platform);
    if (typeof installerId !== 'string' || !isKnown) {
      throw new ApplianceError('not_found', 'There is no such installer, or it has expired.');
    }
    await installers.download(installerId);
  });
  return router;
}
