const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Seconds that the clocks of an IANA time zone are ahead of UTC at an instant. */
export function offsetSeconds(instant: Date, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(instant)) parts[type] = Number(value);
  const local = Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second);
  return Math.round((local - Math.floor(instant.getTime() / 1000) * 1000) / 1000);
}

/**
 * The first instant of a calendar day in an IANA time zone. `day` counts days since 1970-01-01. Where clocks skip
 * midnight that is the first moment after it; where they show it twice, the first time.
 */
export function startOfDay(day: number, timeZone: string): Date {
  const local = day * DAY_MS;
  const before = offsetSeconds(new Date(local - DAY_MS), timeZone) * 1000;
  const after = offsetSeconds(new Date(local + DAY_MS), timeZone) * 1000;
  const candidates = [local - before, local - after].sort((a, b) => a - b);
  for (const candidate of candidates) {
    if (candidate + offsetSeconds(new Date(candidate), timeZone) * 1000 === local) return new Date(candidate);
  }
  return new Date(local - before);
}
