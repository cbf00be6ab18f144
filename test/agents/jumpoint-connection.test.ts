import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ShellTarget } from '../../agents/control-protocol.ts';
import { addressRefusal, hostNameRefusal } from '../../agents/jumpoint/address-rules.ts';
import { type BuiltInJumpoint, spawnBuiltInJumpoint } from '../../agents/jumpoint/built-in.ts';
import { enrol } from '../../agents/jumpoint/enrolment.ts';
import { fingerprint, HostKeys } from '../../agents/jumpoint/host-keys.ts';
import { IdentityStore } from '../../agents/jumpoint/identity-store.ts';
import { type RunningJumpoint, runJumpoint } from '../../agents/jumpoint/run-jumpoint.ts';
import { JumpointSite } from '../support/jumpoint-site.ts';

const log = pino({ level: 'silent' });
const backOff = { shortest: 50, longest: 200, lasting: 200 };

let site: JumpointSite;
let stateDir: string;
let store: IdentityStore;
let running: RunningJumpoint | undefined;
let builtIn: BuiltInJumpoint | undefined;

beforeEach(async () => {
  site = await JumpointSite.start();
  stateDir = await mkdtemp(join(tmpdir(), 'bridgehead-jumpoint-'));
  store = new IdentityStore(stateDir);
});

afterEach(async () => {
  await running?.stop();
  await builtIn?.stop();
  running = undefined;
  builtIn = undefined;
  await site.stop();
  await rm(stateDir, { recursive: true, force: true });
});

const enrolled = (token = site.enrolmentToken()) => enrol(store, { token, version: '1' });

