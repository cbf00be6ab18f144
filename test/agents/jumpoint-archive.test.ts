import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jumpointInstaller } from '../../agents/jumpoint/installer.ts';
import { JumpointSite } from '../support/jumpoint-site.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

let directory: string;
let site: JumpointSite;
let sshd: TestSshd;
let program: ChildProcess | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bridgehead-archive-'));
  [site, sshd] = await Promise.all([
    JumpointSite.start(),
    testSshd(),
    run(process.execPath, ['scripts/build.mjs', '--if-changed'], { cwd: root }),
  ]);
});

afterAll(async () => {
  program?.kill('SIGKILL');
  await Promise.all([site?.stop(), sshd?.stop()]);
  await rm(directory, { recursive: true, force: true });
});

it('installs on a host without this repository: unpack, enrol with the token inside, run, jump, stop', async () => {
  const { fileName, archive } = await jumpointInstaller(site.enrolmentToken());
  await writeFile(join(directory, fileName), archive);
  await run('tar', ['-xzf', fileName], { cwd: directory });
  const folder = join(directory, fileName.replace('.tgz', ''));
  for (const file of ['install.sh', 'README.md', 'bridgehead-jumpoint.service', 'jumpoint', 'jumpoint.js'])
    expect(existsSync(join(folder, file)), file).toBe(true);
  expect((await stat(join(folder, 'enrolment-token'))).mode & 0o777).toBe(0o600);

  const stateDir = join(directory, 'state');
  // The Node.js of the host, with nothing of this package in reach.
  const env = { PATH: process.env.PATH, BRIDGEHEAD_JUMPOINT_STATE: stateDir };
  const { stdout } = await run(join(folder, 'jumpoint'), ['enrol'], { cwd: folder, env });
  expect(stdout).toContain('Enrolled with Jumpoint "test"');

  program = spawn(join(folder, 'jumpoint'), ['run'], { cwd: directory, env, stdio: 'ignore' });
  const exited = new Promise((resolve) => program?.once('exit', resolve));
  const relay = await site.jump({ hostname: '127.0.0.1', port: sshd.port, username: sshd.username });
  await relay.answer(await relay.prompt(), { choice: 'save' });
  await relay.answer(await relay.prompt(), { private_key: sshd.privateKey });
  await relay.connected();
  relay.type('echo from-$((6*7))\r');
  await relay.shows(/from-42/);
  program.kill('SIGTERM');
  expect(await exited).toBe(0);
});

it('says what is wrong and changes nothing when the token is no good', async () => {
  const stateDir = join(directory, 'other');
  const jumpoint = join(root, 'agents/jumpoint/main.ts');
  const refused = run(process.execPath, [jumpoint, 'enrol', 'nonsense', '--state-dir', stateDir]);
  await expect(refused).rejects.toMatchObject({ code: 1, stderr: 'jumpoint: This is no enrolment token.\n' });
  expect(existsSync(stateDir)).toBe(false);
});
