import { afterAll, beforeAll, expect, it } from 'vitest';
import { PgAssertionReplays } from '../../../schema/directory/pg-assertion-replays.ts';
import { connect } from '../../../schema/sql.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

it('remembers once, for every process, and forgets what nobody could use any more', async () => {
  const other = connect(database.runtime, { name: 'another process' });
  try {
    const [here, there] = [new PgAssertionReplays(database.sql), new PgAssertionReplays(other)];
    const soon = new Date(Date.now() + 60_000);
    const at = await Promise.all([here, there, here, there].map((one) => one.remember(1, '_a', soon)));
    expect(at.filter(Boolean)).toHaveLength(1);
    expect(await there.remember(1, '_b', new Date(Date.now() - 2 * 3_600_000))).toBe(true);
    expect(await here.deleteExpired()).toBe(1);
    expect(await here.remember(1, '_a', soon)).toBe(false);
  } finally {
    await other.end();
  }
});
