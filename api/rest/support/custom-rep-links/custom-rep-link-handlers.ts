import type { CustomRepLink } from '../../../../appliance/support/custom-rep-link.ts';
import type { CustomRepLinkService } from '../../../../appliance/support/custom-rep-link-service.ts';
import { actorOf } from '../../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../../revision.ts';

export function customRepLinkHandlers({
  customRepLinks,
}: {
  customRepLinks: CustomRepLinkService;
}): Partial<Handlers> {
  return {
    'api.config.custom-rep-link.index': async (req, res) => {
      const { name, code_name: codeName } = req.query;
      const page = await customRepLinks.list({ name, codeName }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toLink), total: page.total });
    },
    'api.config.custom-rep-link.store': async (req, res) => {
      const { name, code_name: codeName, url } = req.body;
      const link = await customRepLinks.create(actorOf(req), { name, codeName, url });
      setRevision(res, link);
      sendCreated(res, `/custom-rep-link/${link.id}`, toLink(link));
    },
    'api.config.custom-rep-link.show': async (req, res) => {
      sendRevised(res, await customRepLinks.show(req.params.id), toLink);
    },
    'api.config.custom-rep-link.update': async (req, res) => {
      const { name, code_name: codeName, url } = req.body;
      const changes = { name, codeName, url };
      const link = await customRepLinks.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, link, toLink);
    },
    'api.config.custom-rep-link.destroy': async (req, res) => {
      await customRepLinks.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function toLink({
  id,
  name,
  codeName,
  url,
}: CustomRepLink): AnswerOf<'api.config.custom-rep-link.show', 200> {
  return { id, name, code_name: codeName, url };
}
