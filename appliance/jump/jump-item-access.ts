import { mayConfigure } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import type { JumpItem, Visibility } from './jump-item.ts';
import { fieldOf, KINDS } from './jump-item-kinds.ts';
import { JUMP_ITEM_PERMISSIONS, type JumpItemPermission } from './jump-item-role.ts';

/** What somebody may do with the items of one owner. */
export type JumpItemGrant = ReadonlySet<JumpItemPermission>;

const EVERYTHING: JumpItemGrant = new Set(JUMP_ITEM_PERMISSIONS);
const NOTHING: JumpItemGrant = new Set();

/** Jump Item Roles as they hold for one person. */
export interface JumpItemGrants {
  /**
   * What the person's role in the Jump Group allows: the role of the direct membership, or the person's default role
   * when that has none. Undefined for people who are no members.
   */
  inGroup(userId: number, jumpGroupId: number): Promise<JumpItemGrant | undefined>;
}

/** Where an item belongs. */
export type JumpItemOwner = Pick<JumpItem, 'jumpGroupType' | 'jumpGroupId'>;

/**
 * What the actor may do with items of this owner: everything for those who configure the site and for one's own
 * personal items, nothing for other people's, else what the role in the Jump Group says.
 */
export async function grantFor(
  actor: Actor,
  owner: JumpItemOwner,
  grants: JumpItemGrants,
): Promise<JumpItemGrant> {
  if (mayConfigure(actor)) return EVERYTHING;
  if (actor.kind !== 'user') return NOTHING;
  if (owner.jumpGroupType === 'personal') return owner.jumpGroupId === actor.userId ? EVERYTHING : NOTHING;
  return (await grants.inGroup(actor.userId, owner.jumpGroupId)) ?? NOTHING;
}

/** Whose items the actor's queries find. */
export function visibilityFor(actor: Actor): Visibility {
  return mayConfigure(actor) ? 'everything' : { userId: actor.kind === 'user' ? actor.userId : 0 };
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

/** How a permission is called in sentences: `edit_jump_policy` reads "edit jump policy". */
export function permissionLabel(permission: JumpItemPermission): string {
  return permission.replace(/^perm_/, '').replaceAll('_', ' ');
}
