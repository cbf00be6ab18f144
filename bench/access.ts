// What a representative with 20 group policies and 1,000 Jump Groups may do, from nothing to everything: the rules alone
// beside one look at each statement they weigh, and reading the facts beside the same statement in the bare driver. Then
// what it costs to look for Jump Items as that person, beside the same question without limits.
// BENCH_ACCESS_RUNS (500) says how often each is measured; the median counts.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { AccessFacts } from '../appliance/access/access-facts.ts';
import { rightsOf } from '../appliance/access/effective-settings.ts';
import { accessOf } from '../appliance/access/person-access.ts';
import { sessionPermissionLayers, sessionPermissions } from '../appliance/access/session-permission-rules.ts';
import type { Visibility } from '../appliance/jump/jump-item.ts';
import { grantOf } from '../appliance/jump/jump-item-grant.ts';
import { visibilityOf } from '../appliance/jump/jump-item-sight.ts';
import { jumpMethodsOf } from '../appliance/jump/jump-methods.ts';
import { PgAccessFacts } from '../schema/access/pg-access-facts.ts';
import { runningEmbeddedDatabase } from '../schema/embedded/embedded-postgres.ts';
import { PgJumpItemSearch } from '../schema/jump/pg-jump-item-search.ts';
import { PgJumpItems } from '../schema/jump/pg-jump-items.ts';
import { type ConnectionOptions, connect } from '../schema/sql.ts';
import { type ServerProcess, startServerProcess } from '../test/support/server-process.ts';
import { GROUPS, ITEMS, POLICIES, seedAccess } from './support/seeded-access.ts';

const RUNS = Number(process.env.BENCH_ACCESS_RUNS ?? 500);
const WARM_UP = 100;

const dataDir = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
let server: ServerProcess | undefined;
try {
  server = await startServerProcess({ dataDir, env: { LOG_LEVEL: 'error' } });
  const { owner, runtime } = runningEmbeddedDatabase(dataDir);
  const sql = connect(owner, { max: 1, name: 'access bench' });
  const userId = await seedAccess(sql);
  await sql.end();
  await compare(runtime, userId);
} finally {
  server?.kill('SIGTERM');
  await server?.ended;
  await rm(dataDir, { recursive: true, force: true });
}

async function compare(runtime: ConnectionOptions, userId: number): Promise<void> {
  let statement: { text: string; parameters: unknown[] } | undefined;
  const debug = (_connection: number, text: string, parameters: unknown[]) => {
    statement = { text, parameters };
  };
  const watched = connect({ ...runtime, debug } as ConnectionOptions, { max: 1, name: 'access bench' });
  const facts = (await new PgAccessFacts(watched).find(userId))!;
  const asked = statement!;
  await watched.end();

  const sql = connect(runtime, { max: 1, name: 'access bench' });
  const source = new PgAccessFacts(sql);
  const person = accessOf(facts);
  const visibility = visibilityOf(person);
  process.stdout.write(
    `${POLICIES} group policies, ${person.jumpGroups.size} of ${GROUPS} Jump Groups, ${person.jumpoints.size} Jumpoints, ${person.subordinates.size} owners of lower rank, ${ITEMS} Jump Items\n`,
  );
  report([
    ['every permission, from the facts', await measured(async () => everything(facts))],
    ['  one look at each statement', await measured(async () => looks(facts))],
    ['every permission, facts read', await measured(async () => everything((await source.find(userId))!))],
    [
      '  the same statement, bare',
      await measured(() => sql.unsafe(asked.text, asked.parameters as never, { prepare: true })),
    ],
    ['one Jump Group, facts read', await measured(async () => oneGroup(source, userId))],
    ['  select 1', await measured(() => sql`select 1`)],
    ...(await searches(sql, visibility)),
  ]);
  await sql.end();
}

