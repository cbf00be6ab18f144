import type { AssociationInput } from '../../../appliance/vault/association-changes.ts';
import type {
  AssociationOwner,
  MatchingJumpItem,
  VaultAssociation,
} from '../../../appliance/vault/vault-association.ts';
import type {
  AssociableKind,
  VaultAssociationService,
} from '../../../appliance/vault/vault-association-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handler, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

type OfAccount = 'api.config.vault.account.jump-item-association';
type OfGroup = 'api.config.vault.account-group.jump-item-association';

/** For which Jump Items accounts and groups of accounts are. */
export function vaultAssociationHandlers({
  vaultAssociations: associations,
}: {
  vaultAssociations: VaultAssociationService;
}): Partial<Handlers> {
  /** What both families have; they differ in whose association it is. */
  const shared = (type: AssociationOwner['type']) => {
    const ownerOf = (id: number): AssociationOwner => ({ type, id });
    /** Answers of groups name the group. */
    const groupOf = (id: number) => (type === 'account_group' ? { account_group_id: id } : {});
    const show: Handler<`${OfGroup}.show`> = async (req, res) => {
      sendRevised(res, await associations.show(actorOf(req), ownerOf(req.params.id)), toAssociation);
    };
    const update: Handler<`${OfGroup}.update`> = async (req, res) => {
      const [actor, owner] = [actorOf(req), ownerOf(req.params.id)];
      const changed = await associations.change(actor, owner, fromBody(req.body), revisionsOf(req));
      sendRevised(res, changed, toAssociation);
    };
    const matching: Handler<`${OfGroup}.matching-jump-item.index`> = async (req, res) => {
      const page = await associations.matching(actorOf(req), ownerOf(req.params.id), pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toMatching), total: page.total });
    };
    const addItem: Handler<`${OfGroup}.jump-item.store`> = async (req, res) => {
      const { id, type: kind } = req.body;
      await associations.addJumpItem(actorOf(req), ownerOf(req.params.id), { id, kind });
      res.json({ id, ...groupOf(req.params.id), type: kind });
    };
    const removeItem: Handler<`${OfGroup}.jump-item.destroy`> = async (req, res) => {
      const { id, type: kind } = req.body;
      await associations.removeJumpItem(actorOf(req), ownerOf(req.params.id), { id, kind });
      res.status(204).end();
    };
    const addGroup: Handler<`${OfGroup}.shared-jump-group.store`> = async (req, res) => {
      const { shared_jump_group_id: groupId } = req.body;
      await associations.addJumpGroup(actorOf(req), ownerOf(req.params.id), groupId);
      res.json({ shared_jump_group_id: groupId, ...groupOf(req.params.id) });
    };
    const removeGroup: Handler<`${OfGroup}.shared-jump-group.destroy`> = async (req, res) => {
      const { shared_jump_group_id: groupId } = req.body;
      await associations.removeJumpGroup(actorOf(req), ownerOf(req.params.id), groupId);
      res.status(204).end();
    };
    return { show, update, matching, addItem, removeItem, addGroup, removeGroup };
  };
  const account = shared('account');
  const group = shared('account_group');

  return {
    'api.config.vault.account.jump-item-association.show': account.show,
    'api.config.vault.account.jump-item-association.store': async (req, res) => {
      const { id } = req.params;
      const association = await associations.create(
        actorOf(req),
        { type: 'account', id },
        fromBody(req.body),
      );
      setRevision(res, association);
      sendCreated(res, `/vault/account/${id}/jump-item-association`, toAssociation(association));
    },
    'api.config.vault.account.jump-item-association.update': account.update,
    'api.config.vault.account.jump-item-association.destroy': async (req, res) => {
      await associations.inherit(actorOf(req), { type: 'account', id: req.params.id }, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.vault.account.jump-item-association.matching-jump-item.index': account.matching,
    'api.config.vault.account.jump-item-association.jump-item.store': account.addItem,
    'api.config.vault.account.jump-item-association.jump-item.destroy': account.removeItem,
    'api.config.vault.account.jump-item-association.shared-jump-group.store': account.addGroup,
    'api.config.vault.account.jump-item-association.shared-jump-group.destroy': account.removeGroup,

    'api.config.vault.account-group.jump-item-association.show': group.show,
    'api.config.vault.account-group.jump-item-association.update': group.update,
    'api.config.vault.account-group.jump-item-association.matching-jump-item.index': group.matching,
    'api.config.vault.account-group.jump-item-association.jump-item.store': group.addItem,
    'api.config.vault.account-group.jump-item-association.jump-item.destroy': group.removeItem,
    'api.config.vault.account-group.jump-item-association.shared-jump-group.store': group.addGroup,
    'api.config.vault.account-group.jump-item-association.shared-jump-group.destroy': group.removeGroup,
  };
}

function fromBody(body: BodyOf<`${OfAccount}.update`>): AssociationInput {
  const { criteria } = body;
  return {
    filterType: body.filter_type,
    criteria: criteria && {
      sharedJumpGroupIds: criteria.shared_jump_groups,
      host: criteria.host,
      name: criteria.name,
      tag: criteria.tag,
      comment: criteria.comment,
    },
    jumpItems: body.jump_items?.map(({ id, type }) => ({ id, kind: type })),
  };
}

function toAssociation(association: VaultAssociation): AnswerOf<`${OfAccount}.show`, 200> {
  const { filterType } = association;
  if (filterType !== 'criteria') return { filter_type: filterType };
  return {
    filter_type: filterType,
    criteria: {
      shared_jump_groups: [...association.sharedJumpGroupIds],
      host: [...association.host],
      name: [...association.name],
      tag: [...association.tag],
      comment: [...association.comment],
    },
    jump_items: association.jumpItems.map(({ id, kind }) => ({ id, type: kind as AssociableKind })),
  };
}

function toMatching({
  id,
  kind,
  name,
  hostname,
}: MatchingJumpItem): AnswerOf<`${OfAccount}.matching-jump-item.index`, 200>[number] {
  return {
    id,
    type: kind as AnswerOf<`${OfAccount}.matching-jump-item.index`, 200>[number]['type'],
    name,
    hostname,
  };
}
