import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { type LiveJumpoint, liveJumpoint, ok, until } from '../../support/live-jumpoint.ts';
import { post, type Started } from '../../support/live-site.ts';
import { tablesHolding } from '../../support/planted-secrets.ts';
import { RepresentativeTerminal } from '../../support/representative-terminal.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import { ADMIN_PASSWORD, type Caller, caller, signIn } from '../../support/test-appliance.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';
import { type TestSshd, testSshd } from '../../support/test-sshd.ts';

const BASE = '/api/config/v1';

let database: TestDatabase;
let sshd: TestSshd;
let directory: string;
let first: ServerProcess;
let second: ServerProcess;
let jumpoint: LiveJumpoint;
let admin: Caller;
let itemId: number;
let accountId: number;
let settings: Record<string, string>;
let printed = '';

/** Two processes of one site; sessions are started at the first, the Jumpoint dials the second. */
beforeAll(async () => {
  [database, sshd, directory] = await Promise.all([
    testDatabase(),
    testSshd(),
    mkdtemp(join(tmpdir(), 'bridgehead-two-')),
  ]);
  const urls = [
    `http://127.0.0.1:${await freePort('127.0.0.1')}`,
    `http://127.0.0.2:${await freePort('127.0.0.2')}`,
  ] as const;
  settings = {
    DATABASE_URL: database.runtimeUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    BRIDGEHEAD_ADMIN_PASSWORD: ADMIN_PASSWORD,
    BRIDGEHEAD_PUBLIC_URL: urls[0],
    BRIDGEHEAD_SITE_KEY_FILE: join(directory, 'site.key'),
    BRIDGEHEAD_RECORDINGS: join(directory, 'recordings'),
    LOG_LEVEL: 'trace',
  };
  first = await start(urls[0]);
  second = await start(urls[1]);
  admin = await signedIn(first);
  await ok(admin(`${BASE}/site-setting`, { method: 'PATCH', json: { rate_limit_per_second: 10_000 } }));
  jumpoint = await liveJumpoint(admin, {}, second.url);
  const group = await post(admin, '/jump-group', { name: 'Servers' });
  const item = await post(admin, '/jump-item/shell-jump', {
    name: 'behind the second process',
    hostname: '127.0.0.1',
    port: sshd.port,
    protocol: 'ssh',
    jumpoint_id: jumpoint.jumpointId,
    jump_group_id: group.id,
    jump_group_type: 'shared',
  });
  itemId = item.id as number;
  const account = await post(admin, '/vault/account', {
    type: 'ssh',
    name: 'planted key',
    username: sshd.username,
    private_key: sshd.privateKey,
  });
  accountId = account.id as number;
  await post(admin, `/vault/account/${accountId}/user`, { user_id: 1, role: 'inject' });
}, 120_000);

afterAll(async () => {
  await jumpoint?.stop();
  for (const server of [first, second]) server?.kill('SIGKILL');
  await Promise.all([first?.ended, second?.ended]);
  await database?.drop();
  await sshd?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
});

async function start(url: string): Promise<ServerProcess> {
  const { host, hostname } = new URL(url);
  const env = { ...settings, BRIDGEHEAD_NODE_URL: url, BRIDGEHEAD_LISTEN: host };
  return { ...(await startServerProcess({ dataDir: join(directory, hostname), env })), url };
}

/** Its lease is over at once; that time alone finds out a silent process is shown in two-processes.test.ts. */
async function kill(server: ServerProcess): Promise<void> {
  server.kill('SIGKILL');
  await server.ended;
  await database.sql`update server_node set heartbeat_at = heartbeat_at - interval '1 hour' where node_url = ${server.url}`;
  printed += server.output();
}

async function signedIn(server: ServerProcess): Promise<Caller> {
  const headers = await signIn(server.url, 'admin', ADMIN_PASSWORD);
  return caller(server.url, async () => headers);
}

async function jump(): Promise<{ lsid: string; terminal: RepresentativeTerminal; carrier: string }> {
  const started = (await post(admin, '/session', {
    jump_item: { type: 'shell_jump', id: itemId },
    credential: { source: 'vault', id: String(accountId) },
  })) as unknown as Started;
  const relayUrl = started.channel.relay_url;
  const terminal = await RepresentativeTerminal.dial(relayUrl, { origin: first.url });
  const word = await terminal.until('a question or the shell', () =>
    terminal.messages.find(
      ({ t, ...more }) => t === 'prompt' || ('state' in more && more.state === 'connected'),
    ),
  );
  if (word.t === 'prompt') terminal.answer(word, { choice: 'save' });
  await terminal.connected();
  terminal.type('echo in-$((40+2))\n');
  await terminal.shows('in-42');
  return { lsid: started.lsid, terminal, carrier: new URL(relayUrl).host };
}

const openCheckOuts = async (lsid: string) =>
  (await database.sql`select from vault_check_out where lsid = ${lsid} and checked_in_at is null`).length;

async function release(lsid: string) {
  const [row] = await database.sql<{ state: string; released: boolean; ended: string }[]>`
    select c.state, c.released_at is not null as released, s.end_reason as ended
      from session_credential c join support_session s using (lsid) where c.lsid = ${lsid}`;
  return row;
}

it('is given by the process that holds the Jumpoint, and given back by another one when that is killed', async () => {
  const { lsid, terminal, carrier } = await jump();
  expect(carrier).toBe(new URL(second.url).host);
  expect(await openCheckOuts(lsid)).toBe(1);
  await kill(second);
  await terminal.closed();
  await until('the release', async () => (await release(lsid))?.released === true, 30_000);
  expect(await openCheckOuts(lsid)).toBe(0);
  expect(await release(lsid)).toEqual({ state: 'used', released: true, ended: 'node_lost' });
}, 90_000);

it('is given back after every process was killed, once one comes back', async () => {
  await until('the Jumpoint to find the first process', async () => {
    const nodes = (await ok(admin(`${BASE}/jumpoint/${jumpoint.jumpointId}/node`))) as unknown as {
      connected: boolean;
    }[];
    return nodes.some(({ connected }) => connected);
  });
  const { lsid, carrier } = await jump();
  expect(carrier).toBe(new URL(first.url).host);
  await kill(first);
  expect(await openCheckOuts(lsid)).toBe(1);
  expect(await release(lsid)).toMatchObject({ released: false });
  first = await start(first.url);
  await until('the release', async () => (await release(lsid))?.released === true, 40_000);
  expect(await openCheckOuts(lsid)).toBe(0);
  expect(await release(lsid)).toEqual({ state: 'used', released: true, ended: 'node_lost' });
  const types = await database.sql<{ type: string }[]>`
    select event_type as type from vault_activity where lsid = ${lsid} order by id`;
  expect(types.map(({ type }) => type)).toEqual(['Credentials Used', 'Credentials Checked In']);
}, 90_000);

it('leaves no trace of the secret in logs, database and recordings', async () => {
  printed += first.output();
  const secret = sshd.privateKey.trim().split('\n')[2]!;
  expect(printed).toContain('/api/config/v1/session');
  expect(printed).not.toContain(secret);
  expect(printed).not.toContain('PRIVATE KEY');
  expect(await tablesHolding(database.sql, [secret])).toEqual([]);
  const recordings = await readdir(join(directory, 'recordings'), { recursive: true, withFileTypes: true });
  const files = recordings.filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(0);
  for (const { parentPath, name } of files)
    expect((await readFile(join(parentPath, name))).includes(secret)).toBe(false);
});
