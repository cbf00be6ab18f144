import type { JumpPolicy } from '../../../appliance/jump/jump-policy.ts';
import type { JumpPolicyService } from '../../../appliance/jump/jump-policy-service.ts';
import type { JumpSchedule } from '../../../appliance/jump/jump-schedule.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, BodyOf, Handlers } from '../../contract/handlers.ts';
import { pageOf, sendCreated, sendPage } from '../../contract/paging.ts';
import { dateTimeOrNull } from '../date-times.ts';
import { revisionsOf, sendRevised, setRevision } from '../revision.ts';
import { refuseFieldsNotOffered } from './fields-not-offered.ts';

export function jumpPolicyHandlers({ jumpPolicies }: { jumpPolicies: JumpPolicyService }): Partial<Handlers> {
  return {
    'api.config.jump-policy.index': async (req, res) => {
      const page = await jumpPolicies.list({ codeName: req.query.code_name }, pageOf(req.query));
      sendPage(req, res, { items: page.items.map(toPolicy), total: page.total });
    },
    'api.config.jump-policy.store': async (req, res) => {
      refuseFieldsNotOffered(req.body);
      const policy = await jumpPolicies.create(actorOf(req), {
        ...fromRequest(req.body),
        displayName: req.body.display_name,
      });
      setRevision(res, policy);
      sendCreated(res, `/jump-policy/${policy.id}`, toPolicy(policy));
    },
    'api.config.jump-policy.show': async (req, res) => {
      sendRevised(res, await jumpPolicies.show(req.params.id), toPolicy);
    },
    'api.config.jump-policy.update': async (req, res) => {
      refuseFieldsNotOffered(req.body);
      const changes = fromRequest(req.body);
      const policy = await jumpPolicies.update(actorOf(req), req.params.id, changes, revisionsOf(req));
      sendRevised(res, policy, toPolicy);
    },
    'api.config.jump-policy.destroy': async (req, res) => {
      await jumpPolicies.delete(actorOf(req), req.params.id, revisionsOf(req));
      res.status(204).end();
    },
    'api.config.jump-policy.showSchedule': async (req, res) => {
      sendRevised(res, await jumpPolicies.showSchedule(req.params.id), toSchedule);
    },
    'api.config.jump-policy.updateSchedule': async (req, res) => {
      const wanted = toJumpSchedule(req.body);
      const schedule = await jumpPolicies.replaceSchedule(
        actorOf(req),
        req.params.id,
        wanted,
        revisionsOf(req),
      );
      sendRevised(res, schedule, toSchedule);
    },
    'api.config.jump-policy.showStanding': async (req, res) => {
      const at = req.query.at === undefined ? new Date() : new Date(req.query.at);
      const standing = await jumpPolicies.showStanding(req.params.id, at);
      const answer: AnswerOf<'api.config.jump-policy.showStanding', 200> = {
        allowed: standing.allowed,
        ends_at: standing.allowed ? dateTimeOrNull(standing.endsAt) : null,
        next_allowed: standing.allowed ? null : dateTimeOrNull(standing.nextAllowed),
      };
      res.json(answer);
    },
  };
}

function fromRequest(body: BodyOf<'api.config.jump-policy.update'>) {
  return {
    displayName: body.display_name,
    codeName: body.code_name === null ? '' : body.code_name,
    description: body.description === null ? '' : body.description,
    scheduleEnabled: body.schedule_enabled ?? undefined,
    scheduleStrict: body.schedule_strict ?? undefined,
    simultaneousJumps: body.simultaneous_jumps ?? undefined,
    simultaneousJumpBehaviorAppliesToCopies: body.simultaneous_jump_behavior_applies_to_copies ?? undefined,
    simultaneousJumpsRdp: body.simultaneous_jumps_rdp ?? undefined,
    ticketIdRequired: body.ticket_id_required ?? undefined,
    twoFactorChallengeRequired: body.two_factor_challenge_required ?? undefined,
    schedule: body.schedule && toJumpSchedule(body.schedule),
  };
}

function toJumpSchedule({
  timezone,
  entries,
}: BodyOf<'api.config.jump-policy.updateSchedule'>): JumpSchedule {
  return {
    timezone,
    entries: entries.map((entry) => ({
      startDay: entry.start_day,
      startTime: entry.start_time,
      endDay: entry.end_day,
      endTime: entry.end_time,
    })),
  };
}

function toPolicy(policy: JumpPolicy): AnswerOf<'api.config.jump-policy.show', 200> {
  return {
    id: policy.id,
    display_name: policy.displayName,
    code_name: policy.codeName,
    description: policy.description,
    schedule_enabled: policy.scheduleEnabled,
    simultaneous_jumps: policy.simultaneousJumps,
    simultaneous_jump_behavior_applies_to_copies: policy.simultaneousJumpBehaviorAppliesToCopies,
    simultaneous_jumps_rdp: policy.simultaneousJumpsRdp,
    schedule_strict: policy.scheduleStrict,
    ticket_id_required: policy.ticketIdRequired,
    two_factor_challenge_required: policy.twoFactorChallengeRequired,
  };
}

function toSchedule({
  timezone,
  entries,
}: JumpSchedule): AnswerOf<'api.config.jump-policy.showSchedule', 200> {
  return {
    timezone,
    entries: entries.map((entry) => ({
      start_day: entry.startDay,
      start_time: entry.startTime,
      end_day: entry.endDay,
      end_time: entry.endTime,
    })),
  };
}
