import type { JumpItemPermission } from '../jump/jump-item-role.ts';
import type { TeamRole } from '../support/team.ts';
import type { PolicyLayer } from './effective-settings.ts';
import type { DirectMembership, MembershipLayer } from './memberships.ts';
import type { SessionPermissionValues } from './session-permissions.ts';
import type { UserSettingValues } from './user-settings.ts';

/** A group policy with everything it says about its members. */
export interface AccessPolicyLayer extends PolicyLayer {
  jumpGroups: MembershipStatements<number>;
  teams: MembershipStatements<TeamRole>;
  jumpoints: MembershipStatements<never>;
}

export type MembershipStatements<Role> = Omit<MembershipLayer<Role>, 'id' | 'name'>;

/** A Jump Item Role as the rules need it. */
export interface RoleFacts {
  id: number;
  name: string;
  permissions: readonly JumpItemPermission[];
}

/** A session policy as the rules need it. */
export interface SessionPolicyFacts {
  id: number;
  name: string;
  permissions: SessionPermissionValues;
}

/** Somebody who may be of lower rank in a team: what bears on that person's memberships of teams. */
export interface ColleagueFacts {
  userId: number;
  direct: readonly DirectMembership<TeamRole>[];
  /** Group policies, in their order; each is in `colleaguePolicies` when it speaks of teams. */
  policyIds: readonly number[];
}

/**
 * Everything configured that bears on what one person may do, as plain facts: what is in the database, or what would
 * be after a change. The rules that make something of it are `accessOf` and the functions beside it.
 */
export interface AccessFacts {
  userId: number;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  enabled: boolean;
  /** An authenticator app or a passkey is registered. */
  hasSecondFactor: boolean;
  /** Own values, `perm_admin` included; what is missing is not set. */
  settings: Partial<UserSettingValues>;
  /** In their order. */
  policies: readonly AccessPolicyLayer[];
  jumpGroups: readonly DirectMembership<number>[];
  teams: readonly DirectMembership<TeamRole>[];
  jumpoints: readonly DirectMembership<never>[];
  roles: readonly RoleFacts[];
  /** People with personal Jump Items (or the one that was asked for) who share a team that the person may lead. */
  colleagues: readonly ColleagueFacts[];
  colleaguePolicies: readonly (MembershipStatements<TeamRole> & { id: number; name: string })[];
}

/** What a question is about, so that no more is read than it needs. */
export interface AccessQuestion {
  /** Only memberships of these Jump Groups and Jumpoints, and of colleagues only these owners of personal items. */
  jumpGroupIds?: readonly number[];
  jumpointIds?: readonly number[];
  ownerUserIds?: readonly number[];
}

/** Reads what bears on one person. */
export interface AccessFactsSource {
  /** In one round trip. Without a question everything; undefined when there is no such person. */
  find(userId: number, question?: AccessQuestion): Promise<AccessFacts | undefined>;
}

/** Reads who may be in a team. */
export interface TeamCandidateSource {
  /** Everybody whom anything makes a member of one of these teams; the rules find out whether that holds. */
  candidatesOfTeams(teamIds: readonly number[]): Promise<TeamCandidates>;
}

/** People who may belong to a team, and the group policies that speak of it. */
export interface TeamCandidates {
  people: readonly ColleagueFacts[];
  policies: readonly (MembershipStatements<TeamRole> & { id: number; name: string })[];
}
