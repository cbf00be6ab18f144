import type {
  RevisedSiteSettings,
  SiteSettingService,
} from '../../../appliance/settings/site-setting-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { revisionsOf, sendRevised } from '../revision.ts';

export function siteSettingHandlers({
  siteSettings,
}: {
  siteSettings: SiteSettingService;
}): Partial<Handlers> {
  return {
    'api.config.site-setting.show': async (req, res) => {
      sendRevised(res, await siteSettings.show(actorOf(req)), toAnswer);
    },
    'api.config.site-setting.update': async (req, res) => {
      sendRevised(res, await siteSettings.update(actorOf(req), req.body, revisionsOf(req)), toAnswer);
    },
  };
}

/** Settings have the same names everywhere; the type keeps the contract and the domain from drifting apart. */
function toAnswer({ settings }: RevisedSiteSettings): AnswerOf<'api.config.site-setting.show', 200> {
  return settings;
}
