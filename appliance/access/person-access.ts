import type { JumpItemPermission } from '../jump/jump-item-role.ts';
import type { TeamRole } from '../support/team.ts';
import type { AccessFacts, RoleFacts } from './access-facts.ts';
import { effectiveSettings } from './effective-settings.ts';
import { type MembershipFacts, type Memberships, memberships } from './memberships.ts';
import { ledTeams, teamOfSubordinate, teamsOfEach } from './team-rank.ts';
import type { UserSettingValues } from './user-settings.ts';

/** What holds for one person: settings and memberships after every group policy has had its say. */
export interface PersonAccess {
  facts: AccessFacts;
  userId: number;
  enabled: boolean;
  administrator: boolean;
  settings: UserSettingValues;
  /** The role is the id of a Jump Item Role; null is the person's default role. */
  jumpGroups: Memberships<number>;
  teams: Memberships<TeamRole>;
  jumpoints: Memberships<never>;
  roles: ReadonlyMap<number, Role>;
  /** Owners of lower rank in a team the person leads or manages, with that team. */
  subordinates: ReadonlyMap<number, number>;
}

/** A Jump Item Role with its permissions as a set. */
export interface Role extends Omit<RoleFacts, 'permissions'> {
  permissions: ReadonlySet<JumpItemPermission>;
}

/** Makes of the facts what holds: the one way from configuration to what a person may do. */
export function accessOf(facts: AccessFacts): PersonAccess {
  const settings = effectiveSettings(facts.settings, facts.policies);
  const teams = memberships(teamFacts(facts));
  return {
    facts,
    userId: facts.userId,
    enabled: facts.enabled,
    administrator: settings.perm_admin,
    settings,
    jumpGroups: memberships(jumpGroupFacts(facts)),
    teams,
    jumpoints: memberships(jumpointFacts(facts)),
    roles: new Map(
      facts.roles.map(({ permissions, ...role }) => [
        role.id,
        { ...role, permissions: new Set(permissions) },
      ]),
    ),
    subordinates: subordinatesOf(facts, teams),
  };
}

export function jumpGroupFacts({ jumpGroups, policies }: AccessFacts): MembershipFacts<number> {
  return {
    direct: jumpGroups,
    policies: policies.map(({ id, name, jumpGroups: said }) => ({ id, name, ...said })),
  };
}

export function teamFacts({ teams, policies }: AccessFacts): MembershipFacts<TeamRole> {
  return { direct: teams, policies: policies.map(({ id, name, teams: said }) => ({ id, name, ...said })) };
}

export function jumpointFacts({ jumpoints, policies }: AccessFacts): MembershipFacts<never> {
  return {
    direct: jumpoints,
    policies: policies.map(({ id, name, jumpoints: said }) => ({ id, name, ...said })),
  };
}

function subordinatesOf(
  { userId, colleagues, colleaguePolicies }: AccessFacts,
  teams: Memberships<TeamRole>,
): Map<number, number> {
  const found = new Map<number, number>();
  if (colleagues.length === 0 || ledTeams(teams).length === 0) return found;
  for (const [colleague, theirs] of teamsOfEach({ people: colleagues, policies: colleaguePolicies })) {
    const team = colleague === userId ? undefined : teamOfSubordinate(teams, theirs);
    if (team !== undefined) found.set(colleague, team);
  }
  return found;
}
