// Imports of 1,000, 10,000 and 100,000 Jump Items beside PostgreSQL's own COPY of the same rows into the same table
// with the same indexes and constraints. The importer runs in a process of its own, so its memory is its own.
// BENCH_IMPORT_ROWS=1000000 measures other sizes; BENCH_IMPORT_RUNS how often each (the median counts).
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultSettings } from '../appliance/jump/jump-item-kinds.ts';
import { startEmbeddedDatabase } from '../schema/embedded/embedded-postgres.ts';
import { copyInto, copyLine } from '../schema/jump/import-copy.ts';
import { migrate } from '../schema/migrate.ts';
import { type ConnectionOptions, connect, type SqlPool } from '../schema/sql.ts';
import { benchRow, writeBenchFile } from './support/import-file.ts';
import type { ImportMeasure } from './support/import-process.ts';

const SIZES = (process.env.BENCH_IMPORT_ROWS ?? '1000,10000,100000').split(',').map(Number);
const RUNS = Number(process.env.BENCH_IMPORT_RUNS ?? 3);
const COLUMNS = [
  'kind',
  'name',
  'hostname',
  'jump_group_id',
  'jumpoint_id',
  'port',
  'username',
  'tag',
  'comments',
  'external_id',
  'settings',
];

const HEADINGS = [
  'rows',
  'COPY s',
  'import s',
  'ratio',
  'rows/s',
  'checked s',
  'peak MiB',
  'pause ms',
  'again s',
];

const run = promisify(execFile);
const log = { debug() {}, info() {}, warn() {}, error: (facts: unknown) => console.error(facts) };
const directory = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
const warmUp = join(directory, 'warm-up.csv');
const database = await startEmbeddedDatabase({ dataDir: join(directory, 'data'), log });
try {
  await migrate({ owner: database.owner, runtime: database.runtime, log });
  const owner = connect(database.owner, { max: 2, name: 'import bench' });
  await seed(owner);
  await writeBenchFile(warmUp, 500, 'Warm', 'WARM');
  print(HEADINGS);
  for (const rows of SIZES) print(await measureSize(owner, database.runtime, rows));
  await owner.end();
} finally {
  await database.stop();
  await rm(directory, { recursive: true, force: true });
}

async function seed(owner: SqlPool): Promise<void> {
  await owner`insert into jump_group (name, code_name)
              select 'Group ' || number, 'group_' || number from generate_series(0, 19) as number`;
  await owner`insert into jumpoint (name, platform, code_name)
              select 'Jumpoint ' || number, 'linux-x86', 'jumpoint_' || number from generate_series(0, 4) as number`;
}

async function measureSize(owner: SqlPool, runtime: ConnectionOptions, rows: number): Promise<string[]> {
  const file = join(directory, `${rows}.csv`);
  await writeBenchFile(file, rows);
  const copies: number[] = [];
  const imports: ImportMeasure[] = [];
  const again: ImportMeasure[] = [];
  for (let turn = 0; turn < RUNS; turn += 1) {
    await empty(owner);
    copies.push(await timeCopy(owner, rows));
    await empty(owner);
    imports.push(await importFile(runtime, file, { created: rows, unchanged: 0 }));
    again.push(await importFile(runtime, file, { created: 0, unchanged: rows }));
  }
  const copy = median(copies);
  const imported = median(imports.map(({ seconds }) => seconds));
  return [
    rows.toLocaleString('en'),
    copy.toFixed(2),
    imported.toFixed(2),
    (imported / copy).toFixed(2),
    Math.round(rows / imported).toLocaleString('en'),
    median(imports.map(({ validatedAfter }) => validatedAfter)).toFixed(2),
    Math.max(...imports.map(({ peakMiB }) => peakMiB)).toFixed(0),
    Math.max(...imports.map(({ longestPauseMs }) => longestPauseMs)).toFixed(0),
    median(again.map(({ seconds }) => seconds)).toFixed(2),
  ];
}

async function empty(owner: SqlPool): Promise<void> {
  await owner`truncate jump_item, audit_event, import_job restart identity cascade`;
  await owner`checkpoint`.catch(() => {}); // needs a role that this one need not have
}

/** The limit: ready-made rows, one COPY, one transaction. */
async function timeCopy(owner: SqlPool, rows: number): Promise<number> {
  const groups = await ids(owner, 'jump_group');
  const jumpoints = await ids(owner, 'jumpoint');
  const settings = {
    shell_jump: JSON.stringify(defaultSettings('shell_jump')),
    remote_rdp: JSON.stringify(defaultSettings('remote_rdp')),
  };
  const lines: string[] = [];
  for (let index = 0; index < rows; index += 1) {
    const row = benchRow(index);
    lines.push(
      copyLine([
        row.kind,
        row.name,
        row.hostname,
        groups.get(`group_${row.group}`),
        jumpoints.get(`jumpoint_${row.jumpoint}`),
        row.port,
        row.username,
        row.tag,
        row.comments,
        row.externalId,
        settings[row.kind as keyof typeof settings],
      ]),
    );
  }
  const started = performance.now();
  await owner.begin((sql) => copyInto(sql, 'jump_item', COLUMNS, lines));
  return (performance.now() - started) / 1000;
}

async function ids(owner: SqlPool, table: string): Promise<Map<string, number>> {
  const rows = await owner<{ id: number; code: string }[]>`select id, code_name as code from ${owner(table)}`;
  return new Map(rows.map(({ id, code }) => [code, id]));
}

async function importFile(
  runtime: ConnectionOptions,
  file: string,
  expected: { created: number; unchanged: number },
): Promise<ImportMeasure> {
  const facts = JSON.stringify({ database: runtime, directory: join(directory, 'uploads'), file, warmUp });
  const program = new URL('support/import-process.ts', import.meta.url).pathname;
  const { stdout } = await run(process.execPath, [program, facts]);
  const measure = JSON.parse(stdout) as ImportMeasure;
  if (measure.created !== expected.created || measure.unchanged !== expected.unchanged) {
    throw new Error(`The import did something else: ${stdout}`);
  }
  return measure;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function print(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(10)).join('')}\n`);
}
