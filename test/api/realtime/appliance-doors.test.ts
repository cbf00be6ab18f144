import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApplianceDoors, listenerOf, refusedAddresses } from '../../../api/realtime/refused-addresses.ts';
import { until } from '../../support/live-jumpoint.ts';
import { LiveSite } from '../../support/live-site.ts';
import { RepresentativeTerminal } from '../../support/representative-terminal.ts';

describe('what a Jumpoint must never dial', () => {
  const own = ['192.0.2.10'];

  it('is every way to this host for the built-in program, and the ways from outside for others', () => {
    const everywhere = [{ host: '0.0.0.0', port: 8443 }];
    expect(refusedAddresses(everywhere, true, own)).toEqual([
      { address: '0.0.0.0', port: 8443 },
      { address: '::', port: 8443 },
      { address: '192.0.2.10', port: 8443 },
    ]);
    expect(refusedAddresses(everywhere, false, own)).toEqual([{ address: '192.0.2.10', port: 8443 }]);
    expect(refusedAddresses([{ host: '127.0.0.1', port: 1 }], false, own)).toEqual([]);
    expect(refusedAddresses([{ host: '198.51.100.1', port: 5432 }], true, own)).toEqual([
      { address: '198.51.100.1', port: 5432 },
    ]);
  });

  it.each([
    ['https://node1.example.com', { host: 'node1.example.com', port: 443 }],
    ['http://[2001:db8::1]:8080', { host: '2001:db8::1', port: 8080 }],
    ['postgres://user:pass@db.example.com/bridgehead', { host: 'db.example.com', port: 5432 }],
    ['postgresql://user@db.example.com:6432/x', { host: 'db.example.com', port: 6432 }],
    ['postgres:///bridgehead?host=/run/postgresql', undefined],
    ['postgres://%2Frun%2Fpostgresql/bridgehead', undefined],
  ])('knows the door of %s', (url, door) => {
    expect(listenerOf(url)).toEqual(door);
  });

  it('follows processes that come and names that move, and keeps what it knew while names cannot be resolved', async () => {
    let listeners = [{ host: 'db.example.com', port: 5432 }];
    let answers: Record<string, string[]> = { 'db.example.com': ['198.51.100.1'] };
    let changes = 0;
    const doors = new ApplianceDoors({
      listeners: () => listeners,
      changed: () => changes++,
      own: () => own,
      resolve: async (name) => {
        const found = answers[name];
        if (!found) throw new Error('no such name');
        return found;
      },
    });
    await doors.refresh();
    await doors.refresh();
    expect(changes).toBe(1);
    answers = { 'db.example.com': ['198.51.100.2'] };
    await doors.refresh();
    expect(doors.refused(false)).toEqual([{ address: '198.51.100.2', port: 5432 }]);
    answers = {};
    await doors.refresh();
    expect(changes).toBe(2);
    listeners = [...listeners, { host: '198.51.100.9', port: 443 }];
    await doors.refresh();
    expect(doors.refused(false)).toEqual([
      { address: '198.51.100.2', port: 5432 },
      { address: '198.51.100.9', port: 443 },
    ]);
    expect(changes).toBe(3);
  });
});

describe('a connected Jumpoint', () => {
  let site: LiveSite;
  beforeAll(async () => {
    site = await LiveSite.start();
  });
  afterAll(() => site?.stop());

  it('refuses a server process of the site that came after it connected', async () => {
    const { admin, sql } = site.appliance;
    await sql`insert into server_node (id, node_url, hostname, heartbeat_at)
      values (gen_random_uuid(), 'http://198.51.100.7:22', 'second', clock_timestamp() + interval '1 hour')`;
    const item = await site.item({ name: 'the second process', hostname: '198.51.100.7', port: 22 });
    const attempts: RepresentativeTerminal[] = [];
    await until('the list to arrive', async () => {
      const { channel } = await site.start(admin, item);
      attempts.push(await RepresentativeTerminal.dial(channel.relay_url));
      // Without the list it tries to reach the address, which says nothing.
      await sleep(500);
      const heard = attempts.flatMap(({ messages }) => messages);
      return heard.some((message) => message.t === 'refused' && message.code === 'not-allowed');
    });
    for (const { socket } of attempts) socket.terminate();
  });
});
