import { USER_SETTING_NAMES, type UserSettingName } from '../../../appliance/access/user-settings.ts';
import type { GroupPolicy } from '../../../appliance/directory/group-policy.ts';
import type {
  GroupPolicyOrderService,
  OrderOfPolicies,
} from '../../../appliance/directory/group-policy-order-service.ts';
import type { GroupPolicyService } from '../../../appliance/directory/group-policy-service.ts';
import {
  representativeStatusOf,
  type SettingStatus,
  shownValues,
  statusOf,
} from '../../../appliance/directory/group-policy-settings.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';
import { aliasesIn, settingsIn } from '../setting-values.ts';

export function groupPolicyHandlers({
  groupPolicies,
  groupPolicyOrder,
}: {
  groupPolicies: GroupPolicyService;
  groupPolicyOrder: GroupPolicyOrderService;
}): Partial<Handlers> {
  return {
    'api.config.group-policy.index': async (req, res) => {
      const { name, search } = req.query;
      const page = await groupPolicies.list(actorOf(req), { name, search }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toGroupPolicy), total: page.total });
    },
    'api.config.group-policy.store': async (req, res) => {
      const { name } = req.body;
      const policy = await groupPolicies.create(actorOf(req), { ...fromRequest(req.body), name });
      setRevision(res, policy);
      sendCreated(res, `/group-policy/${policy.id}`, toGroupPolicy(policy));
    },
    'api.config.group-policy.show': async (req, res) => {
      sendRevised(res, await groupPolicies.show(actorOf(req), req.params.id), toGroupPolicy);
    },
    'api.config.group-policy.update': async (req, res) => {
      const { id } = req.params;
      const changes = fromRequest(req.body);
      sendRevised(
        res,
        await groupPolicies.update(actorOf(req), id, changes, revisionsOf(req)),
        toGroupPolicy,
      );
    },
    'api.config.group-policy.destroy': async (req, res) => {
      await groupPolicies.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.vault.group-policy.copy': async (req, res) => {
      const policy = await groupPolicies.copy(actorOf(req), req.params.id, req.body.name);
      setRevision(res, policy);
      sendCreated(res, `/group-policy/${policy.id}`, toGroupPolicy(policy));
    },
    'api.config.group-policy.provision': async (req, res) => {
      await groupPolicies.provision(actorOf(req), req.params.id);
      res.status(204).end();
    },
    'api.config.group-policy.move': async (req, res) => {
      const { id } = req.params;
      const { position } = req.body;
      sendRevised(res, await groupPolicyOrder.move(actorOf(req), id, position, revisionsOf(req)), toOrder);
    },
    'api.config.group-policy.order.show': async (req, res) => {
      sendRevised(res, await groupPolicyOrder.show(actorOf(req)), toOrder);
    },
    'api.config.group-policy.order.update': async (req, res) => {
      const ids = req.body.ids ?? [];
      sendRevised(res, await groupPolicyOrder.write(actorOf(req), ids, revisionsOf(req)), toOrder);
    },
  };
}

function fromRequest(body: BodyOf<'api.config.group-policy.update'>) {
  return {
    name: body.name,
    comments: body.comments === null ? '' : body.comments,
    jumpGroupsAddFinal: body.jump_groups_add_final ?? undefined,
    jumpGroupsRemoveFinal: body.jump_groups_remove_final ?? undefined,
    teamsAddFinal: body.teams_add_final ?? undefined,
    teamsRemoveFinal: body.teams_remove_final ?? undefined,
    jumpointsAddFinal: body.jumpoints_add_final ?? undefined,
    jumpointsRemoveFinal: body.jumpoints_remove_final ?? undefined,
    values: settingsIn(body),
    aliases: aliasesIn(body),
    statuses: statusesIn(body.setting_status ?? {}),
    representativeStatus: body.rep_perm_status ?? undefined,
    representativeStatusAlias: body.access_perm_status ?? undefined,
  };
}

function statusesIn(statuses: { [name: string]: SettingStatus | null | undefined }) {
  return Object.fromEntries(
    Object.entries(statuses).filter(([, status]) => status !== null && status !== undefined),
  ) as Partial<Record<UserSettingName, SettingStatus>>;
}

export function toGroupPolicy(policy: GroupPolicy): AnswerOf<'api.config.group-policy.show', 200> {
  const values = shownValues(policy);
  const status = representativeStatusOf(policy);
  const { perm_support_allowed: allowed, perm_invite_external_rep: invites } = values;
  const answer = {
    id: policy.id,
    name: policy.name,
    comments: policy.comments,
    position: policy.position,
    rep_perm_status: status,
    access_perm_status: status,
    ...values,
    perm_access_allowed: allowed === 'full_support',
    perm_invite_external_user: invites,
    perm_sd_static_port_for_external_tools: false,
    jump_groups_add_final: policy.jumpGroupsAddFinal,
    jump_groups_remove_final: policy.jumpGroupsRemoveFinal,
    teams_add_final: policy.teamsAddFinal,
    teams_remove_final: policy.teamsRemoveFinal,
    jumpoints_add_final: policy.jumpointsAddFinal,
    jumpoints_remove_final: policy.jumpointsRemoveFinal,
    setting_status: Object.fromEntries(USER_SETTING_NAMES.map((name) => [name, statusOf(policy, name)])),
  };
  // The catalogue and the contract list the same settings; a test holds them together.
  return answer as unknown as AnswerOf<'api.config.group-policy.show', 200>;
}

function toOrder({ ids }: OrderOfPolicies): AnswerOf<'api.config.group-policy.order.show', 200> {
  return { ids };
}
