import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Actor } from '../../appliance/actor.ts';
import type { ImportJob, ImportOptions } from '../../appliance/jump/import/import-job.ts';
import { isAtRest } from '../../appliance/jump/import/import-job.ts';
import { type ImportRunner, startImportRunner } from '../../appliance/jump/import/import-runner.ts';
import { ImportService } from '../../appliance/jump/import/import-service.ts';
import type { Stores } from '../../appliance/stores.ts';
import { UploadFileReader } from '../../integrations/files/import-file-reader.ts';
import { DirectoryUploadStore } from '../../integrations/files/upload-store.ts';
import { PgUnitOfWork, pgStores } from '../../schema/pg-stores.ts';
import { connect, type SqlPool } from '../../schema/sql.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';

export const ADMINISTRATOR: Actor = {
  kind: 'user',
  userId: 1,
  username: 'admin',
  displayName: 'Admin',
  administrator: true,
  rights: new Set(),
  credentialId: '00000000-0000-0000-0000-000000000000',
  address: '127.0.0.1',
};

export interface ImportWorld {
  database: TestDatabase;
  sql: SqlPool;
  stores: Stores;
  service: ImportService;
  uploads: DirectoryUploadStore;
  directory: string;
  runner: ImportRunner;
  /** Starts another runner, as another process of the site would. */
  anotherRunner(): ImportRunner;
  /** Imports the text and waits until the job is at rest. */
  import(text: string | Buffer, options?: Partial<ImportOptions>): Promise<ImportJob>;
  atRest(id: string): Promise<ImportJob>;
  /** Every problem as `line column: reason`. */
  problems(job: ImportJob): Promise<string[]>;
  items(): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** An importer with its runner on a database of its own: groups kiosks and servers, Jumpoints berlin and local. */
export async function importWorld(options: { runner?: boolean } = {}): Promise<ImportWorld> {
  const database = await testDatabase();
  const sql = connect(database.runtime, { name: 'import test' });
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-import-'));
  const stores = pgStores(sql);
  const unitOfWork = new PgUnitOfWork(sql);
  const uploads = new DirectoryUploadStore(directory);
  const reader = new UploadFileReader(uploads);
  await sql`insert into jump_group (name, code_name) values ('Kiosks', 'kiosks'), ('All servers', 'servers')`;
  await sql`insert into jumpoint (name, platform, code_name) values ('Berlin', 'linux-x86', 'berlin'),
            ('Local', 'linux-x86', 'local')`;
  await sql`insert into jump_policy (display_name, code_name) values ('Weekdays', 'weekdays')`;
  const log = { info() {}, warn() {}, error: (facts: object) => console.error(facts) };
  const service = new ImportService({ stores, unitOfWork, uploads, maxUploadBytes: () => 300_000_000 });
  const runners: ImportRunner[] = [];
  const anotherRunner = () => {
    const runner = startImportRunner({
      stores,
      unitOfWork,
      uploads,
      reader,
      log,
      pollMs: 50,
      leaseSeconds: 2,
    });
    runners.push(runner);
    return runner;
  };
  if (options.runner !== false) service.whenQueued(anotherRunner().wake);

  const world: ImportWorld = {
    database,
    sql,
    stores,
    service,
    uploads,
    directory,
    runner: runners[0]!,
    anotherRunner,
    async import(text, chosen = {}) {
      const content = (async function* () {
        yield Buffer.from(text);
      })();
      const job = await service.start(ADMINISTRATOR, { name: 'test.csv', content }, chosen);
      return await world.atRest(job.id);
    },
    async atRest(id) {
      for (;;) {
        const job = await service.show(ADMINISTRATOR, id);
        if (isAtRest(job.state)) return job;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async problems(job) {
      const { items } = await stores.importJobs.problems(job.id, { limit: 1000 });
      return items.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);
    },
    async items() {
      return [...(await sql`select * from jump_item order by id`)];
    },
    async stop() {
      for (const runner of runners) await runner.stop();
      await sql.end({ timeout: 5 });
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return world;
}
