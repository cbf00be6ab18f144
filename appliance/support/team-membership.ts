import { type Memberships, memberships } from '../access/memberships.ts';
import { teamFacts } from '../access/person-access.ts';
import type { Stores } from '../stores.ts';
import type { TeamRole } from './team.ts';

/** The teams a person belongs to after every group policy has had its say. */
export async function teamsOf(
  { accessFacts }: Pick<Stores, 'accessFacts'>,
  userId: number,
): Promise<Memberships<TeamRole>> {
  const facts = await accessFacts.find(userId, { jumpGroupIds: [], jumpointIds: [], ownerUserIds: [] });
  return facts === undefined ? new Map() : memberships(teamFacts(facts));
}
