import type { SamlSetupService, SamlStanding } from '../../../appliance/directory/saml-setup-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';

/** What administrators join this site and an identity provider with. */
export function samlHandlers({ setup }: { setup: SamlSetupService }): Partial<Handlers> {
  return {
    'api.config.security-provider.saml.show': async (req, res) => {
      res.json(toStanding(await setup.standing(actorOf(req), req.params.id)));
    },
    'api.config.security-provider.saml.key': async (req, res) => {
      res.json(toStanding(await setup.key(actorOf(req), req.params.id, req.body.step)));
    },
    'api.config.saml-metadata.preview': async (req, res) => {
      const found = await setup.preview(actorOf(req), req.body);
      res.json({
        identity_providers: found.map(({ entityId, settings, remarks }) => ({
          entity_id: entityId,
          settings: { ...settings },
          remarks,
        })),
      });
    },
  };
}

function toStanding(standing: SamlStanding): AnswerOf<'api.config.security-provider.saml.show', 200> {
  return {
    entity_id: standing.entityId,
    metadata_url: standing.metadata,
    acs_url: standing.assertionConsumer,
    slo_url: standing.singleLogout,
    certificates: standing.certificates.map(({ use, subject, notBefore, notAfter, fingerprint }) => ({
      use,
      subject,
      not_before: notBefore.toISOString(),
      not_after: notAfter.toISOString(),
      fingerprint,
    })),
  };
}
