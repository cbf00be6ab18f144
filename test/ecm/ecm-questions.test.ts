import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseCredentialPackage } from '../../agents/credential-package.ts';
import { rawPublicKey } from '../../agents/handshake.ts';
import { unseal } from '../../agents/sealed-box.ts';
import type { CredentialSource } from '../../appliance/vault/credential-source.ts';
import { EcmFailure } from '../../ecm/host/ecm-operations.ts';
import { liftRateLimits } from '../support/configuration-calls.ts';
import {
  adHocContext,
  approve,
  ecmClient,
  enrolledEcm,
  type LiveEcmHost,
  liveEcmHost,
} from '../support/live-ecm.ts';
import { ok, until } from '../support/live-jumpoint.ts';
import { post } from '../support/live-site.ts';
import { keptLog } from '../support/planted-secrets.ts';
import { hangs, pluginInfo } from '../support/scripted-ecm.ts';
import { type Caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { testPerson } from '../support/test-person.ts';

const LSID = 'ab'.repeat(16);
const signal = AbortSignal.timeout(60_000);
const find = { search: '', limit: 200, signal };
const jumpoint = generateKeyPairSync('x25519');
const recipient = { publicKey: rawPublicKey(jumpoint.publicKey), context: 'credential for channel 1' };

const logged = keptLog();

let appliance: TestAppliance;
let admin: Caller;
let ecm: CredentialSource;
const hosts: LiveEcmHost[] = [];
beforeAll(async () => {
  appliance = await testAppliance({ log: logged.log });
  await liftRateLimits(appliance);
  admin = appliance.admin;
  ecm = appliance.credentials.get('ecm');
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});
afterAll(() => appliance?.stop());

async function host(name: string): Promise<LiveEcmHost> {
  const live = await liveEcmHost(admin, appliance.url, name);
  hosts.push(live);
  return live;
}

const choosing = () => adHocContext(1, undefined);
const inSession = () => adHocContext(1, LSID);

it('has nothing to say on a site without hosts, and says so when none is connected', async () => {
  expect(await ecm.find(choosing(), find)).toEqual({ items: [], truncated: false, problems: [] });
  const enrolled = await enrolledEcm(appliance.url, await ecmClient(admin));
  await approve(admin, enrolled.id);
  expect(await ecm.find(choosing(), find)).toEqual({
    items: [],
    truncated: false,
    problems: ['No Endpoint Credential Manager is connected right now.'],
  });
  await expect(ecm.findOne(choosing(), 'store:root', { signal })).rejects.toMatchObject({
    code: 'unavailable',
  });
  await expect(ecm.give(inSession(), 'store:root', recipient, { signal })).rejects.toMatchObject({
    code: 'unavailable',
  });
});

it('tells the plug-ins who asks, for which Jump Item', async () => {
  const one = await host('one');
  const group = await post(admin, '/jump-group', { name: 'Web servers' });
  const saved = await post(admin, '/jump-item/shell-jump', {
    name: 'web-1',
    hostname: 'web-1.example.com',
    port: 2222,
    protocol: 'ssh',
    username: 'deploy',
    tag: 'production',
    comments: 'behind the proxy',
    jumpoint_id: (await post(admin, '/jumpoint', { name: 'there', platform: 'linux-x86' })).id,
    jump_group_id: group.id,
    jump_group_type: 'shared',
  });
  const context = {
    ...choosing(),
    jumpItemId: saved.id as number,
    name: 'web-1',
    port: 2222,
    username: 'deploy',
  };
  const found = await ecm.find(context, { ...find, search: 'web', limit: 50 });
  expect(found).toEqual({
    items: [
      {
        source: 'ecm',
        id: 'store:root',
        name: 'root at one',
        username: 'root',
        type: '',
        group: 'store',
        associated: undefined,
      },
    ],
    truncated: false,
    problems: [],
  });
  expect(one.operations.asked).toEqual([
    {
      kind: 'find',
      more: { search: 'web', limit: 50 },
      session: {
        lsid: undefined,
        user: {
          id: 1,
          username: 'admin',
          displayName: expect.any(String),
          emailAddress: '',
          distinguishedName: '',
          provider: 'Local',
        },
        jumpItem: {
          id: saved.id,
          type: 'shell_jump',
          name: 'web-1',
          hostname: 'web-1.example.com',
          port: 2222,
          username: 'deploy',
          group: 'Web servers',
          tag: 'production',
          comments: 'behind the proxy',
          url: '',
        },
      },
    },
  ]);
});

it('gives a credential sealed for its Jumpoint alone, and releases it with its lease', async () => {
  const one = await host('one');
  one.operations.credential = { username: 'root', password: 'planted-secret-4711' };
  const given = await ecm.give(inSession(), 'store:root', recipient, { signal });
  expect(given).toMatchObject({ name: 'root', username: 'root', lease: 'lease of one' });
  expect(JSON.stringify(given)).not.toContain('planted-secret');
  const open = (context: string) =>
    parseCredentialPackage(unseal(jumpoint.privateKey, context, given.sealed));
  expect(open(recipient.context)).toEqual({ username: 'root', password: 'planted-secret-4711' });
  expect(() => open('credential for channel 2')).toThrow();

  const endedAt = new Date('2026-05-04T10:00:00Z');
  const released = { ...inSession(), userId: undefined };
  await ecm.release(released, 'store:root', endedAt, { lease: given.lease, signal });
  expect(one.operations.asked.at(-1)).toMatchObject({
    kind: 'release',
    id: 'store:root',
    session: { lsid: LSID, user: { id: 0, username: '' } },
    more: { endedAt, lease: 'lease of one' },
  });
  expect(logged.text()).toContain('ECM host connected');
  expect(logged.text()).not.toContain('planted-secret');
});

it('finds one credential, says that it is not there, and that nobody knows', async () => {
  const one = await host('one');
  expect(await ecm.findOne(choosing(), 'store:root', { signal })).toMatchObject({ name: 'root at one' });
  expect(await ecm.findOne(choosing(), 'store:other', { signal })).toBeUndefined();
  one.operations.found = {
    items: [],
    truncated: false,
    problems: [{ instance: 'store', code: 'unavailable', message: 'The store is sealed.' }],
  };
  expect(await ecm.find(choosing(), find)).toMatchObject({ problems: ['store: The store is sealed.'] });
  await expect(ecm.findOne(choosing(), 'store:root', { signal })).rejects.toMatchObject({
    code: 'unavailable',
    message: 'The store is sealed.',
  });
  // Beyond what can be listed it may be there all the same.
  one.operations.found = { items: [{ id: 'store:1', label: 'one' }], truncated: true, problems: [] };
  expect(await ecm.findOne(choosing(), 'store:web/root', { signal })).toMatchObject({ name: 'web/root' });
});

describe('of several hosts', () => {
  it('asks the one connected longest', async () => {
    const [one, two] = [await host('one'), await host('two')];
    expect((await ecm.find(choosing(), find)).items).toMatchObject([{ name: 'root at one' }]);
    expect(two.operations.asked).toEqual([]);
    await one.program.stop();
    await until('it to be noticed', async () => {
      const { items } = await ecm.find(choosing(), find);
      return items[0]?.name === 'root at two';
    });
  });

  it('asks the next one when a plug-in fails, but takes no for an answer', async () => {
    const [one, two] = [await host('one'), await host('two')];
    one.operations.before = async () => {
      throw new EcmFailure('plugin_failed', 'The plug-in crashed.');
    };
    const given = await ecm.give(inSession(), 'store:root', recipient, { signal });
    expect(given.lease).toBe('lease of two');
    one.operations.before = async () => {
      throw new Error('unforeseen, with a secret');
    };
    expect((await ecm.give(inSession(), 'store:root', recipient, { signal })).lease).toBe('lease of two');
    two.operations.asked.length = 0;
    one.operations.before = async () => {
      throw new EcmFailure('in_use', 'Somebody else has it.');
    };
    await expect(ecm.give(inSession(), 'store:root', recipient, { signal })).rejects.toMatchObject({
      code: 'in_use',
      message: 'Somebody else has it.',
    });
    expect(two.operations.asked).toEqual([]);
    expect(logged.text()).not.toContain('with a secret');
  });

  it('does not believe that something is not there on a host whose plug-in is not well', async () => {
    const [one] = [await host('one'), await host('two')];
    const missing = async () => {
      throw new EcmFailure('not_found', 'There is no such credential.');
    };
    one.operations.before = missing;
    await expect(ecm.give(inSession(), 'store:root', recipient, { signal })).rejects.toMatchObject({
      code: 'not_found',
    });
    one.operations.change([pluginInfo({ state: 'restarting', problem: 'It crashed.' })]);
    await until('it to be known', async () => {
      const given = await ecm.give(inSession(), 'store:root', recipient, { signal }).catch(() => undefined);
      return given?.lease === 'lease of two';
    });
  });

  it('asks the one that has the plug-in of the credential', async () => {
    const [one, two] = [await host('one'), await host('two')];
    two.operations.change([pluginInfo(), pluginInfo({ instance: 'other' })]);
    await until('it to be known', async () => {
      const given = await ecm.give(inSession(), 'other:root', recipient, { signal });
      return given.lease === 'lease of two';
    });
    one.operations.asked.length = 0;
    await ecm.give(inSession(), 'other:root', recipient, { signal });
    expect(one.operations.asked).toEqual([]);
  });

  it('goes on at once with the next one when the one that is asked is lost', async () => {
    const [one, two] = [await host('one'), await host('two')];
    one.operations.before = hangs;
    const began = performance.now();
    const given = ecm.give(inSession(), 'store:root', recipient, { signal });
    await until('it to be asked', async () => one.operations.asked.length > 0);
    void one.program.stop();
    expect((await given).lease).toBe('lease of two');
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(two.operations.asked).toHaveLength(1);
  });

  it('asks the next one when one takes too long, and the slow one last from then on', async () => {
    const [one] = [await host('one'), await host('two'), await host('three')];
    one.operations.before = hangs;
    const began = performance.now();
    expect((await ecm.find(choosing(), find)).items).toMatchObject([{ name: 'root at two' }]);
    const took = performance.now() - began;
    // A third of the whole time: three may be slow.
    expect(took).toBeGreaterThan(6_000);
    expect(took).toBeLessThan(8_000);
    const again = performance.now();
    expect((await ecm.find(choosing(), find)).items).toMatchObject([{ name: 'root at two' }]);
    expect(performance.now() - again).toBeLessThan(1_000);
  });
});

it('tells the host when nobody waits for the answer any longer', async () => {
  const one = await host('one');
  let cancelled = false;
  one.operations.before = async (_kind, given) => {
    await new Promise<void>((resolve) => given.addEventListener('abort', () => resolve()));
    cancelled = true;
  };
  const controller = new AbortController();
  const found = ecm.find(choosing(), { ...find, signal: controller.signal });
  await until('it to be asked', async () => one.operations.asked.length > 0);
  controller.abort();
  expect((await found).problems).toHaveLength(1);
  await until('it to be told', async () => cancelled);
});

it('keeps to a number of questions at once and lets the others wait', async () => {
  const one = await host('one');
  let running = 0;
  let most = 0;
  one.operations.before = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 30));
    running -= 1;
  };
  const answers = await Promise.all(Array.from({ length: 150 }, () => ecm.find(choosing(), find)));
  expect(answers.flatMap(({ items }) => items)).toHaveLength(150);
  expect(most).toBe(32);
  const flood = await Promise.all(Array.from({ length: 300 }, () => ecm.find(choosing(), find)));
  expect(flood.filter(({ problems }) => problems.length > 0).length).toBeGreaterThan(0);
  expect(flood.flatMap(({ problems }) => problems)[0]).toContain('too much to do');
});

