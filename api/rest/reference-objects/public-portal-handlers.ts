import type { PublicPortal } from '../../../appliance/portals/public-portal.ts';
import type { PublicPortalService } from '../../../appliance/portals/public-portal-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function publicPortalHandlers({
  publicPortals,
}: {
  publicPortals: PublicPortalService;
}): Partial<Handlers> {
  return {
    'api.config.public-portal.index': async (req, res) => {
      const { items, total } = await publicPortals.list(pageOf(req.query));
      sendPage(req, res, { items: items.map(toListed), total });
    },
    'api.config.public-portal.store': async (req, res) => {
      const input = { ...fromRequest(req.body), name: req.body.name };
      const portal = await publicPortals.create(actorOf(req), input);
      setRevision(res, portal);
      sendCreated(res, `/public-portal/${portal.id}`, toPortal(portal));
    },
    'api.config.public-portal.show': async (req, res) => {
      sendRevised(res, await publicPortals.show(actorOf(req), req.params.id), toPortal);
    },
    'api.config.public-portal.update': async (req, res) => {
      const changes = fromRequest(req.body);
      const portal = await publicPortals.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, portal, toPortal);
    },
    'api.config.public-portal.destroy': async (req, res) => {
      await publicPortals.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function fromRequest(body: BodyOf<'api.config.public-portal.update'>) {
  return {
    name: body.name,
    codeName: body.code_name === null ? '' : body.code_name,
    comments: body.comments === null ? '' : body.comments,
    addresses: body.addresses ?? undefined,
    sessionPolicyId: body.session_policy_id,
  };
}

function toListed(portal: PublicPortal): AnswerOf<'api.config.public-portal.index', 200>[number] {
  const { id, name, addresses, codeName } = portal;
  return { id, name, addresses: [...addresses], code_name: codeName };
}

function toPortal(portal: PublicPortal): AnswerOf<'api.config.public-portal.show', 200> {
  return {
    ...toListed(portal),
    comments: portal.comments,
    session_policy_id: portal.sessionPolicyId,
  };
}
