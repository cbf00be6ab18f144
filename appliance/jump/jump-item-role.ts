import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { Use } from '../uses.ts';

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

export type RevisedJumpItemRole = JumpItemRole & Revised;

/** Id 1, “No Access”, is what the published contract gives where nothing is said: it never changes. */
export interface JumpItemRoles {
  /** In the order of their ids. The name is compared whole, ignoring case. */
  find(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<RevisedJumpItemRole>>;
  findById(id: number): Promise<RevisedJumpItemRole | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<RevisedJumpItemRole | undefined>;
  /** Fails with `conflict` naming `name`, as `update` does. */
  insert(role: Omit<JumpItemRole, 'id'>): Promise<RevisedJumpItemRole>;
  /** Raises the revision by one and answers it. */
  update(role: JumpItemRole): Promise<number>;
  delete(id: number): Promise<void>;
  /** Who has it: users, group policies, members of Jump Groups by themselves and by group policies. */
  usesOf(id: number): Promise<Use[]>;
}
