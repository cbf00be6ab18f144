// The session report over 100,000 sessions, streamed over HTTP by a server in a process of its own, beside what the
// database alone takes to hand out the very same rows.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runningEmbeddedDatabase } from '../schema/embedded/embedded-postgres.ts';
import { connect, type SqlPool } from '../schema/sql.ts';
import { seedSessions } from '../test/support/seeded-sessions.ts';
import { type ServerProcess, startServerProcess } from '../test/support/server-process.ts';

const SESSIONS = Number(process.env.BENCH_SESSIONS ?? 100_000);
const SECRET = randomBytes(16).toString('hex');
/** The rows of a report, as they lie in the database. */
const TABLES = ['support_session', 'session_participant', 'session_event', 'session_attribute', 'recording'];

interface Measured {
  name: string;
  seconds: number;
  megabytes: number;
  /** Resident memory of the server at most, in the first tenth of the report and in the rest of it. */
  peaksMiB?: [number, number];
}

const dataDir = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
let server: ServerProcess | undefined;
let sql: SqlPool | undefined;
try {
  server = await startServerProcess({
    dataDir,
    env: { BRIDGEHEAD_API_CLIENT_ID: 'bench', BRIDGEHEAD_API_CLIENT_SECRET: SECRET, LOG_LEVEL: 'warn' },
  });
  sql = connect(runningEmbeddedDatabase(dataDir).owner);
  await seed(sql);
  await run(server, sql);
} finally {
  await sql?.end();
  server?.kill('SIGTERM');
  await server?.ended;
  await rm(dataDir, { recursive: true, force: true });
}

async function seed(sql: SqlPool): Promise<void> {
  const secondsApart = 15;
  const from = new Date(Date.now() - (SESSIONS * secondsApart + 3600) * 1000);
  await seedSessions(sql, { count: SESSIONS, from, secondsApart, lastingSeconds: 900 });
  for (const table of TABLES) await sql`vacuum analyze ${sql(table)}`;
}

async function run(server: ServerProcess, sql: SqlPool): Promise<void> {
  const token = await apiToken(server.url);
  const query = 'generate_report=SupportSession&end_time=0&duration=0';
  const before = await memory(server.pid);
  // Once for the caches of both sides, then the ones that count.
  await copyRows(sql);
  const results: Measured[] = [
    await copyRows(sql),
    await selectRows(sql),
    await report(server, token, 'session list', query, '<session '),
    await report(server, token, 'listing', 'generate_report=SupportSessionListing', '<session_summary '),
  ];
  print(results, before);
}

async function copyRows(sql: SqlPool): Promise<Measured> {
  const started = performance.now();
  let bytes = 0;
  for (const table of TABLES) {
    const rows = await sql`copy (select * from ${sql(table)}) to stdout`.readable();
    for await (const piece of rows as AsyncIterable<Buffer>) bytes += piece.length;
  }
  return measured('COPY of the rows', started, bytes);
}

/** The same rows as objects of the driver, a cursor over each table. */
async function selectRows(sql: SqlPool): Promise<Measured> {
  const started = performance.now();
  for (const table of TABLES) {
    for await (const rows of sql`select * from ${sql(table)}`.cursor(2000)) void rows.length;
  }
  return measured('SELECT of the rows', started, 0);
}

async function report(
  server: ServerProcess,
  token: string,
  name: string,
  query: string,
  opening: string,
): Promise<Measured> {
  let found = 0;
  const peaks: [number, number] = [0, 0];
  const sample = async () => {
    const part = found < SESSIONS / 10 ? 0 : 1;
    peaks[part] = Math.max(peaks[part], await memory(server.pid));
  };
  const sampling = setInterval(sample, 50);
  const started = performance.now();
  const answer = await fetch(`${server.url}/api/reporting?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  let bytes = 0;
  let tail = '';
  for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    const text = tail + Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
    found += text.split(opening).length - 1;
    tail = text.slice(-(opening.length - 1));
  }
  clearInterval(sampling);
  await sample();
  if (found !== SESSIONS) throw new Error(`The ${name} holds ${found} of ${SESSIONS} sessions.`);
  return { ...measured(`report: ${name}`, started, bytes), peaksMiB: peaks };
}

function measured(name: string, started: number, bytes: number): Measured {
  return { name, seconds: (performance.now() - started) / 1000, megabytes: bytes / 1e6 };
}

async function apiToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'bench',
      client_secret: SECRET,
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Resident memory of a process in MiB. */
async function memory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

function print(results: Measured[], idleMiB: number): void {
  const line = (...cells: string[]) =>
    process.stdout.write(
      `${cells.map((cell, index) => (index === 0 ? cell.padEnd(24) : cell.padStart(14))).join('')}\n`,
    );
  process.stdout.write(
    `${SESSIONS.toLocaleString('en')} sessions with 8 events each; server idle at ${idleMiB.toFixed(0)} MiB\n`,
  );
  line('', 'seconds', 'sessions/s', 'MB', 'MiB at first', 'MiB after');
  for (const { name, seconds, megabytes, peaksMiB } of results) {
    line(
      name,
      seconds.toFixed(2),
      Math.round(SESSIONS / seconds).toLocaleString('en'),
      megabytes === 0 ? '' : megabytes.toFixed(0),
      ...(peaksMiB ?? []).map((peak) => (peak === 0 ? '' : peak.toFixed(0))),
    );
  }
}
