import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { siteKey } from '../../../appliance/site-key.ts';
import { rewrapSecrets, SealedSecrets } from '../../../appliance/vault/sealed-secrets.ts';
import { SecretEnvelope } from '../../../appliance/vault/secret-envelope.ts';
import { PgSealedSecrets } from '../../../schema/vault/pg-sealed-secrets.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

let database: TestDatabase;
let rows: PgSealedSecrets;
const before = siteKey(randomBytes(32));
const after = siteKey(randomBytes(32));
const secrets = new SealedSecrets(new SecretEnvelope(before));
const of = (ownerId: number, name = 'bind_password') => ({ ownerType: 'security_provider', ownerId, name });

beforeAll(async () => {
  database = await testDatabase();
  rows = new PgSealedSecrets(database.sql);
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

it('wraps every secret anew for another site key, more than fit in one batch', async () => {
  for (let id = 100; id < 350; id++) await secrets.write(rows, of(id), `secret ${id}`);
  const count = await rewrapSecrets(
    rows,
    new SecretEnvelope(before),
    new SecretEnvelope(after),
    after.fingerprint,
  );
  expect(count).toBe(251);
  const moved = new SealedSecrets(new SecretEnvelope(after));
  expect(await moved.read(rows, of(2))).toBe('of two');
  expect(await moved.read(rows, of(349))).toBe('secret 349');
  await expect(secrets.read(rows, of(349))).rejects.toThrow('another site key');
});
