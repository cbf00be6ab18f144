import { pinningRuling } from '../../jump/jump-client-pinning.ts';
import { decideJump, type JumpDecision, type JumpFacts } from '../../jump/jump-decision.ts';
import type { JumpItemOwner } from '../../jump/jump-item-grant.ts';
import { ticketIdRefusal } from '../../jump/ticket-check.ts';
import type { SessionPolicyFacts } from '../access-facts.ts';
import { accessOf, type PersonAccess } from '../person-access.ts';
import type { JumpRefusal, JumpRule, Step } from '../ruling-path.ts';
import {
  type SessionPermissionFacts,
  type SessionPermissionLayer,
  type SessionStartKind,
  sessionPermissionLayers,
} from '../session-permission-rules.ts';
import { GLOBAL_SESSION_POLICY_ID } from '../session-policy-facts.ts';
import type { UserRight } from '../user-settings.ts';
import type { AccessAction } from './access-action.ts';
import { type AccessWorld, factsOf, type PersonFacts, type TargetFacts } from './access-world.ts';
import { actionRuling } from './jump-item-action.ts';
import { type OperationAccess, operationAnswer, rightAnswer } from './person-right.ts';

/** What a question is about. */
export interface AccessSubject {
  action: AccessAction;
  /** Undefined: the question is about the Jump Group. */
  target: TargetFacts | undefined;
  /** Of the target, or the Jump Group asked about; undefined for a target that is not saved. */
  owner: JumpItemOwner | undefined;
  destination: JumpItemOwner | undefined;
  /** Of questions about a person alone. */
  right?: UserRight | undefined;
  operation?: { id: string; access: NonNullable<ReturnType<OperationAccess['find']>> } | undefined;
}

/** When and how it is done. */
export interface Circumstances {
  now: Date;
  start: SessionStartKind;
  customerPresent: boolean;
  /** Undefined: the item's, else the site's default portal. */
  publicPortalId: number | undefined;
  overrideSchedule: boolean;
  /** As typed; the ticket system is not asked. */
  ticketId: string | undefined;
  /** There is a ticket system to ask. Without one the demand for a ticket ID has no effect. */
  ticketSystem: boolean;
  site: JumpFacts['site'];
  /** Steps say who said what. */
  explain: boolean;
}

/** A rule as it was applied; questions about people alone have rules of their own. */
export type AnswerStep = Omit<Step, 'rule'> & { rule: JumpRule | 'right' | 'operation' };
export type AnswerRefusal = Omit<JumpRefusal, 'rule'> & Pick<AnswerStep, 'rule'>;

export interface AccessAnswer {
  allowed: boolean;
  refusal: AnswerRefusal | undefined;
  path: AnswerStep[];
  /** Of a start alone. */
  jump: JumpDecision | undefined;
  /** Who has a say in the permissions of the session; for questions about sessions. */
  permissionLayers: SessionPermissionLayer[] | undefined;
}

/** May this person do this: asks the very rules that starting sessions and changing Jump Items ask. */
export function answerFor(
  world: AccessWorld,
  person: PersonFacts,
  subject: AccessSubject,
  circumstances: Circumstances,
): AccessAnswer {
  return answerOf(accessOf(factsOf(world, person)), world, subject, circumstances);
}

export function answerOf(
  person: PersonAccess,
  world: AccessWorld,
  subject: AccessSubject,
  circumstances: Circumstances,
): AccessAnswer {
  const { action, target, owner, destination, right, operation } = subject;
  if (right !== undefined) return rightAnswer(person, right);
  if (operation !== undefined) return operationAnswer(person, operation.id, operation.access);
  if (action === 'pin_jump_client') return pinning(person, world, target, circumstances);
  if (action === 'start' && target !== undefined) return starting(person, world, target, circumstances);
  if (owner === undefined) return { ...answered([]), jump: undefined, permissionLayers: undefined };
  const item = target?.item === undefined ? undefined : { ...target, ...target.item };
  const { refusal, path } = actionRuling({
    person,
    action,
    item,
    owner,
    destination,
    explain: circumstances.explain,
  });
  return { allowed: refusal === undefined, refusal, path, jump: undefined, permissionLayers: undefined };
}

