import { JUMP_ITEM_KINDS, type JumpItem, type MadeJumpItemKind } from '../../../appliance/jump/jump-item.ts';
import { KINDS } from '../../../appliance/jump/jump-item-kinds.ts';
import type { JumpItemService } from '../../../appliance/jump/jump-item-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { Handler, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, setRevision } from '../revision.ts';
import { exportHandler } from './export-handler.ts';
import { fromBody, toAnswer, toSummary } from './jump-item-wire.ts';
import { fromCursor, searchQueryOf, toCursor } from './search-query.ts';

interface Services {
  jumpItems: JumpItemService;
}

/** The search and export over all kinds, and six operations for each kind of the table. */
export function jumpItemHandlers(services: Services): Partial<Handlers> {
  const handlers: Partial<Handlers> = {
    'api.config.jump-item.index': searchHandler(services),
    'api.config.jump-item.export': exportHandler(services),
  };
  for (const kind of JUMP_ITEM_KINDS) Object.assign(handlers, kindHandlers(kind, services));
  return handlers;
}

function searchHandler({ jumpItems }: Services): Handler<'api.config.jump-item.index'> {
  return async (req, res) => {
    const query = searchQueryOf(req.query);
    const { cursor, limit = 100 } = req.query;
    const after = cursor === undefined ? undefined : fromCursor(cursor, query);
    const page = await jumpItems.search(actorOf(req), query, { after, limit });
    res.json({
      items: page.items.map(toSummary),
      total: page.total,
      next_cursor: page.next === undefined ? null : toCursor(page.next, query),
    });
  };
}

/** The published filters of the kinds differ only in `hostname` and, for a Web Jump, `url`. */
type ListQuery =
  Handler<'api.config.jump-item.shell-jump.index'> extends (req: infer R, ...rest: never[]) => unknown
    ? R extends { query: infer Q }
      ? Q & { url?: string; endpoint_id?: number }
      : never
    : never;

/** The operations of one kind. They are typed as those of the simplest kind: the contract checks what differs. */
function kindHandlers(kind: MadeJumpItemKind, { jumpItems }: Services): Record<string, unknown> {
  const { path } = KINDS[kind];
  const index: Handler<'api.config.jump-item.vpro.index'> = async (req, res) => {
    const query = req.query as ListQuery;
    const filter = {
      name: query.name,
      hostname: query.hostname ?? query.url,
      tag: query.tag,
      jumpGroupId: query.jump_group_id,
      jumpGroupType: query.jump_group_type,
      jumpointId: query.jumpoint_id,
      vaultEndpointId: query.endpoint_id,
    };
    const page = await jumpItems.list(actorOf(req), kind, filter, pageOf(query));
    sendPage(req, res, { items: page.items.map(toAnswer), total: page.total });
  };
  const store: Handler<'api.config.jump-item.vpro.store'> = async (req, res) => {
    const item = await jumpItems.create(actorOf(req), kind, fromBody(kind, req.body));
    setRevision(res, item);
    sendCreated(res, `/jump-item/${path}/${item.id}`, toAnswer(item));
  };
  const show: Handler<'api.config.jump-item.vpro.show'> = async (req, res) => {
    sendItem(res, await jumpItems.show(actorOf(req), req.params.id, kind));
  };
  const update: Handler<'api.config.jump-item.vpro.update'> = async (req, res) => {
    const input = fromBody(kind, req.body);
    sendItem(res, await jumpItems.update(actorOf(req), kind, req.params.id, input, revisionsOf(req)));
  };
  const destroy: Handler<'api.config.jump-item.vpro.destroy'> = async (req, res) => {
    await jumpItems.delete(actorOf(req), kind, req.params.id, revisionsOf(req));
    res.status(204).end();
  };
  const copy: Handler<'api.config.jump-item.vpro.copy'> = async (req, res) => {
    const { jump_group_id: jumpGroupId, jump_group_type: jumpGroupType, name } = req.body;
    const made = await jumpItems.copy(actorOf(req), kind, req.params.id, {
      jumpGroupId,
      jumpGroupType,
      name,
    });
    res.json({ action: 'copy', success: '1', destId: made.id });
  };
  const operations = { index, store, show, update, destroy, copy };
  return Object.fromEntries(
    Object.entries(operations).map(([verb, handler]) => [`api.config.jump-item.${path}.${verb}`, handler]),
  );
}

function sendItem(res: Parameters<Handler<'api.config.jump-item.vpro.show'>>[1], item: JumpItem): void {
  setRevision(res, item);
  res.json(toAnswer(item));
}
