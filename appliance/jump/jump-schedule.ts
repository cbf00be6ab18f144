import { Temporal } from 'temporal-polyfill';

/** A window of the week. One that ends before it starts runs over the end of the week. */
export interface ScheduleEntry {
  /** 0 is Monday, 6 is Sunday. */
  startDay: number;
  /** `HH:MM`, 00:00 to 23:59. */
  startTime: string;
  endDay: number;
  /** The first minute outside. */
  endTime: string;
}

export interface JumpSchedule {
  /** IANA name. */
  timezone: string;
  /** Windows that touch or overlap count as one. None: never allowed. */
  entries: readonly ScheduleEntry[];
}

/** Where a moment stands in a schedule. Undefined times: it never ends, it never starts. */
export type ScheduleStanding =
  | { allowed: true; endsAt: Date | undefined }
  | { allowed: false; nextAllowed: Date | undefined };

/** Milliseconds of the epoch, the end not included. */
interface Span {
  start: number;
  end: number;
}

const DAYS = 7;
/** A chain of windows that goes on for longer has no end: everything repeats weekly, clock changes included. */
const WEEKS_AHEAD = 5;

/**
 * Whether a schedule allows a moment, until when, or from when on.
 *
 * A window starts and ends at the first moment its own time zone's clocks show the time or a later one. So where clocks
 * skip an hour, a time inside that hour means the moment after the skip, and where they show an hour twice, the first
 * time counts.
 */
export function scheduleStanding(schedule: JumpSchedule, at: Date): ScheduleStanding {
  const now = at.getTime();
  const known = lastStandings.get(schedule);
  if (known?.at === now) return known.standing;
  const standing = standingAt(schedule, now);
  lastStandings.set(schedule, { at: now, standing });
  return standing;
}

/** Time zones are slow to reckon with, and questions about many people ask of one schedule and moment again and again. */
const lastStandings = new WeakMap<JumpSchedule, { at: number; standing: ScheduleStanding }>();

function standingAt(schedule: JumpSchedule, now: number): ScheduleStanding {
  const spans = windowsAround(schedule, now);
  if (!spans.some((span) => contains(span, now))) {
    const next = spans.find((span) => span.start > now);
    return { allowed: false, nextAllowed: next && new Date(next.start) };
  }
  let end = now;
  for (const span of spans) {
    if (span.start > end) break;
    if (span.end > end) end = span.end;
  }
  const horizon = now + (WEEKS_AHEAD - 1) * DAYS * 86_400_000;
  return { allowed: true, endsAt: end > horizon ? undefined : new Date(end) };
}

export function isAllowedAt(schedule: JumpSchedule, at: Date): boolean {
  return scheduleStanding(schedule, at).allowed;
}

/** The moment itself when it is allowed, else the next one that is; undefined when there is none. */
export function nextAllowed(schedule: JumpSchedule, at: Date): Date | undefined {
  const standing = scheduleStanding(schedule, at);
  return standing.allowed ? at : standing.nextAllowed;
}

/** When the access that holds at this moment ends; undefined when it never does, or does not hold. */
export function windowEnd(schedule: JumpSchedule, at: Date): Date | undefined {
  const standing = scheduleStanding(schedule, at);
  return standing.allowed ? standing.endsAt : undefined;
}

function contains({ start, end }: Span, moment: number): boolean {
  return start <= moment && moment < end;
}

/** Every window that has not ended, from the week before the moment on, the earliest first. */
function windowsAround({ timezone, entries }: JumpSchedule, now: number): Span[] {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate();
  const monday = today.subtract({ days: today.dayOfWeek - 1 });
  const spans: Span[] = [];
  for (let week = -1; week <= WEEKS_AHEAD; week++) {
    const weekStart = monday.add({ days: week * DAYS });
    for (const entry of entries) {
      const span = spanOf(entry, weekStart, timezone);
      if (span.start < span.end && span.end > now) spans.push(span);
    }
  }
  return spans.sort((a, b) => a.start - b.start);
}

function spanOf(entry: ScheduleEntry, monday: Temporal.PlainDate, timezone: string): Span {
  const wraps =
    entry.endDay < entry.startDay || (entry.endDay === entry.startDay && entry.endTime < entry.startTime);
  return {
    start: firstMoment(monday.add({ days: entry.startDay }), entry.startTime, timezone),
    end: firstMoment(monday.add({ days: entry.endDay + (wraps ? DAYS : 0) }), entry.endTime, timezone),
  };
}

/** The first moment at which the clocks of the zone show this date and time, or a later one. */
function firstMoment(date: Temporal.PlainDate, time: string, timezone: string): number {
  const local = date.toPlainDateTime(time);
  const earlier = local.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(local)) return earlier.epochMilliseconds;
  // The clocks skip this time. `earlier` is before the skip, so the next transition is the skip.
  const skip = earlier.getTimeZoneTransition('next');
  return (skip ?? local.toZonedDateTime(timezone)).epochMilliseconds;
}
