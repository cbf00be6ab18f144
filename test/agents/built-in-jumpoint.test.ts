import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BuiltInJumpoint, spawnBuiltInJumpoint } from '../../agents/jumpoint/built-in.ts';
import { builtInPermissions } from '../../agents/jumpoint/built-in-permissions.ts';
import { JumpointSite } from '../support/jumpoint-site.ts';
import { testSshd } from '../support/test-sshd.ts';
import { testTelnetd } from '../support/test-telnetd.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../agents/jumpoint/main.ts');

let dataDir: string;
let stateDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bridgehead-built-in-'));
  stateDir = join(dataDir, 'jumpoint');
  for (const name of ['site.key', 'database-credentials.json'])
    await writeFile(join(dataDir, name), 'secret');
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** What the confined program answers to each of these expressions: a value, or the code of its failure. */
async function confined(...expressions: string[]): Promise<string[]> {
  const script = `
    const fs = require('node:fs'), path = require('node:path');
    const [dataDir, stateDir] = process.argv.slice(1);
    const tries = [${expressions.map((one) => `() => ${one}`).join(',')}];
    console.log(JSON.stringify(tries.map((one) => { try { return String(one()); } catch (e) { return e.code; } })));`;
  const { stdout } = await run(process.execPath, [
    ...builtInPermissions(stateDir),
    '--eval',
    script,
    dataDir,
    stateDir,
  ]);
  return JSON.parse(stdout) as string[];
}

it('cannot read what belongs to the server, nor get round that', async () => {
  await mkdir(stateDir);
  await symlink(join(dataDir, 'site.key'), join(dataDir, 'other-name'));
  expect(
    await confined(
      "fs.readFileSync(path.join(dataDir, 'site.key'))",
      "fs.readFileSync(path.join(stateDir, '..', 'database-credentials.json'))",
      "fs.readFileSync(path.join(dataDir, 'other-name'))",
      "fs.symlinkSync(path.join(dataDir, 'site.key'), path.join(stateDir, 'link'))",
      "fs.linkSync(path.join(dataDir, 'site.key'), path.join(stateDir, 'link'))",
      "fs.copyFileSync(path.join(dataDir, 'site.key'), path.join(stateDir, 'copy'))",
      'fs.readdirSync(dataDir)',
      "fs.readFileSync('/proc/' + process.ppid + '/environ')",
      "fs.readFileSync('/etc/passwd')",
      "fs.writeFileSync(path.join(dataDir, 'new'), '')",
      "require('node:child_process').execFileSync('cat', [path.join(dataDir, 'site.key')])",
      "new (require('node:worker_threads').Worker)('1', { eval: true })",
      "process.dlopen({ exports: {} }, '/nowhere.node')",
    ),
  ).toEqual([...Array(12).fill('ERR_ACCESS_DENIED'), 'ERR_DLOPEN_DISABLED']);
});

it('keeps its own state', async () => {
  expect(
    await confined(
      "fs.writeFileSync(path.join(stateDir, 'identity.json'), 'x')",
      "fs.readFileSync(path.join(stateDir, 'identity.json'))",
      'fs.mkdirSync(stateDir, { recursive: true })',
    ),
  ).toEqual(['undefined', 'x', 'undefined']);
});

it('refuses to run unconfined', async () => {
  const { fork } = await import('node:child_process');
  const child = fork(MAIN, ['--built-in'], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.on('data', (data) => {
    said += data;
  });
  expect((await once(child, 'close'))[0]).toBe(1);
  expect(said).toContain('--permission');
});

it('serves SSH and Telnet jumps under those limits, with a new list of refused addresses at once', async () => {
  const [site, sshd, telnetd] = await Promise.all([
    JumpointSite.start(),
    testSshd(),
    testTelnetd({ login: '/bin/sh' }),
  ]);
  let builtIn: BuiltInJumpoint | undefined;
  try {
    builtIn = spawnBuiltInJumpoint({
      stateDir,
      url: site.url,
      host: 'bridgehead.example',
      serverKey: site.serverPublicKey,
      enrolmentToken: async () => site.enrolmentToken(),
      log: pino({ level: 'silent' }),
    });
    await site.connected();
    expect(await readFile(`/proc/${builtIn.pid}/cmdline`, 'utf8')).toContain('--permission');

    const ssh = await site.jump({ hostname: 'localhost', port: sshd.port, username: sshd.username });
    await ssh.answer(await ssh.prompt(), { choice: 'save' });
    await ssh.answer(await ssh.prompt(), { private_key: sshd.privateKey });
    await ssh.connected();
    ssh.type('echo over-$((40+2))\r');
    await ssh.shows(/over-42/);
    ssh.type('exit\r');
    await ssh.exit();
    expect(await readFile(join(stateDir, 'known_hosts'), 'utf8')).toContain('localhost');

    const telnet = await site.jump({ protocol: 'telnet', hostname: '127.0.0.1', port: telnetd.port });
    await telnet.connected();
    telnet.type('echo over-$((40+3))\r');
    await telnet.shows(/over-43/);
    telnet.close();

    site.tell({ t: 'refuse', refuse: [{ address: '0.0.0.0', port: sshd.port }] });
    const refused = await site.jump({ hostname: 'localhost', port: sshd.port });
    expect(await refused.refused()).toMatchObject({ code: 'not-allowed' });
  } finally {
    await builtIn?.stop();
    await Promise.all([site.stop(), sshd.stop(), telnetd.stop()]);
  }
});

it('is started again after it could not be started', async () => {
  // A file stands where the state directory should be.
  await writeFile(stateDir, '');
  const site = await JumpointSite.start();
  const builtIn = spawnBuiltInJumpoint({
    stateDir,
    url: site.url,
    host: 'bridgehead.example',
    serverKey: site.serverPublicKey,
    enrolmentToken: async () => site.enrolmentToken(),
    log: pino({ level: 'silent' }),
  });
  try {
    expect(builtIn.pid).toBeUndefined();
    await rm(stateDir);
    await site.connected();
  } finally {
    await builtIn.stop();
    await site.stop();
  }
});
