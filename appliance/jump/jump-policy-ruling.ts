import type { JumpRefusal } from '../access/ruling-path.ts';
import { dateTime } from '../date-time.ts';
import type { JumpPolicy } from './jump-policy.ts';
import { type JumpSchedule, scheduleStanding } from './jump-schedule.ts';

/** What a Jump Policy says about starting and ending sessions. */
export interface JumpPolicyRules
  extends Pick<
    JumpPolicy,
    | 'id'
    | 'displayName'
    | 'codeName'
    | 'scheduleEnabled'
    | 'scheduleStrict'
    | 'simultaneousJumps'
    | 'simultaneousJumpsRdp'
    | 'ticketIdRequired'
    | 'twoFactorChallengeRequired'
  > {
  schedule: JumpSchedule;
}

/** What somebody wants of a Jump Policy. */
export interface JumpPolicyQuestion {
  now: Date;
  /** The person has one registered. */
  hasSecondFactor: boolean;
  /** The person wants to pass over the schedule, and may: they may edit the item's Jump Policy. */
  override: { wanted: boolean; permitted: boolean };
}

/** What one rule of a Jump Policy says; every rule of the policy is asked. */
export interface JumpPolicyRuling {
  rule: 'schedule' | 'second_factor' | 'ticket';
  refusal: Omit<JumpRefusal, 'rule'> | undefined;
  /** A plain sentence. */
  message: string;
  /** When the session is ended by force. */
  endsAt: Date | undefined;
  /** The rule said no and the caller passed over it. */
  overridden: boolean;
}

/** Every rule of the policy, in the order in which refusals count. */
export function jumpPolicyRulings(policy: JumpPolicyRules, question: JumpPolicyQuestion): JumpPolicyRuling[] {
  return [scheduleRuling(policy, question), secondFactorRuling(policy, question), ticketRuling(policy)];
}

/**
 * Refuses people without a second factor. Whoever has one is asked to prove it when a session really starts
 * (`requireProofForJump`): a proof belongs to a sign-in, of which an explanation knows nothing.
 */
function secondFactorRuling(
  policy: Pick<JumpPolicyRules, 'displayName' | 'twoFactorChallengeRequired'>,
  { hasSecondFactor }: Pick<JumpPolicyQuestion, 'hasSecondFactor'>,
): JumpPolicyRuling {
  const ruling = { rule: 'second_factor', refusal: undefined, endsAt: undefined, overridden: false } as const;
  const name = `The Jump Policy “${policy.displayName}”`;
  if (!policy.twoFactorChallengeRequired) return { ...ruling, message: `${name} asks for no second factor.` };
  if (hasSecondFactor) {
    return { ...ruling, message: `${name} asks for a second factor; a fresh proof is wanted at the start.` };
  }
  const message = `${name} asks for a second factor before a session starts, and none is registered. Register one under Sign-in security.`;
  return {
    ...ruling,
    message,
    refusal: { code: 'forbidden', reason: 'two_factor_required', message, facts: {} },
  };
}

/** Never refuses: the ticket system is asked when everything else has said yes (`TicketCheck`). */
function ticketRuling(policy: Pick<JumpPolicyRules, 'displayName' | 'ticketIdRequired'>): JumpPolicyRuling {
  const message = policy.ticketIdRequired
    ? `The Jump Policy “${policy.displayName}” asks for a ticket ID; the ticket system, where there is one, is asked at the start.`
    : `The Jump Policy “${policy.displayName}” asks for no ticket ID.`;
  return { rule: 'ticket', refusal: undefined, message, endsAt: undefined, overridden: false };
}

/** The schedule alone; the refusal carries `next_allowed` (RFC 3339, null: never) and `may_override`. */
export function scheduleRuling(
  policy: JumpPolicyRules,
  { now, override }: Pick<JumpPolicyQuestion, 'now' | 'override'>,
): JumpPolicyRuling {
  const ruling = { rule: 'schedule', refusal: undefined, endsAt: undefined, overridden: false } as const;
  const name = `The Jump Policy “${policy.displayName}”`;
  if (!policy.scheduleEnabled) return { ...ruling, message: `${name} has no schedule.` };
  const standing = scheduleStanding(policy.schedule, now);
  if (standing.allowed) {
    const { endsAt } = standing;
    const until = endsAt === undefined ? '' : ` until ${readable(endsAt)}`;
    const force = policy.scheduleStrict && endsAt !== undefined ? '; the session is ended then' : '';
    return {
      ...ruling,
      message: `${name} permits access${until}${force}.`,
      endsAt: policy.scheduleStrict ? endsAt : undefined,
    };
  }
  const { nextAllowed } = standing;
  const when =
    nextAllowed === undefined
      ? 'Its schedule never permits access.'
      : `Next access: ${readable(nextAllowed)}.`;
  const message = `${name} does not permit access to this Jump Item now. ${when}`;
  if (override.wanted && override.permitted) {
    return { ...ruling, message: `${message} This was overridden.`, overridden: true };
  }
  return {
    ...ruling,
    message,
    refusal: {
      code: 'forbidden',
      reason: 'jump_policy_schedule',
      message,
      facts: {
        next_allowed: nextAllowed === undefined ? null : dateTime(nextAllowed),
        may_override: override.permitted,
      },
    },
  };
}

function readable(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export type SimultaneousJump = 'new_session' | 'join' | 'disallow';

/**
 * What a second jump to an item in use does. Shell Jumps always open a session of their own; RDP opens a new session or
 * is refused; every other kind joins the running session or is refused.
 */
export function simultaneousJump(
  kind: string,
  policy: Pick<JumpPolicyRules, 'simultaneousJumps' | 'simultaneousJumpsRdp'> | undefined,
  site: { simultaneous_jumps: string; simultaneous_jumps_rdp: string },
): SimultaneousJump {
  if (kind === 'shell_jump') return 'new_session';
  if (kind === 'remote_rdp' || kind === 'local_rdp') {
    const own = policy?.simultaneousJumpsRdp ?? 'global';
    const chosen = own === 'global' ? site.simultaneous_jumps_rdp : own;
    return chosen === 'disallow' ? 'disallow' : 'new_session';
  }
  const own = policy?.simultaneousJumps ?? 'global';
  const chosen = own === 'global' ? site.simultaneous_jumps : own;
  return chosen === 'disallow' ? 'disallow' : 'join';
}
