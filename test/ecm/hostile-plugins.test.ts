import { spawn, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { residentMb } from '../../ecm/host/memory-watch.ts';
import type { PluginLimits } from '../../ecm/host/plugin-limits.ts';
import type { PluginSet } from '../../ecm/host/plugin-set.ts';
import { canIsolate } from '../../ecm/host/process-isolation.ts';
import { aSession, type LogLines, never, startHost, until } from './fixtures/plugin-host.ts';

const LSID = '0123456789abcdef0123456789abcdef';
const TOKEN = 'planted-token';

let host: PluginSet;
let log: LogLines;

/** A plug-in that breaks a rule, beside one that does not. */
async function start(rule: string, limits: Partial<PluginLimits> = {}): Promise<void> {
  ({ host, log } = await startHost({
    hostile: { file: 'hostile-plugin.ts', settings: { rule, token: { env: 'HOSTILE_TOKEN' } }, limits },
    orderly: { file: 'orderly-plugin.ts', settings: { store_token: { env: 'HOSTILE_TOKEN' } } },
  }));
}

const find = (search = '') => host.findCredentials(aSession(), { search, limit: 200, signal: never });
const hostile = () => host.plugins()[0]!;
const problemOf = async (search = '') => (await find(search)).problems[0]?.message;

/** The other plug-in answers, and soon. */
async function othersAnswer(): Promise<void> {
  const started = performance.now();
  await host.getCredential(aSession(LSID), 'orderly:id-1', { signal: never });
  expect(performance.now() - started).toBeLessThan(1500);
}

/** It is there again, and does what it should when it is asked for that. */
async function comesBack(): Promise<void> {
  await until(() => hostile().state === 'running');
  expect((await find('behave')).items).toContainEqual({ id: 'hostile:a', label: 'A' });
}

beforeEach(() => {
  process.env.HOSTILE_TOKEN = TOKEN;
});
afterEach(async () => {
  await host?.close();
  expect(log.text).not.toContain(TOKEN);
  delete process.env.HOSTILE_TOKEN;
});

describe('a plug-in that breaks a rule is ended, told of and started again:', () => {
  const SOON: Partial<PluginLimits> = { findMs: 15_000, hangMs: 3000 };

  it.each([
    ['hang', SOON, 'gave no sign of life for 3 seconds'],
    ['crash', SOON, 'ended by itself with exit code 1'],
    ['exit', SOON, 'ended by itself with exit code 0'],
    ['flood the channel', SOON, 'sent too many messages'],
    ['flood stdout', SOON, 'gave no sign of life'],
    ['send a giant message', SOON, 'sent a message of 2147483647 bytes'],
    ['send no JSON', SOON, 'sent a message that is no JSON'],
    ['answer what nobody asked', SOON, 'sent an answer to a question that nobody asked'],
    ['greet again', SOON, 'sent a message with a wrong|sent a message out of turn'],
    [
      'eat the heap',
      { findMs: 15_000, heapMb: 64 },
      'needed more than 64 MB of memory|sign of life|MB of memory',
    ],
    ['eat buffers', { findMs: 15_000, residentMb: 200 }, 'used \\d+ MB of memory \\(at most 200 MB\\)'],
  ])('%s', { timeout: 40_000 }, async (rule, limits, words) => {
    await start(rule, limits);
    const broken = problemOf();
    await othersAnswer();
    expect(await broken).toMatch(new RegExp(`^The plug-in "hostile" failed: it (${words}`.replace(/$/, ')')));
    expect((await find('account')).items).toHaveLength(3);
    await comesBack();
  });

  it('answers twice', async () => {
    await start('answer twice', { ...SOON, healthEveryMs: 600_000 });
    await until(() => hostile().health !== undefined);
    await find();
    await othersAnswer();
    await until(() => log.text.includes('that nobody asked'));
    await comesBack();
  });
});

describe('a plug-in that does not answer in time', () => {
  it('fails alone and lives on', async () => {
    await start('never answer', { findMs: 300 });
    const pid = host.pids()[0];
    expect(await find()).toMatchObject({
      items: [{}, {}, {}],
      problems: [
        {
          instance: 'hostile',
          code: 'plugin_failed',
          message: 'The plug-in "hostile" did not answer within 0.3 seconds.',
        },
      ],
    });
    await comesBack();
    expect(host.pids()[0]).toBe(pid);
  });

  it('is ended when it never ends its calls', async () => {
    await start('never answer', { findMs: 100, callsAtOnce: 3, hangMs: 2000 });
    // Again and again: a call whose time is over before the plug-in began it is none that it does not end.
    await until(() => {
      void find();
      return log.text.includes('does not end calls whose time is over');
    });
    await comesBack();
  });
});

describe('a plug-in that says what is not so', () => {
  it('is not believed when it answers no list', async () => {
    await start('answer no list');
    expect(await problemOf()).toBe(
      'The plug-in "hostile" failed: it answered a search with something that is no list.',
    );
  });

  it('loses the entries that are none, and only those', async () => {
    await start('answer wrong entries');
    const found = await find();
    expect(found.items.filter(({ id }) => id.startsWith('hostile:'))).toEqual([
      { id: 'hostile:good', label: 'Good\uFFFD\uFFFD one' },
    ]);
    expect(found.problems[0]?.message).toMatch(
      /^Of what the plug-in "hostile" found, 6 are left out \(entry 1: id /,
    );
  });

  it('gets no more than 200 of a million entries through', async () => {
    await start('answer a million', { heapMb: 512, residentMb: 700 });
    const found = await find();
    expect(found.items).toHaveLength(200);
    expect(found.truncated).toBe(true);
  });

  it('gets no further members through', async () => {
    await start('hide secrets in members');
    expect(JSON.stringify(await find())).not.toContain('planted-secret');
  });

  it.each([
    ['give nothing', 'without a password and without a private key'],
    ['give a number', 'password of the credential it gave must be a text'],
    ['give too much', 'must be a text of at most 8192 characters'],
    ['give null', 'no credential'],
  ])('is not believed when it would %s', async (rule, words) => {
    await start(rule);
    await expect(host.getCredential(aSession(LSID), 'hostile:a', { signal: never })).rejects.toMatchObject({
      code: 'plugin_failed',
      message: expect.stringContaining(words),
    });
  });

  it.each(['throw', 'reject with anything', 'answer a circle'])(
    'fails in words when it would %s',
    async (rule) => {
      await start(rule);
      expect(await problemOf()).toBe('The plug-in "hostile" failed; the log of its host says why.');
      expect(log.text).toContain('findCredentials: ');
      expect(log.text).toContain(rule === 'throw' ? 'a secret cause' : '');
      await comesBack();
    },
  );
});

describe('a plug-in that cannot be started', () => {
  it.each([
    ['throw while made', 'it cannot be started; the log of the host says why'],
    ['refuse while made', 'The store refused [secret].'],
    ['exit while made', 'it ended by itself with exit code 3'],
    ['hang while made', 'it was not ready within 1 seconds'],
    ['never made', 'it was not ready within 1 seconds'],
  ])('is told of and set aside: %s', async (rule, words) => {
    const startMs = /hang|never/.test(rule) ? 1000 : 20_000;
    await start(rule, { startMs, failuresUntilBroken: 2, retryBrokenMs: 0 });
    await othersAnswer();
    await until(() => hostile().state === 'broken', 20);
    expect(hostile().problem).toMatch(new RegExp(words.replace(/[[\].;]/g, '\\$&')));
    expect(await problemOf()).toContain('The plug-in "hostile" is broken: ');
    await expect(host.getCredential(aSession(LSID), 'hostile:a', { signal: never })).rejects.toMatchObject({
      code: 'plugin_failed',
    });
  });

  it('is started again after pauses that grow, and then set aside', async () => {
    await start('exit while made', { failuresUntilBroken: 5, retryBrokenMs: 0 });
    await until(() => hostile().state === 'broken', 20);
    const pauses = [...log.text.matchAll(/"again_in_ms":(\d+)/g)].map(([, ms]) => Number(ms));
    expect(pauses).toEqual([50, 100, 200, 400]);
  });

  it('is tried again after a longer time', async () => {
    await start('exit while made', { failuresUntilBroken: 1, retryBrokenMs: 300 });
    const failures = () => log.lines.filter((line) => line.includes('counts as broken')).length;
    await until(() => failures() >= 2);
  });
});

describe('the host', () => {
  it.each(['flood stdout', 'flood the channel', 'flood the log', 'send a giant message'])(
    'keeps its memory and goes on while plug-ins %s',
    { timeout: 40_000 },
    async (rule) => {
      await start(rule, { findMs: 4000, hangMs: 4000 });
      global.gc?.();
      const before = residentMb(process.pid)!;
      let most = before;
      // Work at a stretch, between two looks; a thread that had to wait for a processor did none.
      let longest = 0;
      let last = process.threadCpuUsage();
      const watch = setInterval(() => {
        most = Math.max(most, residentMb(process.pid)!);
        const { user, system } = process.threadCpuUsage(last);
        longest = Math.max(longest, (user + system) / 1000);
        last = process.threadCpuUsage();
      }, 20);
      const flood = find();
      await othersAnswer();
      await flood;
      clearInterval(watch);
      expect(most - before).toBeLessThan(60);
      expect(longest).toBeLessThan(500);
      expect(log.lines.length).toBeLessThan(300);
    },
  );

  it('lets a plug-in live that logs too much, and tells that lines are missing', async () => {
    await start('flood the log');
    const pid = host.pids()[0];
    expect((await find()).problems).toEqual([]);
    await until(() => /9\d{4} further lines were left out/.test(log.text));
    expect(host.pids()[0]).toBe(pid);
  });

  it('ends what a plug-in has started', async () => {
    await start('leave a child');
    const group = host.pids()[0]!;
    expect(() => process.kill(-group, 0)).not.toThrow();
    await host.close();
    await until(() => !groupLives(group));
  });

  it.runIf(canIsolate())('ends what a plug-in has detached', async () => {
    const program = `sleep 300.${process.pid}`;
    await start(`leave behind ${program}`);
    await until(() => runs(program));
    await host.close();
    await until(() => !runs(program));
  });

  // Where this cannot be, the test itself would be the one that ends.
  it.runIf(canIsolate())('is out of reach of a plug-in that wants to end it', async () => {
    const bystander = spawn('sleep', ['300'], { stdio: 'ignore' });
    try {
      await start(`kill ${process.pid} ${bystander.pid} 1`);
      // The first process of the plug-in's own world takes no signal from inside.
      expect((await find()).items.filter(({ id }) => id.startsWith('hostile:'))).toEqual([
        { id: `hostile:${process.pid}`, label: 'ESRCH' },
        { id: `hostile:${bystander.pid}`, label: 'ESRCH' },
        { id: 'hostile:1', label: 'done' },
      ]);
      expect((await find()).problems).toEqual([]);
      expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    } finally {
      bystander.kill('SIGKILL');
    }
  });

  it('tells by which signal a plug-in was ended', async () => {
    await start('end itself');
    expect(await problemOf()).toContain('it was ended by SIGKILL');
  });

  it('masks a secret in what a plug-in says of its health', async () => {
    await start('leak in health');
    await until(() => hostile().health !== undefined);
    expect(hostile().health).toEqual({ healthy: false, detail: 'cannot sign in with [secret]' });
  });
});

function runs(commandLine: string): boolean {
  return spawnSync('pgrep', ['-fx', commandLine]).status === 0;
}

function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
