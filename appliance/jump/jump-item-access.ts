import type { AccessFactsSource, AccessQuestion } from '../access/access-facts.ts';
import { mayConfigure } from '../access/configuration-rights.ts';
import { accessOf } from '../access/person-access.ts';
import type { Actor } from '../actor.ts';
import type { JumpItem, Visibility } from './jump-item.ts';
import {
  EVERY_JUMP_ITEM_PERMISSION,
  grantOf,
  type JumpItemGrant,
  type JumpItemOwner,
  NO_JUMP_ITEM_PERMISSION,
} from './jump-item-grant.ts';
import { fieldOf, KINDS } from './jump-item-kinds.ts';
import type { JumpItemPermission } from './jump-item-role.ts';
import { NOTHING_VISIBLE, visibilityOf } from './jump-item-sight.ts';
import { mayUseJumpoint } from './jumpoint-ruling.ts';

export type { JumpItemGrant, JumpItemOwner } from './jump-item-grant.ts';

/**
 * What the actor may do with items of this owner: everything for those who configure the site, else what the Jump Item
 * Role that holds for the person says.
 */
export async function grantFor(
  actor: Actor,
  owner: JumpItemOwner,
  source: AccessFactsSource,
): Promise<JumpItemGrant> {
  if (mayConfigure(actor)) return EVERY_JUMP_ITEM_PERMISSION;
  if (actor.kind !== 'user') return NO_JUMP_ITEM_PERMISSION;
  const facts = await source.find(actor.userId, aboutOwners([owner]));
  return facts === undefined ? NO_JUMP_ITEM_PERMISSION : grantOf(accessOf(facts), owner);
}

/** What has to be known of a person to rule on items of these owners, and on no Jumpoint but these. */
export function aboutOwners(
  owners: readonly JumpItemOwner[],
  jumpointIds: readonly number[] = [],
): AccessQuestion {
  const ids = (type: JumpItemOwner['jumpGroupType']) => [
    ...new Set(owners.filter((owner) => owner.jumpGroupType === type).map((owner) => owner.jumpGroupId)),
  ];
  return { jumpGroupIds: ids('shared'), ownerUserIds: ids('personal'), jumpointIds };
}

/** Whether the actor may give this Jumpoint to items: members may, and those who configure the site. */
export async function mayChooseJumpoint(
  actor: Actor,
  jumpointId: number,
  source: AccessFactsSource,
): Promise<boolean> {
  if (mayConfigure(actor)) return true;
  if (actor.kind !== 'user') return false;
  const facts = await source.find(actor.userId, aboutOwners([], [jumpointId]));
  return facts !== undefined && mayUseJumpoint(accessOf(facts), jumpointId);
}

/** Whose items the actor's queries find. */
export async function visibilityFor(actor: Actor, source: AccessFactsSource): Promise<Visibility> {
  if (mayConfigure(actor)) return 'everything';
  const facts = actor.kind === 'user' ? await source.find(actor.userId) : undefined;
  return facts === undefined ? NOTHING_VISIBLE : visibilityOf(accessOf(facts));
}

/** Any permission at all lets a person see the item. */
export function canSee(grant: JumpItemGrant): boolean {
  return grant.size > 0;
}

export function canAdd(grant: JumpItemGrant): boolean {
  return grant.has('perm_add');
}

export function canRemove(grant: JumpItemGrant): boolean {
  return grant.has('perm_remove');
}

/** The permissions that turning one item into the other takes; see `permissionsForTransfer` too. */
export function permissionsForChange(before: JumpItem, after: JumpItem): Set<JumpItemPermission> {
  const needed = new Set<JumpItemPermission>();
  const need = (permission: JumpItemPermission, differs: boolean) => {
    if (differs) needed.add(permission);
  };
  need('perm_edit_identity', before.name !== after.name || before.externalId !== after.externalId);
  need('perm_assign_jump_group', !isSameOwner(before, after));
  need('perm_edit_tag', before.tag !== after.tag);
  need('perm_edit_comments', before.comments !== after.comments);
  need('perm_edit_jump_policy', before.jumpPolicyId !== after.jumpPolicyId);
  need('perm_edit_session_policy', before.sessionPolicyId !== after.sessionPolicyId);
  need('perm_edit_public_portal', before.publicPortalId !== after.publicPortalId);
  for (const field of KINDS[after.kind].fields) {
    need(`perm_edit_${field.concern}`, fieldOf(before, field) !== fieldOf(after, field));
  }
  return needed;
}

/**
 * The permissions that bringing the item to another owner takes, moved or copied. Its policies bind whoever may not
 * change them: nobody carries it to where they may (their own list for one) without that right where it comes from.
 */
export function permissionsForTransfer(item: JumpItem, destination: JumpItemGrant): Set<JumpItemPermission> {
  const needed = new Set<JumpItemPermission>(['perm_assign_jump_group']);
  const keep = (permission: JumpItemPermission, isSet: boolean) => {
    if (isSet && destination.has(permission)) needed.add(permission);
  };
  keep('perm_edit_jump_policy', item.jumpPolicyId !== null);
  keep('perm_edit_session_policy', item.sessionPolicyId !== null || item.attendedSessionPolicyId !== null);
  // A portal brings its own session policy along.
  keep('perm_edit_public_portal', item.publicPortalId !== null);
  return needed;
}

/**
 * Whether a change needs membership of the item's Jumpoint: for a Jumpoint that the item did not have before, and
 * for one that it brings to a personal list, where no Jump Item Role was given by anybody. `before` is undefined for
 * a new item.
 */
export function needsJumpointMembership(
  before: (JumpItemOwner & Pick<JumpItem, 'jumpointId'>) | undefined,
  after: JumpItemOwner & Pick<JumpItem, 'jumpointId'>,
): boolean {
  if (after.jumpointId === null) return false;
  if (before === undefined || before.jumpointId !== after.jumpointId) return true;
  return after.jumpGroupType === 'personal' && !isSameOwner(before, after);
}

export function isSameOwner(one: JumpItemOwner, other: JumpItemOwner): boolean {
  return one.jumpGroupType === other.jumpGroupType && one.jumpGroupId === other.jumpGroupId;
}

/** Whether people who work with the item now may have lost the right to by this change, or some session permission. */
export function concernsRunningSessions(before: JumpItem, after: JumpItem): boolean {
  return (
    !isSameOwner(before, after) ||
    before.jumpointId !== after.jumpointId ||
    before.sessionPolicyId !== after.sessionPolicyId ||
    before.attendedSessionPolicyId !== after.attendedSessionPolicyId ||
    before.publicPortalId !== after.publicPortalId
  );
}

/** How a permission is called in sentences: `edit_jump_policy` reads "edit jump policy". */
export function permissionLabel(permission: JumpItemPermission): string {
  return permission.replace(/^perm_/, '').replaceAll('_', ' ');
}
