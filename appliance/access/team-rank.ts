import { TEAM_ROLES, type TeamRole } from '../support/team.ts';
import type { ColleagueFacts, TeamCandidates } from './access-facts.ts';
import { type Memberships, memberships } from './memberships.ts';

/** Somebody who names no role is an ordinary member. */
export function rankOf(role: TeamRole | null): number {
  return role === null ? 0 : TEAM_ROLES.indexOf(role);
}

/** Teams in which the person looks after others. */
export function ledTeams(teams: Memberships<TeamRole>): number[] {
  return [...teams].filter(([, { role }]) => rankOf(role) > 0).map(([id]) => id);
}

/**
 * A team in which the one is of higher rank than the other (member, lead, manager); undefined when there is none.
 * Nobody outranks themselves.
 */
export function teamOfSubordinate(
  one: Memberships<TeamRole>,
  other: Memberships<TeamRole>,
): number | undefined {
  for (const [id, { role }] of one) {
    if (rankOf(role) === 0) continue;
    const theirs = other.get(id);
    if (theirs !== undefined && rankOf(theirs.role) < rankOf(role)) return id;
  }
  return undefined;
}

/** What each of these people is in the teams that were asked about. */
export function teamsOfEach({
  people,
  policies,
}: TeamCandidates): Map<ColleagueFacts['userId'], Memberships<TeamRole>> {
  const layers = new Map(policies.map((layer) => [layer.id, layer]));
  return new Map(
    people.map(({ userId, direct, policyIds }) => [
      userId,
      memberships({ direct, policies: policyIds.flatMap((id) => layers.get(id) ?? []) }),
    ]),
  );
}

/** Those of the candidates who are in any of the teams. */
export function membersAmong(candidates: TeamCandidates): number[] {
  return [...teamsOfEach(candidates)].filter(([, teams]) => teams.size > 0).map(([userId]) => userId);
}
