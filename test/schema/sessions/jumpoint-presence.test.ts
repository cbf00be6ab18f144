import { afterAll, beforeAll, expect, it } from 'vitest';
import { PgJumpointPresence } from '../../../schema/sessions/pg-jumpoint-presence.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

it('a program that two machines seem to have is marked, and no other one', async () => {
  const { sql } = database;
  const [jumpoint] = await sql<{ id: number }[]>`
    insert into jumpoint (name, platform, code_name) values ('there', 'linux-x86', 'there') returning id`;
  const [one, other] = await sql<{ id: number }[]>`
    insert into jumpoint_node (jumpoint_id, identity_public_key, sealing_public_key)
    values (${jumpoint!.id}, '\\x01', '\\x02'), (${jumpoint!.id}, '\\x03', '\\x04') returning id`;
  await new PgJumpointPresence(sql).flagClone(one!.id);
  const rows =
    await sql`select id, clone_suspected_at is not null as suspected from jumpoint_node order by id`;
  expect(rows).toEqual([
    { id: one!.id, suspected: true },
    { id: other!.id, suspected: false },
  ]);
});
