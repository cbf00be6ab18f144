import type { PersonAccess } from '../access/person-access.ts';
import { rankOf } from '../access/team-rank.ts';
import { grantOf, type JumpItemGrant, NO_JUMP_ITEM_PERMISSION } from '../jump/jump-item-grant.ts';

const ROLES = {
  default_jump_item_role_id: 'the default Jump Item Role',
  private_jump_item_role_id: 'the Jump Item Role for personal items',
  inferior_jump_item_role_id: 'the Jump Item Role for teams',
  unassigned_jump_item_role_id: 'the system Jump Item Role',
} as const;

/**
 * By what one person reaches Jump Items that another one does not reach, or may do more with them, in words: Jump Item
 * Roles, Jump Groups, Jumpoints and teams that the one looks after. Nothing for administrators as the other.
 */
export function reachBeyond(one: PersonAccess, other: PersonAccess): string[] {
  if (other.administrator) return [];
  const beyond: string[] = [];
  for (const setting of Object.keys(ROLES) as (keyof typeof ROLES)[]) {
    if (!isWithin(roleOf(one, setting), roleOf(other, setting))) beyond.push(ROLES[setting]);
  }
  const inGroup = (person: PersonAccess, jumpGroupId: number) =>
    grantOf(person, { jumpGroupType: 'shared', jumpGroupId });
  if ([...one.jumpGroups.keys()].some((id) => !isWithin(inGroup(one, id), inGroup(other, id)))) {
    beyond.push('Jump Groups');
  }
  if ([...one.jumpoints.keys()].some((id) => !other.jumpoints.has(id))) beyond.push('Jumpoints');
  const rankIn = (person: PersonAccess, id: number) => rankOf(person.teams.get(id)?.role ?? null);
  if ([...one.teams.keys()].some((id) => rankIn(one, id) > rankIn(other, id))) beyond.push('teams');
  return beyond;
}

function roleOf(person: PersonAccess, setting: keyof typeof ROLES): JumpItemGrant {
  return person.roles.get(person.settings[setting])?.permissions ?? NO_JUMP_ITEM_PERMISSION;
}

function isWithin(one: JumpItemGrant, other: JumpItemGrant): boolean {
  return [...one].every((permission) => other.has(permission));
}
