import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawPublicKey } from '../../agents/handshake.ts';
import { unseal } from '../../agents/sealed-box.ts';
import type { CredentialSource } from '../../appliance/vault/credential-source.ts';
import { type Bh, makeBh, type RunningBh } from '../support/bh.ts';
import { liftRateLimits } from '../support/configuration-calls.ts';
import {
  adHocContext,
  approve,
  type EcmClient,
  ecmClient,
  revoke,
  showEcmHost,
} from '../support/live-ecm.ts';
import { until } from '../support/live-jumpoint.ts';
import {
  type Caller,
  CLIENT_ID,
  CLIENT_SECRET,
  type TestAppliance,
  testAppliance,
} from '../support/test-appliance.ts';

const ROOT = join(import.meta.dirname, '../..');
const signal = AbortSignal.timeout(120_000);
const find = { search: '', limit: 200, signal };
const jumpoint = generateKeyPairSync('x25519');
const recipient = { publicKey: rawPublicKey(jumpoint.publicKey), context: 'credential for channel 1' };

let bh: Bh;
let appliance: TestAppliance;
let admin: Caller;
let ecm: CredentialSource;
let client: EcmClient;
let secretFile: string;
/** A plug-in as plain JavaScript, which the oldest Node runs, too. */
let orderly: string;
const running = new Set<RunningBh>();

beforeAll(async () => {
  [bh, appliance] = await Promise.all([makeBh(), testAppliance()]);
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/pack-ecm.mjs'), join(bh.folder, 'ecm')]);
  orderly = join(bh.folder, 'orderly.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/ecm/fixtures/orderly-plugin.ts'],
    outfile: orderly,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
  });
  await liftRateLimits(appliance);
  admin = appliance.admin;
  ecm = appliance.credentials.get('ecm');
  client = await ecmClient(admin);
  secretFile = join(bh.folder, 'client-secret');
  await writeFile(secretFile, `${client.clientSecret}\n`, { mode: 0o600 });
}, 90_000);

afterAll(async () => {
  for (const program of running) program.kill('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
  await appliance?.stop();
  await bh?.remove();
});

async function enrol(name: string, ...more: string[]) {
  const stateDir = join(bh.folder, name);
  const run = await bh.run([
    ...['ecm', 'enrol', '--url', appliance.url, '--client-id', client.clientId, '--name', name],
    ...['--state-dir', stateDir, '--client-secret-file', secretFile, ...more],
  ]);
  const id = Number(/ECM host (\d+)/.exec(run.stdout)?.[1]);
  return { run, stateDir, id };
}

/** A host in a process of its own, as a service runs it, with one store; `settings` are those of the plug-in. */
async function start(
  name: string,
  stateDir: string,
  settings: Record<string, unknown> = {},
): Promise<RunningBh> {
  const config = join(bh.folder, `${name}.yaml`);
  const written = { store_token: { env: 'STORE_TOKEN' }, prefix: name, ...settings };
  await writeFile(
    config,
    JSON.stringify({
      plugins: { store: { plugin: orderly, settings: written, environment: ['STORE_TOKEN'] } },
    }),
  );
  const program = bh.start(['ecm', 'run', '--config', config, '--state-dir', stateDir], {
    env: { STORE_TOKEN: 'token-of-the-store' },
  });
  running.add(program);
  void program.ended.then(() => running.delete(program));
  return program;
}

async function connected(id: number): Promise<void> {
  await until('it to connect', async () => (await showEcmHost(admin, id)).connection === 'connected');
}

async function end(program: RunningBh): Promise<number | string> {
  program.kill('SIGTERM');
  return await program.ended;
}

it('enrols, keeps its keys for itself, and compares fingerprints', async () => {
  const { run, stateDir, id } = await enrol('first');
  expect(run, run.stderr).toMatchObject({ exitCode: 0, stderr: '' });
  const { key_fingerprint: fingerprint } = await showEcmHost(admin, id);
  expect(run.stdout).toContain(fingerprint);
  expect((await stat(join(stateDir, 'identity.json'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(stateDir, 'identity.json'), 'utf8')).not.toContain(client.clientSecret);
  const again = await enrol('first');
  expect(again.run).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('already holds an identity'),
  });
});

it('says why it was not enrolled, and writes nothing then', async () => {
  await writeFile(join(bh.folder, 'wrong'), 'not-the-secret\n');
  const wrong = await enrol('refused', '--client-secret-file', join(bh.folder, 'wrong'));
  expect(wrong.run).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Client authentication failed'),
  });
  await expect(stat(wrong.stateDir)).rejects.toThrow('ENOENT');
  const without = await bh.run(['ecm', 'enrol', '--url', appliance.url]);
  expect(without).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--client-id') });
  const base = ['ecm', 'enrol', '--url', appliance.url, '--client-id', client.clientId];
  const asked = await bh.run([...base, '--state-dir', join(bh.folder, 'by-input')], {
    input: `${client.clientSecret}\n`,
  });
  expect(asked, asked.stderr).toMatchObject({ exitCode: 0 });
  const unused = join(bh.folder, 'unused');
  const [stranger, nobody, nothing] = await Promise.all([
    bh.run(['ecm', 'run', '--config', '/nowhere.yaml', '--state-dir', join(bh.folder, 'nobody')]),
    bh.run(['ecm', 'run', '--config', '/nowhere.yaml', '--state-dir', join(bh.folder, 'by-input')]),
    bh.run(
      ['ecm', 'enrol', ...base.slice(2, 3), 'http://127.0.0.1:1', ...base.slice(4), '--state-dir', unused],
      { input: 'x\n' },
    ),
  ]);
  expect(stranger).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('enrol this host first') });
  expect(nobody).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('/nowhere.yaml') });
  expect(nothing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cannot be reached') });
});

