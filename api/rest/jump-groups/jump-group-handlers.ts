import type { Response } from 'express';
import { invalidField } from '../../../appliance/errors.ts';
import {
  type JumpGroup,
  type JumpGroupMember,
  revisionOfMember,
} from '../../../appliance/jump/jump-group.ts';
import type { JumpGroupService } from '../../../appliance/jump/jump-group-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function jumpGroupHandlers({ jumpGroups }: { jumpGroups: JumpGroupService }): Partial<Handlers> {
  return {
    'api.config.jump-group.index': async (req, res) => {
      const { name, code_name: codeName, search } = req.query;
      const page = await jumpGroups.list(actorOf(req), { name, codeName, search }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toGroup), total: page.total });
    },
    'api.config.jump-group.store': async (req, res) => {
      const { name, code_name: codeName, comments } = req.body;
      refuseReference(req.body, 'ecm_group_id');
      const group = await jumpGroups.create(actorOf(req), { name, codeName, comments });
      setRevision(res, group);
      sendCreated(res, `/jump-group/${group.id}`, toGroup(group));
    },
    'api.config.jump-group.show': async (req, res) => {
      sendRevised(res, await jumpGroups.show(actorOf(req), req.params.id), toGroup);
    },
    'api.config.jump-group.update': async (req, res) => {
      const { name, code_name: codeName, comments } = req.body;
      refuseReference(req.body, 'ecm_group_id');
      const changes = { name, codeName, comments };
      const group = await jumpGroups.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, group, toGroup);
    },
    'api.config.jump-group.destroy': async (req, res) => {
      await jumpGroups.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.jump-group.user.index': async (req, res) => {
      const page = await jumpGroups.listMembers(actorOf(req), req.params.id, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toMember), total: page.total });
    },
    'api.config.jump-group.user.store': async (req, res) => {
      const { user_id: userId, jump_item_role_id: jumpItemRoleId = null } = req.body;
      refuseReference(req.body, 'jump_policy_id');
      const member = await jumpGroups.addMember(actorOf(req), req.params.id, { userId, jumpItemRoleId });
      setRevision(res, { revision: revisionOfMember(member) });
      sendCreated(res, `/jump-group/${req.params.id}/user/${userId}`, toMember(member));
    },
    'api.config.jump-group.user.show': async (req, res) => {
      sendMember(res, await jumpGroups.showMember(actorOf(req), req.params.id, req.params.user_id));
    },
    'api.config.jump-group.user.update': async (req, res) => {
      const { jump_item_role_id: jumpItemRoleId } = req.body;
      const { id, user_id: userId } = req.params;
      const changes = { jumpItemRoleId };
      sendMember(res, await jumpGroups.changeMember(actorOf(req), id, userId, changes, revisionsOf(req)));
    },
    'api.config.jump-group.user.destroy': async (req, res) => {
      const { id, user_id: userId } = req.params;
      await jumpGroups.removeMember(actorOf(req), id, userId, revisionsOf(req));
      res.status(204).end();
    },
  };
}

/** Clients of the other product line send these as null; an id would name something that does not exist here. */
function refuseReference<Name extends string>(body: { [N in Name]?: number | null }, name: Name): void {
  const id = body[name];
  if (id !== undefined && id !== null) throw invalidField(name, 'There is nothing with this id.');
}

function toGroup({ id, name, codeName, comments }: JumpGroup): AnswerOf<'api.config.jump-group.show', 200> {
  return { id, name, code_name: codeName, comments };
}

function sendMember(res: Response, member: JumpGroupMember): void {
  setRevision(res, { revision: revisionOfMember(member) });
  res.json(toMember(member));
}

function toMember(member: JumpGroupMember): AnswerOf<'api.config.jump-group.user.show', 200> {
  return { user_id: member.userId, jump_item_role_id: member.jumpItemRoleId };
}
