import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { enrol } from '../../../agents/jumpoint/enrolment.ts';
import { IdentityStore } from '../../../agents/jumpoint/identity-store.ts';
import { runJumpoint } from '../../../agents/jumpoint/run-jumpoint.ts';
import { CloseCode } from '../../../agents/protocol.ts';
import { joinJumpoint, liveJumpoint, ok, until } from '../../support/live-jumpoint.ts';
import { LiveSite, post } from '../../support/live-site.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';
import type { Caller } from '../../support/test-appliance.ts';

const BASE = '/api/config/v1';

let site: LiveSite;
let api: Caller;
beforeAll(async () => {
  site = await LiveSite.start();
  api = site.appliance.api;
});
afterAll(() => site?.stop());

interface Node {
  id: number;
  connected: boolean;
  clone_suspected_at: string | null;
}

async function nodes(jumpointId: number): Promise<Node[]> {
  return (await ok(api(`${BASE}/jumpoint/${jumpointId}/node`))) as unknown as Node[];
}

it('enrols a program once per use of its token, and not after the token was revoked', async () => {
  const { id } = await post(api, '/jumpoint', { name: 'enrolling', platform: 'linux-x86' });
  const { token } = await post(api, `/jumpoint/${id}/enrolment-token`, {});
  const once = await mkdtemp(join(tmpdir(), 'jumpoint-'));
  await enrol(new IdentityStore(once), { token: token as string, version: 'test' });
  const twice = await mkdtemp(join(tmpdir(), 'jumpoint-'));
  await expect(enrol(new IdentityStore(twice), { token: token as string, version: 'test' })).rejects.toThrow(
    'The enrolment token is unknown, used up or expired.',
  );
  const revoked = await post(api, `/jumpoint/${id}/enrolment-token`, {});
  await api(`${BASE}/jumpoint/${id}/enrolment-token/${revoked.id}`, { method: 'DELETE' });
  await expect(
    enrol(new IdentityStore(twice), { token: revoked.token as string, version: 'test' }),
  ).rejects.toThrow();
  const audit = await ok(site.appliance.admin(`${BASE}/audit-event?type=jumpoint_node.enrolled`));
  expect((audit.items as { object: { name: string } }[])[0]).toMatchObject({ object: { name: 'enrolling' } });
  await Promise.all([once, twice].map((directory) => rm(directory, { recursive: true })));
});

it('closes the connection of a program whose key was revoked, at once and for good', async () => {
  const live = await liveJumpoint(api);
  await api(`${BASE}/jumpoint/${live.jumpointId}/node/${live.nodeId}`, { method: 'DELETE' });
  expect(await live.program.refused).toMatchObject({ code: CloseCode.notEnrolled });
  expect((await nodes(live.jumpointId)).filter(({ connected }) => connected)).toEqual([]);
  await live.stop();
});

it('keeps the program of a disabled Jumpoint out until it is enabled again', async () => {
  const live = await liveJumpoint(api);
  const path = `${BASE}/jumpoint/${live.jumpointId}`;
  await ok(api(path, { method: 'PATCH', json: { enabled: false } }));
  await until('the connection to close', async () => !live.program.connected);
  const item = await site.item({ name: 'behind it', jumpoint_id: live.jumpointId });
  const refused = await site.tryStart(site.appliance.admin, { jump_item: { type: 'shell_jump', id: item } });
  expect(refused).toMatchObject({ status: 503 });
  await ok(api(path, { method: 'PATCH', json: { enabled: true } }));
  await until('the program to be back', async () => live.program.connected);
  await live.stop();
});

