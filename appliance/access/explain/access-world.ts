import type { JumpItemKind, Visibility } from '../../jump/jump-item.ts';
import type { JumpItemOwner } from '../../jump/jump-item-grant.ts';
import type { JumpPolicyRules } from '../../jump/jump-policy-ruling.ts';
import type { JumpointFacts, ShellJumpTarget } from '../../jump/jumpoint-ruling.ts';
import type { Page, PageRequest } from '../../paging.ts';
import type { TeamRole } from '../../support/team.ts';
import type { AccessFacts, AccessPolicyLayer, RoleFacts, SessionPolicyFacts } from '../access-facts.ts';
import type { DirectMembership } from '../memberships.ts';
import type { UserSettingValues } from '../user-settings.ts';

/** One person as configured, before any group policy is applied. */
export interface PersonFacts {
  userId: number;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  enabled: boolean;
  /** An authenticator app or a passkey is registered. */
  hasSecondFactor: boolean;
  /** Own values, `perm_admin` included. */
  settings: Partial<UserSettingValues>;
  /** Group policies the person belongs to, in no order. */
  policyIds: ReadonlySet<number>;
  jumpGroups: readonly DirectMembership<number>[];
  teams: readonly DirectMembership<TeamRole>[];
  jumpoints: readonly DirectMembership<never>[];
}

/** A public portal as the rules need it. */
export interface PortalFacts {
  id: number;
  name: string;
  sessionPolicyId: number | null;
}

/**
 * The configuration that bears on a question about many people, or about one under a change that is not saved: what
 * they share stands once. `factsOf` makes of it what the rules take.
 */
export interface AccessWorld {
  people: readonly PersonFacts[];
  /** Owners of personal Jump Items the question is about. */
  owners: readonly PersonFacts[];
  /** Every group policy, in their order. Their statements are those the question is about. */
  policies: readonly AccessPolicyLayer[];
  roles: readonly RoleFacts[];
  sessionPolicies: ReadonlyMap<number, SessionPolicyFacts>;
  portals: readonly PortalFacts[];
  jumpPolicies: ReadonlyMap<number, JumpPolicyRules>;
  jumpoints: ReadonlyMap<number, JumpointFacts>;
}

/** What of the site is read. */
export interface WorldQuestion {
  /** Only memberships of these Jump Groups; undefined: of every one. */
  jumpGroupIds?: readonly number[] | undefined;
  /** Only memberships of these Jumpoints, and these Jumpoints. */
  jumpointIds?: readonly number[] | undefined;
  /** Owners of personal Jump Items the question is about. */
  ownerUserIds?: readonly number[] | undefined;
  /** Only these people; undefined: everybody. */
  userIds?: readonly number[] | undefined;
  /** Only people whose user name or display name holds this text, ignoring case. */
  search?: string | undefined;
  jumpPolicyIds?: readonly number[] | undefined;
}

/** Reads the configuration of many people at once. Group policies, roles, session policies and portals are read whole. */
export interface AccessWorldSource {
  read(question: WorldQuestion): Promise<AccessWorld>;
}

/** What is jumped to. */
export interface TargetFacts {
  kind: JumpItemKind;
  /** Undefined for a target that is not saved. */
  item: (JumpItemOwner & { id: number; name: string }) | undefined;
  jumpointId: number | null;
  jumpPolicyId: number | null;
  sessionPolicyId: number | null;
  attendedSessionPolicyId: number | null;
  publicPortalId: number | null;
  shell: ShellJumpTarget | undefined;
  /** Sessions that run with it now. */
  running: number;
}

/** A target with the names of what it refers to. */
export interface NamedTarget extends TargetFacts {
  hostname: string;
  /** Of the Jump Group, or of the owner of a personal item. */
  ownerName: string;
  ownerCodeName: string;
  jumpoint: { id: number; name: string; codeName: string } | null;
  jumpPolicy: { id: number; name: string; codeName: string } | null;
}

/** Finds Jump Items for questions; it never decides who may ask. */
export interface AccessTargets {
  findById(id: number, kind?: JumpItemKind): Promise<NamedTarget | undefined>;
  /** At most `limit` of this name, compared whole, ignoring case. */
  findByName(query: {
    name: string;
    kind?: JumpItemKind | undefined;
    jumpGroupId?: number | undefined;
    limit: number;
  }): Promise<NamedTarget[]>;
  /** In the order of their ids. */
  page(
    visibility: Visibility,
    filter: {
      kinds?: readonly JumpItemKind[] | undefined;
      search?: string | undefined;
      jumpGroupId?: number | undefined;
    },
    page: PageRequest,
  ): Promise<Page<NamedTarget>>;
  count(visibility: Visibility): Promise<number>;
  /** What they are called, by id; those that are not there are left out. */
  names(
    of: 'jump_group' | 'team' | 'jumpoint',
    ids: readonly number[],
  ): Promise<ReadonlyMap<number, { name: string; codeName: string }>>;
  /** Jump Groups without items are left out. */
  countByGroup(jumpGroupIds: readonly number[]): Promise<ReadonlyMap<number, number>>;
}

/** What the rules take of one person. */
export function factsOf(world: AccessWorld, person: PersonFacts): AccessFacts {
  const { policyIds, ...own } = person;
  return {
    ...own,
    policies: world.policies.filter(({ id }) => policyIds.has(id)),
    roles: world.roles,
    colleagues: world.owners
      .filter(({ userId }) => userId !== person.userId)
      .map(({ userId, teams, policyIds: theirs }) => ({
        userId,
        direct: teams,
        policyIds: world.policies.filter(({ id }) => theirs.has(id)).map(({ id }) => id),
      })),
    colleaguePolicies: world.owners.length === 0 ? [] : teamStatements(world.policies),
  };
}

const statementsOf = new WeakMap<readonly AccessPolicyLayer[], AccessFacts['colleaguePolicies']>();

/** The same list for everybody of a world. */
function teamStatements(policies: readonly AccessPolicyLayer[]): AccessFacts['colleaguePolicies'] {
  const known = statementsOf.get(policies);
  if (known !== undefined) return known;
  const statements = policies.map(({ id, name, teams }) => ({ id, name, ...teams }));
  statementsOf.set(policies, statements);
  return statements;
}

export function personIn(world: AccessWorld, userId: number): PersonFacts | undefined {
  return world.people.find((person) => person.userId === userId);
}
