import { afterAll, beforeAll, expect, it } from 'vitest';
import { PgLeaseNodes } from '../../../schema/node-bus/pg-lease-nodes.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

const ID = '00000000-0000-4000-8000-000000000001';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

it('a lease is renewed on a new connection when nothing is heard on the old one', async () => {
  const nodes = new PgLeaseNodes(database.runtime);
  await nodes.register({ id: ID, nodeUrl: 'http://127.0.0.1:1', hostname: 'here', vaultKeys: [] });
  let held: Promise<boolean> | undefined;
  await database.ownerSql.begin(async (holder) => {
    // As on a path that lost its other end: the question is out, and no answer comes.
    await holder`select from server_node where id = ${ID} for update`;
    const unanswered = nodes.beat(ID, []);
    const outcome = expect(unanswered).rejects.toMatchObject({ code: 'unavailable' });
    nodes.reconnect();
    await outcome;
    held = nodes.beat(ID, []);
  });
  expect(await held).toBe(true);
  await nodes.remove(ID);
  expect(await nodes.live()).toEqual([]);
  await nodes.close();
});
