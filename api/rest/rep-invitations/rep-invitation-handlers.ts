import type { RepInvitation } from '../../../appliance/access/rep-invitation.ts';
import type { RepInvitationService } from '../../../appliance/access/rep-invitation-service.ts';
import { dateTime } from '../../../appliance/date-time.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendPage } from '../../contract/paging.ts';

export function repInvitationHandlers({
  repInvitations,
  publicUrl,
}: {
  repInvitations: RepInvitationService;
  publicUrl: string;
}): Partial<Handlers> {
  return {
    'api.config.rep-invitation.index': async (req, res) => {
      const page = await repInvitations.list(actorOf(req), pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toAnswer), total: page.total });
    },
    'api.config.rep-invitation.store': async (req, res) => {
      const { name, comments, session_policy_id: sessionPolicyId, minutes } = req.body;
      const wanted = { name, comments, sessionPolicyId, minutes };
      const { invitation, key } = await repInvitations.create(actorOf(req), wanted);
      // The key travels in the part of the address that no server and no log gets to see.
      const url = new URL(`/console#invitation=${key}`, publicUrl).href;
      res.status(201).json({ ...toAnswer(invitation), key, url });
    },
    'api.config.rep-invitation.destroy': async (req, res) => {
      await repInvitations.revoke(actorOf(req), req.params.id);
      res.status(204).end();
    },
  };
}

function toAnswer(invitation: RepInvitation): AnswerOf<'api.config.rep-invitation.index', 200>[number] {
  return {
    id: invitation.id,
    name: invitation.name,
    comments: invitation.comments,
    session_policy_id: invitation.sessionPolicyId,
    invited_by: invitation.invitedBy,
    state: invitation.state,
    created_at: dateTime(invitation.createdAt),
    expires_at: dateTime(invitation.expiresAt),
    used_at: invitation.usedAt === null ? null : dateTime(invitation.usedAt),
    used_from: invitation.usedFrom,
  };
}
