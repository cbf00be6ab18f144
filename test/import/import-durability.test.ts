import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImportJob, ImportOptions } from '../../appliance/jump/import/import-job.ts';
import { ADMINISTRATOR, type ImportWorld, importWorld } from './import-world.ts';

const ROWS = 15_000;
let world: ImportWorld;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  world = await importWorld({ runner: false });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.sql`delete from jump_item`;
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await ended(worker, 'SIGKILL');
});

function worker(): ChildProcess {
  const program = new URL('./import-worker-process.ts', import.meta.url).pathname;
  const facts = JSON.stringify({ url: world.database.runtimeUrl, directory: world.directory });
  const started = spawn(process.execPath, [program, facts], { stdio: ['ignore', 'inherit', 'inherit'] });
  workers.push(started);
  return started;
}

async function ended(process: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exit = once(process, 'exit');
  process.kill(signal);
  await exit;
}

function file(rows = ROWS, prefix = 'Server'): string {
  let text = 'local_jump_hostname,name,group,tag\n';
  for (let index = 0; index < rows; index += 1) {
    text += `h${index}.example.com,${prefix} ${index},kiosks,tag ${index % 9}\n`;
  }
  return text;
}

async function queue(text: string, options: Partial<ImportOptions> = {}): Promise<ImportJob> {
  const content = (async function* () {
    yield Buffer.from(text);
  })();
  return await world.service.start(ADMINISTRATOR, { name: 'big.csv', content }, options);
}

async function until(id: string, reached: (job: ImportJob) => boolean): Promise<ImportJob> {
  for (;;) {
    const job = await world.service.show(ADMINISTRATOR, id);
    if (reached(job)) return job;
    if (job.finishedAt !== null) throw new Error(`Too late: ${JSON.stringify(job)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const reading = (job: ImportJob) => job.rowsValidated > 0 && job.rowsValidated < ROWS;
const applying = (job: ImportJob) => job.rowsApplied > 0 && job.rowsApplied < ROWS;
const count = async () => (await world.sql`select count(*) as count from jump_item`)[0]!.count;

describe('a process killed in the middle', () => {
  it.each([
    ['reading', reading],
    ['applying', applying],
  ])(
    'of %s loses nothing: another one goes on',
    async (_, midway) => {
      const { id } = await queue(file());
      const victim = worker();
      const before = await until(id, midway);
      await ended(victim, 'SIGKILL');
      const stopped = await world.service.show(ADMINISTRATOR, id);
      expect(stopped.rowsValidated).toBeGreaterThanOrEqual(before.rowsValidated);
      expect(await count()).toBe(0);

      worker();
      expect(await world.atRest(id)).toMatchObject({
        state: 'succeeded',
        rowsValidated: ROWS,
        rowsBad: 0,
        createdCount: ROWS,
      });
      expect(await count()).toBe(ROWS);
      const [audit] =
        await world.sql`select count(*) as count from audit_event where event_type = 'jump_item.created'
      and id > (select max(id) from audit_event where event_type = 'jump_item_import.uploaded')`;
      expect(audit!.count).toBe(ROWS);
    },
    60_000,
  );
});

describe('a process that is stopped in an orderly way', () => {
  it('hands its job over at once', async () => {
    const { id } = await queue(file());
    const first = worker();
    await until(id, reading);
    await ended(first, 'SIGTERM');
    worker();
    expect(await world.atRest(id)).toMatchObject({ state: 'succeeded', createdCount: ROWS });
  }, 60_000);
});

describe('cancelling', () => {
  it.each([
    ['reading', 'all_or_nothing', reading],
    ['applying', 'all_or_nothing', applying],
    ['applying', 'keep_good_rows', applying],
  ] as const)(
    'while %s (%s) leaves nothing behind',
    async (_, mode, midway) => {
      worker();
      const { id } = await queue(file(), { mode });
      const { uploadPath } = await until(id, midway);
      await world.service.cancel(ADMINISTRATOR, id);
      expect(await world.atRest(id)).toMatchObject({ state: 'cancelled', failure: null });
      expect(await count()).toBe(0);
      await expect.poll(async () => (await world.service.show(ADMINISTRATOR, id)).uploadPath).toBe('');
      expect(await world.sql`select 1 from import_row where job_id = ${id} limit 1`).toHaveLength(0);
      expect(await world.uploads.has(uploadPath)).toBe(false);
      await expect(world.service.cancel(ADMINISTRATOR, id)).rejects.toMatchObject({ code: 'conflict' });
    },
    60_000,
  );

  it('before anybody took the job ends it at once', async () => {
    const { id } = await queue(file(10));
    expect(await world.service.cancel(ADMINISTRATOR, id)).toMatchObject({ state: 'cancelled' });
  });
});

describe('an upload', () => {
  it.each([
    ['breaks off', Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), 'invalid'],
    ['fills the disk', Object.assign(new Error('write'), { code: 'ENOSPC' }), 'unavailable'],
  ])('that %s leaves nothing behind', async (_, failure, code) => {
    const jobs = await world.sql`select 1 from import_job`;
    const files = await readdir(world.directory);
    const content = (async function* () {
      yield Buffer.from('local_jump_hostname,na');
      throw failure;
    })();
    const start = world.service.start(ADMINISTRATOR, { name: 'broken.csv', content }, {});
    await expect(start).rejects.toMatchObject({ code });
    expect(await readdir(world.directory)).toEqual(files);
    expect(await world.sql`select 1 from import_job`).toHaveLength(jobs.length);
  });
});

describe('two imports at the same time', () => {
  it('on two processes are applied one after the other, and each keeps its promise', async () => {
    worker();
    worker();
    const jobs = await Promise.all([queue(file(6_000)), queue(file(6_000))]);
    const ends = await Promise.all(jobs.map(({ id }) => world.atRest(id)));
    expect(ends.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    expect(ends.map(({ createdCount }) => createdCount).sort()).toEqual([0, 6_000]);
    expect(ends.map(({ unchangedCount }) => unchangedCount).sort()).toEqual([0, 6_000]);
    expect(await count()).toBe(6_000);
  }, 60_000);
});

describe('progress', () => {
  it('never goes back and moves in both phases, seen from another process', async () => {
    worker();
    const { id } = await queue(file());
    const seen: ImportJob[] = [];
    await new Promise<void>((resolve) => {
      void world.service.watch(ADMINISTRATOR, id, (job) => {
        seen.push(job);
        if (job.finishedAt !== null) resolve();
      });
    });
    const { progressOf } = await import('../../appliance/jump/import/import-job.ts');
    const steps = seen.map(progressOf);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(1);
    expect(seen.some(applying)).toBe(true);
  }, 60_000);
});
