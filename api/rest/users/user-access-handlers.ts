import type { SettingStatement } from '../../../appliance/access/effective-settings.ts';
import { USER_SETTING_NAMES, USER_SETTINGS } from '../../../appliance/access/user-settings.ts';
import type {
  ExplainedUser,
  UserAccessService,
  UserMembership,
} from '../../../appliance/directory/user-access-service.ts';
import type { UserService } from '../../../appliance/directory/user-service.ts';
import { ownValuesOf } from '../../../appliance/directory/user-setting-changes.ts';
import type { TeamRole } from '../../../appliance/support/team.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';
import { toSource, toSourceOrNull, toStatement } from '../access/access-wire.ts';
import { toGroupPolicy } from '../group-policies/group-policy-handlers.ts';
import { revisionsOf, setRevision } from '../revision.ts';

/** What group policies make of a person, and to which the person belongs. */
export function userAccessHandlers({
  users,
  userAccess,
}: {
  users: UserService;
  userAccess: UserAccessService;
}): Partial<Handlers> {
  return {
    'api.config.user.group_policies': async (req, res) => {
      const page = await userAccess.groupPolicies(actorOf(req), req.params.id, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toGroupPolicy), total: page.total });
    },
    'api.config.user.group_policy_change': async (req, res) => {
      const { added = [], removed = [] } = req.body;
      const policy = await userAccess.changeGroupPolicies(actorOf(req), req.params.id, { added, removed });
      res.json(toGroupPolicy(policy));
    },
    'api.config.user.provision': async (req, res) => {
      await userAccess.provision(actorOf(req), req.body?.user_ids ?? []);
      res.status(204).end();
    },
    'api.config.user.setting.show': async (req, res) => {
      const explained = await userAccess.settings(actorOf(req), req.params.id);
      setRevision(res, explained.user);
      res.json(toSettings(explained));
    },
    'api.config.user.setting.update': async (req, res) => {
      const actor = actorOf(req);
      await users.update(actor, req.params.id, { ownValues: req.body }, revisionsOf(req));
      const explained = await userAccess.settings(actor, req.params.id);
      setRevision(res, explained.user);
      res.json(toSettings(explained));
    },
    'api.config.user.jump-group.index': async (req, res) => {
      const page = await userAccess.memberships(actorOf(req), req.params.id, 'jump_group', pageOf(req.query));
      const items: AnswerOf<'api.config.user.jump-group.index', 200> = page.items.map((membership) => ({
        jump_group_id: membership.id,
        name: membership.name,
        jump_item_role_id: membership.role === null ? null : Number(membership.role),
        role_source: toSourceOrNull(membership.roleSource),
        ...sourceOf(membership),
      }));
      sendPage(req, res, { items, total: page.total });
    },
    'api.config.user.team.index': async (req, res) => {
      const page = await userAccess.memberships(actorOf(req), req.params.id, 'team', pageOf(req.query));
      const items: AnswerOf<'api.config.user.team.index', 200> = page.items.map((membership) => ({
        team_id: membership.id,
        name: membership.name,
        role: (membership.role ?? 'member') as TeamRole,
        role_source: toSourceOrNull(membership.roleSource),
        ...sourceOf(membership),
      }));
      sendPage(req, res, { items, total: page.total });
    },
    'api.config.user.jumpoint.index': async (req, res) => {
      const page = await userAccess.memberships(actorOf(req), req.params.id, 'jumpoint', pageOf(req.query));
      const items: AnswerOf<'api.config.user.jumpoint.index', 200> = page.items.map((membership) => ({
        jumpoint_id: membership.id,
        name: membership.name,
        ...sourceOf(membership),
      }));
      sendPage(req, res, { items, total: page.total });
    },
  };
}

/** Whoever made the person a member, and everything that was said. */
function sourceOf({ statements }: UserMembership) {
  const deciding = statements.find(({ passedOver }) => passedOver === undefined);
  return {
    source: toSource(deciding?.source ?? { kind: 'initial' }),
    statements: statements.map((statement) => toStatement(statement as SettingStatement)),
  };
}

function toSettings({ user, settings }: ExplainedUser): AnswerOf<'api.config.user.setting.show', 200> {
  const own = ownValuesOf(user);
  return {
    id: user.id,
    settings: USER_SETTING_NAMES.map((name) => {
      const { value, source, statements } = settings[name];
      return {
        name,
        section: USER_SETTINGS[name].section,
        own: own[name] ?? null,
        value: value ?? null,
        source: toSource(source),
        statements: statements.map(toStatement),
      };
    }),
  };
}
