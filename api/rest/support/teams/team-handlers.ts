import type { Response } from 'express';
import { invalidField } from '../../../../appliance/errors.ts';
import { revisionOfTeamUser, type Team, type TeamUser } from '../../../../appliance/support/team.ts';
import type { TeamMemberService } from '../../../../appliance/support/team-member-service.ts';
import type { TeamService } from '../../../../appliance/support/team-service.ts';
import { actorOf } from '../../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../../contract/paging.ts';
import { revisionsOf, sendRevised, setRevision } from '../../revision.ts';

export function teamHandlers({
  teams,
  teamMembers,
}: {
  teams: TeamService;
  teamMembers: TeamMemberService;
}): Partial<Handlers> {
  return {
    'api.config.team.index': async (req, res) => {
      const { name, code_name: codeName, search } = req.query;
      const page = await teams.list(actorOf(req), { name, codeName, search }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toTeam), total: page.total });
    },
    'api.config.team.store': async (req, res) => {
      const { name, code_name: codeName, comments, persistent_queue: persistentQueue } = req.body;
      const publicPortalIds = portalIdsOf(req.body.public_portal_ids);
      const input = { name, codeName, comments, persistentQueue, publicPortalIds };
      const team = await teams.create(actorOf(req), input);
      setRevision(res, team);
      sendCreated(res, `/team/${team.id}`, toTeam(team));
    },
    'api.config.team.show': async (req, res) => {
      sendRevised(res, await teams.show(actorOf(req), req.params.id), toTeam);
    },
    'api.config.team.update': async (req, res) => {
      const { name, code_name: codeName, comments, persistent_queue: persistentQueue } = req.body;
      const publicPortalIds = portalIdsOf(req.body.public_portal_ids);
      const changes = { name, codeName, comments, persistentQueue, publicPortalIds };
      sendRevised(res, await teams.update(actorOf(req), req.params.id, changes, revisionsOf(req)), toTeam);
    },
    'api.config.team.destroy': async (req, res) => {
      await teams.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.team.user.index': async (req, res) => {
      const page = await teamMembers.list(actorOf(req), req.params.id, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toMember), total: page.total });
    },
    'api.config.team.user.store': async (req, res) => {
      const { team_id: named, user_id: userId, role = 'member' } = req.body;
      const teamId = req.params.id;
      if (named !== undefined && named !== teamId) {
        throw invalidField('team_id', 'team_id must be the team of the path.');
      }
      const member = await teamMembers.add(actorOf(req), { teamId, userId, role });
      setRevision(res, { revision: revisionOfTeamUser(member) });
      sendCreated(res, `/team/${teamId}/user/${userId}`, toMember(member));
    },
    'api.config.team.user.show': async (req, res) => {
      sendMember(res, await teamMembers.show(actorOf(req), req.params.id, req.params.user_id));
    },
    'api.config.team.user.update': async (req, res) => {
      const { team_id: teamId, role } = req.body;
      const { id, user_id: userId } = req.params;
      const changes = { teamId, role };
      sendMember(res, await teamMembers.change(actorOf(req), id, userId, changes, revisionsOf(req)));
    },
    'api.config.team.user.destroy': async (req, res) => {
      const { id, user_id: userId } = req.params;
      await teamMembers.remove(actorOf(req), id, userId, revisionsOf(req));
      res.status(204).end();
    },
  };
}

/** The contract takes ids and the word in one array. */
function portalIdsOf(entries: readonly (number | string)[] | undefined): 'all' | number[] | undefined {
  if (entries === undefined) return undefined;
  if (entries.includes('all')) return 'all';
  const ids = entries.map((entry) => {
    const id = Number(entry);
    if (/^[1-9]\d{0,9}$/.test(String(entry)) && id <= 2_147_483_647) return id;
    throw invalidField('public_portal_ids', 'public_portal_ids takes ids of public portals or the word all.');
  });
  return [...new Set(ids)].sort((a, b) => a - b);
}

function toTeam(team: Team): AnswerOf<'api.config.team.show', 200> {
  return {
    id: team.id,
    name: team.name,
    code_name: team.codeName,
    comments: team.comments,
    persistent_queue: team.persistentQueue,
    public_portal_ids: team.publicPortalIds === 'all' ? ['all'] : team.publicPortalIds,
  };
}

function sendMember(res: Response, member: TeamUser): void {
  setRevision(res, { revision: revisionOfTeamUser(member) });
  res.json(toMember(member));
}

function toMember({ teamId, userId, role }: TeamUser): AnswerOf<'api.config.team.user.show', 200> {
  return { team_id: teamId, user_id: userId, role };
}
