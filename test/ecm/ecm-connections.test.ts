import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CloseCode } from '../../agents/protocol.ts';
import { EcmIdentityFile } from '../../ecm/program/ecm-identity.ts';
import { configurationCalls, liftRateLimits } from '../support/configuration-calls.ts';
import {
  approve,
  type EcmHostAnswer,
  ecmClient,
  enrolledEcm,
  LiveEcmHost,
  liveEcmHost,
  revoke,
  runScripted,
  showEcmHost,
} from '../support/live-ecm.ts';
import { ok, until } from '../support/live-jumpoint.ts';
import { pluginInfo, ScriptedEcm } from '../support/scripted-ecm.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { type Caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';

const BASE = '/api/config/v1';

let appliance: TestAppliance;
let admin: Caller;
beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  admin = appliance.admin;
});
afterAll(() => appliance?.stop());

async function audited(type: string): Promise<Record<string, unknown>[]> {
  const { items } = await ok(admin(`${BASE}/audit-event?type=${type}`));
  return items as Record<string, unknown>[];
}

async function pendingHost(name: string): Promise<LiveEcmHost & { fingerprint: string }> {
  const enrolled = await enrolledEcm(appliance.url, await ecmClient(admin), name);
  const operations = new ScriptedEcm(name);
  const live = new LiveEcmHost(enrolled, operations, await runScripted(enrolled, operations));
  return Object.assign(live, { fingerprint: enrolled.fingerprint });
}

it('lets a new host wait until an administrator approves it, and then in by itself', async () => {
  const host = await pendingHost('new host');
  await until('it to wait', async () => host.program.place === 'waiting');
  const waiting = await showEcmHost(admin, host.id);
  expect(waiting).toMatchObject({
    name: 'new host',
    state: 'pending',
    connection: 'waiting_for_approval',
    connected_since: null,
    key_fingerprint: host.fingerprint,
    public_ip: '127.0.0.1',
    approved_by: '',
  });
  const approved = await approve(admin, host.id);
  expect(approved).toMatchObject({ state: 'approved', approved_by: 'admin' });
  await until('it to be asked', async () => host.program.place === 'asked');
  expect(await showEcmHost(admin, host.id)).toMatchObject({
    connection: 'connected',
    connected_since: expect.any(String),
    plugins: [{ instance: 'store', state: 'running', health: { healthy: true, detail: 'looked at' } }],
  });
  expect((await audited('ecm_host.enrolled'))[0]).toMatchObject({ object: { name: 'new host' } });
  expect((await audited('ecm_host.approved'))[0]).toMatchObject({ object: { name: 'new host' } });
  await host.stop();
  await until('it to be gone', async () => (await showEcmHost(admin, host.id)).connection === 'disconnected');
});

it('enrols for API accounts with the ECM permission alone, and tells why not', async () => {
  const other = await ecmClient(admin, { perm_configuration: true });
  await expect(enrolledEcm(appliance.url, other)).rejects.toThrow('perm_ecm');
  const wrong = { ...(await ecmClient(admin)), clientSecret: 'not the secret' };
  await expect(enrolledEcm(appliance.url, wrong)).rejects.toThrow('Client authentication failed.');
  expect((await admin('/agent/ecm/enrol', { method: 'POST', json: {} })).status).toBe(403);
  expect((await appliance.anonymous('/agent/ecm/enrol', { method: 'POST', json: {} })).status).toBe(401);
  await expect(enrolledEcm('http://127.0.0.1:1', other)).rejects.toThrow('cannot be reached');
});

it('says which field of an enrolment is wrong', async () => {
  const answer = await appliance.api('/agent/ecm/enrol', {
    method: 'POST',
    json: { name: 'x', identity_public_key: 'short' },
  });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ message: expect.stringContaining('identity_public_key') });
});

