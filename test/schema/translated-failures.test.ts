import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { PgUserLogins } from '../../schema/access/pg-user-logins.ts';
import { connect } from '../../schema/sql.ts';
import { translatingFailures } from '../../schema/translated-failures.ts';

it('says that the database cannot be reached, also outside a transaction', async () => {
  const sql = connect('postgres://nobody@127.0.0.1:1/nothing');
  try {
    await expect(translatingFailures(new PgUserLogins(sql)).findById(1)).rejects.toMatchObject({
      name: 'ApplianceError',
      code: 'unavailable',
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
});

it('says so too when nobody answers at the address of the database', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const sql = connect(`postgres://nobody@127.0.0.1:${port}/nothing?connect_timeout=1`);
  try {
    await expect(translatingFailures(new PgUserLogins(sql)).findById(1)).rejects.toMatchObject({
      code: 'unavailable',
    });
  } finally {
    await sql.end({ timeout: 1 });
    silent.close();
  }
});

it('passes on what is no promise and what is no method', () => {
  const repository = { size: 3, list: () => [1, 2] };
  expect(translatingFailures(repository).size).toBe(3);
  expect(translatingFailures(repository).list()).toEqual([1, 2]);
});
