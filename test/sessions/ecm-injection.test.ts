import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EcmFailure } from '../../ecm/host/ecm-operations.ts';
import { type LiveEcmHost, liveEcmHost, runScripted } from '../support/live-ecm.ts';
import { ok, until } from '../support/live-jumpoint.ts';
import { LiveSite, ROLE, type Started } from '../support/live-site.ts';
import { keptLog, tablesHolding } from '../support/planted-secrets.ts';
import { RepresentativeTerminal } from '../support/representative-terminal.ts';
import { hangs } from '../support/scripted-ecm.ts';
import type { Caller } from '../support/test-appliance.ts';

const run = promisify(execFile);
const BASE = '/api/config/v1';
const PASSPHRASE = 'planted-passphrase-of-the-store';
const CREDENTIAL = { credential: { source: 'ecm', id: 'store:deploy' } };

let site: LiveSite;
let person: { id: number; username: string; call: Caller };
let itemId: number;
let files: string;
let one: LiveEcmHost;
let two: LiveEcmHost;
const logged = keptLog();

beforeAll(async () => {
  files = await mkdtemp(join(tmpdir(), 'bridgehead-keys-'));
  site = await LiveSite.start({ log: logged.log });
  person = await site.person({}, ROLE.startSessions);
  itemId = await site.item();
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-a', '1', '-N', PASSPHRASE, '-f', join(files, 'key')]);
  await site.sshd.authorise('key.pub', files);
  const { admin, url } = site.appliance;
  [one, two] = [await liveEcmHost(admin, url, 'one'), await liveEcmHost(admin, url, 'two')];
  const privateKey = await readFile(join(files, 'key'), 'utf8');
  for (const { operations } of [one, two]) {
    const label = 'deploy key of the store';
    operations.found.items = [{ id: 'store:deploy', label, username: site.sshd.username }];
    operations.credential = {
      username: site.sshd.username,
      privateKey,
      passphrase: PASSPHRASE,
    };
  }
  // The representative has seen the key of the host before.
  const first = await site.work(await site.start(site.appliance.admin, itemId));
  first.send({ t: 'close' });
  await first.closed();
}, 90_000);

afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()]);
  await site?.stop();
  await rm(files, { recursive: true, force: true });
});

/** The shell opens without a single question. */
async function shell(started: Started): Promise<RepresentativeTerminal> {
  const terminal = await RepresentativeTerminal.dial(started.channel.relay_url);
  await terminal.connected();
  await terminal.shows(/[$#] /);
  expect(terminal.messages.filter(({ t }) => t === 'prompt' || t === 'refused')).toEqual([]);
  return terminal;
}

async function injectionEvents(lsid: string): Promise<Record<string, unknown>[]> {
  const { items } = await ok(site.appliance.admin(`${BASE}/session/${lsid}/event`));
  return (items as Record<string, unknown>[]).filter(({ event_type: type }) =>
    String(type).startsWith('Cred'),
  );
}

const kindsAsked = ({ operations }: LiveEcmHost, lsid: string) =>
  operations.asked.filter(({ session }) => session.lsid === lsid).map(({ kind }) => kind);

it('jumps with a credential of a remote host; told of start and end, given back with its lease', async () => {
  const started = await site.start(person.call, itemId, CREDENTIAL);
  const terminal = await shell(started);
  await until('the start to be told', async () => kindsAsked(one, started.lsid).includes('started'));
  const told = one.operations.asked.find(
    ({ kind, session }) => kind === 'started' && session.lsid === started.lsid,
  );
  expect(told).toMatchObject({ id: 'store:deploy', session: { user: { username: person.username } } });
  terminal.send({ t: 'close' });
  await terminal.closed();
  await until('the end to be told', async () => {
    const kinds = kindsAsked(one, started.lsid);
    return kinds.includes('complete') && kinds.includes('release');
  });
  const released = one.operations.asked.find(({ kind }) => kind === 'release');
  expect(released).toMatchObject({
    id: 'store:deploy',
    more: { lease: 'lease of one', endedAt: expect.any(Date) },
  });
  expect(await injectionEvents(started.lsid)).toMatchObject([{ event_type: 'Credential Injection Attempt' }]);
  expect(kindsAsked(two, started.lsid)).toEqual([]);
}, 40_000);

it('jumps with the next host when the one that is asked is lost in the middle', async () => {
  one.operations.before = async (kind, signal) => {
    if (kind === 'get') await hangs(kind, signal);
  };
  const started = await site.start(person.call, itemId, CREDENTIAL);
  const opening = shell(started);
  await until('it to be asked', async () => kindsAsked(one, started.lsid).includes('get'));
  await one.program.stop();
  const terminal = await opening;
  expect(kindsAsked(two, started.lsid)).toContain('get');
  terminal.send({ t: 'close' });
  await terminal.closed();
  await until('the second host to be told', async () => kindsAsked(two, started.lsid).includes('release'));
}, 40_000);

it('gives back what a lost host may have taken, although the next one says that somebody has it', async () => {
  const again = async (host: LiveEcmHost) => {
    host.program = await runScripted(host, host.operations);
    await until('it to be asked', async () => host.program.place === 'asked');
  };
  await again(one);
  one.operations.before = async (kind) => {
    if (kind === 'get') throw new EcmFailure('in_use', 'The appliance has it.');
  };
  two.operations.before = one.operations.before;
  const refused = await site.start(person.call, itemId, CREDENTIAL);
  await (await RepresentativeTerminal.dial(refused.channel.relay_url)).closed();

  two.operations.before = async (kind, signal) => {
    if (kind === 'get') await hangs(kind, signal);
  };
  const started = await site.start(person.call, itemId, CREDENTIAL);
  const terminal = await RepresentativeTerminal.dial(started.channel.relay_url);
  await until('it to be asked', async () => kindsAsked(two, started.lsid).includes('get'));
  await two.program.stop();
  await terminal.closed();
  await until('it to be given back', async () => kindsAsked(one, started.lsid).includes('release'));
  expect(JSON.stringify(await injectionEvents(started.lsid))).toContain('The appliance has it.');
  // There nobody can have it.
  expect([...kindsAsked(one, refused.lsid), ...kindsAsked(two, refused.lsid)]).not.toContain('release');
  await one.program.stop();
  two.operations.before = async () => undefined;
  await again(two);
}, 40_000);

it('says why there is no credential, and starts nothing without one', async () => {
  two.operations.before = async (kind) => {
    if (kind === 'get') throw new EcmFailure('in_use', 'Bob has it until noon.');
  };
  const started = await site.start(person.call, itemId, CREDENTIAL);
  const terminal = await RepresentativeTerminal.dial(started.channel.relay_url);
  await terminal.closed();
  const events = await injectionEvents(started.lsid);
  expect(events.at(-1)).toMatchObject({ event_type: 'Credential Injection Attempt Failed' });
  expect(JSON.stringify(events.at(-1))).toContain('Bob has it until noon.');
  await two.program.stop();
  await until('it to be gone', async () => {
    const refused = await site.tryStart(person.call, {
      jump_item: { type: 'shell_jump', id: itemId },
      ...CREDENTIAL,
    });
    return refused.status === 503;
  });
}, 40_000);

it('left no secret of the store in the database or the log', async () => {
  const key = await readFile(join(files, 'key'), 'utf8');
  const secrets = [PASSPHRASE, key];
  expect(await tablesHolding(site.appliance.sql, secrets)).toEqual([]);
  for (const secret of [PASSPHRASE, key.split('\n')[2]!]) expect(logged.text()).not.toContain(secret);
});
