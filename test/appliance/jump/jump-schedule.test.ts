import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import {
  isAllowedAt,
  type JumpSchedule,
  nextAllowed,
  type ScheduleEntry,
  windowEnd,
} from '../../../appliance/jump/jump-schedule.ts';

const [MON, TUE, WED, THU, FRI, SAT, SUN] = [0, 1, 2, 3, 4, 5, 6];

function entry(startDay: number, startTime: string, endDay: number, endTime: string): ScheduleEntry {
  return { startDay, startTime, endDay, endTime };
}

function vienna(...entries: ScheduleEntry[]): JumpSchedule {
  return { timezone: 'Europe/Vienna', entries };
}

/** A moment given as wall-clock time with its offset. */
function at(text: string): Date {
  return new Date(text);
}

describe('a schedule of office hours', () => {
  const schedule = vienna(...[MON, TUE, WED, THU, FRI].map((day) => entry(day, '08:00', day, '18:00')));

  it('allows from the first minute to before the last', () => {
    expect(isAllowedAt(schedule, at('2026-01-05T07:59:59.999+01:00'))).toBe(false);
    expect(isAllowedAt(schedule, at('2026-01-05T08:00:00+01:00'))).toBe(true);
    expect(isAllowedAt(schedule, at('2026-01-05T17:59:59.999+01:00'))).toBe(true);
    expect(isAllowedAt(schedule, at('2026-01-05T18:00:00+01:00'))).toBe(false);
  });

  it('means the hours of its own zone, whatever the season', () => {
    expect(isAllowedAt(schedule, at('2026-07-06T06:00:00Z'))).toBe(true);
    expect(isAllowedAt(schedule, at('2026-01-05T06:00:00Z'))).toBe(false);
  });

  it('names the next window after hours, at the weekend and before the first of the week', () => {
    expect(nextAllowed(schedule, at('2026-01-05T20:00:00+01:00'))).toEqual(at('2026-01-06T08:00:00+01:00'));
    expect(nextAllowed(schedule, at('2026-01-10T12:00:00+01:00'))).toEqual(at('2026-01-12T08:00:00+01:00'));
    expect(nextAllowed(schedule, at('2026-01-05T03:00:00+01:00'))).toEqual(at('2026-01-05T08:00:00+01:00'));
  });

  it('answers the moment itself when it is allowed', () => {
    const moment = at('2026-01-05T12:00:00+01:00');
    expect(nextAllowed(schedule, moment)).toEqual(moment);
  });

  it('ends with the window, and not at all outside of one', () => {
    expect(windowEnd(schedule, at('2026-01-05T12:00:00+01:00'))).toEqual(at('2026-01-05T18:00:00+01:00'));
    expect(windowEnd(schedule, at('2026-01-05T19:00:00+01:00'))).toBeUndefined();
  });
});

describe('windows over midnight and over the end of the week', () => {
  it('spans the night', () => {
    const nights = vienna(entry(MON, '22:00', TUE, '06:00'));
    expect(isAllowedAt(nights, at('2026-01-06T03:00:00+01:00'))).toBe(true);
    expect(isAllowedAt(nights, at('2026-01-05T03:00:00+01:00'))).toBe(false);
    expect(windowEnd(nights, at('2026-01-05T23:00:00+01:00'))).toEqual(at('2026-01-06T06:00:00+01:00'));
  });

  it('spans the weekend from Friday to Monday', () => {
    const weekend = vienna(entry(FRI, '18:00', MON, '06:00'));
    expect(isAllowedAt(weekend, at('2026-01-09T17:59:00+01:00'))).toBe(false);
    expect(isAllowedAt(weekend, at('2026-01-11T12:00:00+01:00'))).toBe(true);
    expect(isAllowedAt(weekend, at('2026-01-12T05:59:00+01:00'))).toBe(true);
    expect(isAllowedAt(weekend, at('2026-01-12T06:00:00+01:00'))).toBe(false);
  });

  it('runs nearly a whole week when it ends before it starts on the same day', () => {
    const nearlyAlways = vienna(entry(WED, '12:00', WED, '11:00'));
    expect(isAllowedAt(nearlyAlways, at('2026-01-07T11:30:00+01:00'))).toBe(false);
    expect(isAllowedAt(nearlyAlways, at('2026-01-07T10:59:00+01:00'))).toBe(true);
    expect(windowEnd(nearlyAlways, at('2026-01-08T00:00:00+01:00'))).toEqual(at('2026-01-14T11:00:00+01:00'));
  });

  it('joins windows that touch or overlap', () => {
    const joined = vienna(
      entry(MON, '08:00', MON, '12:00'),
      entry(MON, '12:00', MON, '14:00'),
      entry(MON, '13:00', MON, '20:00'),
      entry(MON, '20:01', MON, '22:00'),
    );
    expect(windowEnd(joined, at('2026-01-05T09:00:00+01:00'))).toEqual(at('2026-01-05T20:00:00+01:00'));
  });

  it('has no end when windows cover the week', () => {
    const always = vienna(entry(MON, '00:00', THU, '00:00'), entry(THU, '00:00', MON, '00:00'));
    expect(isAllowedAt(always, at('2026-01-05T00:00:00+01:00'))).toBe(true);
    expect(windowEnd(always, at('2026-03-28T12:00:00+01:00'))).toBeUndefined();
  });
});