it('searches systems outside for people who may jump to such, and asks hosts that can', async () => {
  const search = async (who: Caller) => await ok(who('/api/config/v1/ecm-endpoint?search=web'));
  expect(await search(admin)).toMatchObject({ items: [], problems: [expect.stringContaining('connected')] });
  const one = await host('one');
  one.operations.endpoints = [
    { id: 'store:e1', label: 'web-1', type: 'shell_jump', hostname: 'web-1.example.com', port: 22 },
    { id: 'store:e2', label: 'web-2', type: 'mainframe', hostname: 'web-2.example.com' },
  ];
  one.operations.change([
    pluginInfo({
      capabilities: { health: true, endpointSearch: true, sessionStarted: false, sessionComplete: false },
    }),
  ]);
  await until('that to be known', async () => ((await search(admin)).items as unknown[]).length > 0);
  expect(await search(admin)).toEqual({
    items: [{ ...one.operations.endpoints[0], handle: expect.any(String) }],
    truncated: false,
    problems: [],
  });
  expect(one.operations.asked.at(-1)).toMatchObject({
    kind: 'endpoints',
    session: { user: { username: 'admin' }, jumpItem: undefined },
  });
  const { caller: person } = await testPerson(appliance, 'nobody', { perm_support_allowed: 'not_allowed' });
  expect(await search(person)).toEqual({ items: [], truncated: false, problems: [] });
  expect((await appliance.api('/api/config/v1/ecm-endpoint')).status).toBe(403);
});
