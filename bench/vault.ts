// Which of 2,000 vault accounts fit a Jump Item or a host, and which of 100,000 Jump Items an account is for. Every
// account has criteria of its own with several patterns; half of them would do with those of their group.
// BENCH_VAULT_RUNS (50) says how often each is measured.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { AssociationRule } from '../appliance/vault/association-rule.ts';
import { runningEmbeddedDatabase } from '../schema/embedded/embedded-postgres.ts';
import { type ConnectionOptions, connect, type SqlPool } from '../schema/sql.ts';
import { PgVaultAssociations } from '../schema/vault/pg-vault-associations.ts';
import { type ServerProcess, startServerProcess } from '../test/support/server-process.ts';

const RUNS = Number(process.env.BENCH_VAULT_RUNS ?? 50);
const ACCOUNTS = 2_000;
const ITEMS = 100_000;
const PAGE = { limit: 100, offset: 0 };

const dataDir = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
let server: ServerProcess | undefined;
try {
  server = await startServerProcess({ dataDir, env: { LOG_LEVEL: 'error' } });
  const { owner, runtime } = runningEmbeddedDatabase(dataDir);
  const sql = connect(owner, { max: 1, name: 'vault bench' });
  await seed(sql);
  await sql.end();
  await measure(runtime);
} finally {
  server?.kill('SIGTERM');
  await server?.ended;
  await rm(dataDir, { recursive: true, force: true });
}

async function seed(sql: SqlPool): Promise<void> {
  await sql`insert into jump_group (name, code_name) select 'Group ' || n, 'group_' || n from generate_series(1, 300) n`;
  await sql`
    insert into jump_item (kind, name, hostname, jump_group_id, tag, comments, settings)
    select (array['shell_jump', 'remote_rdp', 'web_jump'])[1 + n % 3], 'Kiosk ' || n,
           'host-' || n || '.branch' || n % 300 || '.example.com', (select min(id) from jump_group) + n % 300,
           'tag' || n % 17, 'Standing in shop ' || n % 1000, '{}'
      from generate_series(1, ${ITEMS}::int) n`;
  await sql`
    insert into vault_account (type, name, code_name) select 'opaque_token', 'Account ' || n, 'account_' || n
      from generate_series(1, ${ACCOUNTS}::int) n`;
  await sql`
    insert into vault_association (account_id, filter_type, host, name, tag, comment)
    select id, 'criteria',
           array['host-' || id || '*', '*.branch' || id % 300 || '.example.com', '*nothing-' || id || '*', 'none*'],
           case when id % 2 = 0 then array['kiosk*', '*till*'] else '{}' end,
           case when id % 3 = 0 then array['tag' || id % 17, 'tag1*'] else '{}' end,
           case when id % 5 = 0 then array['*shop*', '*store*'] else '{}' end
      from vault_account`;
  await sql`
    insert into vault_association_jump_group (association_id, jump_group_id)
    select id, (select min(id) from jump_group) + id % 300 from vault_association where account_id % 4 = 0`;
  await sql`vacuum analyze`;
}

async function measure(runtime: ConnectionOptions): Promise<void> {
  const sql = connect(runtime, { max: 2, name: 'vault bench' });
  const associations = new PgVaultAssociations(sql);
  const ids = (await sql<{ id: number }[]>`select id from vault_account`).map(({ id }) => id);
  const [middle] = await sql<
    { id: number }[]
  >`select id from jump_item order by id offset ${ITEMS / 2} limit 1`;
  print(['question', 'found', 'p50 ms', 'p95 ms']);
  const saved = { jumpItemId: middle!.id, hostname: '' };
  await report('accounts for a Jump Item', async () => (await associations.fitting(saved, ids)).size);
  const host = { jumpItemId: undefined, hostname: 'host-77.branch77.example.com' };
  await report('accounts for a host', async () => (await associations.fitting(host, ids)).size);

  const [group] = await sql<{ id: number }[]>`select min(id) as id from jump_group`;
  const some = Array.from({ length: 31 }, (_, n) => `*absent-${n}*`);
  const rules: Record<string, Partial<AssociationRule>> = {
    'a Jump Group': { sharedJumpGroupIds: [group!.id] },
    'a whole hostname': { host: ['host-4711.branch211.example.com'] },
    'the start of hostnames': { host: ['host-471*'] },
    'the end of hostnames': { host: ['*.branch7.example.com'] },
    'a host and a tag': { host: ['*.branch7.example.com'], tag: ['tag1*'] },
    '32 patterns': { host: [...some, 'host-471*'] },
    'a short pattern': { host: ['*77*'], tag: ['tag1'] },
    'patterns that fit nearly all': { host: ['host-*'], comment: ['*shop*'] },
    'no criteria: any Jump Item': { filterType: 'any_jump_items' },
  };
  const before = (await associations.find({ type: 'account', id: ids[0]! }))!;
  const empty = { sharedJumpGroupIds: [], host: [], name: [], tag: [], comment: [], jumpItems: [] };
  for (const [name, rule] of Object.entries(rules)) {
    const association = { ...before, ...empty, filterType: 'criteria' as const, ...rule };
    await associations.update(association);
    const ask = async () => (await associations.matchingItems(association, PAGE)).total;
    await report(`items of an account: ${name}`, ask);
  }
  await sql.end();
}

async function report(what: string, ask: () => Promise<number>): Promise<void> {
  const times: number[] = [];
  let found = 0;
  for (let run = -3; run < RUNS; run += 1) {
    const started = performance.now();
    found = await ask();
    if (run >= 0) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor((times.length - 1) * share)] ?? Number.NaN).toFixed(1);
  print([what, String(found), at(0.5), at(0.95)]);
}

function print(cells: string[]): void {
  const line = cells.map((cell, column) => (column === 0 ? cell.padEnd(52) : cell.padStart(9)));
  process.stdout.write(`${line.join('  ')}\n`);
}
