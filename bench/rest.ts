// The configuration API beside a bare Express route that runs the same statements on the same database, in turns, and
// the cost of finding and checking an operation in contracts of different sizes. Every server is a process of its own.
// Processor time is that of the Node process alone: on a busy machine it is the steadier figure.
// BENCH_REST_SECONDS (2) and BENCH_REST_RUNS (7) say how long and how often each is measured; the median counts.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { runningEmbeddedDatabase } from '../schema/embedded/embedded-postgres.ts';
import { type ConnectionOptions, connect, type SqlPool } from '../schema/sql.ts';
import { type ServerProcess, startServerProcess } from '../test/support/server-process.ts';

const ITEMS = 100_000;
const CONNECTIONS = 10;
const SECONDS = Number(process.env['BENCH_REST_SECONDS'] ?? 2);
const RUNS = Number(process.env['BENCH_REST_RUNS'] ?? 7);
const SECRET = randomBytes(16).toString('hex');
const WARM_UP_CALLS = 15_000;
const WARM_UP_SECONDS = 12;
const BASE = '/api/config/v1';

interface Load {
  name: string;
  bare: string;
  ours: string;
  method?: 'GET' | 'POST';
  body?: object;
  status?: number;
}

const NEW_ITEM = {
  name: 'Bench',
  hostname: 'bench.example.com',
  jump_group_id: 1,
  protocol: 'ssh',
  tag: 'bench',
};

const SHOW: Load = { name: 'GET', bare: '', ours: '' };

const dataDir = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
const children: ChildProcess[] = [];
let server: ServerProcess | undefined;
let sql: SqlPool | undefined;
try {
  server = await startServerProcess({
    dataDir,
    env: { BRIDGEHEAD_API_CLIENT_ID: 'bench', BRIDGEHEAD_API_CLIENT_SECRET: SECRET },
  });
  const { owner, runtime } = runningEmbeddedDatabase(dataDir);
  sql = connect(owner, { max: 2, name: 'rest bench' });
  const ids = await seed(sql);
  await compare(server, runtime, ids);
  await growth();
} finally {
  for (const child of children) child.kill('SIGTERM');
  await sql?.end();
  server?.kill('SIGTERM');
  await server?.ended;
  await rm(dataDir, { recursive: true, force: true });
}

interface Seeded {
  item: number;
  group: number;
  jumpoint: number;
}

async function seed(sql: SqlPool): Promise<Seeded> {
  await sql`insert into site_setting (name, value)
            values ('rate_limit_per_second', '1000000'), ('rate_limit_per_hour', '100000000')
            on conflict (name) do update set value = excluded.value`;
  await sql`insert into jump_group (name, code_name)
            select 'Group ' || n, 'group_' || n from generate_series(1, 50) as n`;
  await sql`insert into jumpoint (name, code_name, platform)
            select 'Jumpoint ' || n, 'jumpoint_' || n, 'linux-x86' from generate_series(1, 20) as n`;
  await sql`
    insert into jump_item (kind, name, hostname, jump_group_id, jumpoint_id, port, tag, comments, settings)
    select (array['shell_jump', 'remote_rdp', 'remote_vnc', 'local_jump'])[1 + n % 4], 'Kiosk ' || n,
           'host-' || n || '.branch' || n % 300 || '.example.com',
           (select min(id) from jump_group) + n % 50, (select min(id) from jumpoint) + n % 20, 22, 'tag' || n % 17,
           'Standing in shop ' || n % 1000 || ' near door ' || n % 7,
           '{"protocol":"ssh","terminal":"xterm","keep_alive":0}'
      from generate_series(1, ${ITEMS}::int) as n`;
  await sql`vacuum analyze jump_item`;
  const [row] = await sql<Seeded[]>`
    select (select min(id) from jump_item where kind = 'shell_jump') as item,
           (select min(id) from jump_group) as "group", (select min(id) from jumpoint) as jumpoint`;
  return row!;
}

async function compare(
  { url, pid }: ServerProcess,
  address: ConnectionOptions,
  { item, group, jumpoint }: Seeded,
): Promise<void> {
  const authorization = `Bearer ${await apiToken(url)}`;
  const [port] = await startChild('bare-express.ts', JSON.stringify(address));
  const bare: Side = { url: `http://127.0.0.1:${port}`, pid: children.at(-1)!.pid!, headers: {} };
  const ours: Side = { url: url + BASE, pid, headers: { authorization } };
  const page = 'per_page=20&current_page=5';
  const loads: Load[] = [
    { name: 'GET one', bare: `/shell-jump/${item}`, ours: `/jump-item/shell-jump/${item}` },
    { name: 'GET a page of 20', bare: `/shell-jump?${page}`, ours: `/jump-item/shell-jump?${page}` },
    {
      name: 'POST',
      bare: '/shell-jump',
      ours: '/jump-item/shell-jump',
      method: 'POST',
      body: { ...NEW_ITEM, jump_group_id: group, jumpoint_id: jumpoint },
      status: 201,
    },
    {
      name: 'search, 20 hits',
      bare: '/search?search=4242',
      ours: '/jump-item?search=4242&fields=name,hostname,tag,comments,console_user,domain,fqdn,private_ip,public_ip,workgroup',
    },
    { name: 'search all fields, 20 hits', bare: '/search?search=4242', ours: '/jump-item?search=4242' },
    { name: 'search, 25,000 hits', bare: '/search?search=branch1', ours: '/jump-item?search=branch1' },
  ];
  const lines = [
    [
      '',
      'bare req/s',
      'ours req/s',
      'ratio',
      'bare p99 ms',
      'ours p99 ms',
      'bare CPU ms',
      'ours CPU ms',
      'ratio',
    ],
  ];
  for (const load of loads) lines.push(await compareOne(load, bare, ours));
  print(lines);
}

