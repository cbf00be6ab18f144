import type { SettingSource, SettingStatement } from '../access/effective-settings.ts';
import { explainSetting } from '../access/effective-settings.ts';
import { explainMembership, type MembershipWord } from '../access/memberships.ts';
import { jumpGroupFacts, type PersonAccess } from '../access/person-access.ts';
import type { JumpItem } from './jump-item.ts';
import { JUMP_ITEM_PERMISSIONS, type JumpItemPermission } from './jump-item-role.ts';

/** What somebody may do with the items of one owner. */
export type JumpItemGrant = ReadonlySet<JumpItemPermission>;

export const EVERY_JUMP_ITEM_PERMISSION: JumpItemGrant = new Set(JUMP_ITEM_PERMISSIONS);
export const NO_JUMP_ITEM_PERMISSION: JumpItemGrant = new Set();

/** Where an item belongs. */
export type JumpItemOwner = Pick<JumpItem, 'jumpGroupType' | 'jumpGroupId'>;

/** The settings of a person that name a Jump Item Role. */
export type RoleSetting =
  | 'default_jump_item_role_id'
  | 'private_jump_item_role_id'
  | 'inferior_jump_item_role_id'
  | 'unassigned_jump_item_role_id';

/**
 * Which Jump Item Role holds, and why:
 * - `administrator`: no role is asked, everything is allowed;
 * - `group_member`: the role of the membership of the Jump Group;
 * - `default`: a member whose membership names no role;
 * - `own`, `team`: personal items of one's own, of somebody of lower rank in a team one leads or manages;
 * - `system`: every other item.
 */
export type RoleRuling =
  | { because: 'administrator' }
  | { because: 'group_member'; roleId: number }
  | { because: 'default' | 'own' | 'team' | 'system'; roleId: number; setting: RoleSetting };

/** The most specific role counts alone, whatever the less specific ones would allow. */
export function roleRuling(person: PersonAccess, owner: JumpItemOwner): RoleRuling {
  if (person.administrator) return { because: 'administrator' };
  if (owner.jumpGroupType === 'shared') {
    const membership = person.jumpGroups.get(owner.jumpGroupId);
    if (membership === undefined) return bySetting(person, 'system', 'unassigned_jump_item_role_id');
    if (membership.role !== null) return { because: 'group_member', roleId: membership.role };
    return bySetting(person, 'default', 'default_jump_item_role_id');
  }
  if (owner.jumpGroupId === person.userId) return bySetting(person, 'own', 'private_jump_item_role_id');
  return person.subordinates.has(owner.jumpGroupId)
    ? bySetting(person, 'team', 'inferior_jump_item_role_id')
    : bySetting(person, 'system', 'unassigned_jump_item_role_id');
}

function bySetting(
  { settings }: PersonAccess,
  because: 'default' | 'own' | 'team' | 'system',
  setting: RoleSetting,
): RoleRuling {
  return { because, roleId: settings[setting], setting };
}

/** What the ruling allows. */
export function permissionsOf(person: PersonAccess, ruling: RoleRuling): JumpItemGrant {
  if (ruling.because === 'administrator') return EVERY_JUMP_ITEM_PERMISSION;
  return person.roles.get(ruling.roleId)?.permissions ?? NO_JUMP_ITEM_PERMISSION;
}

/** What the person may do with items of this owner. */
export function grantOf(person: PersonAccess, owner: JumpItemOwner): JumpItemGrant {
  return permissionsOf(person, roleRuling(person, owner));
}

export interface ExplainedGrant {
  grant: JumpItemGrant;
  ruling: RoleRuling;
  /** Name of the role; undefined for administrators. */
  roleName: string | undefined;
  /** Who named the role. */
  roleSource: SettingSource | undefined;
  /** What was said about membership of the Jump Group; empty for personal items. */
  membership: SettingStatement<MembershipWord<number>>[];
  /** What was said about the setting that names the role; empty where the membership does. */
  setting: SettingStatement<number>[];
}

/** The same as `grantOf` with the path it took. */
export function explainGrant(person: PersonAccess, owner: JumpItemOwner): ExplainedGrant {
  const ruling = roleRuling(person, owner);
  const { settings, policies } = person.facts;
  const membership =
    owner.jumpGroupType === 'shared'
      ? explainMembership(owner.jumpGroupId, jumpGroupFacts(person.facts))
      : undefined;
  const setting =
    ruling.because === 'administrator'
      ? explainSetting('perm_admin', settings, policies)
      : 'setting' in ruling
        ? explainSetting(ruling.setting, settings, policies)
        : undefined;
  return {
    grant: permissionsOf(person, ruling),
    ruling,
    roleName: 'roleId' in ruling ? (person.roles.get(ruling.roleId)?.name ?? '') : undefined,
    roleSource: ruling.because === 'group_member' ? membership?.roleSource : setting?.source,
    membership: membership?.statements ?? [],
    setting:
      ruling.because === 'administrator' ? [] : ((setting?.statements ?? []) as SettingStatement<number>[]),
  };
}
