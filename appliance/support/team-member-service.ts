import { mayConfigure, requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import { rankOf } from '../access/team-rank.ts';
import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { revisionOfTeamUser, type TeamRole, type TeamUser } from './team.ts';
import { teamsOf } from './team-membership.ts';
import { TEAM } from './team-service.ts';

const RIGHT = 'perm_edit_sd_teams';

/** Direct memberships of teams. Those that come from a group policy are changed in that policy. */
export class TeamMemberService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  async list(actor: Actor, teamId: number, page: PageRequest): Promise<Page<TeamUser>> {
    requireConfiguration(actor, RIGHT);
    if ((await this.#stores.teams.findById(teamId)) === undefined) TEAM.missing(teamId);
    return await this.#stores.teamUsers.find(teamId, page);
  }

  async show(actor: Actor, teamId: number, userId: number): Promise<TeamUser> {
    requireConfiguration(actor, RIGHT);
    const member = await this.#stores.teamUsers.findOne(teamId, userId);
    if (member === undefined) throw noSuchMember();
    return member;
  }

  async add(actor: Actor, member: TeamUser): Promise<TeamUser> {
    requireConfiguration(actor, RIGHT);
    const leading = await this.#unitOfWork.inTransaction(async ({ teams, teamUsers, auditLog }) => {
      const team = await TEAM.lock(teams, member.teamId);
      refuseRankForOneself(actor, undefined, member);
      await teamUsers.insert(member);
      await auditLog.record({
        type: 'team.user_added',
        actor,
        object: TEAM.audited(team),
        after: auditState(member),
      });
      return await teamUsers.findLeading(team.id);
    });
    this.#tell(member.userId, leading);
    return member;
  }

  /** Changes the role; with another team the person leaves the one for the other. */
  async change(
    actor: Actor,
    teamId: number,
    userId: number,
    changes: { teamId?: number | undefined; role?: TeamRole | undefined },
    ifRevision?: WantedRevisions,
  ): Promise<TeamUser> {
    requireConfiguration(actor, RIGHT);
    const after: { member: TeamUser; leading: number[] } = await this.#unitOfWork.inTransaction(
      async (stores) => {
        const { teamUsers, auditLog } = stores;
        const destination = changes.teamId ?? teamId;
        // Two people who swap members between two teams must not wait for each other.
        const held = new Map<number, Awaited<ReturnType<typeof stores.teams.lockById>>>();
        for (const id of [...new Set([teamId, destination])].sort((a, b) => a - b)) {
          held.set(id, await stores.teams.lockById(id));
        }
        const team = held.get(teamId);
        const before = team && (await teamUsers.findOne(teamId, userId));
        if (team === undefined || before === undefined) throw await this.#notDirect(stores, teamId, userId);
        requireRevision({ revision: revisionOfTeamUser(before) }, ifRevision);
        const target = held.get(destination);
        if (target === undefined) throw invalidField('team_id', 'There is no team with this id.');
        const member: TeamUser = { teamId: destination, userId, role: changes.role ?? before.role };
        if (member.teamId === before.teamId && member.role === before.role) return { member, leading: [] };
        refuseRankForOneself(actor, before, member);
        await teamUsers.update(before, member);
        await auditLog.record({
          type: target.id === team.id ? 'team.user_changed' : 'team.user_moved',
          actor,
          object: TEAM.audited(target),
          before: auditState(before),
          after: auditState(member),
        });
        return {
          member,
          leading: [...(await teamUsers.findLeading(teamId)), ...(await teamUsers.findLeading(destination))],
        };
      },
    );
    this.#tell(userId, after.leading);
    return after.member;
  }

  async remove(actor: Actor, teamId: number, userId: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    const leading = await this.#unitOfWork.inTransaction(async (stores) => {
      const team = await stores.teams.lockById(teamId);
      const member = team && (await stores.teamUsers.findOne(teamId, userId));
      if (team === undefined || member === undefined) throw await this.#notDirect(stores, teamId, userId);
      requireRevision({ revision: revisionOfTeamUser(member) }, ifRevision);
      await stores.teamUsers.delete(teamId, userId);
      await stores.auditLog.record({
        type: 'team.user_removed',
        actor,
        object: TEAM.audited(team),
        before: auditState(member),
      });
      return await stores.teamUsers.findLeading(teamId);
    });
    this.#tell(userId, leading);
  }

  /** Leads and managers see personal Jump Items of the team: who is in it is a matter of their rights too. */
  #tell(userId: number, leading: readonly number[]): void {
    for (const id of new Set([userId, ...leading])) {
      this.#credentialEvents.publish({ kind: 'user_rights_changed', userId: id });
    }
  }

  /** What somebody reads who wants to change a membership that is not a direct one. */
  async #notDirect(stores: Stores, teamId: number, userId: number): Promise<ApplianceError> {
    if (!(await teamsOf(stores, userId)).has(teamId)) return noSuchMember();
    return new ApplianceError(
      'invalid',
      'This membership comes from a group policy and can only be changed there.',
    );
  }
}

/** Leads and managers see personal Jump Items of the team: whoever edits teams does not give that to themselves. */
function refuseRankForOneself(actor: Actor, before: TeamUser | undefined, after: TeamUser): void {
  if (mayConfigure(actor) || actor.kind !== 'user' || actor.userId !== after.userId) return;
  const had = before?.teamId === after.teamId ? rankOf(before.role) : 0;
  if (rankOf(after.role) <= had) return;
  throw new ApplianceError(
    'forbidden',
    'You cannot make yourself a lead or manager of a team. Ask somebody else who may.',
  );
}

function noSuchMember(): ApplianceError {
  return new ApplianceError('not_found', 'This user is not a direct member of this team.');
}