describe('enrolment', () => {
  it('keeps keys that only their owner can read', async () => {
    const identity = await enrolled();
    expect((await stat(join(stateDir, 'identity.json'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(stateDir, 'identity.json'), 'utf8')).toContain('PRIVATE KEY');
    expect((await store.read())?.jumpointNodeId).toBe(identity.jumpointNodeId);
  });

  it('says what the server says about a used token and writes nothing', async () => {
    const token = site.enrolmentToken();
    await enrolled(token);
    const other = new IdentityStore(join(stateDir, 'other'));
    await expect(enrol(other, { token, version: '1' })).rejects.toThrow('used before');
    expect(await other.read()).toBeUndefined();
  });

  it('refuses a server that does not hold the key of the token', async () => {
    const token = site.enrolmentToken();
    site.changeServerKey();
    await expect(enrolled(token)).rejects.toThrow('not the one');
    expect(await store.read()).toBeUndefined();
  });

  it('does not run without an identity, nor with a damaged one', async () => {
    await expect(runJumpoint({ stateDir, log })).rejects.toThrow('enrol this program first');
    await enrolled();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(stateDir, 'identity.json'), '{');
    await expect(runJumpoint({ stateDir, log })).rejects.toThrow('damaged');
  });
});

describe('the control connection', () => {
  it('comes back after it was lost', async () => {
    await enrolled();
    running = await runJumpoint({ stateDir, log, backOff });
    await site.connected();
    site.dropProgram();
    await site.connected();
    expect(site.connections).toBe(2);
  });

  it('finds another URL of the site when the first is gone', async () => {
    const other = await JumpointSite.start();
    await enrolled();
    site.urls = [other.url];
    running = await runJumpoint({ stateDir, log, backOff });
    await site.connected();
    await expect.poll(async () => (await store.read())?.urls).toContain(other.url);
    other.adopt(site);
    await site.stop();
    await other.connected();
    await running.stop();
    await other.stop();
    site = await JumpointSite.start();
  });

  it('turns its back on a server without the pinned key', async () => {
    await enrolled();
    site.changeServerKey();
    running = await runJumpoint({ stateDir, log, backOff });
    await expect.poll(() => site.connections).toBeGreaterThan(1);
    expect(running.connected).toBe(false);
  });

  it('reports a key the server does not know', async () => {
    await enrolled();
    site.forgetPrograms();
    running = await runJumpoint({ stateDir, log, backOff });
    expect(await running.refused).toMatchObject({ code: 4401 });
  });

  it('stays once it is welcome', async () => {
    await enrolled();
    running = await runJumpoint({ stateDir, log, backOff, handshakeMs: 200 });
    await site.connected();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(running.connected).toBe(true);
    expect(site.connections).toBe(1);
  });

  it('notices a server that went silent', async () => {
    await enrolled();
    site.heartbeatSeconds = 1;
    running = await runJumpoint({ stateDir, log, backOff });
    await site.connected();
    site.freezeProgram();
    await expect.poll(() => site.connections, { timeout: 8_000 }).toBe(2);
  });

  it('tells the server when it cannot join a relay', async () => {
    await enrolled();
    running = await runJumpoint({ stateDir, log, backOff });
    await site.connected();
    site.tell({
      t: 'channel.open',
      channel_id: 'c1',
      lsid: 'l1',
      kind: 'terminal',
      relay_url: 'ws://127.0.0.1:1/relay/secret-ticket',
      target: { protocol: 'ssh', hostname: 'h', port: 22, username: '', terminal: 'xterm', keep_alive: 0 },
      size: { columns: 80, rows: 24 },
      access: { mode: 'open', ranges: [], provisioned: [] },
    });
    await expect.poll(() => site.refusals).toHaveLength(1);
    expect(site.refusals[0]).toMatchObject({ channel_id: 'c1' });
    expect(site.refusals[0]?.reason).not.toContain('secret-ticket');
  });
});

describe('the built-in Jumpoint', () => {
  it('enrols by itself, comes back when killed, and is enrolled anew when its key is forgotten', async () => {
    builtIn = spawnBuiltInJumpoint({
      stateDir,
      url: site.url,
      host: 'bridgehead.example',
      serverKey: site.serverPublicKey,
      enrolmentToken: async () => site.enrolmentToken(),
      log,
    });
    await site.connected();
    const first = (await store.read())?.jumpointNodeId;
    site.forgetPrograms();
    site.dropProgram();
    await site.connected();
    expect((await store.read())?.jumpointNodeId).not.toBe(first);
    process.kill(builtIn.pid ?? 0, 'SIGKILL');
    site.dropProgram();
    await site.connected();
    expect(site.connections).toBe(3);
  });

  it('refuses the addresses its server names', async () => {
    const port = Number(new URL(site.url).port);
    site.refuse = [{ address: '0.0.0.0', port }];
    builtIn = spawnBuiltInJumpoint({
      stateDir,
      url: site.url,
      host: 'bridgehead.example',
      serverKey: site.serverPublicKey,
      enrolmentToken: async () => site.enrolmentToken(),
      log,
    });
    const relay = await site.jump({ hostname: 'localhost', port });
    expect(await relay.refused()).toMatchObject({ code: 'not-allowed' });
  });
});

describe('address rules', () => {
  it.each([
    '10.1',
    '2130706433',
    '0x7f000001',
    '0X7F.1',
    '010.0.0.1',
    '127.0.0.01',
    '127.0.1',
    '0x',
    '0177.0.0.1',
    '1.2.3.0x4',
  ])('refuse an address that is written misleadingly: %s', (hostname) => {
    expect(hostNameRefusal(hostname)).toContain('four decimal numbers');
  });

  it.each([
    '10.0.0.1',
    '::1',
    'fd00::7',
    '1password.example',
    '0x7f.example',
    'host1',
    '10.in-addr.arpa',
    '4.com',
  ])('look up what is a name or an address: %s', (hostname) => {
    expect(hostNameRefusal(hostname)).toBeUndefined();
  });

  const target = { hostname: 'h', port: 22 } as ShellTarget;
  const limited = (...ranges: string[]) => ({ mode: 'limited' as const, ranges, provisioned: [] });

  it.each([
    ['10.1.2.3', limited('10.0.0.0/8'), true],
    ['11.1.2.3', limited('10.0.0.0/8'), false],
    ['10.0.0.7', limited('10.0.0.5-10.0.0.9'), true],
    ['10.0.0.10', limited('10.0.0.5-10.0.0.9'), false],
    ['::ffff:10.0.0.7', limited('10.0.0.7'), true],
    ['fd00::7', limited('fd00::/64'), true],
    ['fd00::7', limited('0.0.0.0/0'), false],
    ['fe80::1', limited('::/0'), false],
    ['::ffff:169.254.1.1', { ...limited(), mode: 'open' as const }, false],
    ['0.0.0.0', { ...limited(), mode: 'open' as const }, false],
    ['10.0.0.1', limited('nonsense'), false],
  ])('%s with %j: %s', (address, access, allowed) => {
    expect(addressRefusal(address, target, access, []) === undefined).toBe(allowed);
  });

  it('compare refused addresses in every spelling', () => {
    const open = { mode: 'open' as const, ranges: [], provisioned: [] };
    const refusal = (address: string, refused: string, port = 22) =>
      addressRefusal(address, target, open, [{ address: refused, port }]);
    expect(refusal('::ffff:10.0.0.1', '10.0.0.1')).toBeDefined();
    expect(refusal('10.0.0.1', '10.0.0.1', 23)).toBeUndefined();
    expect(refusal('10.0.0.1', '10.0.0.1', 0)).toBeDefined();
    expect(refusal('127.0.0.9', '0.0.0.0')).toBeDefined();
    expect(refusal('::1', '::')).toBeDefined();
  });
});

describe('saved host keys', () => {
  it('survive many writers and a torn last line', async () => {
    const { appendFile } = await import('node:fs/promises');
    const key = (n: number) => ({ algorithm: 'ssh-ed25519', blob: Buffer.from(`key-${n}`) });
    const writers = Array.from({ length: 20 }, () => new HostKeys(stateDir));
    await Promise.all(writers.map((writer, n) => writer.save(`host${n}`, 22, key(n))));
    await appendFile(join(stateDir, 'known_hosts'), 'torn ssh-ed25519 AAAA');
    await writers[0]?.save('After.Example', 2222, key(99));
    const reader = new HostKeys(stateDir);
    for (let n = 0; n < 20; n++)
      expect(await reader.check(`host${n}`, 22, key(n))).toEqual({ known: 'same' });
    expect(await reader.check('after.example', 2222, key(99))).toEqual({ known: 'same' });
    expect(await reader.check('after.example', 22, key(99))).toEqual({ known: 'no' });
    expect(await reader.check('host1', 22, key(2))).toMatchObject({ known: 'changed', keys: [key(1)] });
  });

  it('have the fingerprint OpenSSH prints', () => {
    expect(fingerprint(Buffer.from('abc'))).toBe('SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0');
  });
});
