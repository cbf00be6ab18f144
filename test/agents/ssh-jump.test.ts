import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrol } from '../../agents/jumpoint/enrolment.ts';
import { IdentityStore } from '../../agents/jumpoint/identity-store.ts';
import { type RunningJumpoint, runJumpoint } from '../../agents/jumpoint/run-jumpoint.ts';
import { JumpointSite, type RelayEnd } from '../support/jumpoint-site.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import { canMakeUsers, type TestUser, testUser } from '../support/test-user.ts';

let site: JumpointSite;
let sshd: TestSshd;
let jumpoint: RunningJumpoint;
let stateDir: string;
let logged = '';

beforeAll(async () => {
  [site, sshd, stateDir] = await Promise.all([
    JumpointSite.start(),
    testSshd(),
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
  jumpoint = await runJumpoint({ stateDir, log });
  await site.connected();
});

afterAll(async () => {
  await jumpoint?.stop();
  await Promise.all([site?.stop(), sshd?.stop()]);
  await rm(stateDir, { recursive: true, force: true });
});

const target = () => ({ hostname: '127.0.0.1', port: sshd.port, username: sshd.username });

async function trustOnce(relay: RelayEnd): Promise<void> {
  const prompt = await relay.prompt();
  expect(prompt.kind).toBe('host-key');
  await relay.answer(prompt, { choice: 'once' });
}

async function signedIn(more: Parameters<JumpointSite['jump']>[0] = {}): Promise<RelayEnd> {
  const relay = await site.jump({ ...target(), ...more });
  await trustOnce(relay);
  await relay.answer(await relay.prompt(), { private_key: sshd.privateKey });
  await relay.connected();
  return relay;
}

describe('a shell over SSH', () => {
  it('runs what is typed, follows the window and tells the exit code', async () => {
    const relay = await signedIn();
    relay.type('stty size; echo term=$TERM\r');
    await relay.shows(/24 80[\s\S]*term=xterm\b/);
    relay.resize(132, 43);
    relay.type('stty size\r');
    await relay.shows(/43 132/);
    relay.type('exit 7\r');
    expect(await relay.exit()).toMatchObject({ code: 7 });
    await relay.ended();
  });

  it('tells the signal that ended the shell', async () => {
    const relay = await signedIn({ terminal: 'VT100' });
    relay.type('echo term=$TERM; kill -9 $$\r');
    await relay.shows(/term=vt100/);
    expect(await relay.exit()).toMatchObject({ code: null, signal: expect.stringContaining('KILL') });
  });

  it('slows the target down while the representative does not read, and loses nothing', async () => {
    const relay = await signedIn();
    const start = relay.outputBytes;
    relay.pause();
    relay.type('stty -opost -echo; head -c 20000000 /dev/zero | tr "\\0" x; echo END-OF-IT\r');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(process.memoryUsage().rss).toBeLessThan(600 * 1024 * 1024);
    relay.resume();
    await relay.shows(/xEND-OF-IT/);
    expect(relay.outputBytes - start).toBeGreaterThanOrEqual(20_000_000);
    relay.close();
  });

  it('hangs up when the representative goes, and says so when the target goes', async () => {
    const relay = await signedIn();
    relay.close();
    await expect.poll(() => jumpoint.channelCount).toBe(0);
    const other = await signedIn();
    sshd.dropConnections();
    expect(await other.exit()).toMatchObject({ code: null, message: expect.stringContaining('lost') });
  });

  it('goes on while the control connection is away, and ends when the server says so', async () => {
    const relay = await signedIn();
    site.dropProgram();
    relay.type('echo still-$((40+2))\r');
    await relay.shows(/still-42/);
    await site.connected();
    site.tell({ t: 'channel.close', channel_id: relay.channelId, reason: 'the session ended' });
    await relay.ended();
  });
});

describe('signing in', () => {
  it('opens an encrypted private key with its passphrase and explains a wrong one', async () => {
    const relay = await site.jump(target());
    await trustOnce(relay);
    const { privateKey, passphrase } = sshd.encryptedKey;
    await relay.answer(await relay.prompt(), { private_key: privateKey });
    const second = await relay.prompt();
    expect(second.text).toContain('give its passphrase');
    await relay.answer(second, { private_key: privateKey, passphrase: 'wrong' });
    const third = await relay.prompt();
    expect(third.text).toContain('does not open');
    await relay.answer(third, { private_key: privateKey, passphrase });
    await relay.connected();
    relay.close();
  });

  it('asks for the user name when the item has none, and refuses a strange key in words', async () => {
    const relay = await site.jump({ ...target(), username: '' });
    await trustOnce(relay);
    const name = await relay.prompt();
    expect(name.kind).toBe('username');
    await relay.answer(name, { username: sshd.username });
    await relay.answer(await relay.prompt(), { private_key: newRsaKey() });
    const again = await relay.prompt();
    expect(again.text).toContain('not accepted');
    await relay.answer(again, { private_key: sshd.privateKey });
    await relay.connected();
    relay.close();
  });

  it('can be cancelled', async () => {
    const relay = await site.jump(target());
    await trustOnce(relay);
    await relay.answer(await relay.prompt(), { cancel: true });
    expect(await relay.refused()).toMatchObject({
      code: 'authentication-failed',
      message: expect.stringContaining('cancelled'),
    });
    await relay.ended();
  });

  describe.runIf(canMakeUsers)('with a password', () => {
    let user: TestUser;
    beforeAll(async () => {
      user = await testUser();
    });
    afterAll(() => user.remove());

    it('says that a password was wrong and takes the right one', async () => {
      const relay = await site.jump({ ...target(), username: user.username });
      await trustOnce(relay);
      const first = await relay.prompt();
      expect(first.methods).toEqual(['password', 'private-key']);
      await relay.answer(first, { password: 'not it' });
      const second = await relay.prompt();
      expect(second.text).toContain('not accepted');
      await relay.answer(second, { password: user.password });
      await relay.connected();
      relay.type('id -un\r');
      await relay.shows(new RegExp(`[\\r\\n]${user.username}`));
      relay.close();
    });

    it('gives up in words after too many wrong passwords', async () => {
      const relay = await site.jump({ ...target(), username: user.username });
      await trustOnce(relay);
      const refused = relay.refused();
      void (async () => {
        for (;;) await relay.answer(await relay.prompt(), { password: 'wrong' });
      })().catch(() => undefined);
      expect((await refused).code).toBe('authentication-failed');
    });

    it('never logs what was typed', async () => {
      expect(logged).toContain('shell opened');
      for (const secret of [user.password, 'PRIVATE KEY', sshd.encryptedKey.passphrase, '/relay/', 'not it'])
        expect(logged).not.toContain(secret);
    });
  });

  it('passes every round of keyboard-interactive on', async () => {
    const server = await interactiveServer();
    const relay = await site.jump({ hostname: '127.0.0.1', port: server.port, username: 'kim' });
    await trustOnce(relay);
    const password = await relay.prompt();
    expect(password).toMatchObject({ prompts: [{ label: 'Password: ', echo: false }] });
    await relay.answer(password, { values: ['secret'] });
    const code = await relay.prompt();
    expect(code).toMatchObject({
      kind: 'keyboard-interactive',
      text: 'A code was sent to your phone.',
      prompts: [
        { label: 'Code: ', echo: true },
        { label: 'PIN: ', echo: false },
      ],
    });
    await relay.answer(code, { values: ['123456', '99'] });
    await relay.connected();
    await relay.shows(/welcome kim/);
    relay.close();
    server.stop();
  });
});

describe('host keys', () => {
  const known = () => readFile(join(stateDir, 'known_hosts'), 'utf8').catch(() => '');

  it('are shown with the fingerprint OpenSSH prints; abort ends the jump', async () => {
    const relay = await site.jump(target());
    const prompt = await relay.prompt();
    expect(prompt).toMatchObject({
      kind: 'host-key',
      algorithm: 'ssh-ed25519',
      fingerprint: await sshd.fingerprint(),
    });
    await relay.answer(prompt, { choice: 'abort' });
    expect((await relay.refused()).code).toBe('host-key-refused');
  });

  it('are asked for again after "connect only", not after "save", and refused loudly when changed', async () => {
    const once = await signedIn();
    once.close();
    expect(await known()).toBe('');

    const saving = await site.jump(target());
    await saving.answer(await saving.prompt(), { choice: 'save' });
    expect((await saving.prompt()).kind).toBe('credential');
    saving.close();
    expect(await known()).toContain(`[127.0.0.1]:${sshd.port} ssh-ed25519 `);
    expect((await stat(join(stateDir, 'known_hosts'))).mode & 0o777).toBe(0o600);

    const before = await sshd.fingerprint();
    const trusting = await site.jump(target());
    expect((await trusting.prompt()).kind).toBe('credential');
    trusting.close();

    await sshd.changeHostKey();
    const changed = await site.jump(target());
    const refusal = await changed.refused();
    expect(refusal.code).toBe('host-key-changed');
    expect(refusal.message).toContain(before);
    expect(refusal.message).toContain(await sshd.fingerprint());
    await rm(join(stateDir, 'known_hosts'));
  });
});

describe('targets that cannot be reached', () => {
  it('tells a closed port', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const relay = await site.jump({ hostname: '127.0.0.1', port });
    expect(await relay.refused()).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('refused the connection'),
    });
  });

  it('tells a name nobody knows', async () => {
    const relay = await site.jump({ hostname: 'no-such-host.invalid', port: 22 });
    expect(await relay.refused()).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('no-such-host.invalid'),
    });
  });

  it('does not look up an address that is written misleadingly', async () => {
    const relay = await site.jump({ ...target(), hostname: '127.1' });
    expect(await relay.refused()).toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('four decimal numbers'),
    });
  });

  it('tells a port that resets, and one that is no SSH server', async () => {
    const rude = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => rude.once('listening', resolve));
    const reset = await site.jump({ hostname: '127.0.0.1', port: (rude.address() as { port: number }).port });
    expect((await reset.refused()).code).toBe('unreachable');
    rude.close();
    const web = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad\r\n\r\n'));
    web.listen(0, '127.0.0.1');
    await new Promise((resolve) => web.once('listening', resolve));
    const wrong = await site.jump({ hostname: '127.0.0.1', port: (web.address() as { port: number }).port });
    expect(['unreachable', 'protocol-error']).toContain((await wrong.refused()).code);
    web.close();
  });
});

