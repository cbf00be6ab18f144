import {
  SESSION_PERMISSION_NAMES,
  SESSION_PERMISSIONS,
  type SessionPermission,
  type SessionPermissionName,
} from '../../../appliance/access/session-permissions.ts';
import type { SessionPolicy } from '../../../appliance/access/session-policy.ts';
import type { SessionPolicyService } from '../../../appliance/access/session-policy-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';

export function sessionPolicyHandlers({
  sessionPolicies,
}: {
  sessionPolicies: SessionPolicyService;
}): Partial<Handlers> {
  return {
    'api.config.session-policy.index': async (req, res) => {
      const { items, total } = await sessionPolicies.list(pageOf(req.query));
      sendPage(req, res, { items: items.map(toListed), total });
    },
    'api.config.session-policy.store': async (req, res) => {
      const input = { ...fromRequest(req.body), displayName: req.body.display_name };
      const policy = await sessionPolicies.create(actorOf(req), input);
      setRevision(res, policy);
      sendCreated(res, `/session-policy/${policy.id}`, toPolicy(policy));
    },
    'api.config.session-policy.show': async (req, res) => {
      sendRevised(res, await sessionPolicies.show(actorOf(req), req.params.id), toPolicy);
    },
    'api.config.session-policy.update': async (req, res) => {
      const changes = fromRequest(req.body);
      const policy = await sessionPolicies.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, policy, toPolicy);
    },
    'api.config.session-policy.destroy': async (req, res) => {
      await sessionPolicies.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.session-policy.copy': async (req, res) => {
      const { display_name: displayName, code_name: codeName } = req.body;
      const policy = await sessionPolicies.copy(actorOf(req), req.params.id, {
        displayName,
        codeName: codeName ?? undefined,
      });
      setRevision(res, policy);
      sendCreated(res, `/session-policy/${policy.id}`, toPolicy(policy));
    },
    'api.config.global-session-policy.show': async (req, res) => {
      sendRevised(res, await sessionPolicies.showGlobal(actorOf(req)), toGlobal);
    },
    'api.config.global-session-policy.update': async (req, res) => {
      const policy = await sessionPolicies.updateGlobal(
        actorOf(req),
        req.body.permissions ?? {},
        revisionsOf(req),
      );
      sendRevised(res, policy, toGlobal);
    },
    'api.config.session-permission.index': (_req, res) => {
      res.json(SESSION_PERMISSION_NAMES.map(toPermission));
    },
  };
}

function fromRequest(body: BodyOf<'api.config.session-policy.update'>) {
  return {
    displayName: body.display_name,
    codeName: body.code_name === null ? '' : body.code_name,
    description: body.description === null ? '' : body.description,
    availableToUsers: body.available_to_users ?? undefined,
    availableToJumpItems: body.available_to_jump_items ?? undefined,
    availableToRepInvite: body.available_to_rep_invite ?? undefined,
    availableToPortals: body.available_to_portals ?? undefined,
    permissions: body.permissions ?? undefined,
  };
}

/** What the published list shows first, then what somebody who chooses a policy has to know. */
function toListed(policy: SessionPolicy): AnswerOf<'api.config.session-policy.index', 200>[number] {
  return {
    id: policy.id,
    display_name: policy.displayName,
    code_name: policy.codeName,
    description: policy.description,
    available_to_users: policy.availableToUsers,
    available_to_jump_items: policy.availableToJumpItems,
    available_to_rep_invite: policy.availableToRepInvite,
    available_to_portals: policy.availableToPortals,
  };
}

function toPolicy(policy: SessionPolicy): AnswerOf<'api.config.session-policy.show', 200> {
  return { ...toListed(policy), permissions: permissionsOf(policy) };
}

function toGlobal(policy: SessionPolicy): AnswerOf<'api.config.global-session-policy.show', 200> {
  return { permissions: permissionsOf(policy) };
}

/** The values were checked against the catalogue, which the schema repeats. */
function permissionsOf({ permissions }: SessionPolicy) {
  return permissions as AnswerOf<'api.config.session-policy.show', 200>['permissions'];
}

function toPermission(
  name: SessionPermissionName,
): AnswerOf<'api.config.session-permission.index', 200>[number] {
  const { section, label, form, initial, strictest }: SessionPermission = SESSION_PERMISSIONS[name];
  const shown = { name, section, label, initial: toJson(initial), strictest: toJson(strictest) };
  switch (form.kind) {
    case 'choice':
      return { ...shown, form: 'choice', values: [...form.values] };
    case 'seconds':
      return { ...shown, form: 'seconds', minimum: form.minimum, maximum: form.maximum };
    case 'paths':
      return { ...shown, form: 'paths' };
  }
}

function toJson(value: SessionPermission['initial']): string | number | string[] {
  return typeof value === 'object' ? [...value] : value;
}
