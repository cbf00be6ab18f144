import { JUMP_ITEM_PERMISSIONS } from '../../appliance/jump/jump-item-role.ts';

/**
 * Select of the Jump Groups whose items a person sees, to be ended with `where m.user_id = ...`: direct membership
 * with a role (or default role) that allows anything at all. The rule is `canSee` of the appliance.
 */
export const VISIBLE_GROUPS = `select m.jump_group_id
  from jump_group_user m
  join app_user u on u.id = m.user_id
  join jump_item_role r on r.id = coalesce(m.jump_item_role_id, u.default_jump_item_role_id, 1)
       and (${JUMP_ITEM_PERMISSIONS.map((permission) => `r.${permission}`).join(' or ')})`;