describe('a schedule without a usable window', () => {
  it.each([
    ['no entries', vienna()],
    ['an entry without length', vienna(entry(MON, '08:00', MON, '08:00'))],
  ])('is never allowed: %s', (_, schedule) => {
    expect(isAllowedAt(schedule, at('2026-01-05T08:00:00+01:00'))).toBe(false);
    expect(nextAllowed(schedule, at('2026-01-05T08:00:00+01:00'))).toBeUndefined();
  });
});

describe('the night clocks skip an hour (29 March 2026, 02:00 to 03:00)', () => {
  it('moves a start inside the skipped hour to its end', () => {
    const schedule = vienna(entry(SUN, '02:30', SUN, '05:00'));
    expect(nextAllowed(schedule, at('2026-03-29T01:00:00+01:00'))).toEqual(at('2026-03-29T03:00:00+02:00'));
    expect(isAllowedAt(schedule, at('2026-03-29T03:00:00+02:00'))).toBe(true);
  });

  it('moves an end inside the skipped hour to its end', () => {
    const schedule = vienna(entry(SUN, '01:00', SUN, '02:30'));
    expect(windowEnd(schedule, at('2026-03-29T01:30:00+01:00'))).toEqual(at('2026-03-29T03:00:00+02:00'));
  });

  it('drops a window that lies inside the skipped hour and names the next week', () => {
    const schedule = vienna(entry(SUN, '02:15', SUN, '02:45'));
    expect(nextAllowed(schedule, at('2026-03-29T00:00:00+01:00'))).toEqual(at('2026-04-05T02:15:00+02:00'));
  });
});

describe('the night clocks show an hour twice (25 October 2026, 02:00 to 03:00)', () => {
  it('starts the first time the clocks show the start', () => {
    const schedule = vienna(entry(SUN, '02:30', SUN, '05:00'));
    expect(nextAllowed(schedule, at('2026-10-25T00:00:00+02:00'))).toEqual(at('2026-10-25T02:30:00+02:00'));
    expect(isAllowedAt(schedule, at('2026-10-25T02:15:00+01:00'))).toBe(true);
  });

  it('ends the first time the clocks show the end, without a gap to a window that follows', () => {
    const schedule = vienna(entry(SAT, '20:00', SUN, '02:30'));
    expect(windowEnd(schedule, at('2026-10-25T01:00:00+02:00'))).toEqual(at('2026-10-25T02:30:00+02:00'));
    const followed = vienna(entry(SAT, '20:00', SUN, '02:30'), entry(SUN, '02:30', SUN, '06:00'));
    expect(windowEnd(followed, at('2026-10-25T01:00:00+02:00'))).toEqual(at('2026-10-25T06:00:00+01:00'));
  });
});