/** A server under load. */
interface Side {
  url: string;
  pid: number;
  headers: Record<string, string>;
}

interface Shot {
  rate: number;
  p99: number;
  /** Processor milliseconds of a request. */
  cpu: number;
}

async function compareOne(load: Load, bare: Side, ours: Side): Promise<string[]> {
  const shots: { bare: Shot[]; ours: Shot[] } = { bare: [], ours: [] };
  await warmUp(load, bare.url + load.bare, bare.headers);
  await warmUp(load, ours.url + load.ours, ours.headers);
  for (let run = 0; run < RUNS; run += 1) {
    shots.bare.push(await shoot(load, load.bare, bare, SECONDS));
    shots.ours.push(await shoot(load, load.ours, ours, SECONDS));
  }
  const middle = (side: Shot[], figure: keyof Shot) => median(side.map((shot) => shot[figure]));
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(0)} %`;
  const [slow, fast] = [middle(shots.ours, 'rate'), middle(shots.bare, 'rate')];
  const [much, little] = [middle(shots.ours, 'cpu'), middle(shots.bare, 'cpu')];
  return [
    load.name,
    fast.toFixed(0),
    slow.toFixed(0),
    percent(slow, fast),
    middle(shots.bare, 'p99').toFixed(0),
    middle(shots.ours, 'p99').toFixed(0),
    little.toFixed(2),
    much.toFixed(2),
    percent(little, much),
  ];
}

/** Caches and compilers of a server take thousands of calls to settle, on a busy machine longer than a few seconds. */
async function warmUp(load: Load, url: string, headers: Record<string, string>): Promise<void> {
  const until = Date.now() + WARM_UP_SECONDS * 1000;
  for (let calls = 0; calls < WARM_UP_CALLS && Date.now() < until; ) {
    calls += (await fire(load, url, headers, 1)).requests.total;
  }
}

async function shoot(load: Load, path: string, side: Side, seconds: number): Promise<Shot> {
  const before = await processorTime(side.pid);
  const { requests, latency } = await fire(load, side.url + path, side.headers, seconds);
  const spent = (await processorTime(side.pid)) - before;
  return { rate: requests.average, p99: latency.p99, cpu: spent / requests.total };
}

/** Milliseconds a process has run for, in user and system mode. */
async function processorTime(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The same request on contracts of one and ten times the operations. */
async function growth(): Promise<void> {
  const lines = [['operations', 'GET req/s', 'POST req/s']];
  const sizes = await Promise.all([1, 10].map((times) => startChild('contract-size.ts', String(times))));
  const rates = sizes.map(() => ({ get: [] as number[], post: [] as number[] }));
  const path = `${BASE}/jump-item/shell-jump`;
  for (const [port] of sizes) await warmUp(SHOW, `http://127.0.0.1:${port}${path}/1`, {});
  for (let run = 0; run < RUNS; run += 1) {
    for (const [index, [port]] of sizes.entries()) {
      const url = `http://127.0.0.1:${port}${path}`;
      const post: Load = { ...SHOW, method: 'POST', body: { ...NEW_ITEM, jumpoint_id: 1 } };
      rates[index]!.get.push((await fire(SHOW, `${url}/1`, {}, SECONDS)).requests.average);
      rates[index]!.post.push((await fire(post, url, {}, SECONDS)).requests.average);
    }
  }
  for (const [index, [, operations]] of sizes.entries()) {
    const { get, post } = rates[index]!;
    lines.push([String(operations), median(get).toFixed(0), median(post).toFixed(0)]);
  }
  print(lines);
}

async function fire(
  { name, method = 'GET', body, status = 200 }: Load,
  url: string,
  headers: Record<string, string>,
  seconds: number,
): Promise<autocannon.Result> {
  const result = await autocannon({
    url,
    method,
    connections: CONNECTIONS,
    duration: seconds,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${name}: ${result.non2xx} answers were not ${status}, ${result.errors} failed (${url})`);
  }
  return result;
}

async function startChild(file: string, argument: string): Promise<string[]> {
  const child = spawn(process.execPath, [new URL(`support/${file}`, import.meta.url).pathname, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return line.toString().trim().split(' ');
}

async function apiToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`bench:${SECRET}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function print(lines: string[][]): void {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    process.stdout.write(`${cells.join('  ')}\n`);
  }
  process.stdout.write('\n');
}