/** Rights, methods, every Jump Group's and owner's permissions, what is visible, and the permissions of a session. */
function everything(facts: AccessFacts): number {
  const person = accessOf(facts);
  let permissions = rightsOf(person.settings).size + jumpMethodsOf(person.settings).length;
  for (const jumpGroupId of person.jumpGroups.keys()) {
    permissions += grantOf(person, { jumpGroupType: 'shared', jumpGroupId }).size;
  }
  for (const jumpGroupId of person.subordinates.keys()) {
    permissions += grantOf(person, { jumpGroupType: 'personal', jumpGroupId }).size;
  }
  visibilityOf(person);
  const layers = sessionPermissionLayers(person, {
    kind: 'shell_jump',
    start: 'unattended',
    customerPresent: false,
    item: { customerPresent: null, customerNotPresent: null },
    portal: null,
    policies: new Map(),
    global: { id: 1, name: 'Global', permissions: { chat: 'allow' } },
  });
  return permissions + Object.keys(sessionPermissions(layers)).length;
}

/** The bare side: every statement that the rules weigh is touched once, and nothing is decided. */
function looks({
  policies,
  jumpGroups,
  teams,
  jumpoints,
  colleagues,
  colleaguePolicies,
}: AccessFacts): number {
  let seen = jumpGroups.length + teams.length + jumpoints.length;
  for (const policy of policies) {
    for (const name in policy.settings) if (name !== '') seen += 1;
    for (const { id } of policy.jumpGroups.entries) seen += id & 1;
    for (const { id } of policy.teams.entries) seen += id & 1;
    for (const { id } of policy.jumpoints.entries) seen += id & 1;
  }
  for (const { direct, policyIds } of colleagues) seen += direct.length + policyIds.length;
  for (const { entries } of colleaguePolicies) for (const { id } of entries) seen += id & 1;
  return seen;
}

async function oneGroup(source: PgAccessFacts, userId: number): Promise<number> {
  const facts = await source.find(userId, { jumpGroupIds: [500], jumpointIds: [1], ownerUserIds: [] });
  return grantOf(accessOf(facts!), { jumpGroupType: 'shared', jumpGroupId: 500 }).size;
}

type Row = [name: string, medianMs: number];

async function searches(sql: ReturnType<typeof connect>, visibility: Visibility): Promise<Row[]> {
  const items = new PgJumpItems(sql);
  const search = new PgJumpItemSearch(sql);
  const few = {
    only:
      visibility === 'everything' || !('only' in visibility.groups)
        ? []
        : visibility.groups.only.slice(0, 10),
  };
  const whose: [string, Visibility][] = [
    ['as everybody', 'everything'],
    [`in ${GROUPS} groups`, visibility],
    ['in 10 groups', { groups: few, owners: { only: [] } }],
    ['in all but 10 groups', { groups: { allBut: few.only }, owners: { allBut: [] } }],
  ];
  const rows: Row[] = [];
  for (const [name, seen] of whose) {
    rows.push(
      [
        `page 1 of the list, ${name}`,
        await measured(() => items.list('shell_jump', {}, seen, { limit: 20, offset: 0 }), 60),
      ],
      [
        `a page in the middle, ${name}`,
        await measured(() => items.list('shell_jump', {}, seen, { limit: 20, offset: 400 }), 60),
      ],
      [
        `search by a word, ${name}`,
        await measured(
          () =>
            search.page(
              { words: ['4242'], fields: ['name', 'hostname', 'tag'], sort: 'name', order: 'asc' },
              seen,
              { limit: 20 },
            ),
          60,
        ),
      ],
      [
        `search without a word, ${name}`,
        await measured(
          () => search.page({ words: [], fields: ['name'], sort: 'name', order: 'asc' }, seen, { limit: 20 }),
          60,
        ),
      ],
    );
  }
  return rows;
}

async function measured(work: () => Promise<unknown>, runs = RUNS): Promise<number> {
  for (let index = 0; index < Math.min(WARM_UP, runs); index++) await work();
  const times: number[] = [];
  for (let index = 0; index < runs; index++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function report(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, ms] of rows) {
    process.stdout.write(`${name.padEnd(width)}  ${ms.toFixed(3).padStart(9)} ms\n`);
  }
}
