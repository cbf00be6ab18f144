import type { Page } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { ScimQuery, ScimReference } from './scim-user.ts';

export interface ScimGroup extends Revised {
  id: string;
  displayName: string;
  externalId: string | null;
  /** What group policies call it, in lower case. */
  groupName: string;
  members: number;
  createdAt: Date;
  lastModified: Date;
}

export type ScimGroupContent = Pick<ScimGroup, 'displayName' | 'externalId'>;
/** The attribute by which group policies name groups. */
export type ScimGroupNaming = 'id' | 'externalId' | 'displayName';

/** A person who came into a group or left it. */
export interface ScimMembership {
  userId: number;
  username: string;
}

/** Writes fail with `conflict` for a name or an external id that another group has. */
export interface ScimGroups {
  find(providerId: number, query: ScimQuery): Promise<Page<ScimGroup>>;
  findById(providerId: number, id: string): Promise<ScimGroup | undefined>;
  /** The same, held until the transaction ends. */
  lockById(providerId: number, id: string): Promise<ScimGroup | undefined>;
  insert(
    providerId: number,
    content: ScimGroupContent,
    naming: ScimGroupNaming,
    id?: string,
  ): Promise<ScimGroup>;
  /**
   * Group policies that name the group by what it was called go on naming it. Raises the revision, also when only the
   * members changed.
   */
  update(group: ScimGroup, content: ScimGroupContent, naming: ScimGroupNaming): Promise<ScimGroup>;
  delete(group: ScimGroup): Promise<ScimMembership[]>;
  membersOf(groupIds: readonly string[]): Promise<ReadonlyMap<string, ScimReference[]>>;
  /** The accounts behind ids, held so that they cannot be deleted meanwhile, and which of the ids are groups. */
  lockMembers(
    providerId: number,
    ids: readonly string[],
  ): Promise<{ found: ReadonlyMap<string, number>; groups: readonly string[] }>;
  /** Those who were no members before. */
  addMembers(group: ScimGroup, userIds: readonly number[]): Promise<ScimMembership[]>;
  /** Those who were members; everybody but these with `except`. */
  removeMembers(
    group: ScimGroup,
    which: { ids: readonly string[] } | { exceptUserIds: readonly number[] },
  ): Promise<ScimMembership[]>;
  /** After the setting of the provider changed: group policies go on naming the groups they named. */
  renameAll(providerId: number, naming: ScimGroupNaming): Promise<void>;
}

/** What is shown of a SCIM provider. */
export interface ScimStanding {
  users: number;
  enabledUsers: number;
  groups: number;
  lastCall: { at: Date; apiAccount: string } | null;
}

export interface ScimCalls {
  /** Notes that a directory called; at most once a minute is written. */
  note(providerId: number, apiAccount: string): Promise<void>;
  standingOf(providerId: number): Promise<ScimStanding>;
  /** Groups for choosing members of group policies, the nearest first. */
  groupNames(
    providerId: number,
    text: string,
    limit: number,
  ): Promise<{ name: string; groupName: string; members: number }[]>;
}
