// Synchronisation with a directory of 50,000 people and 200 groups of a real slapd into the embedded PostgreSQL: seconds,
// memory and event loop delay of this process for creating everybody, for a run without changes and for one with a
// tenth changed. Beside it, in the same run, the bare work: reading every page with the LDAP client alone, and COPY of
// the same people alone. BENCH_DIRECTORY_PEOPLE (50000) says how many.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Client } from 'ldapts';
import { runDirectorySync } from '../appliance/directory/directory-sync-worker.ts';
import type { DirectoryPerson, ProviderSource } from '../appliance/directory/identity-provider.ts';
import { LdapDirectory } from '../integrations/ldap/ldap-directory.ts';
import { PgDirectorySyncs } from '../schema/directory/pg-directory-syncs.ts';
import { runningEmbeddedDatabase } from '../schema/embedded/embedded-postgres.ts';
import { PgUnitOfWork, pgStores } from '../schema/pg-stores.ts';
import { connect, type SqlPool } from '../schema/sql.ts';
import { openLdapSource } from '../test/support/ldap-sources.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import {
  groupLdif,
  personLdif,
  SLAPD_ADMIN,
  SLAPD_PASSWORD,
  SUFFIX,
  testSlapd,
} from '../test/support/test-slapd.ts';

const PEOPLE = Number(process.env.BENCH_DIRECTORY_PEOPLE ?? 50_000);
const GROUPS = 200;
const GROUPS_OF_ONE = 5;

const groupDn = (index: number) => `cn=group${index},ou=groups,${SUFFIX}`;
const groupsOf = (index: number) =>
  Array.from({ length: GROUPS_OF_ONE }, (_, turn) => (index * 7 + turn * 31) % GROUPS);

function* entries(): Generator<string> {
  for (let group = 0; group < GROUPS; group += 1) yield groupLdif(`group${group}`, [`uid=nobody,${SUFFIX}`]);
  for (let index = 0; index < PEOPLE; index += 1) {
    const lines = groupsOf(index).map((group) => `memberOf: ${groupDn(group)}`);
    yield personLdif(`person${index}`, `Person Number ${index}`, lines);
  }
}

const dataDir = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
const slapd = await testSlapd({ entries: entries() });
const server = await startServerProcess({ dataDir });
try {
  const sql = connect(runningEmbeddedDatabase(dataDir).runtime, { name: 'directory bench' });
  const source = await preparedProvider(sql);
  await measured('LDAP client alone: every page, nothing kept', readAlone);
  await measured('COPY of the same people alone', () => copyAlone(sql));
  await measured('synchronisation, everybody is created', () => synchronise(sql, source));
  await measured('synchronisation, nothing changed', () => synchronise(sql, source));
  await sql`update app_user set email_address = 'old@test.local' where security_provider_id = ${source.provider.id} and id % 10 = 0`;
  await measured('synchronisation, a tenth changed', () => synchronise(sql, source));
  await sql.end();
} finally {
  server.kill('SIGTERM');
  await server.ended;
  await slapd.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function preparedProvider(sql: SqlPool): Promise<ProviderSource> {
  const source = openLdapSource(slapd, { sync_create_users: true, recursive_groups: true });
  const [policy] = await sql<{ id: number }[]>`
    insert into group_policy (name, position) values ('Everybody of the directory', 1000) returning id`;
  const [provider] = await sql<{ id: number }[]>`
    insert into security_provider (type, name, enabled, priority, default_group_policy_id, settings)
    values ('ldap', 'Directory', true, 1, ${policy!.id}, ${sql.json(source.provider.settings as never)}) returning id`;
  return { ...source, provider: { ...source.provider, id: provider!.id, defaultPolicyId: policy!.id } };
}

async function synchronise(sql: SqlPool, source: ProviderSource): Promise<string> {
  const stores = pgStores(sql);
  const run = await stores.directorySyncs.create({
    securityProviderId: source.provider.id,
    dryRun: false,
    massDisableAgreed: false,
    actor: { kind: 'system', name: 'bench' },
  });
  const directory = new LdapDirectory();
  const deps = {
    stores,
    unitOfWork: new PgUnitOfWork(sql),
    credentialEvents: { publish: () => {}, subscribe: () => () => {} },
    log: { info: () => {}, error: (facts: object, message: string) => console.error(message, facts) },
  };
  await runDirectorySync(deps, run, directory, source, new AbortController().signal);
  directory.close();
  const after = await stores.directorySyncs.find(run.id);
  if (after?.state !== 'done' || after.peopleRead !== PEOPLE)
    throw new Error(`Not done: ${JSON.stringify(after)}`);
  return `${after.changesApplied.toLocaleString()} changes`;
}

async function readAlone(): Promise<string> {
  const client = new Client({
    url: `ldaps://localhost:${slapd.ldapsPort}`,
    tlsOptions: { ca: [slapd.authority] },
  });
  try {
    await client.bind(SLAPD_ADMIN, SLAPD_PASSWORD);
    let read = 0;
    const attributes = ['uid', 'entryUUID', 'displayName', 'mail', 'memberOf'];
    const pages = client.searchPaginated(SUFFIX, {
      filter: '(objectClass=inetOrgPerson)',
      attributes,
      paged: { pageSize: 500 },
      timeLimit: 0,
    });
    for await (const { searchEntries } of pages) read += searchEntries.length;
    return `${read.toLocaleString()} people`;
  } finally {
    await client.unbind();
  }
}

async function copyAlone(sql: SqlPool): Promise<string> {
  const id = randomUUID();
  const syncs = new PgDirectorySyncs(sql);
  for (let start = 0; start < PEOPLE; start += 500) {
    const people: DirectoryPerson[] = [];
    for (let index = start; index < Math.min(PEOPLE, start + 500); index += 1) {
      people.push({
        externalId: randomUUID(),
        username: `person${index}`,
        displayName: `Person Number ${index}`,
        emailAddress: `person${index}@test.local`,
        distinguishedName: `uid=person${index},ou=people,${SUFFIX}`,
        groups: groupsOf(index).map(groupDn),
        disabled: false,
      });
    }
    await syncs.stage(id, people);
  }
  await sql`delete from directory_sync_person where sync_id = ${id}`;
  return `${PEOPLE.toLocaleString()} rows`;
}

async function measured(name: string, work: () => Promise<string>): Promise<void> {
  globalThis.gc?.();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  let most = process.memoryUsage().rss;
  const before = most;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 50);
  delay.enable();
  const started = performance.now();
  const done = await work();
  const seconds = (performance.now() - started) / 1000;
  delay.disable();
  clearInterval(watch);
  const mb = (bytes: number) => Math.round(bytes / 1e6);
  const ms = (nanoseconds: number) => (nanoseconds / 1e6).toFixed(1);
  process.stdout.write(
    `${name.padEnd(46)} ${seconds.toFixed(2).padStart(7)} s  ${done.padStart(15)}  memory ${mb(before)} -> ${mb(most)} MB  event loop p99 ${ms(delay.percentile(99))} ms, longest ${ms(delay.max)} ms\n`,
  );
}
