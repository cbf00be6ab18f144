import type { RepStatus } from '../../../../appliance/support/rep-status.ts';
import type { RepStatusService } from '../../../../appliance/support/rep-status-service.ts';
import { actorOf } from '../../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../../revision.ts';

export function repStatusHandlers({ repStatuses }: { repStatuses: RepStatusService }): Partial<Handlers> {
  return {
    'api.config.rep-status.index': async (req, res) => {
      const page = await repStatuses.list({ name: req.query.name }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toStatus), total: page.total });
    },
    'api.config.rep-status.store': async (req, res) => {
      const { name, code_name: codeName, display_as: displayAs } = req.body;
      const status = await repStatuses.create(actorOf(req), { name, codeName, displayAs });
      setRevision(res, status);
      sendCreated(res, `/rep-status/${status.id}`, toStatus(status));
    },
    'api.config.rep-status.show': async (req, res) => {
      sendRevised(res, await repStatuses.show(req.params.id), toStatus);
    },
    'api.config.rep-status.update': async (req, res) => {
      const { name, code_name: codeName, display_as: displayAs } = req.body;
      const changes = { name, codeName, displayAs };
      const status = await repStatuses.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, status, toStatus);
    },
    'api.config.rep-status.destroy': async (req, res) => {
      await repStatuses.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function toStatus(status: RepStatus): AnswerOf<'api.config.rep-status.show', 200> {
  return { id: status.id, name: status.name, code_name: status.codeName, display_as: status.displayAs };
}
