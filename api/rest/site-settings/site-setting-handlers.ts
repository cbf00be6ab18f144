import type { TicketSystemTrial } from '../../../appliance/jump/ticket-check.ts';
import type {
  RevisedSiteSettings,
  SiteSettingService,
} from '../../../appliance/settings/site-setting-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { revisionsOf, sendRevised } from '../revision.ts';

export function siteSettingHandlers({
  siteSettings,
  ticketSystemTrial,
}: {
  siteSettings: SiteSettingService;
  ticketSystemTrial: TicketSystemTrial;
}): Partial<Handlers> {
  return {
    'api.config.site-setting.show': async (req, res) => {
      sendRevised(res, await siteSettings.show(actorOf(req)), toAnswer);
    },
    'api.config.site-setting.update': async (req, res) => {
      sendRevised(res, await siteSettings.update(actorOf(req), req.body, revisionsOf(req)), toAnswer);
    },
    'api.config.site-setting.checkTicketSystem': async (req, res) => {
      const answer: AnswerOf<'api.config.site-setting.checkTicketSystem', 200> = await ticketSystemTrial.ask(
        actorOf(req),
        req.body.ticket_id,
      );
      res.json(answer);
    },
  };
}

/** Settings have the same names everywhere; the type keeps the contract and the domain from drifting apart. */
function toAnswer({ settings, secrets }: RevisedSiteSettings): AnswerOf<'api.config.site-setting.show', 200> {
  return {
    ...settings,
    outbound_private_ranges: [...settings.outbound_private_ranges],
    administrator_networks: [...settings.administrator_networks],
    representative_networks: [...settings.representative_networks],
    ticket_system_secret_set: secrets.has('ticket_system_secret'),
  };
}
