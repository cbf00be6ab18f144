import { dateTime } from '../date-time.ts';
import { ApplianceError } from '../errors.ts';
import type { JumpPolicy } from '../jump/jump-policy.ts';
import { isAllowedAt, type JumpSchedule, nextAllowed, windowEnd } from '../jump/jump-schedule.ts';

/** What a Jump Policy says about starting and ending sessions. */
export interface JumpPolicyRules
  extends Pick<
    JumpPolicy,
    'id' | 'displayName' | 'scheduleEnabled' | 'scheduleStrict' | 'simultaneousJumps' | 'simultaneousJumpsRdp'
  > {
  schedule: JumpSchedule;
}

export interface ScheduleDecision {
  /** When the session is ended by force. */
  endsAt: Date | undefined;
  /** The schedule said no and the caller passed over it. */
  overridden: boolean;
}

/**
 * Applies the schedule of a Jump Policy to a start at `now`. Fails with `forbidden`, carrying `next_allowed` (RFC 3339,
 * null when the schedule never permits access) and `may_override`.
 */
export function checkSchedule(
  policy: JumpPolicyRules | undefined,
  now: Date,
  override: { wanted: boolean; permitted: boolean },
): ScheduleDecision {
  if (!policy?.scheduleEnabled) return { endsAt: undefined, overridden: false };
  if (isAllowedAt(policy.schedule, now)) {
    return { endsAt: policy.scheduleStrict ? windowEnd(policy.schedule, now) : undefined, overridden: false };
  }
  if (override.wanted && override.permitted) return { endsAt: undefined, overridden: true };
  const next = nextAllowed(policy.schedule, now);
  const when = next
    ? `Next access: ${next.toISOString().slice(0, 16).replace('T', ' ')} UTC.`
    : 'Its schedule never permits access.';
  throw new ApplianceError(
    'forbidden',
    `The Jump Policy “${policy.displayName}” does not permit access to this Jump Item now. ${when}`,
    {
      facts: {
        reason: 'jump_policy_schedule',
        next_allowed: next ? dateTime(next) : null,
        may_override: override.permitted,
      },
    },
  );
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

const NOTICE_MINUTES = [15, 10, 5, 4, 3, 2, 1];

/** The next moment to tell the representative of the forced end, or undefined when the end is less than a minute off. */
export function nextNotice(endsAt: Date, now: Date): Date | undefined {
  for (const minutes of NOTICE_MINUTES) {
    const at = new Date(endsAt.getTime() - minutes * 60_000);
    if (at > now) return at;
  }
  return undefined;
}
