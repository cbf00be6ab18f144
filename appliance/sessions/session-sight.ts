import { accessOf, type PersonAccess } from '../access/person-access.ts';
import { membersAmong } from '../access/team-rank.ts';
import type { Actor } from '../actor.ts';
import type { Stores } from '../stores.ts';
import type { SupportSession } from './support-session.ts';

/**
 * Which sessions somebody sees: those that match any one part. Running sessions of one's own are always among them.
 */
export type SessionSight =
  | 'everything'
  | {
      /** Sessions of this person; ended ones only with `ownEnded`. */
      userId: number;
      ownEnded: boolean;
      /** Sessions of these people. */
      ofUsers: readonly number[];
      /** Sessions with items of these Jump Groups. */
      ofJumpGroups: readonly number[];
    };

/** What `perm_view_support_reports` allows. `teammates`: everybody in one of the person's teams. */
export function sessionSight(person: PersonAccess, teammates: readonly number[]): SessionSight {
  const { userId, administrator, settings } = person;
  const allowed = settings.perm_view_support_reports;
  if (administrator || allowed === 'all_sessions') return 'everything';
  return {
    userId,
    ownEnded: allowed !== 'not_allowed',
    ofUsers: allowed === 'team_sessions' ? teammates : [],
    ofJumpGroups: allowed === 'jump_group_sessions' ? [...person.jumpGroups.keys()] : [],
  };
}

export type SeenSession = Pick<SupportSession, 'userId' | 'state' | 'jumpGroupId' | 'jumpGroupType'>;

/** Whether the session is among them. */
export function seesSession(sight: SessionSight, session: SeenSession): boolean {
  if (sight === 'everything') return true;
  const { userId, jumpGroupId } = session;
  if (userId === sight.userId && (sight.ownEnded || session.state !== 'ended')) return true;
  if (userId !== undefined && sight.ofUsers.includes(userId)) return true;
  return (
    session.jumpGroupType === 'shared' &&
    jumpGroupId !== undefined &&
    sight.ofJumpGroups.includes(jumpGroupId)
  );
}

/**
 * Which sessions the actor sees. API accounts are not told apart here: whoever lets one in has checked its permission.
 */
export async function sightOf(
  actor: Actor,
  { accessFacts, teamCandidates }: Pick<Stores, 'accessFacts' | 'teamCandidates'>,
): Promise<SessionSight> {
  if (actor.kind !== 'user') return 'everything';
  const facts = await accessFacts.find(actor.userId, { jumpointIds: [], ownerUserIds: [] });
  if (facts === undefined) return { userId: actor.userId, ownEnded: false, ofUsers: [], ofJumpGroups: [] };
  const person = accessOf(facts);
  const ofTeams = person.settings.perm_view_support_reports === 'team_sessions' && !person.administrator;
  const teams = ofTeams ? [...person.teams.keys()] : [];
  return sessionSight(person, membersAmong(await teamCandidates.candidatesOfTeams(teams)));
}
