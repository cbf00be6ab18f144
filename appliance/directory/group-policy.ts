import type { GroupPolicySettings, PolicyLayer } from '../access/effective-settings.ts';
import type { UserSettingValues } from '../access/user-settings.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { Use } from '../uses.ts';

/** What a group policy says about a kind of membership stays as it is, whatever later policies say. */
export interface GroupPolicyFinality {
  jumpGroupsAddFinal: boolean;
  jumpGroupsRemoveFinal: boolean;
  teamsAddFinal: boolean;
  teamsRemoveFinal: boolean;
  jumpointsAddFinal: boolean;
  jumpointsRemoveFinal: boolean;
}

/** Settings and memberships for many people at once. */
export interface GroupPolicy extends Revised, GroupPolicyFinality {
  id: number;
  name: string;
  comments: string;
  /** Counted from 1, without gaps: later policies replace what earlier ones define. */
  position: number;
  /** What it defines. */
  settings: GroupPolicySettings;
  /** Values of settings it does not define: shown, without effect. */
  keptValues: Partial<UserSettingValues>;
}

/** Text is compared whole, ignoring case, but for the search. */
export interface GroupPolicyFilter {
  name?: string | undefined;
  /** Part of the name. */
  search?: string | undefined;
  /** Only those that this user belongs to, whatever makes the user a member. */
  ofUserId?: number | undefined;
}

/** Unique names: writes fail with `conflict` naming `name`, and `invalid` naming a setting whose id does not exist. */
export interface GroupPolicies {
  /** In the order in which they are applied. */
  find(filter: GroupPolicyFilter, page: PageRequest): Promise<Page<GroupPolicy>>;
  findById(id: number): Promise<GroupPolicy | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<GroupPolicy | undefined>;
  /** At its position; positions from there on must be free. */
  insert(policy: Omit<GroupPolicy, 'id' | 'revision'>): Promise<GroupPolicy>;
  /** Raises the revision by one and answers it. The position stays. */
  update(policy: GroupPolicy): Promise<number>;
  /** Its members and what it says about memberships go with it; later policies move up. */
  delete(id: number): Promise<void>;
  /** Members, Jump Groups, teams, Jumpoints and what of the vault one policy speaks of, given to another that has none. */
  copyContents(fromId: number, toId: number): Promise<void>;
  /** What must let go of the policy before it can be deleted. */
  usesOf(id: number): Promise<Use[]>;
}

/** The order of all group policies. Take `lock` before any policy is locked. */
export interface GroupPolicyOrder {
  read(): Promise<{ ids: number[]; revision: number }>;
  /** Revision of the order and how many policies there are, held until the transaction ends. */
  lock(): Promise<{ revision: number; total: number }>;
  /** Raises the revision by one and answers it. */
  raise(): Promise<number>;
  /** Ids of the policies that define who is an administrator, in their order. */
  definingAdministrators(): Promise<number[]>;
  /** One policy goes to a place, those between move by one. */
  move(id: number, from: number, to: number): Promise<void>;
  /** Every policy exactly once. */
  write(ids: readonly number[]): Promise<void>;
}

/** A person, somebody of a directory by distinguished name, or a group of a directory: exactly one of the three. */
export interface GroupPolicyMember {
  id: number;
  securityProviderId: number;
  userId: number | null;
  distinguishedName: string | null;
  groupName: string | null;
}

/** Writes fail with `conflict` for a member twice. */
export interface GroupPolicyMembers {
  /** In the order in which they were added. */
  find(policyId: number, page: PageRequest): Promise<Page<GroupPolicyMember>>;
  findOne(policyId: number, memberId: number): Promise<GroupPolicyMember | undefined>;
  insert(policyId: number, member: Omit<GroupPolicyMember, 'id'>): Promise<GroupPolicyMember>;
  delete(policyId: number, memberId: number): Promise<void>;
  /** False when the person already is a member by itself. */
  addUser(policyId: number, user: { id: number; securityProviderId: number }): Promise<boolean>;
  /** False when the person is no member by itself. */
  removeUser(policyId: number, userId: number): Promise<boolean>;
}

/** The kinds of object that a group policy adds its members to or removes them from. */
export const POLICY_CONTENT_KINDS = ['jump_group', 'team', 'jumpoint'] as const;
export type PolicyContentKind = (typeof POLICY_CONTENT_KINDS)[number];

export interface PolicyContent {
  /** Of the Jump Group, team or Jumpoint. */
  id: number;
  action: 'add' | 'remove';
  /** A Jump Item Role (null: the user's default) or a role in a team; null for Jumpoints. */
  role: number | string | null;
}

/** Writes fail with `conflict` for what the policy already speaks of and `invalid` for what does not exist. */
export interface GroupPolicyContents {
  /** In the order of the ids. Without a page all. */
  find(
    kind: PolicyContentKind,
    policyId: number,
    action: PolicyContent['action'],
    page?: PageRequest,
  ): Promise<Page<PolicyContent>>;
  findOne(kind: PolicyContentKind, policyId: number, id: number): Promise<PolicyContent | undefined>;
  insert(kind: PolicyContentKind, policyId: number, content: PolicyContent): Promise<void>;
  delete(kind: PolicyContentKind, policyId: number, id: number): Promise<void>;
  /** How the Jump Groups, teams or Jumpoints with these ids are called. */
  namesOf(kind: PolicyContentKind, ids: readonly number[]): Promise<Map<number, string>>;
}

/** Which group policies bear on whom. */
export interface UserPolicies {
  /** Of each of these people, in the order of the policies; who belongs to none is missing. One round trip. */
  layersOf(userIds: readonly number[]): Promise<Map<number, PolicyLayer[]>>;
  /** What bears on a new user of this provider. */
  layersOfNewUser(securityProviderId: number): Promise<PolicyLayer[]>;
}
