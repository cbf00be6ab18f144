// Every numbered list of the configuration API over 100,000 rows, beside the very statements it runs, executed by psql
// on the same database in the same run: the first page, one in the middle and the last one. A second server in this
// process, which serves nobody else, tells which statements a list runs.
// BENCH_LISTS_ROWS (100000) and BENCH_LISTS_RUNS (30) say how many rows and how often; words as arguments choose lists.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { ContractDocument } from '../api/contract/contract-document.ts';
import { readConfig } from '../config.ts';
import { loadSiteKey } from '../integrations/files/site-key-file.ts';
import { runningEmbeddedDatabase } from '../schema/embedded/embedded-postgres.ts';
import { type ConnectionOptions, connect } from '../schema/sql.ts';
import { startServer } from '../server/start-server.ts';
import { type ServerProcess, startServerProcess } from '../test/support/server-process.ts';
import { seedLists } from './support/seeded-lists.ts';

const ROWS = Number(process.env.BENCH_LISTS_ROWS ?? 100_000);
const RUNS = Number(process.env.BENCH_LISTS_RUNS ?? 30);
const WORDS = process.env.BENCH_LISTS?.split(',') ?? [];
const SECRET = randomBytes(16).toString('hex');
const BASE = '/api/config/v1';
/** Who calls and how often is asked by every call, of lists and of others. */
const NOT_OF_THE_LIST = /\b(from|into|update) (api_token|api_rate_window|site_setting)\b/;

interface Statement {
  text: string;
  parameters: unknown[];
}

const dataDir = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
let server: ServerProcess | undefined;
try {
  server = await startServerProcess({
    dataDir,
    env: { BRIDGEHEAD_API_CLIENT_ID: 'bench', BRIDGEHEAD_API_CLIENT_SECRET: SECRET },
  });
  const { owner, runtime } = runningEmbeddedDatabase(dataDir);
  const sql = connect(owner, { max: 1, name: 'lists bench' });
  const parents = await seedLists(sql, ROWS);
  await sql.end();
  const watcher = await startWatcher(owner, runtime);
  try {
    await compareAll(server, watcher, runtime, parents);
  } finally {
    await watcher.stop();
  }
} finally {
  server?.kill('SIGTERM');
  await server?.ended;
  await rm(dataDir, { recursive: true, force: true });
}

interface Watcher {
  url: string;
  statementsOf(path: string, headers: Record<string, string>): Promise<Statement[]>;
  stop(): Promise<void>;
}

async function startWatcher(owner: ConnectionOptions, runtime: ConnectionOptions): Promise<Watcher> {
  const seen: Statement[] = [];
  const debug = (_connection: number, text: string, parameters: unknown[]) => {
    seen.push({ text, parameters: [...parameters] });
  };
  const config = readConfig({
    BRIDGEHEAD_DATA_DIR: join(dataDir, 'watcher'),
    BRIDGEHEAD_SITE_KEY_FILE: join(dataDir, 'site.key'),
    BRIDGEHEAD_LISTEN: `127.0.0.1:${20_000 + (process.pid % 20_000)}`,
  });
  const watched = await startServer({
    config,
    database: { owner, runtime: { ...runtime, debug } as ConnectionOptions },
    siteKey: loadSiteKey(config.siteKeyFile),
    log: pino({ level: 'silent' }),
    builtInJumpoint: false,
  });
  return {
    url: watched.url,
    async statementsOf(path, headers) {
      await (await fetch(watched.url + path, { headers })).arrayBuffer();
      seen.length = 0;
      await (await fetch(watched.url + path, { headers })).arrayBuffer();
      return seen.filter(({ text }) => /^\s*(select|with)/i.test(text) && !NOT_OF_THE_LIST.test(text));
    },
    stop: () => watched.stop(),
  };
}

