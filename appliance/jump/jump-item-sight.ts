import type { PersonAccess } from '../access/person-access.ts';
import { grantOf } from './jump-item-grant.ts';

/** A set of ids, said in the shorter way. */
export type Ids = { only: readonly number[] } | { allBut: readonly number[] };

/** Whose items a query may find: those of these Jump Groups, and the personal ones of these people. */
export type Visibility = 'everything' | { groups: Ids; owners: Ids };

export const NOTHING_VISIBLE: Visibility = { groups: { only: [] }, owners: { only: [] } };

/**
 * Whose items the person sees: where the Jump Item Role that holds allows anything at all. What the system role says
 * holds for everything that no other role is for, so the exceptions are named.
 */
export function visibilityOf(person: PersonAccess): Visibility {
  if (person.administrator) return 'everything';
  const systemSees =
    (person.roles.get(person.settings.unassigned_jump_item_role_id)?.permissions.size ?? 0) > 0;
  const groups = idsOf(systemSees, person.jumpGroups.keys(), (id) => sees(person, 'shared', id));
  const people = new Set([person.userId, ...person.subordinates.keys()]);
  const owners = idsOf(systemSees, people, (id) => sees(person, 'personal', id));
  return isAll(groups) && isAll(owners) ? 'everything' : { groups, owners };
}

function sees(person: PersonAccess, jumpGroupType: 'shared' | 'personal', jumpGroupId: number): boolean {
  return grantOf(person, { jumpGroupType, jumpGroupId }).size > 0;
}

function idsOf(systemSees: boolean, special: Iterable<number>, seen: (id: number) => boolean): Ids {
  return systemSees
    ? { allBut: [...special].filter((id) => !seen(id)) }
    : { only: [...special].filter(seen) };
}

function isAll(ids: Ids): boolean {
  return 'allBut' in ids && ids.allBut.length === 0;
}
