import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { ScimDocument } from './scim-document.ts';
import type { ScimFilter } from './scim-filter.ts';

/** A group as the resource of a member names it, and a member as that of the group does. */
export interface ScimReference {
  id: string;
  name: string;
}

/** An account that a directory provisions. Its revision is that of the account. */
export interface ScimUser extends Revised {
  /** The account. */
  userId: number;
  /** On the wire. */
  id: string;
  userName: string;
  externalId: string | null;
  active: boolean;
  /** Own value of the account: an administrator has made this person one. */
  administrator: boolean;
  /** The user name the account signs in with; that of the directory but for providers that map another attribute. */
  username: string;
  /** All others. */
  attributes: ScimDocument;
  createdAt: Date;
  lastModified: Date;
}

/** What the account takes over from the resource. */
export interface ScimProfile {
  username: string;
  displayName: string;
  emailAddress: string;
  /** By the attribute that the provider's settings name as unique. */
  uniqueId: string | null;
}

export type ScimUserContent = Pick<ScimUser, 'userName' | 'externalId' | 'active' | 'attributes'>;

export interface ScimQuery extends PageRequest {
  filter: ScimFilter | undefined;
  sort: { by: string; descending: boolean } | undefined;
  /** Attributes the type does not have count as absent instead of being refused: questions over several types. */
  anyType?: boolean | undefined;
}

/**
 * Writes fail with `conflict` for a user name or a unique id that is taken. Everything is about one SCIM provider: the
 * accounts of others are not there.
 */
export interface ScimUsers {
  /** In the order of creation. Fails with `invalid` for attributes that there are not and comparisons that make no sense. */
  find(providerId: number, query: ScimQuery): Promise<Page<ScimUser>>;
  findById(providerId: number, id: string): Promise<ScimUser | undefined>;
  /** The same, held with the account until the transaction ends. */
  lockById(providerId: number, id: string): Promise<ScimUser | undefined>;
  insert(providerId: number, content: ScimUserContent, profile: ScimProfile, id?: string): Promise<ScimUser>;
  update(userId: number, content: ScimUserContent, profile: ScimProfile): Promise<ScimUser>;
  /** The groups of each account, by name. */
  groupsOf(userIds: readonly number[]): Promise<ReadonlyMap<number, ScimReference[]>>;
  /** Whose account has that user name. */
  nameHolder(username: string): Promise<{ userId: number; providerId: number; provider: string } | undefined>;
}
