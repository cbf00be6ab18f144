import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { JumpItem, NewJumpItem } from './jump-item.ts';
import {
  canAdd,
  canSee,
  grantFor,
  isSameOwner,
  type JumpItemGrant,
  type JumpItemOwner,
  mayChooseJumpoint,
  needsJumpointMembership,
  permissionLabel,
  permissionsForTransfer,
} from './jump-item-access.ts';
import type { JumpItemPermission } from './jump-item-role.ts';

type Bound = Pick<Stores, 'jumpItems' | 'accessFacts' | 'auditLog'>;

/** The item and what the actor may do with it. Fails with `not_found` for what the actor may not see. */
export async function visible(
  stores: Pick<Bound, 'accessFacts'>,
  actor: Actor,
  item: JumpItem | undefined,
): Promise<{ item: JumpItem; grant: JumpItemGrant }> {
  const grant = item && (await grantFor(actor, item, stores.accessFacts));
  if (item === undefined || grant === undefined || !canSee(grant)) {
    throw new ApplianceError('not_found', 'There is no such Jump Item.');
  }
  return { item, grant };
}

/** Fails with `forbidden` naming the first permission that is missing. */
export function requirePermissions(grant: JumpItemGrant, needed: ReadonlySet<JumpItemPermission>): void {
  for (const permission of needed) {
    if (!grant.has(permission)) {
      throw new ApplianceError(
        'forbidden',
        `Your Jump Item Role for this item does not allow: ${permissionLabel(permission)}.`,
      );
    }
  }
}

/** To another owner the role where the item comes from has its say first: see `permissionsForTransfer`. */
export async function requireTransfer(
  stores: Bound,
  actor: Actor,
  before: JumpItem,
  source: JumpItemGrant,
  after: JumpItemOwner,
): Promise<void> {
  if (isSameOwner(before, after)) return;
  requirePermissions(source, new Set(['perm_assign_jump_group']));
  const destination = await requireAdd(stores, actor, after);
  requirePermissions(source, permissionsForTransfer(before, destination));
}

/** A Jumpoint that is not theirs does not exist for people. */
export async function requireJumpoint(
  stores: Bound,
  actor: Actor,
  before: JumpItem | undefined,
  after: NewJumpItem,
): Promise<void> {
  if (after.jumpointId === null || !needsJumpointMembership(before, after)) return;
  if (await mayChooseJumpoint(actor, after.jumpointId, stores.accessFacts)) return;
  throw invalidField('jumpoint_id', 'There is no Jumpoint with this id.');
}

/** Only the Linux program of a Jumpoint speaks to Kubernetes. Fails with `invalid`. */
export async function requirePlatform(
  { jumpoints }: Pick<Stores, 'jumpoints'>,
  before: NewJumpItem | undefined,
  after: NewJumpItem,
): Promise<void> {
  const isKubernetes = after.kind === 'protocol_tunnel' && after.settings['tunnel_type'] === 'k8s';
  if (!isKubernetes || after.jumpointId === null) return;
  const wasSo = before?.settings['tunnel_type'] === 'k8s' && before.jumpointId === after.jumpointId;
  if (wasSo || (await jumpoints.findById(after.jumpointId))?.platform !== 'windows-x86') return;
  throw invalidField('jumpoint_id', 'A Kubernetes tunnel needs a Jumpoint on Linux.');
}

/** The actor's grant for the owner. Fails with `invalid` or `forbidden` when it does not allow adding. */
export async function requireAdd(stores: Bound, actor: Actor, owner: JumpItemOwner): Promise<JumpItemGrant> {
  const grant = await grantFor(actor, owner, stores.accessFacts);
  if (canAdd(grant)) return grant;
  // Somebody who cannot see the group learns nothing about whether it exists.
  if (!canSee(grant)) {
    throw invalidField(
      'jump_group_id',
      `There is no ${owner.jumpGroupType === 'personal' ? 'user' : 'Jump Group'} with this id for you.`,
    );
  }
  throw new ApplianceError(
    'forbidden',
    'Your Jump Item Role does not allow adding items to this Jump Group.',
  );
}

/** What an audit row calls the item. */
export function audited(item: JumpItem): { type: string; id: number; name: string } {
  return { type: 'jump_item', id: item.id, name: item.name };
}

/** Flat, by wire names: the settings of the kind stand beside what every item has. */
export function auditedState({ settings, ...item }: JumpItem): Record<string, unknown> {
  return { ...auditState(item), ...settings };
}