it('closes the connection of a host whose key is revoked, at once and for good', async () => {
  const host = await liveEcmHost(admin, appliance.url, 'to be revoked');
  expect(await revoke(admin, host.id)).toMatchObject({ state: 'revoked', revoked_by: 'admin' });
  expect(await host.program.refused).toMatchObject({ code: CloseCode.notEnrolled });
  await until('it to be gone', async () => (await showEcmHost(admin, host.id)).connection === 'disconnected');
  const again = await admin(`${BASE}/ecm-host/${host.id}/approve`, { method: 'POST' });
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ message: expect.stringContaining('Enrol the host anew') });
  expect((await admin(`${BASE}/ecm-host/${host.id}/revoke`, { method: 'POST' })).status).toBe(409);
  await host.stop();
});

it('closes the connection of a host that is deleted, also while it waits', async () => {
  const host = await pendingHost('to be deleted');
  await until('it to wait', async () => host.program.place === 'waiting');
  expect((await admin(`${BASE}/ecm-host/${host.id}`, { method: 'DELETE' })).status).toBe(204);
  expect(await host.program.refused).toMatchObject({ code: CloseCode.notEnrolled });
  expect((await admin(`${BASE}/ecm-host/${host.id}`)).status).toBe(404);
  expect((await audited('ecm_host.deleted'))[0]).toMatchObject({ object: { name: 'to be deleted' } });
  await host.stop();
});

it('keeps an approved host when its API account goes: the key stands on its own', async () => {
  const client = await ecmClient(admin);
  const enrolled = await enrolledEcm(appliance.url, client, 'orphan');
  await approve(admin, enrolled.id);
  const account = `${BASE}/api-account/${client.apiAccountId}`;
  expect((await admin(account, { method: 'DELETE' })).status).toBe(204);
  const program = await runScripted(enrolled, new ScriptedEcm('orphan'));
  await until('it to be asked', async () => program.place === 'asked');
  expect(await showEcmHost(admin, enrolled.id)).toMatchObject({ enrolled_by: expect.stringMatching(/\S/) });
  await program.stop();
  await rm(enrolled.stateDir, { recursive: true });
});

it('flags a key that is alive twice; the newer connection stays', async () => {
  const host = await liveEcmHost(admin, appliance.url, 'copied');
  const copyDir = await mkdtemp(join(tmpdir(), 'bridgehead-ecm-'));
  await cp(host.stateDir, copyDir, { recursive: true });
  const backOff = { shortest: 50, longest: 100, lasting: 60_000 };
  const copy = await runScripted({ stateDir: copyDir }, new ScriptedEcm('copy'), backOff);
  await until(
    'the clone to be noticed',
    async () => (await showEcmHost(admin, host.id)).clone_suspected_at !== null,
  );
  expect(copy.place).toBe('asked');
  expect((await audited('ecm_host.clone_suspected')).length).toBeGreaterThan(0);
  await copy.stop();
  await host.stop();
  await rm(copyDir, { recursive: true });
});

it('does not take a host that comes back for a clone, and keeps it after a restart of the program', async () => {
  const host = await liveEcmHost(admin, appliance.url, 'restarted');
  await host.program.stop();
  host.program = await runScripted(host, host.operations);
  await until('it to be back', async () => host.program.place === 'asked');
  expect((await showEcmHost(admin, host.id)).clone_suspected_at).toBeNull();
  await host.stop();
});

it('comes back by itself when the server or the network was gone for a while', async () => {
  const proxy = await tcpProxy(() => Number(new URL(appliance.url).port));
  const enrolled = await enrolledEcm(
    `http://127.0.0.1:${proxy.port}`,
    await ecmClient(admin),
    'behind a proxy',
  );
  await approve(admin, enrolled.id);
  const store = new EcmIdentityFile(enrolled.stateDir);
  const program = await runScripted(enrolled, new ScriptedEcm('behind a proxy'));
  await until('it to be asked', async () => program.place === 'asked');
  // It knows the site's own URL by now; without it there is only the way that is gone.
  expect((await store.read())?.urls).toContain(appliance.url);
  proxy.open = false;
  proxy.cut();
  await until('it to be back over the other URL', async () => {
    const { connection, public_ip: address } = await showEcmHost(admin, enrolled.id);
    return program.place === 'asked' && connection === 'connected' && address === '127.0.0.1';
  });
  expect((await showEcmHost(admin, enrolled.id)).clone_suspected_at).toBeNull();
  await program.stop();
  await proxy.stop();
  await rm(enrolled.stateDir, { recursive: true });
});

