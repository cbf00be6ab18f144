import { ApplianceError, invalidField } from '../errors.ts';
import { startOfDay } from '../site-calendar.ts';
import type { ReportCriteria, ReportSelection } from './session-report.ts';

/** The selection of a report as a caller writes it: text, each part optional. */
export interface ReportQuery {
  start_date?: string | undefined;
  start_time?: string | undefined;
  end_date?: string | undefined;
  end_time?: string | undefined;
  duration?: string | undefined;
  lsid?: string | undefined;
  lsids?: string | undefined;
  limit?: string | undefined;
}

/** How many sessions one call may name. */
const MOST_LSIDS = 1000;
const LSID = /^[0-9a-f]{32}$/;
/** Past the year 9999 nothing can be written as a date any more. */
const LATEST_SECOND = 253_402_300_799;

/**
 * Reads the selection of a report. `lsid` and `lsids` win over any window. Dates are days of the site's time zone, and
 * with a date `duration` counts days; times are UNIX seconds, and with a time it counts seconds; 0 or nothing means up
 * to now. When a date and a time of the same side are both given the time, being exact, wins. Fails with `invalid`.
 */
export function reportCriteria(
  query: ReportQuery,
  site: { timeZone: string; windowRequired: boolean },
): ReportCriteria {
  return { selection: selectionOf(query, site), ...limitOf(query.limit) };
}

function selectionOf(
  query: ReportQuery,
  { timeZone, windowRequired }: { timeZone: string; windowRequired: boolean },
): ReportSelection {
  const lsids = lsidsOf(query);
  if (lsids !== undefined) return { by: 'lsids', lsids };
  const window = windowOf(query, timeZone);
  if (window !== undefined) return window;
  if (windowRequired) {
    throw new ApplianceError(
      'invalid',
      'Choose sessions by start_date, start_time, end_date or end_time with duration, or by lsid or lsids.',
    );
  }
  return { by: 'started', from: new Date(0), before: undefined };
}

/** The same for reports of moments, which begin and end at once. Fails with `invalid`, also without any window. */
export function momentWindow(query: ReportQuery, timeZone: string): { from: Date; before: Date | undefined } {
  const window = windowOf(query, timeZone);
  if (window !== undefined) return window;
  throw new ApplianceError('invalid', 'Give start_date, start_time, end_date or end_time, with duration.');
}

type ReportWindow = Exclude<ReportSelection, { by: 'lsids' }>;

function windowOf(query: ReportQuery, timeZone: string): ReportWindow | undefined {
  const started = query.start_time ?? query.start_date;
  const ended = query.end_time ?? query.end_date;
  if (started !== undefined && ended !== undefined) {
    throw new ApplianceError(
      'invalid',
      'Choose sessions either by their start (start_date, start_time) or by their end (end_date, end_time), not by both.',
    );
  }
  const by = ended === undefined ? 'started' : 'ended';
  const [time, date] =
    by === 'started' ? [query.start_time, query.start_date] : [query.end_time, query.end_date];
  const prefix = by === 'started' ? 'start' : 'end';
  const duration = durationOf(query.duration);
  if (time !== undefined) return timeWindow(by, `${prefix}_time`, time, duration);
  if (date !== undefined) return dateWindow(by, `${prefix}_date`, date, duration, timeZone);
  return undefined;
}

function timeWindow(by: 'started' | 'ended', name: string, text: string, duration: number): ReportWindow {
  const seconds = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= LATEST_SECOND)) throw invalidField(name, `${name} must be a UNIX time in seconds.`);
  const before = duration === 0 ? undefined : new Date(Math.min(seconds + duration, LATEST_SECOND) * 1000);
  return { by, from: new Date(seconds * 1000), before };
}

function dateWindow(
  by: 'started' | 'ended',
  name: string,
  text: string,
  duration: number,
  timeZone: string,
): ReportWindow {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const day = Date.UTC(Number(match?.[1]), Number(match?.[2]) - 1, Number(match?.[3]));
  if (match === null || new Date(day).toISOString().slice(0, 10) !== text) {
    throw invalidField(name, `${name} must be a date such as 2026-01-31.`);
  }
  const lastDay = Math.min(day / 86_400_000 + duration, Math.floor(LATEST_SECOND / 86_400));
  return {
    by,
    from: startOfDay(day / 86_400_000, timeZone),
    before: duration === 0 ? undefined : startOfDay(lastDay, timeZone),
  };
}

function durationOf(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,10}$/.test(text)) {
    throw invalidField(
      'duration',
      'duration must be a whole number of days (with a date) or seconds (with a time).',
    );
  }
  return Number(text);
}

function lsidsOf(query: ReportQuery): string[] | undefined {
  if (query.lsid === undefined && query.lsids === undefined) return undefined;
  const named = [query.lsid ?? '', ...(query.lsids ?? '').split(',')]
    .map((lsid) => lsid.trim().toLowerCase())
    .filter((lsid) => lsid !== '');
  const wrong = named.find((lsid) => !LSID.test(lsid));
  const name = query.lsids === undefined ? 'lsid' : 'lsids';
  if (wrong !== undefined || named.length === 0) {
    throw invalidField(name, `${name} must hold session ids of 32 hexadecimal digits.`);
  }
  if (named.length > MOST_LSIDS)
    throw invalidField(name, `${name} may hold at most ${MOST_LSIDS} session ids.`);
  return [...new Set(named)];
}

function limitOf(text: string | undefined): { userId?: number; publicSiteId?: number } {
  if (text === undefined || text === '' || text === 'all') return {};
  const match = /^(rep|site):(\d{1,9})$/.exec(text);
  if (match === null) throw invalidField('limit', 'limit must be all, rep:[id] or site:[id].');
  return match[1] === 'rep' ? { userId: Number(match[2]) } : { publicSiteId: Number(match[2]) };
}