async function compareAll(
  { url }: ServerProcess,
  watcher: Watcher,
  database: ConnectionOptions,
  parents: Record<string, number>,
): Promise<void> {
  const headers = { authorization: `Bearer ${await apiToken(url)}` };
  const contract = ContractDocument.ofThisVersion();
  const lists = contract.operations.filter(
    ({ method, parameters, path, access }) =>
      method === 'GET' &&
      // What people see of their own is a matter of that person.
      !access.startsWith('signed-in') &&
      parameters.some(({ name }) => name === 'current_page') &&
      (WORDS.length === 0 || WORDS.some((word) => path.includes(word))),
  );
  print(['list (rows)', 'page', 'ours p50 ms', 'ours p95 ms', 'psql p50 ms', 'psql p95 ms', 'p95 ratio']);
  for (const { path } of lists) {
    const filled = path.replace(/^(.*?)\/\{\w+\}/, (_, prefix: string) => {
      const id = parents[path] ?? parents[prefix];
      if (id === undefined) throw new Error(`bench/support/seeded-lists.ts names no parent for ${path}`);
      return `${prefix}/${id}`;
    });
    const first = await fetch(`${url}${BASE}${filled}`, { headers });
    if (!first.ok) throw new Error(`${filled}: ${first.status} ${await first.text()}`);
    await first.arrayBuffer();
    const total = Number(first.headers.get('x-bt-pagination-total'));
    const last = Number(first.headers.get('x-bt-pagination-last-page'));
    for (const page of new Set([1, Math.ceil(last / 2), last])) {
      const target = `${BASE}${filled}?current_page=${page}`;
      const ours = await timesOf(url + target, headers);
      const statements = await watcher.statementsOf(target, headers);
      const psql = await psqlTimes(database, statements);
      const ratio = percentile(ours, 95) / percentile(psql, 95);
      print([
        `${path} (${total})`,
        String(page),
        ...[percentile(ours, 50), percentile(ours, 95), percentile(psql, 50), percentile(psql, 95)].map(
          (ms) => ms.toFixed(2),
        ),
        ratio.toFixed(1),
      ]);
    }
  }
}

async function timesOf(url: string, headers: Record<string, string>): Promise<number[]> {
  const times: number[] = [];
  for (let run = -5; run < RUNS; run += 1) {
    const started = performance.now();
    const answer = await fetch(url, { headers });
    await answer.arrayBuffer();
    if (run >= 0) times.push(performance.now() - started);
    // Within the limit of calls per second.
    await new Promise((done) => setTimeout(done, 5));
  }
  return times;
}

/** Each run is the sum over the statements, prepared once as the server has them. */
async function psqlTimes(database: ConnectionOptions, statements: Statement[]): Promise<number[]> {
  const prepared = statements.map(({ text }, index) => `prepare q${index} as ${text};`);
  const execute = statements.map(
    ({ parameters }, index) =>
      `execute q${index}${parameters.length === 0 ? '' : `(${parameters.map(literal).join(', ')})`};`,
  );
  const script = [
    '\\pset pager off',
    '\\o /dev/null',
    ...prepared,
    ...Array.from({ length: 5 }, () => execute).flat(),
    '\\timing on',
    ...Array.from({ length: RUNS }, () => execute).flat(),
  ].join('\n');
  const { host, database: name, username, password, port } = database as Record<string, unknown>;
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'], {
    env: {
      ...process.env,
      PGHOST: String((database as { path?: string }).path ?? host).replace(/\/\.s\.PGSQL\.\d+$/, ''),
      PGPORT: String(port ?? 5432),
      PGDATABASE: String(name),
      PGUSER: String(username),
      PGPASSWORD: String(password),
    },
  });
  let output = '';
  let problems = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (problems += text));
  child.stdin.end(script);
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`psql: ${problems}`);
  const times = [...output.matchAll(/^Time: ([\d.]+) ms/gm)].map(([, ms]) => Number(ms));
  return Array.from({ length: RUNS }, (_, run) =>
    times.slice(run * statements.length, (run + 1) * statements.length).reduce((sum, ms) => sum + ms, 0),
  );
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value))
    return `'{${value
      .map((one) => JSON.stringify(one))
      .join(',')
      .replaceAll("'", "''")}}'`;
  return `'${String(value).replaceAll("'", "''")}'`;
}

async function apiToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`bench:${SECRET}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

function print(cells: string[]): void {
  const line = cells.map((cell, column) => (column === 0 ? cell.padEnd(52) : cell.padStart(11)));
  process.stdout.write(`${line.join('  ')}\n`);
}
