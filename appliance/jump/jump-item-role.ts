import type { Page, PageRequest } from '../paging.ts';

/** What a Jump Item Role may grant, named as on the wire. */
export const JUMP_ITEM_PERMISSIONS = [
  'perm_add',
  'perm_assign_jump_group',
  'perm_remove',
  'perm_start',
  'perm_edit_tag',
  'perm_edit_comments',
  'perm_edit_jump_policy',
  'perm_edit_session_policy',
  'perm_edit_identity',
  'perm_edit_behavior',
  'perm_view_jump_item_report',
  'perm_edit_public_portal',
  'perm_edit_support_button',
] as const;
export type JumpItemPermission = (typeof JUMP_ITEM_PERMISSIONS)[number];

/** A named set of permissions on Jump Items. */
export type JumpItemRole = { id: number; name: string; description: string } & Record<
  JumpItemPermission,
  boolean
>;

/** The roles that come with the appliance. */
export interface JumpItemRoles {
  /** In the order of their ids. The name is compared whole, ignoring case. */
  find(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<JumpItemRole>>;
  findById(id: number): Promise<JumpItemRole | undefined>;
}
