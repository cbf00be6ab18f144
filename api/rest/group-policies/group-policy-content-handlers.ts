import type { GroupPolicyMember, PolicyContent } from '../../../appliance/directory/group-policy.ts';
import type { GroupPolicyContentService } from '../../../appliance/directory/group-policy-content-service.ts';
import type { GroupPolicyMemberService } from '../../../appliance/directory/group-policy-member-service.ts';
import type { TeamRole } from '../../../appliance/support/team.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';

/** Members of group policies, and the Jump Groups, teams and Jumpoints they add people to. */
export function groupPolicyContentHandlers({
  groupPolicyMembers: members,
  groupPolicyContents: contents,
}: {
  groupPolicyMembers: GroupPolicyMemberService;
  groupPolicyContents: GroupPolicyContentService;
}): Partial<Handlers> {
  return {
    'api.config.group-policy.member.index': async (req, res) => {
      const page = await members.list(actorOf(req), req.params.id, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toMember), total: page.total });
    },
    'api.config.group-policy.member.store': async (req, res) => {
      const { id } = req.params;
      const member = await members.add(actorOf(req), id, {
        securityProviderId: req.body.security_provider_id ?? undefined,
        userId: req.body.user_id ?? undefined,
        // Clients with one form for all kinds send the others empty.
        distinguishedName: req.body.distinguished_name || undefined,
        groupName: req.body.group_name || undefined,
      });
      sendCreated(res, `/group-policy/${id}/member/${member.id}`, toMember(member));
    },
    'api.config.group-policy.member.show': async (req, res) => {
      res.json(toMember(await members.show(actorOf(req), req.params.id, req.params.member_id)));
    },
    'api.config.group-policy.member.destroy': async (req, res) => {
      await members.remove(actorOf(req), req.params.id, req.params.member_id);
      res.status(204).end();
    },

    'api.config.group-policy.jump-group.index': async (req, res) => {
      const { items } = await contents.list(actorOf(req), req.params.id, 'jump_group', 'add');
      res.json(items.map((content) => toJumpGroup(req.params.id, content)));
    },
    'api.config.group-policy.jump-group.store': async (req, res) => {
      const { id } = req.params;
      const { jump_group_id: groupId, jump_item_role_id: roleId } = req.body;
      const content: PolicyContent = { id: groupId, action: 'add', role: roleId || null };
      await contents.add(actorOf(req), id, 'jump_group', content);
      sendCreated(res, `/group-policy/${id}/jump-group/${groupId}`, toJumpGroup(id, content));
    },
    'api.config.group-policy.jump-group.show': async (req, res) => {
      const { id, jump_group_id: groupId } = req.params;
      res.json(toJumpGroup(id, await contents.show(actorOf(req), id, 'jump_group', 'add', groupId)));
    },
    'api.config.group-policy.jump-group.destroy': async (req, res) => {
      await contents.remove(actorOf(req), req.params.id, 'jump_group', 'add', req.params.jump_group_id);
      res.status(204).end();
    },

    'api.config.group-policy.team.index': async (req, res) => {
      const page = await contents.list(actorOf(req), req.params.id, 'team', 'add', pageOf(req.query));
      sendPage(req, res, {
        items: page.items.map((content) => toTeam(req.params.id, content)),
        total: page.total,
      });
    },
    'api.config.group-policy.team.store': async (req, res) => {
      const { id } = req.params;
      const { team_id: teamId, role } = req.body;
      const content: PolicyContent = { id: teamId, action: 'add', role: role ?? 'member' };
      await contents.add(actorOf(req), id, 'team', content);
      sendCreated(res, `/group-policy/${id}/team/${teamId}`, toTeam(id, content));
    },
    'api.config.group-policy.team.show': async (req, res) => {
      const { id, team_id: teamId } = req.params;
      res.json(toTeam(id, await contents.show(actorOf(req), id, 'team', 'add', teamId)));
    },
    'api.config.group-policy.team.destroy': async (req, res) => {
      await contents.remove(actorOf(req), req.params.id, 'team', 'add', req.params.team_id);
      res.status(204).end();
    },

    'api.config.group-policy.jumpoints.index': async (req, res) => {
      const page = await contents.list(actorOf(req), req.params.id, 'jumpoint', 'add', pageOf(req.query));
      sendPage(req, res, {
        items: page.items.map((content) => toJumpoint(req.params.id, content)),
        total: page.total,
      });
    },
    'api.config.group-policy.jumpoints.store': async (req, res) => {
      const { id } = req.params;
      const { jumpoint_id: jumpointId } = req.body;
      const content: PolicyContent = { id: jumpointId, action: 'add', role: null };
      await contents.add(actorOf(req), id, 'jumpoint', content);
      sendCreated(res, `/group-policy/${id}/jumpoint/${jumpointId}`, toJumpoint(id, content));
    },
    'api.config.group-policy.jumpoints.show': async (req, res) => {
      const { id, jumpoint_id: jumpointId } = req.params;
      res.json(toJumpoint(id, await contents.show(actorOf(req), id, 'jumpoint', 'add', jumpointId)));
    },
    'api.config.group-policy.jumpoints.destroy': async (req, res) => {
      await contents.remove(actorOf(req), req.params.id, 'jumpoint', 'add', req.params.jumpoint_id);
      res.status(204).end();
    },

    'api.config.group-policy.jump-group-removal.index': async (req, res) => {
      const { items, total } = await contents.list(
        actorOf(req),
        req.params.id,
        'jump_group',
        'remove',
        pageOf(req.query),
      );
      sendPage(req, res, { items: items.map(({ id }) => ({ jump_group_id: id })), total });
    },
    'api.config.group-policy.jump-group-removal.store': async (req, res) => {
      const { jump_group_id: id } = req.body;
      await contents.add(actorOf(req), req.params.id, 'jump_group', removalOf(id));
      res.status(201).json({ jump_group_id: id });
    },
    'api.config.group-policy.jump-group-removal.destroy': async (req, res) => {
      await contents.remove(actorOf(req), req.params.id, 'jump_group', 'remove', req.params.jump_group_id);
      res.status(204).end();
    },
    'api.config.group-policy.team-removal.index': async (req, res) => {
      const { items, total } = await contents.list(
        actorOf(req),
        req.params.id,
        'team',
        'remove',
        pageOf(req.query),
      );
      sendPage(req, res, { items: items.map(({ id }) => ({ team_id: id })), total });
    },
    'api.config.group-policy.team-removal.store': async (req, res) => {
      const { team_id: id } = req.body;
      await contents.add(actorOf(req), req.params.id, 'team', removalOf(id));
      res.status(201).json({ team_id: id });
    },
    'api.config.group-policy.team-removal.destroy': async (req, res) => {
      await contents.remove(actorOf(req), req.params.id, 'team', 'remove', req.params.team_id);
      res.status(204).end();
    },
    'api.config.group-policy.jumpoints-removal.index': async (req, res) => {
      const { items, total } = await contents.list(
        actorOf(req),
        req.params.id,
        'jumpoint',
        'remove',
        pageOf(req.query),
      );
      sendPage(req, res, { items: items.map(({ id }) => ({ jumpoint_id: id })), total });
    },
    'api.config.group-policy.jumpoints-removal.store': async (req, res) => {
      const { jumpoint_id: id } = req.body;
      await contents.add(actorOf(req), req.params.id, 'jumpoint', removalOf(id));
      res.status(201).json({ jumpoint_id: id });
    },
    'api.config.group-policy.jumpoints-removal.destroy': async (req, res) => {
      await contents.remove(actorOf(req), req.params.id, 'jumpoint', 'remove', req.params.jumpoint_id);
      res.status(204).end();
    },
  };
}

function removalOf(id: number): PolicyContent {
  return { id, action: 'remove', role: null };
}

function toMember(member: GroupPolicyMember): AnswerOf<'api.config.group-policy.member.show', 200> {
  return {
    id: member.id,
    security_provider_id: member.securityProviderId,
    user_id: member.userId,
    distinguished_name: member.distinguishedName ?? '',
    group_name: member.groupName ?? '',
  };
}

function toJumpGroup(
  policyId: number,
  { id, role }: PolicyContent,
): AnswerOf<'api.config.group-policy.jump-group.show', 200> {
  return { group_policy_id: policyId, jump_group_id: id, jump_item_role_id: Number(role ?? 0) };
}

function toTeam(
  policyId: number,
  { id, role }: PolicyContent,
): AnswerOf<'api.config.group-policy.team.show', 200> {
  return { group_policy_id: policyId, team_id: id, role: role as TeamRole };
}

function toJumpoint(
  policyId: number,
  { id }: PolicyContent,
): AnswerOf<'api.config.group-policy.jumpoints.show', 200> {
  return { group_policy_id: policyId, jumpoint_id: id };
}
