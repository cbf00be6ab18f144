import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PluginSet } from '../../ecm/host/plugin-set.ts';
import {
  aSession,
  type DescribedPlugin,
  type LogLines,
  never,
  startHost,
  until,
} from './fixtures/plugin-host.ts';

const LSID = '0123456789abcdef0123456789abcdef';
const TOKEN = 'token-of-the-store';

let host: PluginSet;
let log: LogLines;

const orderly = (settings: Record<string, unknown> = {}): DescribedPlugin => ({
  file: 'orderly-plugin.ts',
  settings: { store_token: { env: 'ORDERLY_TOKEN' }, ...settings },
});

async function start(plugins: Record<string, DescribedPlugin>): Promise<void> {
  ({ host, log } = await startHost(plugins));
}

const find = (search = '', limit = 200) => host.findCredentials(aSession(), { search, limit, signal: never });

beforeEach(() => {
  process.env.ORDERLY_TOKEN = TOKEN;
});
afterEach(async () => {
  delete process.env.ORDERLY_TOKEN;
  await host?.close();
});

describe('a set of plug-ins', () => {
  it('tells what each is and can do', async () => {
    await start({ first: orderly(), second: orderly({ entries: 0 }) });
    expect(host.plugins()).toMatchObject([
      {
        instance: 'first',
        name: 'orderly',
        version: '1.2.3',
        state: 'running',
        capabilities: { health: true, endpointSearch: true, sessionStarted: true, sessionComplete: true },
        problem: undefined,
      },
      { instance: 'second', state: 'running' },
    ]);
    await until(() => host.plugins()[0]!.health?.healthy === true);
  });

  it('finds what all of them have, each under its name', async () => {
    await start({ first: orderly({ entries: 2 }), second: orderly({ entries: 1, prefix: 'other' }) });
    expect(await find()).toEqual({
      items: [
        { id: 'first:id-1', label: 'account id-1 of anna', username: 'user-id-1' },
        { id: 'first:id-2', label: 'account id-2 of anna', username: 'user-id-2' },
        { id: 'second:id-1', label: 'other id-1 of anna', username: 'user-id-1' },
      ],
      truncated: false,
      problems: [],
    });
    expect((await find('other')).items.map(({ id }) => id)).toEqual(['second:id-1']);
  });

  it('gives each a fair share of the limit and tells that there is more', async () => {
    await start({ many: orderly({ entries: 300 }), few: orderly({ entries: 5 }) });
    const all = await find('', 1000);
    expect(all.items).toHaveLength(200);
    expect(all.truncated).toBe(true);
    expect(all.items.filter(({ id }) => id.startsWith('few:'))).toHaveLength(5);
    expect((await find('', 3)).items).toHaveLength(3);
  });

  it('gives a credential out with its lease, and takes it back with it', async () => {
    await start({ first: orderly(), second: orderly() });
    const given = await host.getCredential(aSession(LSID), 'second:id-2', { signal: never });
    expect(given).toEqual({
      credential: { username: 'user-id-2', password: 'pässword of id-2' },
      lease: `lease-id-2-${LSID}`,
    });
    const endedAt = new Date('2026-03-04T05:06:07Z');
    const options = { lease: given.lease, signal: never };
    await host.sessionStarted(aSession(LSID), 'second:id-2', { historyUrl: undefined, signal: never });
    await host.releaseCredential(aSession(LSID), 'second:id-2', endedAt, options);
    await host.sessionComplete(aSession(LSID), { signal: never });
    expect(log.text).not.toContain(TOKEN);
  });

  it('tells a plug-in of no credentials and systems but its own', async () => {
    await start({
      first: { ...orderly(), limits: { healthEveryMs: 100 } },
      second: { ...orderly(), limits: { healthEveryMs: 100 } },
    });
    const historyUrl = 'https://support.example.com/login/sessions?lsid=1';
    const session = { ...aSession(LSID), endpointId: 'first:e1' };
    await host.sessionStarted(session, 'second:id-2', { historyUrl, signal: never });
    await until(() => host.plugins().every(({ health }) => (health?.detail.length ?? 0) > 0));
    expect(host.plugins().map(({ health }) => health?.detail)).toEqual([
      `started ${LSID} with undefined on e1, see ${historyUrl}`,
      `started ${LSID} with id-2 on undefined, see ${historyUrl}`,
    ]);
  });

  it('refuses credentials of nobody', async () => {
    await start({ first: orderly() });
    for (const id of ['', ':', 'first:', 'id-1', 'other:id-1', ':id-1', 'first:id-9'])
      await expect(host.getCredential(aSession(LSID), id, { signal: never }), id).rejects.toMatchObject({
        name: 'EcmFailure',
        code: 'not_found',
      });
  });

  it('finds endpoints', async () => {
    await start({ first: orderly() });
    const find = { search: 'web', limit: 10, types: [] as string[], signal: never };
    const shell = {
      id: 'first:e1',
      label: 'Endpoint web',
      type: 'shell_jump',
      hostname: 'web-1.example.com',
      port: 22,
    };
    expect((await host.findEndpoints(aSession(), find)).items).toMatchObject([shell, { id: 'first:e2' }]);
    const shells = await host.findEndpoints(aSession(), { ...find, types: ['shell_jump', 'web_jump'] });
    expect(shells).toEqual({ items: [shell], truncated: false, problems: [] });
    const chosen = { ...aSession(), endpointId: 'first:e1' };
    const { items } = await host.findCredentials(chosen, { search: '', limit: 10, signal: never });
    expect(items.map(({ id }) => id)).toEqual(['first:id-1']);
  });

  it('masks secrets of settings, of the store and of credentials in what plug-ins log', async () => {
    await start({ first: orderly() });
    await host.getCredential(aSession(LSID), 'first:id-1', { signal: never });
    await until(() => log.lines.filter((line) => line.includes(' says ')).length === 2);
    expect(log.text).not.toMatch(/token-of-the-store|token-made-by|pässword of/);
  });

  it('ends a question that is cancelled, and goes on', async () => {
    await start({ first: orderly({ slow_ms: 60_000 }), quick: orderly() });
    const cancel = new AbortController();
    const asked = host.findCredentials(aSession(), { search: '', limit: 10, signal: cancel.signal });
    setTimeout(() => cancel.abort(), 100);
    expect(await asked).toMatchObject({
      items: [{}, {}, {}],
      problems: [{ instance: 'first', code: 'unavailable', message: expect.stringContaining('cancelled') }],
    });
    await expect(host.getCredential(aSession(LSID), 'first:id-1', { signal: never })).resolves.toBeDefined();
  });

  it('asks as often as it is asked, and as much', { timeout: 60_000 }, async () => {
    await start({ first: orderly({ entries: 200, prefix: 'x'.repeat(200) }) });
    for (let round = 0; round < 40; round += 1) {
      const all = await Promise.all(Array.from({ length: 50 }, () => find()));
      for (const { items, problems } of all) expect([items.length, problems]).toEqual([200, []]);
    }
  });

  it('lets questions wait when a plug-in has enough of them', async () => {
    await start({ first: { ...orderly({ slow_ms: 50, entries: 1 }), limits: { callsAtOnce: 2 } } });
    await until(() => host.plugins()[0]!.health !== undefined);
    const asked = await Promise.all(Array.from({ length: 12 }, () => find()));
    expect(asked.filter(({ items }) => items.length === 1)).toHaveLength(10);
    expect(asked.filter(({ problems }) => problems[0]?.message.includes('too busy'))).toHaveLength(2);
  });
});
