import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { siteKey } from '../../../appliance/site-key.ts';
import { rewrapSecrets, SealedSecrets } from '../../../appliance/vault/keys/sealed-secrets.ts';
import { VaultKeyRing } from '../../../appliance/vault/keys/vault-keys.ts';
import { PgSealedSecrets } from '../../../schema/vault/pg-sealed-secrets.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

let database: TestDatabase;
let rows: PgSealedSecrets;
const before = siteKey(randomBytes(32));
const after = siteKey(randomBytes(32));
const secrets = new SealedSecrets(new VaultKeyRing(() => [before]));
const of = (ownerId: number, name = 'bind_password') => ({ ownerType: 'security_provider', ownerId, name });

beforeAll(async () => {
  database = await testDatabase();
  rows = new PgSealedSecrets(database.sql);
  await database.sql`
    insert into vault_key (fingerprint, state) values (${before.fingerprint}, 'current'), (${after.fingerprint}, 'next')`;
});
afterAll(() => database?.drop());

it('tells what a write did, and takes a secret away', async () => {
  expect(await secrets.write(rows, of(1), null)).toBeUndefined();
  expect(await secrets.write(rows, of(1), 'one')).toBe('set');
  expect(await secrets.write(rows, of(1), 'two')).toBe('changed');
  expect(await secrets.read(rows, of(1))).toBe('two');
  expect(await rows.namesOf(of(1))).toEqual(['bind_password']);
  expect(await secrets.write(rows, of(1), '')).toBe('cleared');
  expect(await secrets.read(rows, of(1))).toBeUndefined();
});

it('does not open a row that was put in another’s place', async () => {
  await secrets.write(rows, of(2), 'of two');
  await secrets.write(rows, of(3), 'of three');
  await database.sql`
    update sealed_secret t set wrapped_key = o.wrapped_key, sealed = o.sealed
      from sealed_secret o where t.owner_id = 3 and o.owner_id = 2`;
  await expect(secrets.read(rows, of(3))).rejects.toThrow();
  await rows.deleteAllOf(of(3));
  expect(await rows.find(of(3))).toBeUndefined();
});

it('wraps every secret anew for another key, some at a time', async () => {
  for (let id = 100; id < 150; id++) await secrets.write(rows, of(id), `secret ${id}`);
  const both = new VaultKeyRing(() => [before, after]);
  const counts: number[] = [];
  do counts.push(await rewrapSecrets(rows, both, after.fingerprint, 20));
  while (counts.at(-1) === 20);
  expect(counts).toEqual([20, 20, 11]);
  const moved = new SealedSecrets(new VaultKeyRing(() => [after]));
  expect(await moved.read(rows, of(2))).toBe('of two');
  expect(await moved.read(rows, of(149))).toBe('secret 149');
  await expect(secrets.read(rows, of(149))).rejects.toMatchObject({ code: 'unavailable' });
});

it('refuses to wrap with a key that nobody knows', async () => {
  const unknown = siteKey(randomBytes(32));
  const sealed = await rows.find(of(2));
  const wrapping = { wrappedBy: unknown.fingerprint, wrappedKey: sealed!.wrappedKey };
  await expect(rows.rewrap([{ id: of(2), ...wrapping }])).rejects.toMatchObject({
    constraint_name: 'sealed_secret_key_is_known',
  });
});
