import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { enrol } from '../../agents/jumpoint/enrolment.ts';
import { IdentityStore } from '../../agents/jumpoint/identity-store.ts';
import { type RunningJumpoint, runJumpoint } from '../../agents/jumpoint/run-jumpoint.ts';
import type { TaskSecrets } from '../../agents/task-protocol.ts';
import { JumpointSite } from '../support/jumpoint-site.ts';
import { endOfTask, giveTask, runTask } from '../support/jumpoint-task.ts';
import { newSshKey } from '../support/rotation-site.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import { canMakeUsers, type TestUser, testUser } from '../support/test-user.ts';

const run = promisify(execFile);

let site: JumpointSite;
let sshd: TestSshd;
let jumpoint: RunningJumpoint;
let stateDir: string;
let logged = '';

beforeAll(async () => {
  [site, sshd, stateDir] = await Promise.all([
    JumpointSite.start(),
    testSshd(['AuthorizedKeysFile .ssh/authorized_keys', 'Subsystem sftp internal-sftp']),
    mkdtemp(join(tmpdir(), 'bridgehead-jumpoint-')),
  ]);
  await enrol(new IdentityStore(stateDir), { token: site.enrolmentToken(), version: 'test' });
  const log = pino(
    { level: 'trace' },
    {
      write(line: string) {
        logged += line;
      },
    },
  );
  jumpoint = await runJumpoint({ stateDir, log, backOff: { shortest: 20, longest: 50, lasting: 50 } });
  await site.connected();
});

afterAll(async () => {
  await jumpoint?.stop();
  await Promise.all([site?.stop(), sshd?.stop()]);
  await rm(stateDir, { recursive: true, force: true });
});

const target = () => ({ hostname: '127.0.0.1', port: sshd.port });

async function anAccount(): Promise<TestUser> {
  const user = await testUser();
  onTestFinished(() => user.remove());
  return user;
}

function passwords(user: TestUser, next: string, current = user.password): TaskSecrets {
  return { username: user.username, current: { password: current }, next: { password: next } };
}

async function change(secrets: TaskSecrets, kind = 'ssh.change-password', port = sshd.port) {
  const order = { kind, target: { hostname: '127.0.0.1', port }, host_key: await sshd.hostKey() };
  return await runTask(site, order, secrets);
}

/** Whether the host lets this password in, asked by nobody of ours. */
async function signsIn(username: string, credential: { password?: string; privateKey?: string }) {
  const client = new ssh2.Client();
  return await new Promise<boolean>((resolve) => {
    client.on('ready', () => resolve(true)).on('error', () => resolve(false));
    client.connect({ host: '127.0.0.1', port: sshd.port, username, ...credential });
  }).finally(() => client.end());
}

describe('the host key', () => {
  it('is told to whoever asks', async () => {
    const done = await runTask(site, { kind: 'ssh.host-key', target: target() });
    expect(done).toMatchObject({ outcome: 'done', host_key: await sshd.hostKey() });
  });

  it('of a host that is down is not', async () => {
    const done = await runTask(site, { kind: 'ssh.host-key', target: { hostname: '127.0.0.1', port: 1 } });
    expect(done).toMatchObject({ outcome: 'unchanged', code: 'unreachable' });
    expect(done.detail).toContain('refused the connection');
  });

  it('of a place the Jumpoint may not reach is not', async () => {
    const done = await runTask(site, {
      kind: 'ssh.host-key',
      target: target(),
      access: { mode: 'limited', ranges: ['10.0.0.0/8'], provisioned: [] },
    });
    expect(done).toMatchObject({ outcome: 'unchanged', code: 'not-allowed' });
  });
});

describe('orders a program cannot follow', () => {
  it('are answered, and the connection stays', async () => {
    const unknown = await runTask(site, { kind: 'ssh.dance', target: target() });
    expect(unknown).toMatchObject({ outcome: 'unchanged', code: 'not-understood' });
    const order = { kind: 'ssh.change-password', target: target(), host_key: await sshd.hostKey() };
    const unsealed = await runTask(site, { ...order, sealed: 'AAAA' });
    expect(unsealed).toMatchObject({ outcome: 'unchanged', code: 'not-understood' });
    expect(site.connections).toBe(1);
  });
});