it('shows what becomes of the plug-ins', async () => {
  const host = await liveEcmHost(admin, appliance.url, 'changing');
  host.operations.change([
    pluginInfo({
      state: 'broken',
      health: { healthy: false, detail: 'sealed \ud800' },
      problem: 'It crashed.',
    }),
  ]);
  await until(
    'it to be told',
    async () => (await showEcmHost(admin, host.id)).plugins[0]?.state === 'broken',
  );
  expect((await showEcmHost(admin, host.id)).plugins).toMatchObject([
    { state: 'broken', problem: 'It crashed.', health: { healthy: false, detail: 'sealed \ufffd' } },
  ]);
  await host.stop();
});

it('asks five hosts at most: the sixth is told, waits, and takes the place of the next one that goes', async () => {
  const hosts: LiveEcmHost[] = [];
  for (let number = 1; number <= 5; number += 1) {
    hosts.push(await liveEcmHost(admin, appliance.url, `place ${number}`));
  }
  const enrolled = await enrolledEcm(appliance.url, await ecmClient(admin), 'sixth');
  await approve(admin, enrolled.id);
  const operations = new ScriptedEcm('sixth');
  const sixth = new LiveEcmHost(enrolled, operations, await runScripted(enrolled, operations));
  await until('it to wait', async () => sixth.program.place === 'waiting');
  expect(await showEcmHost(admin, sixth.id)).toMatchObject({ connection: 'waiting_for_room' });
  const metrics = await (await fetch(`${appliance.url}/metrics`)).text();
  expect(metrics).toMatch(/^bridgehead_ecm_hosts_connected\{place="asked"\} 5$/m);
  expect(metrics).toMatch(/^bridgehead_ecm_hosts_connected\{place="waiting"\} 1$/m);
  await hosts[2]!.stop();
  await until('it to be asked', async () => sixth.program.place === 'asked', 5_000);
  const listed = (await ok(admin(`${BASE}/ecm-host?state=approved`))) as unknown as EcmHostAnswer[];
  const asked = listed.filter(({ connection }) => connection === 'connected');
  expect(asked).toHaveLength(5);
  // The newest one is asked last.
  const order = asked.sort((one, other) => (one.connected_since! < other.connected_since! ? -1 : 1));
  expect(order.at(-1)?.name).toBe('sixth');
  await Promise.all([...hosts.filter((_, index) => index !== 2), sixth].map((host) => host.stop()));
});

it('is changed under its revision, and by those who configure security alone', async () => {
  const { id, stateDir } = await enrolledEcm(appliance.url, await ecmClient(admin), 'before');
  const path = `/ecm-host/${id}`;
  const call = configurationCalls(admin);
  const shown = await call('GET', path);
  const etag = shown.headers.get('etag') ?? '';
  const renamed = await call('PATCH', path, { name: 'after' }, { 'if-match': etag });
  expect(renamed).toMatchObject({ status: 200, body: { name: 'after' } });
  expect((await call('PATCH', path, { name: 'late' }, { 'if-match': etag })).status).toBe(412);
  expect((await call('PATCH', path, { name: '' })).status).toBe(422);
  expect((await call('GET', '/ecm-host/999999')).status).toBe(404);
  const updates = await audited('ecm_host.updated');
  expect(updates[0]).toMatchObject({ before: { name: 'before' }, after: { name: 'after' } });
  await rm(stateDir, { recursive: true });
});
