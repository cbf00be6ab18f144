import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Sql } from '../../schema/sql.ts';
import { freePort } from '../support/free-port.ts';
import { type LiveJumpoint, liveJumpoint, ok, until } from '../support/live-jumpoint.ts';
import {
  KEYS_OF_ACCOUNTS,
  type KeyUser,
  keyUser,
  letsIn,
  RotationSite,
  shadowOf,
} from '../support/rotation-site.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { ADMIN_PASSWORD, caller, signIn } from '../support/test-appliance.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import { canMakeUsers } from '../support/test-user.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** The advisory lock that stops a server between two phases. */
const HOLD = 4711;

let database: TestDatabase;
let sshd: TestSshd;
let directory: string;
let servers: [ServerProcess, ServerProcess];
let jumpoint: LiveJumpoint;
let site: RotationSite;
let endpointId: number;
let settings: Record<string, string>;

/** Two processes of one site; the Jumpoint dials either. */
beforeAll(async () => {
  if (!canMakeUsers) return;
  [database, sshd, directory] = await Promise.all([
    testDatabase(),
    testSshd(KEYS_OF_ACCOUNTS),
    mkdtemp(join(tmpdir(), 'bridgehead-rotation-')),
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
  };
  servers = [await start(urls[0]), await start(urls[1])];
  const headers = await signIn(servers[0].url, 'admin', ADMIN_PASSWORD);
  // Whichever of the two is there.
  site = new RotationSite(async (path, init) => {
    for (let attempt = 0; ; attempt++) {
      try {
        const { url } = servers[attempt % 2 === 0 ? 0 : 1];
        return await caller(url, async () => ({ ...headers, origin: url }))(path, init);
      } catch (cause) {
        if (attempt === 100) throw cause;
        await new Promise((done) => setTimeout(done, 50));
      }
    }
  });
  await site.get('PATCH', '/site-setting', { rate_limit_per_second: 10_000 });
  const [{ id: adminId }] = await site.get('GET', '/user?username=admin');
  jumpoint = await liveJumpoint(site.api, {}, servers[1].url);
  endpointId = await site.endpoint(jumpoint.jumpointId, sshd.port, await sshd.hostKey());
  const group = await site.get('POST', '/vault/account-group', { name: 'Tried' });
  await database.ownerSql`
    insert into vault_account_group_user (account_group_id, user_id, role) values (${group.id}, ${adminId}, 'inject_and_checkout')`;
  groupId = group.id;
}, 120_000);

let groupId: number;
/** A server that was killed is started again while the other one goes on. */
let restarted: Promise<void> = Promise.resolve();

afterAll(async () => {
  await restarted;
  await jumpoint?.stop();
  for (const server of servers ?? []) server.kill('SIGTERM');
  await Promise.all((servers ?? []).map((server) => server.ended));
  await database?.drop();
  await sshd?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
});

async function start(url: string): Promise<ServerProcess> {
  const { host, hostname } = new URL(url);
  const env = { ...settings, BRIDGEHEAD_NODE_URL: url, BRIDGEHEAD_LISTEN: host };
  return { ...(await startServerProcess({ dataDir: join(directory, hostname), env })), url };
}

async function killed(place: 0 | 1): Promise<void> {
  const { url } = servers[place];
  servers[place].kill('SIGKILL');
  await servers[place].ended;
  await database.sql`update server_node set heartbeat_at = heartbeat_at - interval '1 hour' where node_url = ${url}`;
  restarted = start(url).then((server) => {
    servers[place] = server;
  });
}

/** The process that has the connection of this Jumpoint now, by its place in `servers`. */
async function carrier(jumpointId = jumpoint.jumpointId): Promise<0 | 1> {
  let url: string | undefined;
  await until('the Jumpoint to be connected', async () => {
    const [row] = await database.sql<{ url: string }[]>`
      select s.node_url as url from jumpoint_node n join server_node s on s.id = n.connected_node_id
       where n.jumpoint_id = ${jumpointId} and s.heartbeat_at > now() - interval '5 seconds'`;
    url = row?.url;
    return url !== undefined;
  });
  return servers[0].url === url ? 0 : 1;
}

async function aUser(): Promise<KeyUser> {
  const user = await keyUser();
  onTestFinished(() => user.remove());
  return user;
}

async function anAccount(type: string, user: KeyUser): Promise<number> {
  const secret = type === 'ssh' ? { private_key: user.privateKey } : { password: user.password };
  const { username } = user;
  return await site.account({
    type,
    name: username,
    username,
    endpoint_id: endpointId,
    account_group_id: groupId,
    ...secret,
  });
}

/** Stops whichever server is about to write this phase, until it is let go. */
async function holdBefore(
  phase: string,
): Promise<{ reached(): Promise<void>; letGo(o: { died: boolean }): Promise<void> }> {
  const held = await database.ownerSql.reserve();
  await held`select pg_advisory_lock(${HOLD})`;
  await held.unsafe(`
    create function hold_rotation() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(${HOLD}); return new; end $$;
    create trigger hold_rotation before update on vault_rotation for each row
      when (new.phase = '${phase}' and old.phase <> new.phase) execute function hold_rotation()`);
  return {
    reached: () => until(`a server about to write ${phase}`, async () => (await waiting(held)).length > 0),
    async letGo({ died }) {
      // What died must not go on: its connection outlives it for as long as it waits.
      for (const { pid } of died ? await waiting(held) : [])
        await database.sql`select pg_terminate_backend(${pid})`;
      await held.unsafe('drop trigger hold_rotation on vault_rotation; drop function hold_rotation()');
      await held`select pg_advisory_unlock(${HOLD})`;
      held.release();
    },
  };
}

async function waiting(sql: Sql): Promise<{ pid: number }[]> {
  return await sql<{ pid: number }[]>`
    select pid from pg_locks where locktype = 'advisory' and objid = ${HOLD} and not granted`;
}

/** The time of a lease, and of every pause, has passed. */
async function timePasses(id: number): Promise<void> {
  await database.sql`
    update vault_rotation
       set lease_until = lease_until - interval '1 hour', due_at = due_at - interval '1 hour',
           changing_since = changing_since - interval '1 hour'
     where account_id = ${id} and finished_at is null`;
}

/** The pause until the next attempt has passed. */
async function pausePasses(id: number): Promise<void> {
  await database.sql`
    update vault_rotation set due_at = least(due_at, now()) where account_id = ${id} and state = 'waiting'`;
}

async function phaseOf(id: number): Promise<string | undefined> {
  const [row] = await database.sql<{ phase: string }[]>`
    select phase from vault_rotation where account_id = ${id} order by id desc limit 1`;
  return row?.phase;
}

/** What is kept signs in for real, and nothing else does; one rotation came of it. */
async function endedWell(id: number, user: KeyUser, type: string): Promise<void> {
  await site.reaches(id, 'done');
  const before = type === 'ssh' ? { privateKey: user.privateKey } : { password: user.password };
  const secret = await site.secret(id);
  expect(secret).not.toEqual(before);
  expect(await letsIn(sshd.port, user.username, secret)).toBe(true);
  expect(await letsIn(sshd.port, user.username, before)).toBe(false);
  const [row] = await database.sql`
    select (select count(*)::int from vault_activity where account_id = ${id} and event_type = 'Password Rotated') as told,
           (select count(*)::int from vault_rotation where account_id = ${id}) as rotations,
           (select count(*)::int from sealed_secret
             where owner_type = 'vault_account' and owner_id = ${id} and name like 'pending%') as pending`;
  expect(row).toEqual({ told: 1, rotations: 1, pending: 0 });
}

describe.runIf(canMakeUsers)('a server that is killed', () => {
  const POINTS = [
    ['username_password', 'prepared', 'requested'],
    ['username_password', 'changing', 'prepared'],
    ['username_password', 'changed', 'changing'],
    ['username_password', 'verified', 'changed'],
    ['username_password', 'stored', 'verified'],
    ['ssh', 'changed', 'changing'],
    ['ssh', 'verified', 'changed'],
    ['ssh', 'stored', 'verified'],
  ] as const;

  it.each(POINTS)(
    'leaves a %s, before it has noted `%s`, to the next process',
    async (type, next, left) => {
      const user = await aUser();
      const id = await anAccount(type, user);
      await restarted;
      const place = await carrier();
      const hold = await holdBefore(next);
      await site.rotate(id);
      await hold.reached();
      await killed(place);
      await hold.letGo({ died: true });
      expect(await phaseOf(id)).toBe(left);
      await timePasses(id);
      await endedWell(id, user, type);
    },
    60_000,
  );
});

describe.runIf(canMakeUsers)('a Jumpoint that is killed', () => {
  beforeAll(() => restarted);

  it.each(['username_password', 'ssh'])(
    'between the change of a %s and its report leaves nothing unknown',
    async (type) => {
      const user = await aUser();
      const own = await liveJumpoint(site.api);
      // The same program in a process of its own.
      await own.program.stop();
      let program = await startJumpoint(own);
      try {
        const id = await anAccount(type, user);
        const endpoint = await site.endpoint(own.jumpointId, sshd.port, await sshd.hostKey());
        await site.get('PATCH', `/vault/account/${id}`, { endpoint_id: endpoint });
        const hold = await holdBefore('changed');
        const before = await shadowOf(user.username);
        await site.rotate(id);
        if (type === 'ssh') await hold.reached();
        else
          await expect.poll(() => shadowOf(user.username), { interval: 2, timeout: 20_000 }).not.toBe(before);
        program.kill('SIGKILL');
        program = await startJumpoint(own);
        await hold.letGo({ died: false });
        await until('the next attempt', async () => {
          await pausePasses(id);
          return (await site.standing(id)).state === 'done';
        });
        await endedWell(id, user, type);
      } finally {
        program.kill('SIGKILL');
        await own.stop();
      }
    },
    60_000,
  );
});

describe.runIf(canMakeUsers)('two processes', () => {
  beforeAll(() => restarted);

  it('change a password once, by the one that has the Jumpoint', async () => {
    const users = await Promise.all([aUser(), aUser(), aUser()]);
    const ids = await Promise.all(users.map((user) => anAccount('username_password', user)));
    await Promise.all([...ids, ...ids].map((id) => site.rotate(id)));
    for (const [index, id] of ids.entries()) await endedWell(id, users[index]!, 'username_password');
    const rows = await database.sql`select attempts from vault_rotation where account_id = any(${ids})`;
    expect(rows.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  }, 60_000);

  it('change one through the Jumpoint that comes with the appliance', async () => {
    const user = await aUser();
    const [local] = await site.get('GET', '/jumpoint?code_name=local');
    const endpoint = await site.endpoint(local.id, sshd.port, await sshd.hostKey());
    for (const type of ['username_password', 'ssh']) {
      const id = await anAccount(type, user);
      await site.get('PATCH', `/vault/account/${id}`, { endpoint_id: endpoint });
      await site.rotate(id);
      await endedWell(id, user, type);
    }
  }, 60_000);

  it('read host keys wherever the Jumpoint is connected', async () => {
    await carrier();
    for (const server of servers) {
      const headers = await signIn(server.url, 'admin', ADMIN_PASSWORD);
      const call = caller(server.url, async () => headers);
      const seen = await ok(call(`/api/config/v1/vault/endpoint/${endpointId}/host-key`, { method: 'POST' }));
      expect(seen.standing).toBe('same');
    }
  });
});

async function startJumpoint({ jumpointId, stateDir }: LiveJumpoint): Promise<ChildProcess> {
  const program = spawn(join(ROOT, 'node_modules/node/bin/node'), ['agents/jumpoint/main.ts', 'run'], {
    cwd: ROOT,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, BRIDGEHEAD_JUMPOINT_STATE: stateDir },
  });
  await carrier(jumpointId);
  return program;
}
