import type { PersonAccess } from '../access/person-access.ts';
import { resolved, type SessionPermissionLayer } from '../access/session-permission-rules.ts';
import { grantOf, type JumpItemOwner } from './jump-item-grant.ts';

/** What deploying a Jump Client from within a session takes, both parts of it. */
export interface PinningRuling {
  allowed: boolean;
  /** The session policies allow it. */
  session: boolean;
  /** Where the person may create and deploy Jump Items: Jump Groups, and the own list. Empty: nowhere. */
  places: JumpItemOwner[];
}

/**
 * Whether somebody may pin a Jump Client in a session: the session permission, and a Jump Item Role that lets them
 * create and deploy, in at least one Jump Group or for themselves.
 */
export function pinningRuling(
  person: PersonAccess,
  layers: readonly SessionPermissionLayer[],
): PinningRuling {
  const session = resolved('jump_client_pinning', layers) === 'allow';
  const own: JumpItemOwner = { jumpGroupType: 'personal', jumpGroupId: person.userId };
  const places = [...ownersAtHand(person), own].filter((owner) => grantOf(person, owner).has('perm_add'));
  return { allowed: session && places.length > 0, session, places };
}

/** Jump Groups the person is a member of. */
export function ownersAtHand({ jumpGroups }: PersonAccess): JumpItemOwner[] {
  return [...jumpGroups.keys()].map((jumpGroupId) => ({ jumpGroupType: 'shared', jumpGroupId }));
}
