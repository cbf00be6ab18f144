import { JUMP_ITEM_PERMISSIONS, type JumpItemPermission } from '../../jump/jump-item-role.ts';

/**
 * What may be asked, most of it about a Jump Item, a target that is not saved or a Jump Group. The names of permissions
 * are those of Jump Item Roles without `perm_`.
 */
export const ACCESS_ACTIONS = [
  'see',
  'start',
  'override_schedule',
  'add',
  'remove',
  'assign_jump_group',
  'move',
  'copy',
  'edit_tag',
  'edit_comments',
  'edit_jump_policy',
  'edit_session_policy',
  'edit_identity',
  'edit_behavior',
  'edit_public_portal',
  'edit_support_button',
  'view_jump_item_report',
  'pin_jump_client',
  /** A yes-or-no setting of the person. */
  'right',
  /** Calling an operation of the configuration API. */
  'operation',
] as const;
export type AccessAction = (typeof ACCESS_ACTIONS)[number];

/** The permission an action takes by itself; undefined where there is more to ask. */
export function permissionOf(action: AccessAction): JumpItemPermission | undefined {
  if (action === 'override_schedule') return 'perm_edit_jump_policy';
  if (action === 'start') return undefined;
  const permission = `perm_${action}`;
  return JUMP_ITEM_PERMISSIONS.find((name) => name === permission);
}
