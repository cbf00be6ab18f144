import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startChromium } from '../browser/chromium.ts';
import { ok, until } from '../support/live-jumpoint.ts';
import { RotationSite } from '../support/rotation-site.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import {
  ADMIN_PASSWORD,
  type Caller,
  CLIENT_ID,
  CLIENT_SECRET,
  caller,
  signIn,
} from '../support/test-appliance.ts';
import { type TestKeePass, testKeePassXc } from '../support/test-keepassxc.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import { canMakeUsers, testUser } from '../support/test-user.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/node/bin/node');
const BH = join(ROOT, 'cli/bh.ts');
const API = '/api/config/v1';
const KEEPASS_PASSWORD = 'planted-keepass-master-5b1c';
const CHECKED_OUT = 'planted-checked-out-password-77d0';
const REFUSED = `planted-refused-${'x'.repeat(300)}`;

/**
 * A whole site as it is run: the server and two credential manager hosts in processes of their own, a KeePass file of
 * the real KeePassXC, a real SSH server. At the end everything that was written is searched for the secrets.
 */
describe('credentials of a KeePass file and of the vault, on a site of several processes', {
  timeout: 90_000,
}, () => {
  let dir: string;
  let server: ServerProcess;
  let sshd: TestSshd;
  let keepass: TestKeePass;
  let browser: Browser;
  let admin: Caller;
  const hosts: { process: ChildProcess; output: () => string; stateDir: string }[] = [];
  const printed: string[] = [];
  /** Looked for at the end, beside those known from the start. */
  const changed: string[] = [];
  let jumpointId: number;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bridgehead-story-'));
    [server, sshd, keepass, browser] = await Promise.all([
      startServerProcess({
        dataDir: join(dir, 'data'),
        env: {
          LOG_LEVEL: 'trace',
          BRIDGEHEAD_ADMIN_PASSWORD: ADMIN_PASSWORD,
          BRIDGEHEAD_API_CLIENT_ID: CLIENT_ID,
          BRIDGEHEAD_API_CLIENT_SECRET: CLIENT_SECRET,
        },
      }),
      testSshd((directory) => Promise.resolve([`TrustedUserCAKeys ${join(directory, 'authorities')}`])),
      testKeePassXc(),
      startChromium(),
    ]);
    const headers = await signIn(server.url, 'admin', ADMIN_PASSWORD);
    admin = caller(server.url, async () => headers);
    jumpointId = await builtInJumpoint();
    const group = await post('/jump-group', { name: 'Servers' });
    await post('/jump-item/shell-jump', {
      name: 'build host',
      hostname: '127.0.0.1',
      port: sshd.port,
      protocol: 'ssh',
      username: sshd.username,
      jumpoint_id: jumpointId,
      jump_group_id: group.id,
      jump_group_type: 'shared',
    });
    await keepass.create(
      'team.kdbx',
      [
        {
          title: 'build host',
          username: sshd.username,
          url: '127.0.0.1',
          attachments: { id_ed25519: sshd.privateKey },
        },
      ],
      { password: KEEPASS_PASSWORD },
    );
    await writeFile(join(dir, 'keepass.password'), `${KEEPASS_PASSWORD}\n`, { mode: 0o600 });
    await writeFile(join(dir, 'client.secret'), `${CLIENT_SECRET}\n`, { mode: 0o600 });
    await writeFile(
      join(dir, 'ecm.yaml'),
      `plugins:\n  safe:\n    plugin: keepass\n    settings:\n      file: ${keepass.path('team.kdbx')}\n      password: { file: ${join(dir, 'keepass.password')} }\n`,
    );
  }, 120_000);

  afterAll(async () => {
    for (const { process } of hosts) process.kill('SIGKILL');
    await browser?.close();
    server?.kill('SIGTERM');
    await server?.ended;
    await Promise.all([sshd?.stop(), keepass?.remove(), rm(dir, { recursive: true, force: true })]);
  });

  async function post(path: string, json: unknown): Promise<Record<string, unknown>> {
    return await ok(admin(API + path, { method: 'POST', json }));
  }

  async function builtInJumpoint(): Promise<number> {
    const found = async () =>
      (await ok(admin(`${API}/jumpoint?name=local`))) as unknown as { id: number; connected: boolean }[];
    await until(
      'the built-in Jumpoint to connect',
      async () => (await found())[0]?.connected === true,
      30_000,
    );
    return (await found())[0]!.id;
  }

  const bhEnvironment = () => ({ PATH: process.env.PATH ?? '', HOME: dir, XDG_CONFIG_HOME: join(dir, 'bh') });

  async function bh(
    args: string[],
    input = '',
  ): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const child = spawn(NODE, [BH, ...args], { env: bhEnvironment() });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const exitCode = await new Promise<number>((done) => child.once('close', (code) => done(code ?? -1)));
    printed.push(stdout, stderr);
    return { exitCode, stdout, stderr };
  }

  async function ecmHosts(): Promise<
    { id: number; name: string; state: string; connected_since: string | null }[]
  > {
    const answer = (await ok(admin(`${API}/ecm-host`))) as unknown;
    return (Array.isArray(answer) ? answer : (answer as { items: [] }).items) as never;
  }

  /** Enrols, approves and starts a host, and waits until it is connected. */
  async function startHost(name: string): Promise<void> {
    const stateDir = join(dir, name);
    await mkdir(stateDir, { mode: 0o700 });
    const enrolled = await bh([
      'ecm',
      'enrol',
      '--url',
      server.url,
      '--client-id',
      CLIENT_ID,
      '--client-secret-file',
      join(dir, 'client.secret'),
      '--name',
      name,
      '--state-dir',
      stateDir,
    ]);
    expect(enrolled.exitCode, enrolled.stderr).toBe(0);
    const child = spawn(
      NODE,
      [BH, 'ecm', 'run', '--config', join(dir, 'ecm.yaml'), '--state-dir', stateDir],
      {
        env: { ...bhEnvironment(), LOG_LEVEL: 'trace' },
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    hosts.push({ process: child, output: () => output, stateDir });
    const pending = (await ecmHosts()).find((host) => host.name === name);
    expect(pending).toMatchObject({ state: 'pending' });
    await post(`/ecm-host/${pending!.id}/approve`, {});
    await until(
      `${name} to connect`,
      async () => (await ecmHosts()).find((host) => host.name === name)?.connected_since != null,
      30_000,
    );
  }

  /** Chooses a credential in the console, works in the shell and ends the session. */
  async function jumpInBrowser(credential: RegExp, word: string, { newHost = false } = {}): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const signedIn = await context.request.post(`${server.url}${API}/sign-in`, {
      data: { username: 'admin', password: ADMIN_PASSWORD },
      headers: { origin: server.url },
    });
    expect(signedIn.ok()).toBe(true);
    const page = await context.newPage();
    await page.goto(`${server.url}/console?search=build+host`);
    await page.getByRole('button', { name: 'Jump to build host' }).click();
    const dialog = page.getByRole('dialog', { name: 'Choose a credential' });
    await dialog.getByRole('radio', { name: credential }).check();
    await dialog.getByRole('button', { name: 'Jump', exact: true }).click();
    if (newHost) await page.getByRole('button', { name: 'Save key and connect' }).click();
    await page.getByText('connected', { exact: true }).waitFor();
    await page.getByTestId('terminal').click();
    await page.keyboard.type(`echo $((6 * 7))-${word}\n`);
    await page.getByTestId('terminal').getByText(`42-${word}`).first().waitFor();
    await page.getByRole('button', { name: 'End the session' }).click();
    await page.getByTestId('session-ended').waitFor();
    await context.close();
  }

  it('jumps in a browser with an entry of the file, through a host elsewhere', async () => {
    await startHost('first');
    await startHost('second');
    await jumpInBrowser(/^build host/, 'from-keepass', { newHost: true });
  });

  it('gets the answer of the next host when the first is killed', async () => {
    const signedIn = await bh(['sign-in', server.url, '-u', 'admin'], `${ADMIN_PASSWORD}\n`);
    expect(signedIn.exitCode, signedIn.stderr).toBe(0);
    hosts[0]!.process.kill('SIGKILL');
    const shell = await bh(
      ['ssh', 'build host', '--credential', 'build host'],
      'echo next-$((40+2))\nexit 3\n',
    );
    expect([shell.exitCode, shell.stdout], shell.stderr).toEqual([3, expect.stringContaining('next-42')]);
  });

  it('jumps with a certificate that the vault signs for the session', async () => {
    const authority = await post('/vault/account', {
      type: 'ssh_ca',
      name: 'authority',
      username: sshd.username,
    });
    await post(`/vault/account/${authority.id}/user`, { user_id: 1, role: 'inject' });
    const authorities = join(sshd.privateKeyFile, '..', 'authorities');
    await writeFile(authorities, `${authority.public_key}\n`, { mode: 0o644 });
    const shell = await bh(
      ['ssh', 'build host', '--credential', 'authority'],
      'echo signed-$((40+2))\nexit 4\n',
    );
    expect([shell.exitCode, shell.stdout], shell.stderr).toEqual([4, expect.stringContaining('signed-42')]);
    await jumpInBrowser(/^authority/, 'signed-in-browser');
  });

  it.runIf(canMakeUsers)('changes a password on its host', async () => {
    const user = await testUser();
    onTestFinished(() => user.remove());
    const rotation = new RotationSite(admin);
    const endpoint = await rotation.endpoint(jumpointId, sshd.port, await sshd.hostKey());
    const { username, password } = user;
    const id = await rotation.account({ name: 'rotated', username, password, endpoint_id: endpoint });
    await rotation.get('POST', `/vault/account/${id}/user`, { user_id: 1, role: 'inject_and_checkout' });
    await rotation.rotate(id);
    await rotation.reaches(id, 'done');
    const { password: next = '' } = await rotation.secret(id);
    expect(next).not.toBe(password);
    expect(next.length).toBeGreaterThan(20);
    changed.push(password, next);
  });

  it('wrote no secret anywhere', async () => {
    const account = await post('/vault/account', {
      type: 'username_password',
      name: 'operator',
      username: 'operator',
      password: CHECKED_OUT,
    });
    await post(`/vault/account/${account.id}/user`, { user_id: 1, role: 'inject_and_checkout' });
    const secret = await ok(admin(`${API}/vault/account/${account.id}/check-out`, { method: 'POST' }));
    expect(secret).toMatchObject({ password: CHECKED_OUT });
    const refused = await admin(`${API}/vault/account`, {
      method: 'POST',
      json: { type: 'username_password', name: 'bad', username: 'bad', password: REFUSED },
    });
    expect(refused.status).toBe(422);
    printed.push(await refused.text());
    const exported = join(dir, 'exported');
    const written = await bh(['config', 'export', exported]);
    expect(written.exitCode, written.stderr).toBe(0);
    const report = '/api/reporting?generate_report=VaultAccountActivity&start_time=0&duration=0';
    for (const path of [`${API}/audit-event`, `${API}/session`, '/metrics', report]) {
      printed.push(await (await admin(path)).text());
    }
    const backup = await run(NODE, [BH, 'db', 'backup', join(dir, 'backup')], {
      env: { ...bhEnvironment(), BRIDGEHEAD_DATA_DIR: join(dir, 'data') },
    });
    printed.push(backup.stdout, backup.stderr);
    const hostEnded = once(hosts[1]!.process, 'exit');
    hosts[1]!.process.kill('SIGTERM');
    server.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    await hostEnded;

    const planted = [
      KEEPASS_PASSWORD,
      CHECKED_OUT,
      'planted-refused',
      ...changed,
      ...sshd.privateKey.trim().split('\n').slice(2, -2),
    ];
    const needles = planted.flatMap((text) => [
      text,
      Buffer.from(text).toString('base64').replace(/=+$/, ''),
      Buffer.from(text).toString('hex'),
    ]);
    const found: string[] = [];
    const look = (where: string, bytes: Buffer) => {
      for (const needle of needles)
        if (bytes.includes(needle)) found.push(`${where} holds ${needle.slice(0, 12)}`);
    };
    look('what programs printed', Buffer.from(printed.join('\n')));
    look('the log of the server', Buffer.from(server.output()));
    for (const [index, host] of hosts.entries())
      look(`the log of host ${index + 1}`, Buffer.from(host.output()));
    const places = ['data', 'backup', 'exported', 'bh', 'first', 'second'].map((name) => join(dir, name));
    let files = 0;
    for (const place of places) {
      for (const entry of await readdir(place, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        look(path, await readFile(path));
        files += 1;
      }
    }
    expect(found).toEqual([]);
    // The search itself works: what may be told was written and is found.
    expect(files).toBeGreaterThan(500);
    expect(server.output().includes('Jumpoint connected')).toBe(true);
    expect(printed.join('\n').includes('Credentials Checked Out')).toBe(true);
  });
});
