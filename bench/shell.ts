import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServerProcess } from '../test/support/server-process.ts';
import { signIn } from '../test/support/test-appliance.ts';
import { testSshd } from '../test/support/test-sshd.ts';
import { bridgeheadTerminal, type SignedIn } from './support/bridgehead-terminal.ts';
import {
  echoOnly,
  type MeasuredTerminal,
  percentile,
  roundTrip,
  showFile,
  sshTerminal,
} from './support/measured-terminal.ts';
import { processorSeconds } from './support/processor-time.ts';

// A Shell Jump beside OpenSSH's own client to the same sshd, in the same run. Server, embedded database and Jumpoint are
// processes of their own, as in use; recording is on.

const STROKES = 2_000;
const LINE = 'The quick brown fox jumps over the lazy dog, and 0123456789 more.\n';
const FILE_BYTES = 100_000_000;
const SESSIONS = 200;
const SESSION_SECONDS = 10;
/** Between two key strokes of one person: five in a second. */
const STROKE_EVERY_MS = 200;
const PASSWORD = 'bench password';

type Open = () => Promise<MeasuredTerminal>;

const directory = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
const [sshd, server] = await Promise.all([
  testSshd(),
  startServerProcess({
    dataDir: join(directory, 'data'),
    env: { BRIDGEHEAD_ADMIN_PASSWORD: PASSWORD, LOG_LEVEL: 'error' },
  }),
]);
try {
  const site = await signedIn(server.url);
  const ways: [string, Open][] = [
    ['ssh -tt', () => sshTerminal(sshd)],
    ['Shell Jump', () => bridgeheadTerminal(site, sshd)],
  ];
  await keyStrokes(ways);
  await throughput(ways);
  await manySessions(ways);
} finally {
  server.killGroup('SIGTERM');
  await server.ended;
  await sshd.stop();
  await rm(directory, { recursive: true, force: true });
}

async function signedIn(url: string): Promise<SignedIn> {
  const headers = await signIn(url, 'admin', PASSWORD);
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(new URL('/api/config/v1/jumpoint', url), { headers });
    const jumpoints = (await answer.json()) as { id: number; connected?: boolean }[];
    const connected = jumpoints.find((jumpoint) => jumpoint.connected);
    if (connected) return { url, headers, jumpointId: connected.id };
    await sleep(100);
  }
  throw new Error('The built-in Jumpoint did not connect.');
}

async function keyStrokes(ways: [string, Open][]): Promise<void> {
  const rows: (string | number)[][] = [];
  const times = new Map<string, number[]>();
  const terminals = new Map<string, MeasuredTerminal>();
  for (const [name, open] of ways) {
    const terminal = await open();
    await echoOnly(terminal);
    for (let stroke = 0; stroke < 300; stroke++) await roundTrip(terminal);
    terminals.set(name, terminal);
    times.set(name, []);
  }
  // In turn, so that whatever else the machine does meets both.
  for (let stroke = 0; stroke < STROKES; stroke++)
    for (const [name, terminal] of terminals) times.get(name)?.push(await roundTrip(terminal));
  for (const [name, values] of times)
    rows.push([name, percentile(values, 0.5).toFixed(3), percentile(values, 0.99).toFixed(3)]);
  const [plain = [], jump = []] = [...times.values()];
  const added = (share: number) => (percentile(jump, share) - percentile(plain, share)).toFixed(3);
  rows.push(['added', added(0.5), added(0.99)]);
  for (const terminal of terminals.values()) terminal.close();
  print(`Key stroke to echo, ${STROKES} strokes, one at a time (goal: under 1 ms added at the median)`, [
    ['', 'median ms', 'p99 ms'],
    ...rows,
  ]);
}

async function throughput(ways: [string, Open][]): Promise<void> {
  const file = join(directory, 'shown');
  const lines = Math.ceil(FILE_BYTES / LINE.length);
  await writeFile(file, LINE.repeat(lines));
  const bytes = lines * LINE.length;
  const best = new Map<string, { rate: number; processor: number }>();
  for (let round = 0; round < 3; round++) {
    for (const [name, open] of ways) {
      const terminal = await open();
      const before = await processorSeconds(server.pid);
      const milliseconds = await showFile(terminal, file, bytes);
      const processor = (await processorSeconds(server.pid)) - before;
      terminal.close();
      const rate = bytes / 1e3 / milliseconds;
      if (rate > (best.get(name)?.rate ?? 0)) best.set(name, { rate, processor });
      await sleep(300);
    }
  }
  const plain = best.get('ssh -tt')?.rate ?? 0;
  print('cat of a 100 MB file, best of 3, recording on (goal: at least 60 % of ssh -tt)', [
    ['', 'MB/s', 'of ssh -tt', 'processor s of server and Jumpoint'],
    ...[...best].map(([name, { rate, processor }]) => [
      name,
      rate.toFixed(1),
      `${((100 * rate) / plain).toFixed(0)} %`,
      name === 'ssh -tt' ? '-' : processor.toFixed(2),
    ]),
  ]);
  process.stdout.write(
    `What limits it: the terminal of the target hands sshd some 2 kB at a time, each a packet to encrypt and to decrypt, and\n` +
      `${cpus().length} processors carry cat, sshd and the reader in both rows, Jumpoint, server and recording on top in the second.\n`,
  );
}

async function manySessions(ways: [string, Open][]): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const [name, open] of ways) {
    const terminals: MeasuredTerminal[] = [];
    const started = performance.now();
    while (terminals.length < SESSIONS)
      terminals.push(...(await Promise.all([open(), open(), open(), open()])));
    const opened = performance.now() - started;
    for (let first = 0; first < SESSIONS; first += 20)
      await Promise.all(terminals.slice(first, first + 20).map((terminal) => echoOnly(terminal)));
    const times: number[] = [];
    const before = await processorSeconds(server.pid);
    const until = performance.now() + SESSION_SECONDS * 1000;
    await Promise.all(
      terminals.map(async (terminal, index) => {
        await sleep((STROKE_EVERY_MS * index) / SESSIONS);
        while (performance.now() < until) {
          const time = await roundTrip(terminal);
          times.push(time);
          await sleep(Math.max(0, STROKE_EVERY_MS - time));
        }
      }),
    );
    const processor = ((await processorSeconds(server.pid)) - before) / SESSION_SECONDS;
    for (const terminal of terminals) terminal.close();
    const share = (part: number) => percentile(times, part).toFixed(2);
    rows.push([
      name,
      times.length,
      share(0.5),
      share(0.95),
      share(0.99),
      (opened / 1000).toFixed(1),
      name === 'ssh -tt' ? '-' : processor.toFixed(2),
    ]);
    await sleep(2_000);
  }
  print(
    `${SESSIONS} sessions at once, each typing ${1000 / STROKE_EVERY_MS} keys a second (goal: p95 under 20 ms)`,
    [
      ['', 'strokes', 'median ms', 'p95 ms', 'p99 ms', 's to open all', 'processors of server and Jumpoint'],
      ...rows,
    ],
  );
}

function print(title: string, rows: (string | number)[][]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => String(row[column] ?? '').length)),
  );
  const text = rows
    .map((row) => row.map((cell, column) => String(cell).padEnd(widths[column] ?? 0)).join('   '))
    .join('\n');
  process.stdout.write(`\n${title}\n${text}\n`);
}
