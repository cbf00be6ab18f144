import type {
  ExplainService,
  Explanation,
  PersonAnswer,
  WhoMayQuery,
} from '../../../appliance/access/explain/explain-service.ts';
import type {
  ListedItem,
  ListedMembership,
  PersonOverview,
  PersonOverviewService,
} from '../../../appliance/access/explain/person-overview-service.ts';
import type { ExpectationResult, PolicyTests } from '../../../appliance/access/explain/policy-tests.ts';
import type { SessionSimulator, Simulation } from '../../../appliance/access/explain/session-simulation.ts';
import { type BriefAnswer, briefAnswer } from '../../../appliance/access/explain/standing.ts';
import {
  SESSION_PERMISSIONS,
  type SessionPermissionName,
  type SessionPermissionValue,
  sessionPermissionProblem,
} from '../../../appliance/access/session-permissions.ts';
import { USER_SETTING_NAMES, USER_SETTINGS } from '../../../appliance/access/user-settings.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import { invalidField } from '../../../appliance/errors.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';
import { dateOf, toItemReference, toQuestion } from './access-request.ts';
import {
  toBrief,
  toGroup,
  toItem,
  toOwnSteps,
  toPermissionSource,
  toPermissions,
  toPerson,
  toRole,
  toSetting,
  toStatement,
  toStep,
} from './access-wire.ts';
import { toChanges } from './proposed-change-wire.ts';

export interface AccessHandlerServices {
  explain: ExplainService;
  overview: PersonOverviewService;
  simulator: SessionSimulator;
  policyTests: PolicyTests;
}

export function accessHandlers(services: AccessHandlerServices): Partial<Handlers> {
  const { explain, overview, simulator, policyTests } = services;
  return {
    'api.config.access.explain': async (req, res) => {
      const actor = actorOf(req);
      const self = actor.kind === 'user' ? { id: actor.userId } : {};
      const explanation = await explain.explain(actor, {
        ...toQuestion(req.body, self),
        whatIf: toChanges(req.body.what_if),
        affected: req.body.affected ?? false,
      });
      res.json(toExplanation(explanation));
    },
    'api.config.access.simulate-session': async (req, res) => {
      const { user, start_method: startMethod, jump_item: jumpItem, what_if: whatIf } = req.body;
      const simulation = await simulator.simulate(actorOf(req), {
        user,
        startMethod,
        jumpItem: toItemReference(jumpItem),
        publicPortalId: req.body.public_portal_id,
        customerPresent: req.body.customer_present,
        whatIf: toChanges(whatIf),
      });
      res.json(toSimulation(simulation));
    },
    'api.config.access.policy-test': async (req, res) => {
      const expectations = req.body.expectations.map((expectation, index) => ({
        name: expectation.name,
        question: toQuestion(expectation),
        expect: expectation.expect,
        reason: expectation.reason,
        sessionPermissions: expectedPermissions(expectation.session_permissions, index),
      }));
      const changes = toChanges(req.body.what_if);
      res.json(toReport(await policyTests.run(actorOf(req), expectations, changes)));
    },
    'api.config.access.user.show': async (req, res) => {
      res.json(toUserAccess(await overview.overview(actorOf(req), req.params.id)));
    },
    'api.config.access.user.membership.index': async (req, res) => {
      const of = req.query.of ?? 'jump_group';
      const page = await overview.memberships(actorOf(req), req.params.id, of, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toMembership), total: page.total });
    },
    'api.config.access.user.jump-item.index': async (req, res) => {
      const { permission, type, search, jump_group_id: jumpGroupId, at } = req.query;
      const query = {
        permission,
        kinds: type === undefined ? undefined : [type],
        search: search || undefined,
        jumpGroupId,
        at: dateOf(at),
      };
      const page = await overview.items(actorOf(req), req.params.id, query, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toListedItem), total: page.total });
    },
    'api.config.access.jump-item.user.index': async (req, res) => {
      const {
        action,
        at,
        override_schedule: overrideSchedule,
        customer_present: customerPresent,
      } = req.query;
      const query: WhoMayQuery = {
        action: action ?? 'start',
        jumpItem: { id: req.params.id },
        at: dateOf(at),
        overrideSchedule,
        customerPresent,
        ...peopleOf(req.query),
      };
      const page = await explain.whoMay(actorOf(req), query, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toWhoMay), total: page.total });
    },
    'api.config.access.jump-group.user.index': async (req, res) => {
      const { action, jump_group_type: type } = req.query;
      const query: WhoMayQuery = {
        action: action ?? 'start',
        jumpGroup: { type, id: req.params.id },
        ...peopleOf(req.query),
      };
      const page = await explain.whoMay(actorOf(req), query, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toWhoMay), total: page.total });
    },
  };
}

function peopleOf({
  decision,
  search,
}: {
  decision?: 'allow' | 'deny';
  search?: string;
}): Pick<WhoMayQuery, 'decision' | 'search'> {
  return { decision, search: search || undefined };
}

function expectedPermissions(given: Record<string, unknown> | undefined, index: number) {
  for (const [name, value] of Object.entries(given ?? {})) {
    const field = `expectations.${index}.session_permissions.${name}`;
    if (!Object.hasOwn(SESSION_PERMISSIONS, name))
      throw invalidField(field, `There is no session permission ${name}.`);
    const problem = sessionPermissionProblem(name as SessionPermissionName, value);
    if (problem !== undefined) throw invalidField(field, problem);
  }
  return given as { [Name in SessionPermissionName]?: SessionPermissionValue } | undefined;
}

