import { execFile } from 'node:child_process';
import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShellTarget } from '../../agents/control-protocol.ts';
import {
  type CredentialPackage,
  channelCredentialContext,
  packageBytes,
} from '../../agents/credential-package.ts';
import { enrol } from '../../agents/jumpoint/enrolment.ts';
import { IdentityStore } from '../../agents/jumpoint/identity-store.ts';
import { type RunningJumpoint, runJumpoint } from '../../agents/jumpoint/run-jumpoint.ts';
import { seal } from '../../agents/sealed-box.ts';
import { JumpointSite, type RelayEnd } from '../support/jumpoint-site.ts';
import { codeServer, liar, recordingServer, sendBanners } from '../support/odd-ssh-servers.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import { canMakeUsers, type TestUser, testUser } from '../support/test-user.ts';

const run = promisify(execFile);
const PASSPHRASE = 'planted-passphrase';

let site: JumpointSite;
let jumpoint: RunningJumpoint;
let stateDir: string;
let files: string;
let sshd: TestSshd;
let logged = '';

const file = (name: string) => join(files, name);
const text = (name: string) => readFile(file(name), 'utf8');
const keygen = (...words: string[]) => run('ssh-keygen', ['-q', ...words]);

beforeAll(async () => {
  [site, stateDir, files] = await Promise.all([
    JumpointSite.start(),
    mkdtemp(join(tmpdir(), 'bridgehead-jumpoint-')),
    mkdtemp(join(tmpdir(), 'bridgehead-keys-')),
  ]);
  await Promise.all([
    keygen('-t', 'ed25519', '-N', '', '-f', file('ca')),
    keygen('-t', 'ed25519', '-a', '20', '-N', PASSPHRASE, '-f', file('ed25519')),
    keygen('-t', 'ecdsa', '-b', '384', '-N', '', '-f', file('ecdsa')),
    keygen('-t', 'rsa', '-b', '2048', '-N', '', '-m', 'PEM', '-f', file('rsa')),
    keygen('-t', 'ed25519', '-N', '', '-f', file('stranger')),
    enrol(new IdentityStore(stateDir), { token: site.enrolmentToken(), version: 'test' }),
  ]);
  const log = pino(
    { level: 'trace' },
    {
      write(line: string) {
        logged += line;
      },
    },
  );
  jumpoint = await runJumpoint({ stateDir, log });
  sshd = await testSshd(async (directory) => {
    await copyFile(file('ca.pub'), join(directory, 'ca.pub'));
    return [`TrustedUserCAKeys ${join(directory, 'ca.pub')}`];
  });
  await Promise.all(['ed25519', 'ecdsa', 'rsa'].map((name) => sshd.authorise(`${name}.pub`, files)));
  await site.connected();
});

afterAll(async () => {
  await jumpoint?.stop();
  await Promise.all([site?.stop(), sshd?.stop()]);
  for (const directory of [stateDir, files]) await rm(directory, { recursive: true, force: true });
});

const target = (): Partial<ShellTarget> => ({ port: sshd.port, username: sshd.username });

/** A jump with a credential; the host key is unknown and accepted. */
async function jump(
  where: Partial<ShellTarget>,
  credential: CredentialPackage,
  more: { keep_username?: boolean; username?: string } = {},
): Promise<RelayEnd> {
  const relay = await site.jump(where, {
    credential: { name: 'planted account', keep_username: more.keep_username === true },
  });
  const prompt = await relay.prompt();
  expect(prompt.kind).toBe('host-key');
  expect(relay.messages.some(({ t }) => t === 'credential-wanted')).toBe(false);
  await relay.answer(prompt, { choice: 'once' });
  await relay.wanted();
  give(relay, credential, more.username);
  return relay;
}

function give(relay: RelayEnd, credential: CredentialPackage, username = ''): void {
  const sealed = seal(site.sealingKey, channelCredentialContext(relay.channelId), packageBytes(credential));
  relay.send({ t: 'credential', sealed, username });
}