describe.runIf(canMakeUsers)('a password', () => {
  const NEXT = 'Kq7+wRz-mT4_xVh9.pLc2=Nd';

  it('is changed, and proved by signing in', async () => {
    const user = await anAccount();
    expect(await change(passwords(user, NEXT))).toMatchObject({
      outcome: 'done',
      phases: ['changed', 'verified'],
    });
    expect(await signsIn(user.username, { password: NEXT })).toBe(true);
    expect(await signsIn(user.username, { password: user.password })).toBe(false);
  });

  it.each(['/bin/sh', '/bin/bash', '/usr/bin/env'])('is changed whatever the shell (%s)', async (shell) => {
    const user = await anAccount();
    await run('usermod', ['--shell', shell, user.username]);
    const done = await change(passwords(user, NEXT));
    // The last one is no shell at all: it cannot run anything, and that is said.
    if (shell === '/usr/bin/env') expect(done).toMatchObject({ outcome: 'unchanged', code: 'unsupported' });
    else expect(done).toMatchObject({ outcome: 'done' });
  });

  it('that has expired is changed too', async () => {
    const user = await anAccount();
    await run('chage', ['-d', '0', user.username]);
    expect(await change(passwords(user, NEXT))).toMatchObject({ outcome: 'done' });
    expect(await signsIn(user.username, { password: NEXT })).toBe(true);
  });

  it('is changed where PAM asks for it', async () => {
    const user = await anAccount();
    const pam = await testSshd([
      'UsePAM yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication yes',
    ]);
    onTestFinished(() => pam.stop());
    const order = {
      kind: 'ssh.change-password',
      target: { ...target(), port: pam.port },
      host_key: await pam.hostKey(),
    };
    expect(await runTask(site, order, passwords(user, NEXT))).toMatchObject({ outcome: 'done' });
    const again = await runTask(site, order, passwords(user, NEXT));
    expect(again).toMatchObject({ outcome: 'unchanged', code: 'authentication-failed' });
  });

  it('that is wrong changes nothing', async () => {
    const user = await anAccount();
    const done = await change(passwords(user, NEXT, 'not the password'));
    expect(done).toMatchObject({ outcome: 'unchanged', code: 'authentication-failed', phases: [] });
    expect(done.detail).toContain(`does not accept the password of ${user.username}`);
    expect(await signsIn(user.username, { password: user.password })).toBe(true);
  });

  it('that the rules of the host refuse is told in its words', async () => {
    const user = await anAccount();
    const short = await change(passwords(user, 'abc'));
    expect(short).toMatchObject({ outcome: 'unchanged', code: 'refused' });
    expect(short.detail).toMatch(/You must choose a longer password/i);
    await run('chage', ['-m', '10', user.username]);
    const soon = await change(passwords(user, NEXT));
    expect(soon).toMatchObject({ outcome: 'unchanged', code: 'refused' });
    expect(soon.detail).toMatch(/You must wait longer to change your password/i);
    expect(await signsIn(user.username, { password: user.password })).toBe(true);
  });

  it('is not sent to a host with another key', async () => {
    const user = await anAccount();
    const other = await testSshd();
    onTestFinished(() => other.stop());
    const order = { kind: 'ssh.change-password', target: target(), host_key: await other.hostKey() };
    const done = await runTask(site, order, passwords(user, NEXT));
    expect(done).toMatchObject({
      outcome: 'unchanged',
      code: 'host-key-changed',
      host_key: await sshd.hostKey(),
    });
    expect(done.detail).toContain(await sshd.fingerprint());
  });

  it('whose change breaks off is found out about', async () => {
    const user = await anAccount();
    const proxy = await tcpProxy(() => sshd.port);
    onTestFinished(() => proxy.stop());
    const order = { kind: 'ssh.change-password', target: { ...target(), port: proxy.port } };
    const id = giveTask(site, { ...order, host_key: await sshd.hostKey() }, passwords(user, NEXT));
    await shadowChanges(user.username);
    proxy.open = false;
    proxy.cut();
    const done = await endOfTask(site, id);
    expect(done.outcome).toBe('unknown');
    const asked = await change(passwords(user, NEXT), 'ssh.verify');
    expect(asked).toMatchObject({ outcome: 'done', holds: 'next' });
  });

  it('is told by which one holds', async () => {
    const user = await anAccount();
    expect(await change(passwords(user, NEXT), 'ssh.verify')).toMatchObject({ holds: 'current' });
    const neither = passwords(user, NEXT, 'something else');
    expect(await change(neither, 'ssh.verify')).toMatchObject({ holds: 'neither' });
  });

  it('is changed by one task at a time, and told after the connection came back', async () => {
    const user = await anAccount();
    const order = { kind: 'ssh.change-password', target: target(), host_key: await sshd.hostKey() };
    const first = giveTask(site, order, passwords(user, NEXT));
    const second = giveTask(site, { ...order, kind: 'ssh.verify' }, passwords(user, NEXT));
    await shadowChanges(user.username);
    site.dropProgram();
    expect(await endOfTask(site, first)).toMatchObject({ outcome: 'done' });
    expect(await endOfTask(site, second)).toMatchObject({ holds: 'next' });
  });
});

