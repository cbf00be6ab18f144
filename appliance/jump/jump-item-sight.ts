import type { PersonAccess } from '../access/person-access.ts';
import type { Ids } from '../ids.ts';
import type { Visibility } from './jump-item.ts';
import { grantOf, type JumpItemGrant } from './jump-item-grant.ts';
import type { JumpItemPermission } from './jump-item-role.ts';

export const NOTHING_VISIBLE: Visibility = { groups: { only: [] }, owners: { only: [] } };

/**
 * Whose items the person sees: where the Jump Item Role that holds allows anything at all, or, when a permission is
 * named, where it allows that. What the system role says holds for everything that no other role is for, so the
 * exceptions are named.
 */
export function visibilityOf(person: PersonAccess, permission?: JumpItemPermission): Visibility {
  if (person.administrator) return 'everything';
  const allows = (grant: JumpItemGrant | undefined) =>
    permission === undefined ? (grant?.size ?? 0) > 0 : grant?.has(permission) === true;
  const sees = (jumpGroupType: 'shared' | 'personal', jumpGroupId: number) =>
    allows(grantOf(person, { jumpGroupType, jumpGroupId }));
  const systemSees = allows(person.roles.get(person.settings.unassigned_jump_item_role_id)?.permissions);
  const groups = idsOf(systemSees, person.jumpGroups.keys(), (id) => sees('shared', id));
  const people = new Set([person.userId, ...person.subordinates.keys()]);
  const owners = idsOf(systemSees, people, (id) => sees('personal', id));
  return isAll(groups) && isAll(owners) ? 'everything' : { groups, owners };
}

/** Which Jump Groups a person knows of: those the person is a member of and those whose items the person sees. */
export function visibleGroupsOf(person: PersonAccess): Ids | undefined {
  const visibility = visibilityOf(person);
  if (visibility === 'everything') return undefined;
  const { groups } = visibility;
  if ('only' in groups) return { only: [...new Set([...groups.only, ...person.jumpGroups.keys()])] };
  return { allBut: groups.allBut.filter((id) => !person.jumpGroups.has(id)) };
}

function idsOf(systemSees: boolean, special: Iterable<number>, seen: (id: number) => boolean): Ids {
  return systemSees
    ? { allBut: [...special].filter((id) => !seen(id)) }
    : { only: [...special].filter(seen) };
}

function isAll(ids: Ids): boolean {
  return 'allBut' in ids && ids.allBut.length === 0;
}