async function opens(relay: RelayEnd, username?: string): Promise<void> {
  const connected = await relay.connected();
  if (username !== undefined) expect(connected).toMatchObject({ username });
  expect(await relay.credentialUse()).toMatchObject({ ok: true });
  relay.type('echo works-$((40+2))\r');
  await relay.shows(/works-42/);
  expect(relay.messages.some(({ t }) => t === 'prompt')).toBe(false);
  relay.close();
}

async function refusal(relay: RelayEnd): Promise<string> {
  const use = await relay.credentialUse();
  expect(use.ok).toBe(false);
  const refused = await relay.refused();
  expect(refused.message).toBe(use.reason);
  // Nobody is asked for another one.
  expect(relay.messages.some(({ t }) => t === 'prompt')).toBe(false);
  return refused.message;
}

describe('private keys', () => {
  it.each([
    ['ed25519 behind a passphrase', 'ed25519', PASSPHRASE],
    ['ecdsa', 'ecdsa', undefined],
    ['rsa in PEM', 'rsa', undefined],
  ])('%s', async (_what, name, passphrase) => {
    const key = await text(name);
    await opens(await jump(target(), { private_key: key, ...(passphrase && { passphrase }) }));
  });

  it('are refused in words when the target does not know them, and when they cannot be used', async () => {
    expect(await refusal(await jump(target(), { private_key: await text('stranger') }))).toContain(
      'private key of “planted account” was not accepted',
    );
    const wrong = { private_key: await text('ed25519'), passphrase: 'wrong' };
    expect(await refusal(await jump(target(), wrong))).toContain('passphrase does not open');
    // Nobody may hold up the others with a key that takes hours to open.
    const rounds = Buffer.from((await text('ed25519')).replace(/-----[A-Z ]+-----/g, ''), 'base64');
    rounds.writeUInt32BE(2_000_000, rounds.indexOf(Buffer.from([0, 0, 0, 20])));
    const endless = `-----BEGIN OPENSSH PRIVATE KEY-----\n${rounds.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
    const never = await jump(target(), { private_key: endless, passphrase: PASSPHRASE });
    expect(await refusal(never)).toContain('takes 2000000 rounds to open');
  });
});

describe('certificates', () => {
  const sign = async (name: string, ...options: string[]) => {
    await copyFile(file(`${name}.pub`), file(`${name}-cut.pub`));
    const identity = ['-I', 'test', '-n', sshd.username];
    await run('ssh-keygen', ['-q', '-s', file('ca'), ...identity, ...options, file(`${name}-cut.pub`)]);
    return await text(`${name}-cut-cert.pub`);
  };

  it.each(['ed25519', 'ecdsa', 'rsa'])(
    'of %s keys open targets that trust the authority alone',
    async (kind) => {
      const bits = kind === 'rsa' ? ['-b', '2048'] : [];
      await keygen('-t', kind, ...bits, '-N', '', '-f', file(`only-${kind}`));
      const certificate = await sign(`only-${kind}`);
      await opens(await jump(target(), { private_key: await text(`only-${kind}`), certificate }));
    },
  );

  it('that have expired, or are for somebody else, are refused', async () => {
    const private_key = await text('stranger');
    const expired = await sign('stranger', '-V', '20200101:20200102');
    expect(await refusal(await jump(target(), { private_key, certificate: expired }))).toContain(
      'Neither the certificate of “planted account” nor its key',
    );
    const other = await sign('stranger', '-n', 'somebody-else');
    await refusal(await jump(target(), { private_key, certificate: other }));
  });

  it('of another key are told apart before anything is offered', async () => {
    const certificate = await sign('ecdsa');
    const message = await refusal(await jump(target(), { private_key: await text('stranger'), certificate }));
    expect(message).toContain('certificate is for another key');
  });
});

describe.runIf(canMakeUsers)('passwords', () => {
  let user: TestUser;
  let pam: TestSshd;
  beforeAll(async () => {
    [user, pam] = await Promise.all([
      testUser(),
      testSshd(['UsePAM yes', 'KbdInteractiveAuthentication yes', 'PasswordAuthentication no']),
    ]);
  });
  afterAll(() => Promise.all([user.remove(), pam.stop()]));

  it('are given by the method password, and to the hidden question of keyboard-interactive', async () => {
    const { username, password } = user;
    await opens(await jump({ ...target(), username }, { password }));
    await opens(await jump({ ...target(), port: pam.port, username }, { password }));
  });

  it('that are wrong end the jump', async () => {
    const { username } = user;
    const wrong = { password: 'planted-wrong' };
    expect(await refusal(await jump({ ...target(), username }, wrong))).toContain('was not accepted for');
    expect(await refusal(await jump({ port: pam.port, username }, wrong))).toContain('were not accepted for');
  });

  it('go with the login name of the credential, unless one was given by hand', async () => {
    const { username, password } = user;
    // Whoever works there is told as whom.
    await opens(await jump({ ...target(), username: 'nobody' }, { username, password }), username);
    await opens(await jump({ ...target(), username: 'nobody' }, { password }, { username }));
    const kept = { username: 'nobody', password };
    await opens(await jump({ ...target(), username }, kept, { keep_username: true }));
  });

  it('are not offered where only keys are taken', async () => {
    const strict = await testSshd(['PasswordAuthentication no', 'KbdInteractiveAuthentication no']);
    const relay = await jump({ ...target(), port: strict.port }, { password: 'planted-unused' });
    expect(await refusal(relay)).toContain('does not take what the credential “planted account” holds');
    await strict.stop();
  });

  it('follow a key where the target wants both', async () => {
    const both = await testSshd(async (directory) => {
      await writeFile(join(directory, 'known'), await text('ecdsa.pub'));
      return [
        'AuthenticationMethods publickey,password',
        `AuthorizedKeysFile ${join(directory, 'known')}`,
        'KbdInteractiveAuthentication no',
      ];
    });
    const { username, password } = user;
    const where = { port: both.port, username };
    const private_key = await text('ecdsa');
    await opens(await jump(where, { private_key, password }));
    expect(await refusal(await jump(where, { private_key }))).toContain('also wants password');
    await both.stop();
  });
});

it('lets the representative answer what the credential does not', async () => {
  const server = await codeServer(await text('ecdsa'));
  const relay = await jump({ port: server.port, username: 'kim' }, { password: 'planted-first' });
  const prompt = await relay.prompt();
  expect(prompt).toMatchObject({ kind: 'keyboard-interactive', prompts: [{ label: 'Code: ', echo: true }] });
  await relay.answer(prompt, { values: ['123456'] });
  await relay.connected();
  expect(server.heard).toEqual(['planted-first', '123456']);
  relay.close();
  server.stop();
});

it('shows a few banners of a target that sends them without end', async () => {
  const server = new ssh2.Server({ hostKeys: [await text('ecdsa')] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method === 'none') sendBanners(client, 1_000);
      context.reject(['password']);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as { port: number };
  const relay = await jump({ port, username: 'kim' }, { password: 'planted-flooded' });
  await refusal(relay);
  const shown = relay.messages.filter((one) => one.t === 'status' && one.detail?.includes('flood'));
  expect(shown).toHaveLength(20);
  server.close();
});

it('answers the first hidden question with the password, and no further one', async () => {
  const heard: string[] = [];
  const target = await liar(await text('ecdsa'), (context) => {
    if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
    context.prompt([{ prompt: 'Password: ', echo: false }], '', '', (first) => {
      heard.push(...first);
      context.prompt([{ prompt: 'Password: ', echo: false }], '', '', (second) => {
        heard.push(...second);
        context.reject(['keyboard-interactive', 'password']);
      });
    });
  });
  const relay = await jump({ port: target.port, username: 'kim' }, { password: 'planted-once' });
  const prompt = await relay.prompt();
  expect(prompt).toMatchObject({ kind: 'keyboard-interactive', prompts: [{ label: 'Password: ' }] });
  await relay.answer(prompt, { values: ['typed'] });
  expect((await relay.refused()).message).toContain('were not accepted');
  expect(heard).toEqual(['planted-once', 'typed']);
  target.stop();
});

it('lets the representative answer what is asked before the password, and says that nothing was given yet', async () => {
  const heard: string[] = [];
  const target = await liar(await text('ecdsa'), (context) => {
    if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
    context.prompt([{ prompt: 'Code: ', echo: true }], '', '', (code) => {
      context.prompt([{ prompt: 'Password: ', echo: false }], '', '', (password) => {
        heard.push(...code, ...password);
        context.reject([]);
      });
    });
  });
  const relay = await jump({ port: target.port, username: 'kim' }, { password: 'planted-second' });
  const prompt = await relay.prompt();
  expect(prompt.title).toBe('127.0.0.1 asks to sign in kim');
  await relay.answer(prompt, { values: ['123456'] });
  await relay.refused();
  expect(heard).toEqual(['123456', 'planted-second']);
  target.stop();
});

it('says so when the target hangs up in the middle', async () => {
  const target = await liar(await text('ecdsa'), (context, client) => {
    if (context.method === 'none') context.reject(['password']);
    else client.end();
  });
  const relay = await jump({ port: target.port, username: 'kim' }, { password: 'planted-cut' });
  expect(await refusal(relay)).toContain('127.0.0.1');
  target.stop();
});

it('tells nobody that a credential was used where the target lets everybody in', async () => {
  const target = await liar(await text('ecdsa'), (context, client) => {
    context.accept();
    client.on('session', (accept) => {
      const session = accept();
      session.on('pty', (acceptPty) => acceptPty());
      session.on('shell', (acceptShell) => acceptShell().write('welcome\r\n'));
    });
  });
  const relay = await jump({ port: target.port, username: 'kim' }, { password: 'planted-none' });
  await relay.connected();
  await relay.shows(/welcome/);
  expect(relay.messages.some(({ t }) => t === 'credential-used')).toBe(false);
  relay.close();
  target.stop();
});

it('lets nobody choose another password when the target calls it expired', async () => {
  const server = new ssh2.Server({ hostKeys: [await text('ecdsa')] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method === 'password') context.requestChange('Your password has expired.', () => undefined);
      else context.reject(['password']);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as { port: number };
  const relay = await jump({ port, username: 'kim' }, { password: 'planted-expired' });
  expect(await refusal(relay)).toContain('has expired on 127.0.0.1');
  server.close();
});

it('never sends a credential to a target whose host key changed or was not accepted', async () => {
  const liar = await recordingServer(await text('ecdsa'));
  const place = `[127.0.0.1]:${liar.port}`;
  const other = (await text('ca.pub')).split(' ').slice(0, 2).join(' ');
  await appendFile(join(stateDir, 'known_hosts'), `${place} ${other}\n`);
  const credential = { name: 'planted account', keep_username: false };
  const changed = await site.jump({ port: liar.port, username: 'root' }, { credential });
  expect(await changed.refused()).toMatchObject({ code: 'host-key-changed' });
  await rm(join(stateDir, 'known_hosts'));
  const refused = await site.jump({ port: liar.port, username: 'root' }, { credential });
  await refused.answer(await refused.prompt(), { choice: 'abort' });
  expect(await refused.refused()).toMatchObject({ code: 'host-key-refused' });
  for (const relay of [changed, refused])
    expect(relay.messages.some(({ t }) => t === 'credential-wanted' || t === 'credential-used')).toBe(false);
  expect(liar.attempts).toEqual([]);
  liar.stop();
});

it('refuses what was sealed for another channel, and injects nothing into Telnet', async () => {
  const relay = await site.jump(target(), { credential: { name: 'planted account', keep_username: false } });
  await relay.answer(await relay.prompt(), { choice: 'once' });
  await relay.wanted();
  const elsewhere = channelCredentialContext('another channel');
  const sealed = seal(site.sealingKey, elsewhere, packageBytes({ password: 'planted-elsewhere' }));
  relay.send({ t: 'credential', sealed, username: '' });
  expect(await relay.refused()).toMatchObject({ code: 'credential-unavailable' });
  expect(await relay.credentialUse()).toMatchObject({ ok: false });
  const telnet = await site.jump(
    { ...target(), protocol: 'telnet' },
    { credential: { name: 'planted account', keep_username: false } },
  );
  expect(await telnet.refused()).toMatchObject({ code: 'credential-unavailable' });
});

it('never logs what it was given', () => {
  expect(logged).toContain('shell opened');
  for (const secret of ['planted-', PASSPHRASE, 'PRIVATE KEY', 'cert-v01', '/relay/'])
    expect(logged).not.toContain(secret);
});
