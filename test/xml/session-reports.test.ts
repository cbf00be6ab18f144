import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportCriteria, SessionReport } from '../../appliance/sessions/session-report.ts';
import { PgSessionReports } from '../../schema/reports/pg-session-reports.ts';
import { seededLsid, seedSessions } from '../support/seeded-sessions.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';

const HOUR = 3_600_000;
const start = new Date(Math.floor(Date.now() / 1000) * 1000 - 2 * HOUR + 500);

let database: TestDatabase;
let reports: PgSessionReports;

beforeAll(async () => {
  database = await testDatabase();
  reports = new PgSessionReports(database.sql);
  await seedSessions(database.sql, { count: 450, from: start, secondsApart: 1, lastingSeconds: 60 });
});
afterAll(() => database.drop());

async function all(criteria: ReportCriteria): Promise<SessionReport[]> {
  return (await Array.fromAsync(reports.sessions(criteria))).flat();
}
const at = (seconds: number) => new Date(start.getTime() - 500 + seconds * 1000);

describe('session reports', () => {
  it('covers every session of a window once, in order, over several batches', async () => {
    const found = await all({ selection: { by: 'started', from: at(0), before: undefined } });
    expect(found.map(({ session }) => session.lseq)).toEqual(
      Array.from({ length: 450 }, (_, index) => index + 1),
    );
    expect(found.every(({ events }) => events.length === 8)).toBe(true);
    expect(found.every(({ participants }) => participants.length === 2)).toBe(true);
    expect(found[7]!.attributes).toEqual([
      { codeName: 'department', displayName: 'Department', value: 'sales' },
    ]);
    expect(found[7]!.recordings).toEqual([{ instance: 0 }]);
  });

  it('includes the first second and leaves out the last', async () => {
    const found = await all({ selection: { by: 'started', from: at(10), before: at(12) } });
    expect(found.map(({ session }) => session.jumpItemName)).toEqual(['host 11', 'host 12']);
    const ended = await all({ selection: { by: 'ended', from: at(70), before: at(71) } });
    expect(ended.map(({ session }) => session.jumpItemName)).toEqual(['host 11']);
  });

  it('finds sessions by lsid and passes over unknown ones', async () => {
    const lsids = [await seededLsid(database.sql, 3), 'f'.repeat(32), await seededLsid(database.sql, 2)];
    const found = await all({ selection: { by: 'lsids', lsids } });
    expect(found.map(({ session }) => session.jumpItemName)).toEqual(['host 2', 'host 3']);
  });

  it('narrows to one representative and one public site', async () => {
    const selection = { by: 'started', from: at(0), before: undefined } as const;
    expect(await all({ selection, publicSiteId: 2 })).toEqual([]);
    expect(await all({ selection, userId: 12345 })).toEqual([]);
    expect(await all({ selection, publicSiteId: 1 })).toHaveLength(450);
  });

  it('comes to an end although sessions keep ending', async () => {
    const seen: number[] = [];
    for await (const batch of reports.sessions({
      selection: { by: 'ended', from: at(0), before: undefined },
    })) {
      seen.push(...batch.map(({ session }) => session.lseq));
      await database.sql`
        update support_session set ended_at = clock_timestamp() where lsid = (select lsid from support_session order by lseq desc limit 1)`;
      if (seen.length > 1000) break;
    }
    expect(seen.length).toBeLessThanOrEqual(450);
  });

  it('lists sessions with their external key and whether there is a recording', async () => {
    await database.sql`delete from recording where lsid = md5('5')`;
    const lsids = [await seededLsid(database.sql, 5), await seededLsid(database.sql, 6)];
    const found = (await Array.fromAsync(reports.summaries({ selection: { by: 'lsids', lsids } }))).flat();
    expect(found).toEqual([
      { lsid: lsids[0], externalKey: 'INC5', hasRecording: false },
      { lsid: lsids[1], externalKey: 'INC6', hasRecording: true },
    ]);
  });
});
