import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PgWholeUnitOfWork } from '../../schema/configuration/pg-whole-unit-of-work.ts';
import { PgUnitOfWork } from '../../schema/pg-stores.ts';
import { type ConnectionOptions, connect, type SqlPool } from '../../schema/sql.ts';
import { lockWaits } from '../support/lock-waits.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';

let database: TestDatabase;
let sql: SqlPool;
let proxy: Server;
const sockets = new Set<Socket>();

/** The way to the database, which can be cut as a network or a killed process cuts it: without a word. */
beforeAll(async () => {
  database = await testDatabase();
  const { host, port = 5432 } = database.runtime as ConnectionOptions & { host: string; port?: number };
  proxy = createServer((near) => {
    const far = host.startsWith('/') ? dial(`${host}/.s.PGSQL.${port}`) : dial(Number(port), host);
    sockets.add(near);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port: own } = proxy.address() as AddressInfo;
  sql = connect({
    ...(database.runtime as ConnectionOptions),
    host: '127.0.0.1',
    port: own,
  } as ConnectionOptions);
});
afterAll(async () => {
  await sql?.end({ timeout: 1 });
  proxy?.close();
  await database?.drop();
});

/** Cuts the way while a statement waits. Whatever the driver throws by itself fails the test run. */
async function cutWhile(begun: Promise<unknown>): Promise<void> {
  await lockWaits(database.sql);
  for (const socket of sockets) socket.resetAndDestroy();
  await expect(begun).rejects.toMatchObject({ code: 'unavailable' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await sql`select 1 as one`).toMatchObject([{ one: 1 }]);
}

describe('a connection that is lost in the middle ends', () => {
  it('a transaction, and the next one gets another connection', async () => {
    await database.ownerSql.begin(async (other) => {
      await other`lock table jump_group`;
      await cutWhile(new PgUnitOfWork(sql).inTransaction(({ jumpGroups }) => jumpGroups.lockById(1)));
    });
  });

  it('a transaction of several units of work', async () => {
    await database.ownerSql.begin(async (other) => {
      await other`lock table jump_group`;
      await cutWhile(
        new PgWholeUnitOfWork(sql).exclusively((_, inner) =>
          inner.inTransaction(({ jumpGroups }) => jumpGroups.lockById(1)),
        ),
      );
    });
  });
});
