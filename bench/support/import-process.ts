// Imports one file the way the server does, in a process of its own, and reports how long and how large it was.
// Arguments: a JSON object { database, directory, file, warmUp }.
import { createReadStream } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Actor } from '../../appliance/actor.ts';
import { type ImportJob, isAtRest } from '../../appliance/jump/import/import-job.ts';
import { startImportRunner } from '../../appliance/jump/import/import-runner.ts';
import { ImportService } from '../../appliance/jump/import/import-service.ts';
import { UploadFileReader } from '../../integrations/files/import-file-reader.ts';
import { DirectoryUploadStore } from '../../integrations/files/upload-store.ts';
import { PgUnitOfWork, pgStores } from '../../schema/pg-stores.ts';
import { type ConnectionOptions, connect } from '../../schema/sql.ts';

/** What is measured of one import. Phases are seconds; unchanged rows change nothing but are all compared. */
export interface ImportMeasure {
  seconds: number;
  /** Until every row is checked and staged. */
  validatedAfter: number;
  created: number;
  unchanged: number;
  peakMiB: number;
  /** The longest time the process could not answer anybody else, in milliseconds. */
  longestPauseMs: number;
  /** Times the progress shown to a watcher moved. */
  progressSteps: number;
  failure: string | null;
}

const { database, directory, file, warmUp } = JSON.parse(process.argv[2]!) as {
  database: ConnectionOptions;
  directory: string;
  file: string;
  warmUp: string;
};
const actor: Actor = {
  kind: 'user',
  userId: 1,
  username: 'admin',
  displayName: 'Administrator',
  administrator: true,
  rights: new Set(),
  credentialId: '00000000-0000-0000-0000-000000000000',
  address: '127.0.0.1',
};

const sql = connect(database, { name: 'import bench' });
const stores = pgStores(sql);
const unitOfWork = new PgUnitOfWork(sql);
const uploads = new DirectoryUploadStore(directory);
const service = new ImportService({ stores, unitOfWork, uploads, maxUploadBytes: () => 1_000_000_000 });
const log = {
  info() {},
  warn() {},
  error: (facts: object, message: string) => console.error(message, facts),
};
const runner = startImportRunner({ stores, unitOfWork, uploads, reader: new UploadFileReader(uploads), log });
service.whenQueued(runner.wake);

// A server that has been up for a moment: connections are open, code is compiled.
const warm = await service.start(
  actor,
  { name: 'warm.csv', content: createReadStream(warmUp) },
  { dryRun: true },
);
await atRest(warm.id);
await service.cancel(actor, warm.id);

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const started = performance.now();
const job = await service.start(actor, { name: 'bench.csv', content: createReadStream(file) }, {});
const uploaded = (performance.now() - started) / 1000;
let validatedAfter = 0;
let progressSteps = 0;
await atRest(job.id, (now) => {
  progressSteps += 1;
  if (validatedAfter === 0 && (now.state === 'applying' || now.finishedAt !== null)) {
    validatedAfter = (performance.now() - started) / 1000;
  }
});
const done = await service.show(actor, job.id);
delay.disable();
const measure: ImportMeasure = {
  // The watcher looks a few times a second; the database knows when it ended.
  seconds: uploaded + (done.finishedAt!.getTime() - done.createdAt.getTime()) / 1000,
  validatedAfter,
  created: done.createdCount,
  unchanged: done.unchangedCount,
  peakMiB: process.resourceUsage().maxRSS / 1024,
  longestPauseMs: delay.max / 1e6,
  progressSteps,
  failure: done.failure,
};
await runner.stop();
await sql.end();
process.stdout.write(JSON.stringify(measure));

function atRest(id: string, seen: (job: ImportJob) => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    void service.watch(actor, id, (now) => {
      seen(now);
      if (isAtRest(now.state)) resolve();
    });
  });
}
