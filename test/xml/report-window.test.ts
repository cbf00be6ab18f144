import { describe, expect, it } from 'vitest';
import { type ReportQuery, reportCriteria } from '../../appliance/sessions/report-window.ts';

const LSID = '0123456789abcdef0123456789abcdef';
const window = (query: ReportQuery, timeZone = 'UTC') =>
  reportCriteria(query, { timeZone, windowRequired: true }).selection;
const times = (query: ReportQuery, timeZone?: string) => {
  const selection = window(query, timeZone);
  if (selection.by === 'lsids') throw new Error('no window');
  return [selection.by, selection.from.toISOString(), selection.before?.toISOString()];
};

describe('report window', () => {
  it('counts days with dates, in the time zone of the site', () => {
    expect(times({ start_date: '2026-03-28', duration: '2' }, 'Europe/Vienna')).toEqual([
      'started',
      '2026-03-27T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(times({ end_date: '2026-12-31', duration: '1' }, 'America/New_York')).toEqual([
      'ended',
      '2026-12-31T05:00:00.000Z',
      '2027-01-01T05:00:00.000Z',
    ]);
  });

  it('begins a day at its first moment where clocks skip or repeat midnight', () => {
    // Chile went from 24:00 to 01:00 on 2022-09-11, Cuba repeats the hour from midnight in autumn.
    expect(times({ start_date: '2022-09-11' }, 'America/Santiago')[1]).toBe('2022-09-11T04:00:00.000Z');
    expect(times({ start_date: '2025-11-02' }, 'America/Havana')[1]).toBe('2025-11-02T04:00:00.000Z');
    expect(times({ start_date: '2025-06-01' }, 'Asia/Kathmandu')[1]).toBe('2025-05-31T18:15:00.000Z');
  });

  it('counts seconds with times, and 0 or nothing means up to now', () => {
    expect(times({ end_time: '1700000000', duration: '60' })).toEqual([
      'ended',
      '2023-11-14T22:13:20.000Z',
      '2023-11-14T22:14:20.000Z',
    ]);
    expect(times({ end_time: '1700000000', duration: '0' })[2]).toBeUndefined();
    expect(times({ start_time: '0' })).toEqual(['started', '1970-01-01T00:00:00.000Z', undefined]);
  });

  it('takes what real callers send: a date and a time together, upper-case and doubled lsids', () => {
    expect(times({ start_date: '2023-11-01', start_time: '1700000000', duration: '0' })[1]).toBe(
      '2023-11-14T22:13:20.000Z',
    );
    expect(window({ lsid: LSID.toUpperCase(), start_time: '1' })).toEqual({ by: 'lsids', lsids: [LSID] });
    expect(window({ lsids: `${LSID}, ${'a'.repeat(32)},${LSID}` })).toEqual({
      by: 'lsids',
      lsids: [LSID, 'a'.repeat(32)],
    });
  });

  it('needs no window only where the report says so', () => {
    expect(() => window({})).toThrow('Choose sessions by start_date');
    expect(reportCriteria({}, { timeZone: 'UTC', windowRequired: false }).selection).toMatchObject({
      by: 'started',
      before: undefined,
    });
  });

  it('narrows by representative or site', () => {
    const limit = (text: string) =>
      reportCriteria({ start_time: '1', limit: text }, { timeZone: 'UTC', windowRequired: true });
    expect(limit('all')).not.toHaveProperty('userId');
    expect(limit('rep:5')).toMatchObject({ userId: 5 });
    expect(limit('site:1')).toMatchObject({ publicSiteId: 1 });
    expect(() => limit('account:5')).toThrow('limit must be');
  });

  it.each([
    [{ start_date: '2026-02-30' }, 'start_date must be a date'],
    [{ start_date: '20260228' }, 'start_date must be a date'],
    [{ start_date: '0001-01-01' }, 'start_date must be a date'],
    [{ end_time: 'now' }, 'end_time must be a UNIX time'],
    [{ end_time: '-1' }, 'end_time must be a UNIX time'],
    [{ end_time: '999999999999' }, 'end_time must be a UNIX time'],
    [{ start_time: '1', duration: 'P1D' }, 'duration must be a whole number'],
    [{ start_time: '1', end_time: '2' }, 'not by both'],
    [{ lsid: 'abc' }, 'lsid must hold session ids'],
    [{ lsid: '' }, 'lsid must hold session ids'],
    [{ lsids: `${LSID},x` }, 'lsids must hold session ids'],
  ])('refuses %j', (query, reason) => {
    expect(() => window(query)).toThrow(reason);
  });
});
