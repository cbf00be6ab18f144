import type { CustomSessionAttribute } from '../../../appliance/sessions/custom-session-attribute.ts';
import type { CustomSessionAttributeService } from '../../../appliance/sessions/custom-session-attribute-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function customSessionAttributeHandlers({
  attributes,
}: {
  attributes: CustomSessionAttributeService;
}): Partial<Handlers> {
  return {
    'api.config.custom-session-attribute.index': async (req, res) => {
      const page = await attributes.list({ codeName: req.query.code_name }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toAttribute), total: page.total });
    },
    'api.config.custom-session-attribute.store': async (req, res) => {
      const { display_name: displayName, code_name: codeName } = req.body;
      const attribute = await attributes.create(actorOf(req), { displayName, codeName });
      setRevision(res, attribute);
      sendCreated(res, `/custom-session-attribute/${attribute.id}`, toAttribute(attribute));
    },
    'api.config.custom-session-attribute.show': async (req, res) => {
      sendRevised(res, await attributes.show(req.params.id), toAttribute);
    },
    'api.config.custom-session-attribute.update': async (req, res) => {
      const { display_name: displayName, code_name: codeName } = req.body;
      const changes = { displayName, codeName };
      const attribute = await attributes.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, attribute, toAttribute);
    },
    'api.config.custom-session-attribute.destroy': async (req, res) => {
      await attributes.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function toAttribute({
  id,
  displayName,
  codeName,
}: CustomSessionAttribute): AnswerOf<'api.config.custom-session-attribute.show', 200> {
  return { id, display_name: displayName, code_name: codeName };
}
