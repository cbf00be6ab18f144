import { afterAll, beforeAll, expect, it } from 'vitest';
import { populateEmptySite } from '../../appliance/access/first-start.ts';
import type { PasswordHasher } from '../../appliance/access/password-hasher.ts';
import { API_PERMISSIONS } from '../../appliance/actor.ts';
import { PgUnitOfWork } from '../../schema/pg-stores.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';

const plain: PasswordHasher = {
  hash: async (password) => `hash of ${password}`,
  verify: async (hash, password) => hash === `hash of ${password}`,
};

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

it('gives an empty site one administrator and one API account, however many processes start at once', async () => {
  const unitOfWork = new PgUnitOfWork(database.sql);
  const settings = {
    adminPassword: undefined,
    apiClient: { id: 'first', secret: 'a secret of the settings' },
  };
  const starts = await Promise.all(
    Array.from({ length: 4 }, () => populateEmptySite({ unitOfWork, passwords: plain }, settings)),
  );
  const generated = starts.map((start) => start.generatedAdminPassword).filter((one) => one !== undefined);
  expect(generated).toHaveLength(1);
  expect(generated[0]).toMatch(/^[A-Za-z0-9]{20}$/);

  const users =
    await database.sql`select id, username, perm_admin, must_change_password, password_hash from app_user`;
  expect([...users]).toEqual([
    {
      id: 1,
      username: 'admin',
      perm_admin: true,
      must_change_password: true,
      password_hash: `hash of ${generated[0]}`,
    },
  ]);
  const accounts = await database.sql`select client_id, perm_command, permissions from api_account`;
  expect([...accounts]).toEqual([
    { client_id: 'first', perm_command: 'full_access', permissions: [...API_PERMISSIONS] },
  ]);
  const audit = await database.sql<{ line: string }[]>`
    select event_type || ' by ' || actor_name as line from audit_event order by id`;
  expect(audit.map(({ line }) => line)).toEqual([
    'user.created by first start',
    'api_account.created by first start',
  ]);
});

it('changes nothing on a later start, whatever the settings say', async () => {
  const unitOfWork = new PgUnitOfWork(database.sql);
  const start = await populateEmptySite(
    { unitOfWork, passwords: plain },
    { adminPassword: 'another password', apiClient: { id: 'second', secret: 'another secret' } },
  );
  expect(start.generatedAdminPassword).toBeUndefined();
  const [row] = await database.sql`
    select (select count(*)::int from app_user) as users, (select count(*)::int from api_account) as accounts`;
  expect(row).toEqual({ users: 1, accounts: 1 });
});
