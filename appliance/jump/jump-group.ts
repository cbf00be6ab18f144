import type { Ids } from '../ids.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

export interface JumpGroup extends Revised {
  id: number;
  name: string;
  /** 1 to 64 letters, digits, `_`, `-`; unique among Jump Groups. */
  codeName: string;
  comments: string;
}

/** A direct grant. Without a role the user's default Jump Item Role holds. */
export interface JumpGroupMember {
  userId: number;
  jumpItemRoleId: number | null;
}

/** A membership is what its role is, so that names its revision; two people who want the same lose nothing. */
export function revisionOfMember({ jumpItemRoleId }: JumpGroupMember): number {
  return (jumpItemRoleId ?? 0) + 1;
}

/** Text is compared whole, ignoring case. */
export interface JumpGroupFilter {
  /** Part of the name. */
  search?: string | undefined;
  name?: string | undefined;
  codeName?: string | undefined;
  /** Only groups of which this user is a direct member. */
  ids?: Ids | undefined;
}

/** Unique names: writes fail with `conflict` naming `name` or `code_name`. */
export interface JumpGroups {
  /** In the order of their ids. */
  find(filter: JumpGroupFilter, page: PageRequest): Promise<Page<JumpGroup>>;
  findById(id: number): Promise<JumpGroup | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<JumpGroup | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(group: Omit<JumpGroup, 'id' | 'revision'>): Promise<JumpGroup>;
  /** Raises the revision by one and answers it. */
  update(group: JumpGroup): Promise<number>;
  /** Deletes its Jump Items and memberships too and tells how many items there were. */
  delete(id: number): Promise<number>;
}

/** Writes fail with `conflict` for a member twice and `invalid` for an unknown user or role. */
export interface JumpGroupMembers {
  find(groupId: number, page: PageRequest): Promise<Page<JumpGroupMember>>;
  findOne(groupId: number, userId: number): Promise<JumpGroupMember | undefined>;
  insert(groupId: number, member: JumpGroupMember): Promise<void>;
  update(groupId: number, member: JumpGroupMember): Promise<void>;
  delete(groupId: number, userId: number): Promise<void>;
}