it('flags a key that is alive twice; the newer connection stays', async () => {
  const live = await liveJumpoint(api);
  const copyDir = await mkdtemp(join(tmpdir(), 'jumpoint-'));
  await cp(live.stateDir, copyDir, { recursive: true });
  const copy = await runJumpoint({
    stateDir: copyDir,
    log: pino({ level: 'silent' }),
    backOff: { shortest: 50, longest: 100, lasting: 60_000 },
  });
  await until('the clone to be noticed', async () =>
    (await nodes(live.jumpointId)).some(({ clone_suspected_at }) => clone_suspected_at !== null),
  );
  await copy.stop();
  await live.stop();
  await rm(copyDir, { recursive: true });
  const audit = await ok(site.appliance.admin(`${BASE}/audit-event?type=jumpoint_node.clone_suspected`));
  expect((audit.items as unknown[]).length).toBeGreaterThan(0);
});

it('does not take a program that comes back for a clone', async () => {
  const live = await liveJumpoint(api);
  await live.program.stop();
  const again = await runJumpoint({ stateDir: live.stateDir, log: pino({ level: 'silent' }) });
  await until('it to be back', async () => (await nodes(live.jumpointId)).some(({ connected }) => connected));
  expect((await nodes(live.jumpointId))[0]?.clone_suspected_at).toBeNull();
  await again.stop();
  await rm(live.stateDir, { recursive: true });
});

it('replaces the program of a Jumpoint that is no cluster when another one enrols', async () => {
  const live = await liveJumpoint(api);
  const newer = await joinJumpoint(api, live.jumpointId);
  expect(await live.program.refused).toMatchObject({ code: CloseCode.notEnrolled });
  expect((await nodes(live.jumpointId)).map(({ id }) => id)).toEqual([newer.nodeId]);
  await newer.stop();
  await live.stop();
});

it('ends its sessions when the Jumpoint goes away, but not when only its control connection does', async () => {
  const proxy = await tcpProxy(() => Number(new URL(site.appliance.url).port));
  const live = await liveJumpoint(api, {}, `http://127.0.0.1:${proxy.port}`);
  const item = await site.item({ name: 'fragile', jumpoint_id: live.jumpointId });
  const started = await site.start(site.appliance.admin, item);
  const terminal = await site.work(started);
  // Closed for a while, or it may be back before anybody looks.
  proxy.open = false;
  proxy.cut();
  await until('the control connection to close', async () => !live.program.connected);
  proxy.open = true;
  terminal.type('echo still-$((1+1))\n');
  await terminal.shows('still-2');
  await until('the program to be back', async () => live.program.connected);
  await live.program.stop();
  expect(await terminal.message('ended')).toMatchObject({ reason: 'jumpoint_lost' });
  expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'jumpoint_lost' });
  await live.stop();
  await proxy.stop();
});

it('ends the sessions of a Jumpoint that is disabled', async () => {
  const live = await liveJumpoint(api);
  const item = await site.item({ name: 'behind a disabled one', jumpoint_id: live.jumpointId });
  const started = await site.start(site.appliance.admin, item);
  await site.work(started);
  await ok(api(`${BASE}/jumpoint/${live.jumpointId}`, { method: 'PATCH', json: { enabled: false } }));
  expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'signed_out' });
  await live.stop();
});

it('ends the sessions of a program whose key is revoked', async () => {
  const live = await liveJumpoint(api);
  const item = await site.item({ name: 'stolen host', jumpoint_id: live.jumpointId });
  const terminal = await site.work(await site.start(site.appliance.admin, item));
  await api(`${BASE}/jumpoint/${live.jumpointId}/node/${live.nodeId}`, { method: 'DELETE' });
  expect(await terminal.message('ended')).toMatchObject({ reason: 'jumpoint_lost' });
  await live.stop();
});

it('tells its figures to Prometheus', async () => {
  const answer = await fetch(`${site.appliance.url}/metrics`);
  const text = await answer.text();
  expect(text).toMatch(/^bridgehead_jumpoints_connected [1-9]/m);
  expect(text).toMatch(/^bridgehead_relay_channels \d/m);
  expect(text).toMatch(/^bridgehead_relay_output_bytes_total \d/m);
});
