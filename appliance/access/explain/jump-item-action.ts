import { roleSaid, WHOSE } from '../../jump/jump-decision.ts';
import type { JumpItem } from '../../jump/jump-item.ts';
import { isSameOwner, permissionLabel, permissionsForTransfer } from '../../jump/jump-item-access.ts';
import { grantOf, type JumpItemOwner, roleRuling } from '../../jump/jump-item-grant.ts';
import { JUMP_ITEM_PERMISSIONS, type JumpItemPermission } from '../../jump/jump-item-role.ts';
import type { PersonAccess } from '../person-access.ts';
import type { JumpRefusal, Step } from '../ruling-path.ts';
import { type AccessAction, permissionOf } from './access-action.ts';

/** What a question about changing things, as opposed to starting sessions, is about. */
export interface ActionFacts {
  person: PersonAccess;
  action: AccessAction;
  /** The item; its policies bear on where it may be brought. */
  item:
    | (JumpItemOwner &
        Pick<JumpItem, 'id' | 'name' | 'jumpPolicyId' | 'sessionPolicyId' | 'attendedSessionPolicyId'>)
    | undefined;
  /** Where it belongs, or the Jump Group that was asked about. */
  owner: JumpItemOwner;
  /** Where `move` and `copy` bring it. */
  destination: JumpItemOwner | undefined;
  explain: boolean;
}

export interface ActionRuling {
  refusal: JumpRefusal | undefined;
  path: Step[];
}

/** May this person do this with items of this owner: the Jump Item Role says. */
export function actionRuling(facts: ActionFacts): ActionRuling {
  const { person, item, owner } = facts;
  const path: Step[] = [accountStep(person)];
  if (item !== undefined) path.push(visibleStep(person, item));
  path.push(...permissionSteps(facts));
  if (path.length === 1 || (item === undefined && facts.action === 'see')) path.push(seeStep(person, owner));
  const step = path.find(({ allowed }) => !allowed);
  return { refusal: step === undefined ? undefined : refusalOf(step), path };
}

function accountStep({ enabled, userId }: PersonAccess): Step {
  return {
    rule: 'account',
    allowed: enabled,
    message: enabled ? 'The account is enabled.' : 'This account is disabled.',
    facts: { user_id: userId },
    said: [],
  };
}

function visibleStep(person: PersonAccess, item: NonNullable<ActionFacts['item']>): Step {
  const allowed = grantOf(person, item).size > 0;
  return {
    rule: 'jump_item',
    allowed,
    message: allowed ? `“${item.name}” is visible.` : 'There is no such Jump Item.',
    facts: { jump_item_id: item.id },
    said: [],
  };
}

function seeStep(person: PersonAccess, owner: JumpItemOwner): Step {
  const allowed = grantOf(person, owner).size > 0;
  return {
    rule: 'jump_item_role',
    allowed,
    message: `${roleSentence(person, owner)}; it allows ${allowed ? 'seeing its Jump Items' : 'nothing'}.`,
    facts: roleFacts(person, owner),
    said: [],
  };
}

/** Every permission the action takes, where the item is and where it goes. */
function permissionSteps({ person, action, item, owner, destination, explain }: ActionFacts): Step[] {
  const step = (permission: JumpItemPermission, where: JumpItemOwner) =>
    permissionStep(person, where, permission, explain);
  if (action === 'move' || action === 'copy') {
    const to = destination ?? owner;
    if (isSameOwner(owner, to)) return [step('perm_add', owner)];
    const needed =
      item === undefined
        ? new Set<JumpItemPermission>(['perm_assign_jump_group'])
        : permissionsForTransfer({ ...item } as JumpItem, grantOf(person, to));
    return [...[...needed].map((permission) => step(permission, owner)), step('perm_add', to)];
  }
  if (action === 'start') return [step('perm_start', owner)];
  const permission = permissionOf(action);
  return permission === undefined ? [] : [step(permission, owner)];
}

function permissionStep(
  person: PersonAccess,
  owner: JumpItemOwner,
  permission: JumpItemPermission,
  explain: boolean,
): Step {
  const allowed = grantOf(person, owner).has(permission);
  const what = permissionLabel(permission);
  return {
    rule: 'jump_item_role',
    allowed,
    message: `${roleSentence(person, owner)}; it ${allowed ? 'allows' : 'does not allow'}: ${what}.`,
    facts: { ...roleFacts(person, owner), permission },
    said: explain ? roleSaid(person, owner) : [],
  };
}

function roleSentence(person: PersonAccess, owner: JumpItemOwner): string {
  const ruling = roleRuling(person, owner);
  if (ruling.because === 'administrator') return 'Administrators may do everything with Jump Items';
  return `The Jump Item Role “${person.roles.get(ruling.roleId)?.name ?? ''}” holds ${WHOSE[ruling.because]}`;
}

/** Which role holds for items of this owner, under wire names. */
export function roleFacts(person: PersonAccess, owner: JumpItemOwner): Record<string, unknown> {
  const ruling = roleRuling(person, owner);
  if (ruling.because === 'administrator') return { because: ruling.because };
  return {
    jump_item_role_id: ruling.roleId,
    role: person.roles.get(ruling.roleId)?.name ?? '',
    because: ruling.because,
  };
}

/** What nobody sees does not exist; the rest is a missing permission. */
function refusalOf({ rule, message, facts }: Step): JumpRefusal {
  if (rule === 'jump_item') {
    return { rule, code: 'not_found', reason: 'jump_item_not_visible', message, facts: {} };
  }
  const reason = rule === 'account' ? 'account_disabled' : 'jump_item_role';
  const permission = JUMP_ITEM_PERMISSIONS.find((name) => name === facts.permission);
  return {
    rule,
    code: 'forbidden',
    reason,
    // As a call that is refused says it, which names no role.
    message:
      permission === undefined
        ? message
        : `Your Jump Item Role for this item does not allow: ${permissionLabel(permission)}.`,
    facts: permission === undefined ? {} : { permission },
  };
}
