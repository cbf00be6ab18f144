import type { CannedMessage } from '../../../../appliance/support/canned-message.ts';
import type { CannedMessageService } from '../../../../appliance/support/canned-message-service.ts';
import { actorOf } from '../../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../../revision.ts';

export function cannedMessageHandlers({
  cannedMessages,
}: {
  cannedMessages: CannedMessageService;
}): Partial<Handlers> {
  return {
    'api.config.canned-message.index': async (req, res) => {
      const { title, code_name: codeName, category, team_id: teamId } = req.query;
      const filter = { title, codeName, category, teamId };
      const page = await cannedMessages.list(actorOf(req), filter, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toAnswer), total: page.total });
    },
    'api.config.canned-message.store': async (req, res) => {
      const { title, code_name: codeName, message, categories, team_ids: teamIds } = req.body;
      const input = { title, codeName, message, categories, teamIds };
      const created = await cannedMessages.create(actorOf(req), input);
      setRevision(res, created);
      sendCreated(res, `/canned-message/${created.id}`, toAnswer(created));
    },
    'api.config.canned-message.show': async (req, res) => {
      sendRevised(res, await cannedMessages.show(actorOf(req), req.params.id), toAnswer);
    },
    'api.config.canned-message.update': async (req, res) => {
      const { title, code_name: codeName, message, categories, team_ids: teamIds } = req.body;
      const changes = { title, codeName, message, categories, teamIds };
      const changed = await cannedMessages.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, changed, toAnswer);
    },
    'api.config.canned-message.destroy': async (req, res) => {
      await cannedMessages.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function toAnswer(message: CannedMessage): AnswerOf<'api.config.canned-message.show', 200> {
  return {
    id: message.id,
    title: message.title,
    code_name: message.codeName,
    message: message.message,
    categories: message.categories,
    team_ids: message.teamIds,
  };
}