describe('access of the Jumpoint', () => {
  it('limited: compares resolved addresses with the ranges', async () => {
    const access = { mode: 'limited' as const, ranges: ['10.0.0.0/8'], provisioned: [] };
    const refused = await site.jump({ ...target(), hostname: 'localhost' }, { access });
    expect((await refused.refused()).code).toBe('not-allowed');
    const allowed = await site.jump(target(), { access: { ...access, ranges: ['127.0.0.1-127.0.0.9'] } });
    expect((await allowed.prompt()).kind).toBe('host-key');
    allowed.close();
  });

  it('provisioned: reaches listed systems only', async () => {
    const provisioned = (port: number) => ({
      access: { mode: 'provisioned' as const, ranges: [], provisioned: [{ hostname: '127.0.0.1', port }] },
    });
    expect((await (await site.jump(target(), provisioned(1))).refused()).code).toBe('not-allowed');
    const allowed = await site.jump(target(), provisioned(sshd.port));
    expect((await allowed.prompt()).kind).toBe('host-key');
    allowed.close();
  });

  it('never dials link-local addresses', async () => {
    const relay = await site.jump({ hostname: '169.254.169.254', port: 80 });
    expect(await relay.refused()).toMatchObject({ code: 'not-allowed' });
  });
});

function newRsaKey(): string {
  const encoding = { privateKeyEncoding: { type: 'pkcs1', format: 'pem' } } as const;
  const publicKeyEncoding = { type: 'pkcs1', format: 'pem' } as const;
  return generateKeyPairSync('rsa', { modulusLength: 2048, ...encoding, publicKeyEncoding }).privateKey;
}

/** A server that wants a password, then a code and a PIN, in two rounds of keyboard-interactive. */
async function interactiveServer(): Promise<{ port: number; stop(): void }> {
  const server = new ssh2.Server({ hostKeys: [newRsaKey()] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method !== 'keyboard-interactive') {
        context.reject(['keyboard-interactive']);
        return;
      }
      context.prompt([{ prompt: 'Password: ', echo: false }], 'Sign in', '', ([password]) => {
        if (password !== 'secret') {
          context.reject(['keyboard-interactive']);
          return;
        }
        context.prompt(
          [
            { prompt: 'Code: ', echo: true },
            { prompt: 'PIN: ', echo: false },
          ],
          '',
          '\x07A code was\0 sent to your phone.',
          (answers) => {
            if (answers.join() === '123456,99') context.accept();
            else context.reject(['keyboard-interactive']);
          },
        );
      });
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('pty', (acceptPty) => acceptPty());
      session.on('shell', (acceptShell) => acceptShell().write('welcome kim\r\n'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.address() as { port: number }).port, stop: () => server.close() };
}
