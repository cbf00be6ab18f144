import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LiveEcmHost, liveEcmHost } from '../support/live-ecm.ts';
import { ok, until } from '../support/live-jumpoint.ts';
import { LiveSite, ROLE, type Started } from '../support/live-site.ts';
import { RepresentativeTerminal } from '../support/representative-terminal.ts';
import { pluginInfo } from '../support/scripted-ecm.ts';
import type { Caller } from '../support/test-appliance.ts';

const BASE = '/api/config/v1';
const SEARCHES = { health: true, endpointSearch: true, sessionStarted: true, sessionComplete: true };

interface Listed {
  items: { id: string; label: string; hostname: string; port: number | null; handle: string }[];
  problems: string[];
}

let site: LiveSite;
let person: { id: number; username: string; call: Caller };
let host: LiveEcmHost;

beforeAll(async () => {
  site = await LiveSite.start();
  person = await site.person({}, ROLE.startSessions);
  host = await liveEcmHost(site.appliance.admin, site.appliance.url, 'one');
  const { operations } = host;
  operations.change([pluginInfo({ capabilities: SEARCHES })]);
  operations.endpoints = [
    { id: 'store:e1', label: 'Payroll', type: 'shell_jump', hostname: '127.0.0.1', port: site.sshd.port },
    { id: 'store:e2', label: 'Anywhere', type: 'shell_jump', hostname: '127.0.0.1' },
  ];
  const { username, privateKey } = site.sshd;
  operations.found.items = [{ id: 'store:deploy', label: 'deploy key', username }];
  operations.credential = { username, privateKey };
  await until('its search to be known', async () => (await kinds(person.call)).length > 0);
  // The representative has seen the key of the host before.
  const first = await site.work(await site.start(site.appliance.admin, await site.item()));
  first.send({ t: 'close' });
  await first.closed();
}, 90_000);

afterAll(async () => {
  await host?.stop();
  await site?.stop();
});

const kinds = async (who: Caller) => (await ok(who(`${BASE}/ecm-endpoint/kind`))).kinds as string[];
const search = async (who: Caller) => (await ok(who(`${BASE}/ecm-endpoint?search=pay`))) as unknown as Listed;
const adHoc = (change: Record<string, unknown> = {}) => ({
  ad_hoc: {
    type: 'shell_jump',
    jumpoint_id: site.jumpoint.jumpointId,
    hostname: '127.0.0.1',
    port: site.sshd.port,
    ...change,
  },
});

it('jumps to a system that the store listed, and tells its plug-in which one, from the offer to the end', async () => {
  const [payroll] = (await search(person.call)).items;
  const offer = new URLSearchParams({ hostname: '127.0.0.1', endpoint_handle: payroll!.handle });
  await ok(person.call(`${BASE}/credential?${offer}`));
  expect(host.operations.asked.at(-1)).toMatchObject({
    kind: 'find',
    session: { endpointId: 'store:e1', jumpItem: { port: site.sshd.port } },
  });

  const { status, body } = await site.tryStart(person.call, {
    ...adHoc({ endpoint_handle: payroll!.handle }),
    credential: { source: 'ecm', id: 'store:deploy' },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  const started = body as unknown as Started & { ecm_endpoint_id: string };
  expect(started.ecm_endpoint_id).toBe('store:e1');
  const terminal = await RepresentativeTerminal.dial(started.channel.relay_url);
  await terminal.connected();
  await terminal.shows(/[$#] /);
  terminal.send({ t: 'close' });
  await terminal.closed();
  const asked = () => host.operations.asked.filter(({ session }) => session.lsid === started.lsid);
  await until('everything to be told', async () => {
    const told = asked().map(({ kind }) => kind);
    return ['get', 'started', 'complete', 'release'].every((kind) => told.includes(kind));
  });
  for (const { kind, session } of asked()) expect(session.endpointId, kind).toBe('store:e1');
  expect(asked().find(({ kind }) => kind === 'started')?.more).toEqual({
    historyUrl: `${site.appliance.config.publicUrl}/login/sessions?lsid=${started.lsid}`,
  });
  expect(await site.show(started.lsid)).toMatchObject({ ecm_endpoint_id: 'store:e1' });
}, 40_000);

it('lets nobody have the credentials of one system used on another', async () => {
  const [payroll, anywhere] = (await search(person.call)).items;
  const other = await site.person({}, ROLE.startSessions);
  const refused = async (who: Caller, change: Record<string, unknown>, words: string) => {
    const answer = await site.tryStart(who, adHoc({ endpoint_handle: payroll!.handle, ...change }));
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: { endpoint_handle: [expect.any(String)] } },
    });
    expect(JSON.stringify(answer.body)).toContain(words);
  };
  await refused(person.call, { hostname: 'localhost' }, 'another host name or port');
  await refused(person.call, { port: 22 }, 'another host name or port');
  await refused(other.call, {}, 'listed to you');
  const forged = payroll!.handle.replace(/\.[^.]*\./, `.${Buffer.from('{}').toString('base64url')}.`);
  await refused(person.call, { endpoint_handle: forged }, 'listed to you');
  const elsewhere = new URLSearchParams({ hostname: 'localhost', endpoint_handle: payroll!.handle });
  expect((await person.call(`${BASE}/credential?${elsewhere}`)).status).toBe(422);
  // One that was listed without a port is meant on any.
  const open = await site.tryStart(person.call, adHoc({ endpoint_handle: anywhere!.handle }));
  expect(open).toMatchObject({ status: 201, body: { ecm_endpoint_id: 'store:e2' } });
});

it('obeys the rules of every unsaved target', async () => {
  const [payroll] = (await search(person.call)).items;
  const stranger = await site.person();
  const listed = (await search(stranger.call)).items[0]!;
  expect(listed.id).toBe(payroll!.id);
  expect(await site.tryStart(stranger.call, adHoc({ endpoint_handle: listed.handle }))).toMatchObject({
    status: 403,
    body: { reason: 'jumpoint_membership' },
  });
  const plain = await site.tryStart(person.call, adHoc());
  expect(plain).toMatchObject({ status: 201, body: { ecm_endpoint_id: null } });
});

it('says which kinds a search may find, as long as somebody can search', async () => {
  expect(await kinds(person.call)).toContain('shell_jump');
  const desktops = await site.person({ perm_shell_jump: false });
  expect(await kinds(desktops.call)).not.toContain('shell_jump');
  await search(desktops.call);
  const { types } = host.operations.asked.at(-1)!.more as { types: string[] };
  expect(types).toEqual(await kinds(desktops.call));
  const nobody = await site.person({ perm_support_allowed: 'not_allowed' });
  expect(await kinds(nobody.call)).toEqual([]);
  host.operations.change([pluginInfo()]);
  await until('that to be known', async () => (await kinds(person.call)).length === 0);
});