function starting(
  person: PersonAccess,
  world: AccessWorld,
  target: TargetFacts,
  circumstances: Circumstances,
): AccessAnswer {
  const { jumpointId, jumpPolicyId, item, kind, shell, running } = target;
  const jumpPolicy = jumpPolicyId === null ? undefined : world.jumpPolicies.get(jumpPolicyId);
  const jump = decideJump({
    person,
    kind,
    item,
    jumpoint: jumpointId === null ? undefined : world.jumpoints.get(jumpointId),
    target: shell,
    jumpPolicy,
    sessionPermissions: sessionPermissionFacts(world, target, circumstances),
    site: circumstances.site,
    running,
    now: circumstances.now,
    phase: 'start',
    overrideSchedule: circumstances.overrideSchedule,
    explain: circumstances.explain,
  });
  const ticket = circumstances.ticketSystem ? ticketIdRefusal(jumpPolicy, circumstances.ticketId) : undefined;
  return {
    allowed: jump.allowed && ticket === undefined,
    refusal: jump.refusal ?? ticket,
    path: jump.path,
    jump,
    permissionLayers: jump.permissionLayers,
  };
}

/** What bears on the permissions of a session with this target, or of one that a customer starts. */
export function sessionPermissionFacts(
  world: AccessWorld,
  target: TargetFacts | undefined,
  { start, customerPresent, publicPortalId }: Circumstances,
): SessionPermissionFacts {
  const policy = (id: number | null | undefined): SessionPolicyFacts | null =>
    id === null || id === undefined ? null : (world.sessionPolicies.get(id) ?? null);
  const portalId = publicPortalId ?? target?.publicPortalId ?? undefined;
  const portal =
    portalId === undefined ? defaultPortal(world) : world.portals.find(({ id }) => id === portalId);
  return {
    kind: target?.kind,
    start,
    customerPresent,
    item: {
      customerPresent: policy(target?.attendedSessionPolicyId),
      customerNotPresent: policy(target?.sessionPolicyId),
    },
    portal: policy(portal?.sessionPolicyId),
    policies: world.sessionPolicies,
    global: policy(GLOBAL_SESSION_POLICY_ID) ?? { id: GLOBAL_SESSION_POLICY_ID, name: '', permissions: {} },
  };
}

function defaultPortal({ portals }: AccessWorld) {
  return portals.reduce<AccessWorld['portals'][number] | undefined>(
    (first, portal) => (first === undefined || portal.id < first.id ? portal : first),
    undefined,
  );
}

function pinning(
  person: PersonAccess,
  world: AccessWorld,
  target: TargetFacts | undefined,
  circumstances: Circumstances,
): AccessAnswer {
  const layers = sessionPermissionLayers(person, sessionPermissionFacts(world, target, circumstances));
  const { session, places } = pinningRuling(person, layers);
  const path: Step[] = [
    {
      rule: 'session_permissions',
      allowed: session,
      message: `The session policies ${session ? 'allow' : 'do not allow'} pinning Jump Clients.`,
      facts: { permission: 'jump_client_pinning' },
      said: [],
    },
    {
      rule: 'jump_item_role',
      allowed: places.length > 0,
      message:
        places.length > 0
          ? `A Jump Item Role allows creating and deploying Jump Items in ${places.length} ${places.length === 1 ? 'place' : 'places'}.`
          : 'No Jump Item Role of this person allows creating and deploying Jump Items.',
      facts: {
        permission: 'perm_add',
        places: places.slice(0, MOST_PLACES).map(({ jumpGroupType, jumpGroupId }) => ({
          jump_group_type: jumpGroupType,
          jump_group_id: jumpGroupId,
        })),
      },
      said: [],
    },
  ];
  return { ...answered(path), jump: undefined, permissionLayers: layers };
}

const MOST_PLACES = 20;

function answered(path: Step[]): Pick<AccessAnswer, 'allowed' | 'refusal' | 'path'> {
  const step = path.find(({ allowed }) => !allowed);
  if (step === undefined) return { allowed: true, refusal: undefined, path };
  const { rule, message, facts } = step;
  const { permission } = facts;
  const refusal: JumpRefusal = {
    rule,
    code: 'forbidden',
    reason: rule,
    message,
    facts: { permission },
  };
  return { allowed: false, refusal, path };
}
