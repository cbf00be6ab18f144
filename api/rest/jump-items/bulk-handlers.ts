import { ApplianceError, invalidField } from '../../../appliance/errors.ts';
import type { MadeJumpItemKind } from '../../../appliance/jump/jump-item.ts';
import type { BulkResult, BulkUpdate, NamedItem } from '../../../appliance/jump/jump-item-bulk.ts';
import type { JumpItemBulkService } from '../../../appliance/jump/jump-item-bulk-service.ts';
import { KINDS } from '../../../appliance/jump/jump-item-kinds.ts';
import { SEARCH_FIELDS, wordsOf } from '../../../appliance/jump/jump-item-search.ts';
import { actorOf } from '../../access/access-gate.ts';
import { BodyCheck } from '../../contract/body-check.ts';
import type { ContractDocument } from '../../contract/contract-document.ts';
import type { AnswerOf, BodyOf, Handler, Handlers } from '../../contract/handlers.ts';
import { fromBody, type JumpItemBody } from './jump-item-wire.ts';

export interface BulkHandlerServices {
  bulk: JumpItemBulkService;
  /** Changes are checked as the change operation of their kind checks them. */
  document: ContractDocument;
}

/** Changes of several Jump Items at once. */
export function jumpItemBulkHandlers({ bulk, document }: BulkHandlerServices): Partial<Handlers> {
  const checks = new Map<MadeJumpItemKind, BodyCheck>();
  const checkOf = (kind: MadeJumpItemKind): BodyCheck => {
    const known = checks.get(kind) ?? new BodyCheck(document, updateOf(document, kind));
    checks.set(kind, known);
    return known;
  };
  const transfer =
    (verb: 'move' | 'copy'): Handler<'api.config.jump-item.move'> =>
    async (req, res) => {
      const { items, jump_group_id: jumpGroupId, jump_group_type: jumpGroupType, preview } = req.body;
      const to = { jumpGroupId, jumpGroupType };
      res.json(toResult(await bulk[verb](actorOf(req), { items: items.map(toNamed), to, preview })));
    };
  return {
    'api.config.jump-item.bulk': async (req, res) => {
      const { type: kind, changes } = req.body;
      if (kind === 'jump_client') {
        throw invalidField('type', 'Jump Clients are changed one by one, at /jump-client/{id}.');
      }
      const checked = checkOf(kind).check(changes) as JumpItemBody;
      const update: BulkUpdate = {
        kind,
        select: selectionOf(req.body),
        changes: fromBody(kind, checked),
        preview: req.body.preview === true,
      };
      res.json(toResult(await bulk.update(actorOf(req), update)));
    },
    'api.config.jump-item.move': transfer('move'),
    'api.config.jump-item.copy': transfer('copy'),
  };
}

function updateOf(document: ContractDocument, kind: MadeJumpItemKind) {
  const operationId = `api.config.jump-item.${KINDS[kind].path}.update`;
  const operation = document.operations.find((one) => one.operationId === operationId);
  if (operation === undefined) throw new ApplianceError('not_found', `There is no ${operationId}.`);
  return operation;
}

type Body = BodyOf<'api.config.jump-item.bulk'>;

function selectionOf({ type: kind, items, filter, expected }: Body): BulkUpdate['select'] {
  if ((items === undefined) === (filter === undefined)) {
    throw invalidField('items', 'Name the Jump Items by either items or filter.');
  }
  if (items !== undefined) return { items: items.map((item) => toNamed({ ...item, type: kind })) };
  const query = {
    words: wordsOf(filter?.search ?? ''),
    fields: SEARCH_FIELDS,
    kinds: [kind],
    jumpGroupId: filter?.jump_group_id,
    jumpGroupType: filter?.jump_group_type,
    jumpointId: filter?.jumpoint_id,
    jumpPolicyId: filter?.jump_policy_id,
    tag: filter?.tag,
    status: filter?.status,
    sort: 'name',
    order: 'asc',
  } as const;
  return { found: { query, expected } };
}

function toNamed({ id, type, revision }: BodyOf<'api.config.jump-item.move'>['items'][number]): NamedItem {
  return { id, kind: type, revision };
}

function toResult(result: BulkResult): AnswerOf<'api.config.jump-item.bulk', 200> {
  const { matched, changed, unchanged, preview } = result;
  return {
    matched,
    changed,
    unchanged,
    refused: result.refused.map(({ fields, ...refusal }) => ({
      ...refusal,
      ...(fields !== undefined && { errors: fields }),
    })),
    preview,
    items: result.items.map(({ id, kind, revision, copyOf }) => ({
      id,
      type: kind,
      revision,
      ...(copyOf !== undefined && { copy_of: copyOf }),
    })),
  };
}