describe('unusual zones', () => {
  it('works where midnight does not exist', () => {
    const schedule = { timezone: 'America/Sao_Paulo', entries: [entry(SUN, '00:00', SUN, '12:00')] };
    expect(nextAllowed(schedule, at('2018-11-03T12:00:00-03:00'))).toEqual(at('2018-11-04T01:00:00-02:00'));
  });

  it('works where a whole day does not exist', () => {
    const schedule = { timezone: 'Pacific/Apia', entries: [entry(FRI, '08:00', FRI, '10:00')] };
    expect(nextAllowed(schedule, at('2011-12-29T12:00:00-10:00'))).toEqual(at('2012-01-06T08:00:00+14:00'));
  });

  it('works with half-hour clock changes', () => {
    const schedule = { timezone: 'Australia/Lord_Howe', entries: [entry(SUN, '02:15', SUN, '04:00')] };
    expect(nextAllowed(schedule, at('2026-10-04T01:00:00+10:30'))).toEqual(at('2026-10-04T02:30:00+11:00'));
  });
});

describe('for any schedule and moment', () => {
  const zones = ['UTC', 'Europe/Vienna', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const day = fc.integer({ min: 0, max: 6 });
  const schedules: fc.Arbitrary<JumpSchedule> = fc.record({
    timezone: fc.constantFrom(...zones),
    entries: fc.array(fc.record({ startDay: day, startTime: time, endDay: day, endTime: time }), {
      maxLength: 4,
    }),
  });
  const moments = fc
    .integer({ min: Date.UTC(2025, 0, 1) / 1000, max: Date.UTC(2027, 0, 1) / 1000 })
    .map((seconds) => new Date(seconds * 1000));

  it('is allowed where the clocks lie inside a window, clock changes aside', () => {
    fc.assert(
      fc.property(schedules, moments, (schedule, moment) => {
        fc.pre(isFarFromClockChange(schedule.timezone, moment));
        expect(isAllowedAt(schedule, moment)).toBe(clocksAreInside(schedule, moment));
      }),
      { numRuns: 300 },
    );
  });

  it('the next allowed moment is allowed and the millisecond before it is not', () => {
    fc.assert(
      fc.property(schedules, moments, (schedule, moment) => {
        const next = nextAllowed(schedule, moment);
        if (next === undefined) {
          expect(isAllowedAt(schedule, moment)).toBe(false);
          return;
        }
        expect(next.getTime()).toBeGreaterThanOrEqual(moment.getTime());
        expect(isAllowedAt(schedule, next)).toBe(true);
        if (next > moment) expect(isAllowedAt(schedule, new Date(next.getTime() - 1))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('the end of a window is the first moment that is not allowed', () => {
    fc.assert(
      fc.property(schedules, moments, fc.nat(100), (schedule, moment, percent) => {
        const end = windowEnd(schedule, moment);
        if (end === undefined) return;
        expect(isAllowedAt(schedule, end)).toBe(false);
        expect(isAllowedAt(schedule, new Date(end.getTime() - 1))).toBe(true);
        const between = moment.getTime() + ((end.getTime() - 1 - moment.getTime()) * percent) / 100;
        expect(isAllowedAt(schedule, new Date(Math.floor(between)))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

const WEEK_MINUTES = 7 * 24 * 60;

/** The rule said another way: minutes of the week on the wall clock. */
function clocksAreInside({ timezone, entries }: JumpSchedule, moment: Date): boolean {
  const local = Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timezone);
  const now = minuteOfWeek(local.dayOfWeek - 1, `${local.hour}:${local.minute}`);
  return entries.some((window) => {
    const start = minuteOfWeek(window.startDay, window.startTime);
    const length = (minuteOfWeek(window.endDay, window.endTime) - start + WEEK_MINUTES) % WEEK_MINUTES;
    return (now - start + WEEK_MINUTES) % WEEK_MINUTES < length;
  });
}

function minuteOfWeek(day: number, time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return (day * 24 + hour) * 60 + minute;
}

function isFarFromClockChange(timezone: string, moment: Date): boolean {
  const offset = (days: number) =>
    Temporal.Instant.fromEpochMilliseconds(moment.getTime() + days * 86_400_000).toZonedDateTimeISO(timezone)
      .offsetNanoseconds;
  return offset(-1) === offset(1);
}