describe.runIf(canMakeUsers)('a key', () => {
  it('is put in the place of the old one; the rest of the file, its owner and its mode stay', async () => {
    const { user, path, keys, secrets } = await withKeys();
    const before = await stat(path);
    const done = await change(secrets, 'ssh.change-key');
    expect(done).toMatchObject({ outcome: 'done', phases: ['changed', 'verified'] });
    expect(await readFile(path, 'utf8')).toBe(
      `# mine\nssh-rsa AAAAother bob\nno-pty ${keys.next.publicKey} of ${user.username}\n`,
    );
    const after = await stat(path);
    expect([after.mode, after.uid, after.gid]).toEqual([before.mode, before.uid, before.gid]);
    expect(await signsIn(user.username, { privateKey: keys.next.privateKey })).toBe(true);
    expect(await signsIn(user.username, { privateKey: keys.current.privateKey })).toBe(false);
    // Once more, as after a break: it is so already.
    expect(await change(secrets, 'ssh.change-key')).toMatchObject({ outcome: 'done' });
    expect(await change(secrets, 'ssh.verify')).toMatchObject({ holds: 'next' });
  });

  it('is changed behind a symbolic link, which stays', async () => {
    const { user, path, secrets } = await withKeys();
    const real = join(user.home, 'keys');
    await run('mv', [path, real]);
    await symlink('../keys', path);
    expect(await change(secrets, 'ssh.change-key')).toMatchObject({ outcome: 'done' });
    expect(await readFile(real, 'utf8')).toContain(secrets.next_public_key);
    expect((await run('readlink', [path])).stdout.trim()).toBe('../keys');
  });

  it('that the host does not take is taken out again', async () => {
    const { user, path, keys, secrets } = await withKeys();
    const before = await readFile(path, 'utf8');
    const wrong = { ...secrets, next: { private_key: (await newSshKey()).privateKey } };
    const done = await change(wrong, 'ssh.change-key');
    expect(done).toMatchObject({ outcome: 'unchanged', code: 'refused', phases: ['changed'] });
    expect(await readFile(path, 'utf8')).toBe(before);
    expect(await signsIn(user.username, { privateKey: keys.current.privateKey })).toBe(true);
  });

  it('that is not in the file cannot be changed, and nothing is', async () => {
    const { path, secrets } = await withKeys();
    const elsewhere = { ...secrets, current_public_key: (await newSshKey()).publicKey };
    const done = await change(elsewhere, 'ssh.change-key');
    expect(done).toMatchObject({ outcome: 'unchanged', code: 'unsupported' });
    expect(await readFile(path, 'utf8')).not.toContain(secrets.next_public_key);
  });

  it('in a file that belongs to somebody else stays', async () => {
    const { path, secrets } = await withKeys();
    const before = await readFile(path, 'utf8');
    await chown(path, 0, 0);
    await chmod(path, 0o644);
    const done = await change(secrets, 'ssh.change-key');
    expect(done).toMatchObject({ outcome: 'unchanged', code: 'refused' });
    expect(done.detail).toContain('belongs to somebody else');
    expect(await readFile(path, 'utf8')).toBe(before);
    expect((await run('ls', ['-A', join(path, '..')])).stdout.trim()).toBe('authorized_keys');
  });

  it('cannot be changed where the host has no SFTP', async () => {
    const { secrets } = await withKeys();
    const bare = await testSshd(['AuthorizedKeysFile .ssh/authorized_keys']);
    onTestFinished(() => bare.stop());
    const order = {
      kind: 'ssh.change-key',
      target: { ...target(), port: bare.port },
      host_key: await bare.hostKey(),
    };
    const done = await runTask(site, order, secrets);
    expect(done).toMatchObject({ outcome: 'unchanged', code: 'unsupported' });
    expect(done.detail).toContain('no SFTP');
  });
});

it('logs no secret', () => {
  expect(logged).toContain('task ended');
  for (const secret of SECRETS) expect(logged).not.toContain(secret);
});

const SECRETS = ['Kq7+wRz-mT4_xVh9.pLc2=Nd', 'PRIVATE KEY', 'pw-'];

/** An account that signs in with a key, and the key it is to get. */
async function withKeys() {
  const account = await anAccount();
  const { stdout } = await run('getent', ['passwd', account.username]);
  const [, , uid, gid, , home = ''] = stdout.split(':');
  const user = { ...account, home };
  const keys = { current: await newSshKey(), next: await newSshKey() };
  const directory = join(home, '.ssh');
  const path = join(directory, 'authorized_keys');
  await mkdir(directory, { mode: 0o700 });
  await writeFile(
    path,
    `# mine\nssh-rsa AAAAother bob\nno-pty ${keys.current.publicKey} of ${user.username}\n`,
    {
      mode: 0o640,
    },
  );
  for (const place of [directory, path]) await chown(place, Number(uid), Number(gid));
  const secrets: TaskSecrets = {
    username: user.username,
    current: { private_key: keys.current.privateKey },
    next: { private_key: keys.next.privateKey },
    current_public_key: keys.current.publicKey,
    next_public_key: keys.next.publicKey,
  };
  return { user, path, keys, secrets };
}

async function shadowChanges(username: string): Promise<void> {
  const shadow = async () => (await run('getent', ['shadow', username])).stdout;
  const before = await shadow();
  const deadline = Date.now() + 15_000;
  while ((await shadow()) === before) {
    if (Date.now() > deadline) throw new Error('The password does not change.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
