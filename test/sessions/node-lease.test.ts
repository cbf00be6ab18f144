import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BusMessage, InProcessNodeBus, type NodeBus } from '../../appliance/sessions/node-bus.ts';
import { PgNodeBus } from '../../schema/node-bus/pg-node-bus.ts';
import { type Answer, configurationCalls, liftRateLimits } from '../support/configuration-calls.ts';
import { until } from '../support/live-jumpoint.ts';
import { LiveSite } from '../support/live-site.ts';
import { testAppliance } from '../support/test-appliance.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';

const fail = (error: unknown): void => {
  throw error;
};

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

describe.each([
  [
    'LISTEN/NOTIFY',
    async () => {
      const buses = [new PgNodeBus(database.runtime, fail), new PgNodeBus(database.runtime, fail)] as const;
      await Promise.all(buses.map((bus) => bus.start()));
      return buses;
    },
  ],
  [
    'one process',
    async () => {
      const bus = new InProcessNodeBus(fail);
      return [bus, bus] as const;
    },
  ],
])('every node bus (%s)', (_name, make: () => Promise<readonly [NodeBus, NodeBus]>) => {
  it('brings messages in order to every subscriber, the own process included, until it unsubscribes', async () => {
    const [one, other] = await make();
    const heard: [string, BusMessage][] = [];
    const unsubscribe = other.subscribe('session.ended', (message) => heard.push(['other', message]));
    one.subscribe('session.ended', (message) => heard.push(['one', message]));
    one.subscribe('node.gone', () => heard.push(['wrong channel', {}]));
    for (let index = 0; index < 20; index++) await one.publish('session.ended', { lsid: `s${index}` });
    await until('the messages', async () => heard.length >= 40);
    const lsids = (who: string) => heard.filter(([name]) => name === who).map(([, { lsid }]) => lsid);
    expect(lsids('other')).toEqual(Array.from({ length: 20 }, (_, index) => `s${index}`));
    expect(lsids('one')).toEqual(lsids('other'));
    unsubscribe();
    await other.publish('session.ended', { lsid: 'late' });
    await sleep(50);
    expect(lsids('other')).not.toContain('late');
    await one.close();
    if (other !== one) await other.close();
  });
});

it('hears again after its connection was cut, and says that something may be missing', async () => {
  const listening = () => database.sql<{ pid: number }[]>`
    select pid from pg_stat_activity
     where application_name = 'bridgehead bus' and query ilike 'listen%' and datname = current_database()`;
  await until('the connections of the tests before to be gone', async () => (await listening()).length === 0);
  const bus = new PgNodeBus(database.runtime, fail);
  await bus.start();
  let gaps = 0;
  bus.onGap(() => gaps++);
  const heard: BusMessage[] = [];
  bus.subscribe('session.ended', (message) => heard.push(message));
  const [connection, ...others] = await listening();
  expect(others).toEqual([]);
  await database.sql`select pg_terminate_backend(${connection!.pid})`;
  await until('the bus to listen again', async () => gaps > 0);
  await bus.publish('session.ended', { lsid: 'after' });
  await until('the message', async () => heard.some(({ lsid }) => lsid === 'after'));
  await bus.close();
});

it('survives messages that are nobody’s and listeners that throw', async () => {
  const failures: unknown[] = [];
  const bus = new PgNodeBus(database.runtime, (error) => failures.push(error));
  await bus.start();
  const heard: BusMessage[] = [];
  bus.subscribe('session.ended', () => {
    throw new Error('a broken listener');
  });
  bus.subscribe('session.ended', (message) => heard.push(message));
  for (const payload of ['', 'null', '[]', '["session.ended"]', '["session.ended",null]', '[null,{}]', '{'])
    await database.sql.notify('bridgehead', payload);
  await bus.publish('session.ended', { lsid: 'real' });
  await until('the message', async () => heard.length > 0);
  expect(heard).toEqual([{ lsid: 'real' }]);
  expect(failures).toEqual([new Error('a broken listener')]);
  await bus.close();
});

it('ends its own sessions when the process was taken for dead while it lived, and carries on', async () => {
  const site = await LiveSite.start();
  try {
    const itemId = await site.item();
    const started = await site.start(site.appliance.admin, itemId);
    const terminal = await site.work(started);
    // As after a pause of the whole machine: the lease is over before the next heartbeat.
    await site.appliance.sql`update server_node set heartbeat_at = clock_timestamp() - interval '1 minute'`;
    expect(await terminal.message('ended')).toMatchObject({ reason: 'node_lost' });
    expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'node_lost' });
    await until('the Jumpoint to be back', async () => {
      const answer = await site.tryStart(site.appliance.admin, {
        jump_item: { type: 'shell_jump', id: itemId },
      });
      return answer.status === 201;
    });
    const again = await site.work(await site.start(site.appliance.admin, itemId));
    again.type('echo again-$((1+1))\n');
    await again.shows('again-2');
  } finally {
    await site.stop();
  }
}, 60_000);

it('renews its lease while every connection for requests is taken by work that waits', async () => {
  const appliance = await testAppliance();
  try {
    await liftRateLimits(appliance);
    const call = configurationCalls(appliance.admin);
    const { id } = (await call('POST', '/jump-group', { name: 'Servers' })).body;
    const heartbeat = async () => {
      const [row] = await appliance.sql<{ at: string }[]>`select heartbeat_at::text as at from server_node`;
      return row!.at;
    };
    const changes: Promise<Answer>[] = [];
    await appliance.sql.begin(async (holder) => {
      await holder`select from jump_group for update`;
      for (let count = 0; count < 30; count++) {
        changes.push(call('PATCH', `/jump-group/${id}`, { comments: `change ${count}` }));
      }
      await until('all connections to wait for the group', async () => {
        const [row] = await appliance.sql<{ count: number }[]>`
          select count(*) from pg_stat_activity
           where application_name = 'bridgehead server' and wait_event_type = 'Lock'
             and datname = current_database()`;
        return row!.count === 10;
      });
      const before = await heartbeat();
      await until('a heartbeat', async () => (await heartbeat()) !== before);
    });
    for (const change of changes) expect((await change).status).toBe(200);
  } finally {
    await appliance.stop();
  }
});