it('waits for its approval, answers, and stops in good order', async () => {
  const { stateDir, id } = await enrol('waits');
  const program = await start('waits', stateDir);
  await until('it to wait', async () => (await showEcmHost(admin, id)).connection === 'waiting_for_approval');
  expect(program.output()).toContain('An administrator has to approve this host first.');
  await approve(admin, id);
  await connected(id);
  const { items, problems } = await ecm.find(adHocContext(1, undefined), find);
  expect(problems).toEqual([]);
  expect(items[0]).toMatchObject({ id: 'store:id-1', name: 'waits id-1 of admin', group: 'store' });

  const lsid = 'ab'.repeat(16);
  const given = await ecm.give(adHocContext(1, lsid), 'store:id-1', recipient, { signal });
  expect(given).toMatchObject({ username: 'user-id-1', lease: `lease-id-1-${lsid}` });
  expect(unseal(jumpoint.privateKey, recipient.context, given.sealed).toString()).toContain(
    'pässword of id-1',
  );
  await ecm.release(adHocContext(1, lsid), 'store:id-1', new Date(), { lease: given.lease, signal });
  const told = async () => (await showEcmHost(admin, id)).plugins[0];
  await until('its health to be known', async () => (await told())?.health?.healthy === true);

  expect(await end(program)).toBe(0);
  await until('it to be gone', async () => (await showEcmHost(admin, id)).connection === 'disconnected');
  const lines = program.output().trimEnd().split('\n');
  for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
  expect(program.output()).not.toMatch(/pässword of|token-of-the-store|token-made-by-the-store/);
}, 60_000);

it('is replaced at once by the next host when it is killed in the middle of a question', async () => {
  const [longest, next] = [await enrol('longest'), await enrol('next')];
  await approve(admin, longest.id);
  await approve(admin, next.id);
  const killed = await start('longest', longest.stateDir, { slow_ms: 10_000 });
  await connected(longest.id);
  const other = await start('next', next.stateDir);
  await connected(next.id);
  const found = ecm.find(adHocContext(1, undefined), find);
  await until('the question to be in the middle', async () => killed.output().includes('takes its time'));
  const began = performance.now();
  killed.kill('SIGKILL');
  const { items } = await found;
  expect(items[0]).toMatchObject({ name: 'next id-1 of admin' });
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(await killed.ended).toBe('SIGKILL');
  await end(other);
}, 60_000);

it('ends when its key is revoked, so that its service is not started again', async () => {
  const { stateDir, id } = await enrol('revoked');
  await approve(admin, id);
  const program = await start('revoked', stateDir);
  await connected(id);
  await revoke(admin, id);
  expect(await program.ended).toBe(77);
  expect(program.output()).toContain('enrol it again');
}, 60_000);

it('speaks TLS with a certificate of its own authority', async () => {
  const secure = await testAppliance({ env: { BRIDGEHEAD_TLS: 'self-signed' } });
  try {
    const stateDir = join(bh.folder, 'secure');
    const ca = join(secure.dataDir, 'tls', 'self-signed.crt');
    const args = ['ecm', 'enrol', '--url', secure.url, '--client-id', CLIENT_ID, '--state-dir', stateDir];
    const env = { BH_ECM_CLIENT_SECRET: CLIENT_SECRET };
    const distrusted = await bh.run(args, { env });
    expect(distrusted).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('certificate') });
    await mkdir(stateDir, { recursive: true });
    const enrolled = await bh.run([...args, '--ca', ca], { env });
    expect(enrolled, enrolled.stderr).toMatchObject({ exitCode: 0 });
    await secure.sql`update ecm_host set state = 'approved'`;
    const config = join(bh.folder, 'secure.yaml');
    const settings = { store_token: { env: 'STORE_TOKEN' } };
    await writeFile(config, JSON.stringify({ plugins: { store: { plugin: orderly, settings } } }));
    const program = bh.start(['ecm', 'run', '--config', config, '--state-dir', stateDir, '--ca', ca], {
      env: { STORE_TOKEN: 'x' },
    });
    running.add(program);
    await until('it to be asked', async () => program.output().includes('the server asks this host'));
    expect(await end(program)).toBe(0);
    running.delete(program);
  } finally {
    await secure.stop();
  }
}, 60_000);
