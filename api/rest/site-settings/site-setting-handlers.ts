import type { SiteSettingService } from '../../../appliance/settings/site-setting-service.ts';
import type { SiteSettings } from '../../../appliance/settings/site-settings.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';

export function siteSettingHandlers({
  siteSettings,
}: {
  siteSettings: SiteSettingService;
}): Partial<Handlers> {
  return {
    'api.config.site-setting.show': async (req, res) => {
      res.json(toAnswer(await siteSettings.show(actorOf(req))));
    },
    'api.config.site-setting.update': async (req, res) => {
      res.json(toAnswer(await siteSettings.update(actorOf(req), req.body)));
    },
  };
}

/** Settings have the same names everywhere; the type keeps the contract and the domain from drifting apart. */
function toAnswer(settings: SiteSettings): AnswerOf<'api.config.site-setting.show', 200> {
  return settings;
}
