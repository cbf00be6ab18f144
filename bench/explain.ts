// Questions about access on a site of 100,000 Jump Items, 5,000 people, 1,000 Jump Groups and 50 group policies, over
// HTTP: who may start an item (every person is judged), what one person may do, one explanation. Beside each stands the
// plain query that a list without rules would run, in the same run.
// BENCH_EXPLAIN_RUNS (30) says how often each is measured; the median counts.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { runningEmbeddedDatabase } from '../schema/embedded/embedded-postgres.ts';
import { connect, type SqlPool } from '../schema/sql.ts';
import { type ServerProcess, startServerProcess } from '../test/support/server-process.ts';
import { CROWD, type SeededCrowd, seedCrowd } from './support/seeded-crowd.ts';

const RUNS = Number(process.env.BENCH_EXPLAIN_RUNS ?? 30);
const SECRET = randomBytes(16).toString('hex');
const BASE = '/api/config/v1';

interface Question {
  name: string;
  ask: () => Promise<unknown>;
  bare: () => Promise<unknown>;
}

const dataDir = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
let server: ServerProcess | undefined;
let sql: SqlPool | undefined;
try {
  server = await startServerProcess({
    dataDir,
    env: { BRIDGEHEAD_API_CLIENT_ID: 'bench', BRIDGEHEAD_API_CLIENT_SECRET: SECRET, LOG_LEVEL: 'error' },
  });
  sql = connect(runningEmbeddedDatabase(dataDir).owner, { max: 1, name: 'explain bench' });
  const seeded = await seedCrowd(sql);
  process.stdout.write(
    `${CROWD.items} Jump Items, ${CROWD.people} people, ${CROWD.groups} Jump Groups, ${CROWD.policies} group policies\n`,
  );
  await compare(server.url + BASE, sql, seeded);
} finally {
  await sql?.end();
  server?.kill('SIGTERM');
  await server?.ended;
  await rm(dataDir, { recursive: true, force: true });
}

async function compare(url: string, sql: SqlPool, seeded: SeededCrowd): Promise<void> {
  const headers = { authorization: `Bearer ${await apiToken(new URL(url).origin)}` };
  const call = async (path: string, json?: object) => {
    const answer = await fetch(url + path, {
      method: json === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(json && { 'content-type': 'application/json' }) },
      ...(json && { body: JSON.stringify(json) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return answer.headers.get('x-bt-pagination-total');
  };
  const { sharedItem, personalItem, group, person } = seeded;
  const people = () => sql`select id, username, public_display_name, private_display_name, enabled, settings
                             from app_user order by id limit 100`;
  const members = () => sql`select u.id, u.username, m.jump_item_role_id
                              from jump_group_user m join app_user u on u.id = m.user_id
                             where m.jump_group_id = ${group} order by u.id limit 100`;
  const items = () => sql`select i.*, g.name from jump_item i left join jump_group g on g.id = i.jump_group_id
                           order by i.id limit 100 offset 50000`;
  const item = () => sql`select * from jump_item where id = ${sharedItem}`;
  // Within office hours.
  const who = `/access/jump-item/${sharedItem}/user?at=2026-03-02T09:00:00Z`;
  const what = `/access/user/${person}`;
  const explain = { user: { id: person }, jump_item: { id: sharedItem } };
  const questions: Question[] = [
    { name: 'who may start this item', ask: () => call(who), bare: people },
    { name: 'the same, only those who may', ask: () => call(`${who}&decision=allow`), bare: people },
    { name: 'the same, last page', ask: () => call(`${who}&current_page=50`), bare: people },
    {
      name: 'who may start this personal item',
      ask: () => call(`/access/jump-item/${personalItem}/user`),
      bare: people,
    },
    {
      name: 'who may start in this Jump Group',
      ask: () => call(`/access/jump-group/${group}/user`),
      bare: members,
    },
    { name: 'what holds for this person', ask: () => call(what), bare: people },
    { name: 'their Jump Groups', ask: () => call(`${what}/membership`), bare: members },
    { name: 'their Jump Items', ask: () => call(`${what}/jump-item`), bare: items },
    {
      name: 'the same, page 100, may start',
      ask: () => call(`${what}/jump-item?permission=perm_start&current_page=100`),
      bare: items,
    },
    { name: 'one explanation', ask: () => call('/access/explain', explain), bare: item },
    {
      name: 'one change, and whom it affects',
      ask: () =>
        call('/access/explain', {
          ...explain,
          affected: true,
          what_if: [{ change: 'jump_item_role', jump_item_role_id: 2, permissions: { perm_start: false } }],
        }),
      bare: people,
    },
  ];
  const lines = [['', 'median ms', 'p95 ms', 'plain query ms', 'rows']];
  for (const { name, ask, bare } of questions) {
    const times: Record<'ours' | 'bare', number[]> = { ours: [], bare: [] };
    const rows = await ask();
    for (let run = 0; run < RUNS; run += 1) {
      times.bare.push(await timed(bare));
      times.ours.push(await timed(ask));
    }
    lines.push([
      name,
      quantile(times.ours, 0.5).toFixed(1),
      quantile(times.ours, 0.95).toFixed(1),
      quantile(times.bare, 0.5).toFixed(1),
      String(rows ?? ''),
    ]);
  }
  print(lines);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function apiToken(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`bench:${SECRET}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
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