function toExplanation(explanation: Explanation): AnswerOf<'api.config.access.explain', 200> {
  const { user, subject, at, answer, permissions, before, affected, withoutSources } = explanation;
  const { jump, refusal, path } = answer;
  return {
    user: toPerson(user),
    action: subject.action,
    at: dateTime(at),
    ...toBrief(briefAnswer(answer)),
    rule: refusal?.rule ?? null,
    jump_item: subject.named === undefined ? null : toItem(subject.named),
    jump_group: subject.jumpGroup === undefined ? null : toGroup(subject.jumpGroup),
    next_allowed: factOf<string>(refusal?.facts, 'next_allowed'),
    may_override: factOf<boolean>(refusal?.facts, 'may_override'),
    ends_at: jump?.endsAt === undefined ? null : dateTime(jump.endsAt),
    overridden: jump?.overridden ?? false,
    simultaneous_jump: jump?.simultaneous ?? null,
    path: withoutSources ? toOwnSteps(path, refusal?.message ?? '') : path.map(toStep),
    session_permissions: permissions === undefined ? null : toPermissions(permissions, withoutSources),
    before:
      before === undefined
        ? null
        : {
            ...toBrief(briefAnswer(before.answer)),
            path: before.answer.path.map(toStep),
            session_permissions: before.permissions ?? null,
          },
    affected:
      affected === undefined
        ? null
        : {
            total: affected.total,
            people: affected.people.map((one) => ({
              ...toPerson({ ...one.person, id: one.person.userId }),
              before: toBrief(one.before),
              after: toBrief(one.after),
              session_permissions: one.sessionPermissions,
            })),
          },
  };
}

function factOf<T>(facts: Record<string, unknown> | undefined, name: string): T | null {
  return (facts?.[name] ?? null) as T | null;
}

function toSimulation(simulation: Simulation): AnswerOf<'api.config.access.simulate-session', 200> {
  const { user, item, start, layers, permissions, before, pinning } = simulation;
  return {
    user: toPerson(user),
    start,
    jump_item: item === undefined ? null : toItem(item),
    layers: layers.map(({ source }) => toPermissionSource(source)),
    permissions: toPermissions(permissions),
    before:
      before === undefined
        ? null
        : Object.fromEntries(Object.entries(before).map(([name, { value }]) => [name, value])),
    jump_client_pinning: {
      allowed: pinning.allowed,
      session: pinning.session,
      roles: pinning.places.length > 0,
    },
  };
}

function toReport(results: ExpectationResult[]): AnswerOf<'api.config.access.policy-test', 200> {
  const count = (outcome: ExpectationResult['outcome']) =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    total: results.length,
    passed: count('passed'),
    failed: count('failed'),
    errors: count('error'),
    results: results.map(({ name, outcome, actual, problems }) => ({
      name,
      outcome,
      actual: briefOrNull(actual),
      problems,
    })),
  };
}

function briefOrNull(answer: BriefAnswer | undefined) {
  return answer === undefined ? null : toBrief(answer);
}

function toUserAccess(overview: PersonOverview): AnswerOf<'api.config.access.user.show', 200> {
  const { person, settings, jumpMethods, roles, visibleItems, startableItems } = overview;
  const { facts } = person;
  return {
    ...toPerson({ ...facts, id: facts.userId }),
    enabled: person.enabled,
    administrator: person.administrator,
    settings: USER_SETTING_NAMES.map((name) => toSetting(name, USER_SETTINGS[name].section, settings[name])),
    group_policies: facts.policies.map(({ id, name }) => ({ id, name })),
    jump_methods: jumpMethods,
    roles: roles.map((role) => toRole({ ...role, source: settings[role.setting].source })),
    jump_group_count: person.jumpGroups.size,
    team_count: person.teams.size,
    jumpoint_count: person.jumpoints.size,
    jump_item_count: visibleItems,
    startable_jump_item_count: startableItems,
  };
}

function toMembership(
  listed: ListedMembership,
): AnswerOf<'api.config.access.user.membership.index', 200>[number] {
  const { id, name, codeName, membership, role, items } = listed;
  return {
    id,
    name,
    code_name: codeName,
    member: membership.member,
    team_role: typeof membership.role === 'string' ? membership.role : null,
    role: role === undefined ? null : toRole(role),
    statements: membership.statements.map(toStatement),
    jump_item_count: items ?? null,
  };
}

function toListedItem(listed: ListedItem): AnswerOf<'api.config.access.user.jump-item.index', 200>[number] {
  const { target, role, permissions, start } = listed;
  return {
    jump_item: toItem(target),
    role: toRole({ ...role, permissions }),
    permissions: [...permissions],
    start: toBrief(start),
  };
}

function toWhoMay({
  person,
  answer,
  standing,
}: PersonAnswer): AnswerOf<'api.config.access.jump-item.user.index', 200>[number] {
  return {
    ...toPerson({ ...person, id: person.userId }),
    enabled: person.enabled,
    ...toBrief(answer),
    role: standing === undefined ? null : toRole(standing),
  };
}
