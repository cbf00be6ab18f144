import { hasRight, mayConfigure } from '../access/configuration-rights.ts';
import type { UserRight } from '../access/user-settings.ts';
import type { Actor } from '../actor.ts';
import type { Stores } from '../stores.ts';
import { teamsOf } from './team-membership.ts';

/**
 * The teams by which the actor finds what is offered to teams (canned scripts and messages); undefined for those who
 * configure such things and find everything.
 */
export async function teamsOfferedTo(
  actor: Actor,
  right: UserRight,
  stores: Pick<Stores, 'accessFacts'>,
): Promise<number[] | undefined> {
  if (actor.kind !== 'user' || mayConfigure(actor) || hasRight(actor, right)) return undefined;
  return [...(await teamsOf(stores, actor.userId)).keys()];
}

/** What is offered to no team in particular is for everybody. */
export function isOffered(teamIds: readonly number[], teamsOfPerson: readonly number[] | undefined): boolean {
  return (
    teamsOfPerson === undefined || teamIds.length === 0 || teamIds.some((id) => teamsOfPerson.includes(id))
  );
}

/** Teams as they are kept: naming them in another order is no change. */
export function teamsInOrder(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
