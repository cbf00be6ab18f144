import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SessionSight, seesSession } from '../../../appliance/sessions/session-sight.ts';
import { PgSessions } from '../../../schema/sessions/pg-sessions.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

let database: TestDatabase;
let people: number[];
const GROUPS = [1, 2, 3];

beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  const rows = await sql<{ id: number }[]>`
    insert into app_user (username) select 'p' || n from generate_series(1, 3) n returning id`;
  people = rows.map(({ id }) => id);
  await sql`
    insert into support_session (lsid, state, start_method, ended_at, jump_item_kind, jump_item_name, target,
           jump_group_id, jump_group_type, user_id)
    select md5(row_number() over ()::text), state, 'jump', case when state = 'ended' then now() end, 'shell_jump', 'x', '{}',
           g.id, g.type, u.id
      from (values ('active'), ('ended')) s (state),
           (values (1, 'shared'), (2, 'shared'), (3, 'shared'), (1, 'personal'), (null, null)) g (id, type),
           (select id from app_user union select null) u`;
});
afterAll(() => database.drop());

it('finds exactly the sessions that the rule lets somebody see', async () => {
  const sessions = new PgSessions(database.sql);
  const everything = (await sessions.page({}, undefined, 100)).sessions;
  expect(everything.length).toBeGreaterThanOrEqual(40);
  const person = fc.nat(people.length - 1).map((index) => people[index]!);
  const sights: fc.Arbitrary<SessionSight> = fc.oneof(
    { weight: 1, arbitrary: fc.constant('everything' as const) },
    {
      weight: 3,
      arbitrary: fc.record({
        userId: person,
        ownEnded: fc.constant(true),
        ofUsers: fc.uniqueArray(person),
        ofJumpGroups: fc.subarray(GROUPS),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        userId: person,
        ownEnded: fc.constant(false),
        ofUsers: fc.constant([]),
        ofJumpGroups: fc.subarray(GROUPS),
      }),
    },
  );
  await fc.assert(
    fc.asyncProperty(sights, async (sight) => {
      const expected = everything.filter((session) => seesSession(sight, session)).map(({ lsid }) => lsid);
      const found = (await sessions.page({ sight }, undefined, 100)).sessions.map(({ lsid }) => lsid);
      expect(found).toEqual(expected);
      expect(await sessions.count({ sight }, 1000)).toBe(expected.length);
    }),
    { numRuns: 80 },
  );
});
