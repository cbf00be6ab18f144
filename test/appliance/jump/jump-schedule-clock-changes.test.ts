import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import {
  isAllowedAt,
  type JumpSchedule,
  nextAllowed,
  type ScheduleEntry,
  windowEnd,
} from '../../../appliance/jump/jump-schedule.ts';

// A reference that knows nothing of windows and transitions: it watches the clock on the wall, minute by minute, and
// opens when the clock shows the start of an entry or has gone past it, and closes the same way.

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** So long before and after the change of the clocks every minute is compared. */
const AROUND = 5 * 60 * MINUTE;

/** Changes of the clocks: forward and back, by an hour and by half an hour, at midnight, and over the date line. */
const CHANGES = [
  ['Europe/Vienna', '2026-03-29T01:00:00Z'],
  ['Europe/Vienna', '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['UTC', '2026-12-31T23:59:00Z'],
] as const;

interface Minute {
  at: number;
  /** What the clock shows, in minutes since a Monday long ago, and the latest it has shown until then. */
  latest: number;
}

const MONDAY = Temporal.PlainDate.from('2001-01-01');
const WEEK = 7 * 24 * 60;

/** Every minute from two weeks before to two weeks after would be slow to read; the two days before tell enough. */
function watched(timezone: string, from: number, to: number): Minute[] {
  const minutes: Minute[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (let at = from - 2 * DAY; at <= to; at += MINUTE) {
    const wall = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
    const shown = MONDAY.until(wall.toPlainDate()).days * 24 * 60 + wall.hour * 60 + wall.minute;
    latest = Math.max(latest, shown);
    if (at >= from) minutes.push({ at, latest });
  }
  return minutes;
}

function minuteOfWeek(day: number, time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return (day * 24 + hour) * 60 + minute;
}

/** Some occurrence of some entry has begun on the clock, and has not ended on it. */
function isOpen({ entries }: JumpSchedule, latest: number): boolean {
  return entries.some(({ startDay, startTime, endDay, endTime }) => {
    const start = minuteOfWeek(startDay, startTime);
    const length = (minuteOfWeek(endDay, endTime) - start + WEEK) % WEEK;
    const week = Math.floor((latest - start) / WEEK);
    return latest - (week * WEEK + start) < length;
  });
}

const WATCHED = CHANGES.map(([timezone, change]) => {
  const at = Date.parse(change);
  return { timezone, minutes: watched(timezone, at - AROUND, at + AROUND) };
});

const day = fc.integer({ min: 0, max: 6 });
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 15, 29, 30, 31, 59))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const entry: fc.Arbitrary<ScheduleEntry> = fc.record({
  startDay: day,
  startTime: time,
  endDay: day,
  endTime: time,
});

it.each(WATCHED)(
  'agrees with somebody who watches the clock through its change in $timezone',
  ({ timezone, minutes }) => {
    const schedules = fc
      .array(entry, { minLength: 1, maxLength: 3 })
      .map((entries) => ({ timezone, entries }));
    fc.assert(
      fc.property(schedules, fc.nat(6), (schedule, offset) => {
        // Every seventh minute of each run, every minute over the runs.
        for (let index = offset; index < minutes.length; index += 7) {
          const { at, latest } = minutes[index]!;
          if (isAllowedAt(schedule, new Date(at)) !== isOpen(schedule, latest)) {
            expect({ at: new Date(at).toISOString(), open: isAllowedAt(schedule, new Date(at)) }).toEqual({
              at: new Date(at).toISOString(),
              open: isOpen(schedule, latest),
            });
          }
        }
      }),
      { numRuns: 20 },
    );
  },
);

it.each(WATCHED)('names the next start and the end to the minute in $timezone', ({ timezone, minutes }) => {
  const schedules = fc.array(entry, { minLength: 1, maxLength: 3 }).map((entries) => ({ timezone, entries }));
  fc.assert(
    fc.property(schedules, fc.nat(minutes.length - 1), (schedule, index) => {
      const { at, latest } = minutes[index]!;
      const open = isOpen(schedule, latest);
      const change = minutes.slice(index).find((minute) => isOpen(schedule, minute.latest) !== open);
      const told = open ? windowEnd(schedule, new Date(at)) : nextAllowed(schedule, new Date(at));
      const last = minutes.at(-1)!.at;
      if (change !== undefined) expect(told).toEqual(new Date(change.at));
      else if (told !== undefined) expect(told.getTime()).toBeGreaterThan(last);
    }),
    { numRuns: 60 },
  );
});
