import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { type LiveJumpoint, liveJumpoint, ok, until } from '../../support/live-jumpoint.ts';
import { castText, post, type Started } from '../../support/live-site.ts';
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
let settings: Record<string, string>;

/** Two processes of one site on one shared PostgreSQL, on two host names; the Jumpoint dials the second. */
beforeAll(async () => {
  [database, sshd, directory] = await Promise.all([
    testDatabase(),
    testSshd(),
    mkdtemp(join(tmpdir(), 'bridgehead-two-')),
  ]);
  const urls = [
    `http://127.0.0.1:${await freePort('127.0.0.1')}`,
    `http://127.0.0.2:${await freePort('127.0.0.2')}`,
  ];
  settings = {
    DATABASE_URL: database.runtimeUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    BRIDGEHEAD_ADMIN_PASSWORD: ADMIN_PASSWORD,
    BRIDGEHEAD_PUBLIC_URL: urls[0]!,
    BRIDGEHEAD_SITE_KEY_FILE: join(directory, 'site.key'),
    BRIDGEHEAD_RECORDINGS: join(directory, 'recordings'),
  };
  first = await start(urls[0]!);
  second = await start(urls[1]!);
  const headers = await signIn(first.url, 'admin', ADMIN_PASSWORD);
  admin = caller(first.url, async () => headers);
  await ok(admin(`${BASE}/site-setting`, { method: 'PATCH', json: { rate_limit_per_second: 10_000 } }));
  jumpoint = await liveJumpoint(admin, {}, second.url);
  const group = await post(admin, '/jump-group', { name: 'Servers' });
  const item = await post(admin, '/jump-item/shell-jump', {
    name: 'behind the second process',
    hostname: '127.0.0.1',
    port: sshd.port,
    protocol: 'ssh',
    username: sshd.username,
    jumpoint_id: jumpoint.jumpointId,
    jump_group_id: group.id,
    jump_group_type: 'shared',
  });
  itemId = item.id as number;
}, 120_000);

afterAll(async () => {
  await jumpoint?.stop();
  await Promise.all([stop(first), stop(second)]);
  await database?.drop();
  await sshd?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
});

async function start(url: string): Promise<ServerProcess> {
  const { host, hostname } = new URL(url);
  const env = { ...settings, BRIDGEHEAD_NODE_URL: url, BRIDGEHEAD_LISTEN: host };
  return { ...(await startServerProcess({ dataDir: join(directory, hostname), env })), url };
}

async function stop(server: ServerProcess | undefined): Promise<void> {
  server?.kill('SIGTERM');
  await server?.ended;
}

async function jump(): Promise<{ started: Started; terminal: RepresentativeTerminal }> {
  const body = { jump_item: { type: 'shell_jump', id: itemId } };
  const started = (await post(admin, '/session', body)) as unknown as Started;
  // A browser on a page of the first process; no cookie of that page reaches the second.
  const terminal = await RepresentativeTerminal.dial(started.channel.relay_url, { origin: first.url });
  await terminal.signInWithKey(sshd.privateKey);
  await terminal.connected();
  return { started, terminal };
}

async function show(lsid: string): Promise<Record<string, unknown>> {
  return await ok(admin(`${BASE}/session/${lsid}`));
}

it('jumps through a Jumpoint on the other process, and carries on when that process is killed', async () => {
  const { started, terminal } = await jump();
  expect(new URL(started.channel.relay_url).host).toBe(new URL(second.url).host);
  terminal.type('for i in $(seq 1 500); do echo line-$i; sleep 0.02; done\n');
  await terminal.shows('line-80');

  second.kill('SIGKILL');
  await terminal.closed();
  const seen = Number([...terminal.output.matchAll(/line-(\d+)/g)].at(-1)?.[1]);
  await until(
    'the broken session to say so',
    async () => (await show(started.lsid)).state === 'ended',
    25_000,
  );
  expect(await show(started.lsid)).toMatchObject({ state: 'ended', end_reason: 'node_lost' });
  const { items } = await ok(admin(`${BASE}/session/${started.lsid}/event`));
  expect((items as { event_type: string }[]).at(-1)).toMatchObject({ event_type: 'Session End' });
  expect(
    (await admin(`${BASE}/session/${started.lsid}/channel/${started.channel.id}/ticket`, { method: 'POST' }))
      .status,
  ).toBe(409);

  const cast = await admin(`${BASE}/session/${started.lsid}/recording/0`);
  const text = castText(await cast.text());
  const recorded = Number([...text.matchAll(/line-(\d+)/g)].at(-1)?.[1]);
  expect(seen - recorded).toBeLessThanOrEqual(55);
  expect(await show(started.lsid)).toMatchObject({
    recordings: [{ instance: 0, failure: expect.any(String) }],
  });
  await until('its size to be counted', async () => {
    const [recording] = (await show(started.lsid)).recordings as { bytes: number }[];
    return recording?.bytes === Buffer.byteLength(text);
  });

  // The Jumpoint has found the other process by itself.
  await until('the Jumpoint to connect to the first process', async () => {
    const nodes = (await ok(admin(`${BASE}/jumpoint/${jumpoint.jumpointId}/node`))) as unknown as {
      connected: boolean;
    }[];
    return nodes.some(({ connected }) => connected);
  });
  const again = await jump();
  expect(new URL(again.started.channel.relay_url).host).toBe(new URL(first.url).host);
  again.terminal.type('echo back-$((40+2))\n');
  await again.terminal.shows('back-42');

  // A process that comes back is part of the site at once, and a sign-out there ends what the other one carries.
  second = await start(second.url);
  const headers = await signIn(second.url, 'admin', ADMIN_PASSWORD);
  const there = caller(second.url, async () => headers);
  await ok(there(`${BASE}/session/${again.started.lsid}`));
  await ok(there(`${BASE}/session/${again.started.lsid}/terminate`, { method: 'POST' }));
  expect(await again.terminal.message('ended')).toMatchObject({ reason: 'representative_closed' });
}, 90_000);

it('ends its sessions at once when the process that carries them stops in good order', async () => {
  const { started, terminal } = await jump();
  const carrier = started.channel.relay_url.includes(new URL(first.url).host) ? first : second;
  const other = carrier === first ? second : first;
  const headers = await signIn(other.url, 'admin', ADMIN_PASSWORD);
  await stop(carrier);
  expect(await terminal.message('ended')).toMatchObject({ reason: 'node_lost' });
  const answer = await caller(other.url, async () => headers)(`${BASE}/session/${started.lsid}`);
  expect(await answer.json()).toMatchObject({ state: 'ended', end_reason: 'node_lost' });
}, 60_000);
