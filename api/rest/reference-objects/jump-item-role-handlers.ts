import { JUMP_ITEM_PERMISSIONS, type RevisedJumpItemRole } from '../../../appliance/jump/jump-item-role.ts';
import type { JumpItemRoleService } from '../../../appliance/jump/jump-item-role-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function jumpItemRoleHandlers({
  jumpItemRoles,
}: {
  jumpItemRoles: JumpItemRoleService;
}): Partial<Handlers> {
  return {
    'api.config.jump-item-role.index': async (req, res) => {
      const { items, total } = await jumpItemRoles.list({ name: req.query.name }, pageOf(req.query));
      sendPage(req, res, { items: items.map(toRole), total });
    },
    'api.config.jump-item-role.store': async (req, res) => {
      const role = await jumpItemRoles.create(actorOf(req), {
        ...fromRequest(req.body),
        name: req.body.name,
      });
      setRevision(res, role);
      sendCreated(res, `/jump-item-role/${role.id}`, toRole(role));
    },
    'api.config.jump-item-role.show': async (req, res) => {
      sendRevised(res, await jumpItemRoles.show(req.params.id), toRole);
    },
    'api.config.jump-item-role.update': async (req, res) => {
      const changes = fromRequest(req.body);
      const role = await jumpItemRoles.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, role, toRole);
    },
    'api.config.jump-item-role.destroy': async (req, res) => {
      await jumpItemRoles.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
  };
}

function fromRequest(body: BodyOf<'api.config.jump-item-role.update'>) {
  const permissions = Object.fromEntries(
    JUMP_ITEM_PERMISSIONS.map((name) => [name, body[name] ?? undefined]),
  ) as { [Name in (typeof JUMP_ITEM_PERMISSIONS)[number]]: boolean | undefined };
  return {
    ...permissions,
    name: body.name,
    description: body.description === null ? '' : body.description,
  };
}

function toRole({ revision, ...role }: RevisedJumpItemRole): AnswerOf<'api.config.jump-item-role.show', 200> {
  return role;
}
