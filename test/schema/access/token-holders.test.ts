import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashSecret } from '../../../appliance/secrets.ts';
import { PgTokenHolders } from '../../../schema/access/pg-token-holders.ts';
import type { Sql } from '../../../schema/sql.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  const accounts = { one: '{perm_configuration,perm_scim}', two: '{}' };
  for (const [name, permissions] of Object.entries(accounts)) {
    await sql`insert into api_account (name, client_id, secret_hash, permissions)
              values (${name}, ${name}, '\\x00', ${permissions}::text::text[])`;
    await sql`insert into api_token (token_hash, api_account_id, expires_at)
              select ${hashSecret(name)}, id, now() + interval '1 hour' from api_account where name = ${name}`;
  }
});
afterAll(() => database.drop());

it('gives everybody who asks at once their own holder', async () => {
  const holders = new PgTokenHolders(database.sql);
  const asked = Array.from({ length: 30 }, (_, index) => ['one', 'two', 'nobody'][index % 3]!);
  const found = await Promise.all(asked.map((token) => holders.findHolder(hashSecret(token))));
  expect(found.map((holder) => holder?.name)).toEqual(
    asked.map((token) => (token === 'nobody' ? undefined : token)),
  );
  expect(found[0]).toMatchObject({ commandLevel: 'deny', permissions: ['perm_configuration', 'perm_scim'] });
  expect(found[1]?.permissions).toEqual([]);
});

it('sees a revocation on the next call, and neither expired tokens nor disabled accounts', async () => {
  const { sql } = database;
  const holders = new PgTokenHolders(sql);
  const find = async () => (await holders.findHolder(hashSecret('two')))?.name;
  expect(await find()).toBe('two');
  await sql`update api_token set expires_at = now() where token_hash = ${hashSecret('two')}`;
  expect(await find()).toBeUndefined();
  await sql`update api_token set expires_at = now() + interval '1 hour'`;
  await sql`update api_account set enabled = false where name = 'two'`;
  expect(await find()).toBeUndefined();
  await sql`update api_account set enabled = true`;
  await sql`delete from api_token where token_hash = ${hashSecret('two')}`;
  expect(await find()).toBeUndefined();
});

it('goes on after a statement that failed', async () => {
  let broken = true;
  const sql = ((...args: Parameters<Sql>) =>
    broken ? Promise.reject(new Error('gone')) : database.sql(...args)) as unknown as Sql;
  const holders = new PgTokenHolders(sql);
  const failed = [holders.findHolder(hashSecret('one')), holders.findHolder(hashSecret('one'))];
  for (const { status } of await Promise.allSettled(failed)) expect(status).toBe('rejected');
  broken = false;
  expect((await holders.findHolder(hashSecret('one')))?.name).toBe('one');
});
