import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ok, until } from '../../support/live-jumpoint.ts';
import { LiveSite, ROLE, type Started } from '../../support/live-site.ts';
import { RepresentativeTerminal } from '../../support/representative-terminal.ts';

let site: LiveSite;
let itemId: number;

beforeAll(async () => {
  site = await LiveSite.start();
  itemId = await site.item();
});
afterAll(() => site?.stop());

async function refusedWith(relayUrl: string): Promise<number> {
  return await (await RepresentativeTerminal.dial(relayUrl)).closed();
}

function ticketPath(started: Started): string {
  return `/api/config/v1/session/${started.lsid}/channel/${started.channel.id}/ticket`;
}

/** The status of a WebSocket handshake that is refused. */
async function handshakeStatus(
  path: string,
  protocol: string,
  headers: Record<string, string>,
): Promise<number> {
  const socket = new WebSocket(`${site.appliance.url.replace('http', 'ws')}${path}`, protocol, { headers });
  return await new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
  });
}

it('redeems a ticket once, in time, and only as long as its holder may work', async () => {
  const { admin, sql } = site.appliance;
  const once = await site.start(admin, itemId);
  const terminal = await RepresentativeTerminal.dial(once.channel.relay_url);
  await terminal.until('a first word', () => terminal.messages[0]);
  expect(await refusedWith(once.channel.relay_url)).toBe(4404);

  const late = await site.start(admin, itemId);
  await sql`update relay_ticket set expires_at = clock_timestamp() where used_at is null and channel_id = ${late.channel.id}`;
  expect(await refusedWith(late.channel.relay_url)).toBe(4404);
  expect(await refusedWith(`${site.appliance.url.replace('http', 'ws')}/relay/${'x'.repeat(43)}`)).toBe(4404);

  const again = await ok(admin(ticketPath(late), { method: 'POST' }));
  expect(again.expires_at).toMatch(/T\d\d:\d\d:\d\d\+00:00$/);

  const person = await site.person({}, ROLE.startSessions);
  const lost = await site.start(person.call, itemId);
  await ok(
    site.appliance.api(`/api/config/v1/jump-group/${site.groupId}/user/${person.id}`, {
      method: 'PATCH',
      json: { jump_item_role_id: ROLE.noAccess },
    }),
  );
  expect(await refusedWith(lost.channel.relay_url)).toBe(4404);
  const [stored] =
    await sql`select count(*)::int as n from relay_ticket where ticket_hash = ${Buffer.from(lost.channel.relay_url)}`;
  expect(stored?.n).toBe(0);
  terminal.socket.terminate();
});

it('gives a ticket only to the representative of the session', async () => {
  const owner = await site.person({}, ROLE.startSessions);
  const other = await site.person({}, ROLE.startSessions);
  const started = await site.start(owner.call, itemId);
  expect((await other.call(ticketPath(started), { method: 'POST' })).status).toBe(404);
  expect((await other.call(`/api/config/v1/session/${started.lsid}`)).status).toBe(404);
  expect((await site.appliance.admin(ticketPath(started), { method: 'POST' })).status).toBe(403);
  expect((await owner.call(ticketPath(started), { method: 'POST' })).status).toBe(201);
});

it('accepts pages of the site and programs at the relay, and only programs at the Jumpoint socket', async () => {
  const { url } = site.appliance;
  const relay = 'bridgehead.relay.v1';
  const control = 'bridgehead.jumpoint.v1';
  expect(await handshakeStatus('/relay/abc', relay, { origin: url })).toBe(101);
  expect(await handshakeStatus('/relay/abc', relay, { origin: 'https://evil.example' })).toBe(403);
  expect(await handshakeStatus('/relay/abc', relay, { host: 'evil.example' })).toBe(421);
  expect(await handshakeStatus('/relay/abc', 'chat', {})).toBe(400);
  expect(await handshakeStatus('/relay/abc/def', relay, {})).toBe(404);
  expect(await handshakeStatus('/relay', relay, {})).toBe(404);
  expect(await handshakeStatus('/agent/jumpoint', control, {})).toBe(101);
  expect(await handshakeStatus('/agent/jumpoint', control, { cookie: 'bridgehead_session=x' })).toBe(403);
  expect(await handshakeStatus('/agent/jumpoint', control, { origin: url })).toBe(403);
});

it('lets a representative come back and replays what was shown meanwhile', async () => {
  const { admin } = site.appliance;
  const started = await site.start(admin, itemId);
  const terminal = await site.work(started);
  terminal.type('echo before; (sleep 0.5; echo mean"while") &\n');
  await terminal.shows('before');
  terminal.socket.terminate();
  const [deadline] = await (async () => {
    await until('the deadline', async () => (await deadlines(started.lsid)).length > 0);
    return await deadlines(started.lsid);
  })();
  expect(deadline).toMatchObject({ kind: 'representative_reconnect' });
  await sleep(700);

  const { relay_url } = await ok(admin(ticketPath(started), { method: 'POST' }));
  const again = await RepresentativeTerminal.dial(relay_url as string);
  await again.message('resumed');
  await again.shows('before');
  await again.shows('meanwhile');
  await again.connected();
  again.type('echo still-$((1+1))\n');
  await again.shows('still-2');
  await until('the deadline to be gone', async () => (await deadlines(started.lsid)).length === 0);

  again.socket.terminate();
  await until('the deadline', async () => (await deadlines(started.lsid)).length > 0);
  await site.appliance
    .sql`update session_deadline set due_at = clock_timestamp() where lsid = ${started.lsid}`;
  expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'representative_lost' });
  expect((await admin(ticketPath(started), { method: 'POST' })).status).toBe(409);
});

async function deadlines(lsid: string) {
  return await site.appliance.sql`select kind from session_deadline where lsid = ${lsid}`;
}

it('ends the session when an administrator terminates it or its representative signs out', async () => {
  const person = await site.person({}, ROLE.startSessions);
  const first = await site.start(person.call, itemId);
  const terminal = await site.work(first);
  await ok(site.appliance.admin(`/api/config/v1/session/${first.lsid}/terminate`, { method: 'POST' }));
  expect(await terminal.message('ended')).toMatchObject({ reason: 'terminated' });
  expect(await terminal.closed()).toBe(4410);
  const again = await site.appliance.admin(`/api/config/v1/session/${first.lsid}/terminate`, {
    method: 'POST',
  });
  expect(again.status).toBe(409);
  const audit = await ok(site.appliance.admin('/api/config/v1/audit-event?type=session.terminated'));
  expect(audit.items).toMatchObject([{ object: { id: first.lsid } }]);

  const second = await site.start(person.call, itemId);
  const working = await site.work(second);
  await person.call('/api/config/v1/sign-out', { method: 'POST' });
  expect(await working.message('ended')).toMatchObject({ reason: 'signed_out' });
  expect(await site.ended(second.lsid)).toMatchObject({ end_reason: 'signed_out' });
});

it('ends the session when its representative is disabled', async () => {
  const person = await site.person({}, ROLE.startSessions);
  const started = await site.start(person.call, itemId);
  const terminal = await site.work(started);
  await ok(
    site.appliance.admin(`/api/config/v1/user/${person.id}`, { method: 'PATCH', json: { enabled: false } }),
  );
  expect(await terminal.message('ended')).toMatchObject({ reason: 'signed_out' });
});

it('ends the session when its representative loses the right to it, and no other session', async () => {
  const person = await site.person({}, ROLE.startSessions);
  const kept = await site.person({}, ROLE.startSessions);
  const working = await site.work(await site.start(person.call, itemId));
  const other = await site.work(await site.start(kept.call, itemId));
  const user = (id: number, json: object) =>
    ok(site.appliance.api(`/api/config/v1/user/${id}`, { method: 'PATCH', json }));
  await user(kept.id, { email_address: 'kept@example.com' });
  await user(person.id, { perm_shell_jump: false });
  expect(await working.message('ended')).toMatchObject({ reason: 'signed_out' });

  await site.appliance.api(`/api/config/v1/jump-group/${site.groupId}/user/${person.id}`, {
    method: 'DELETE',
  });
  expect(other.messages.some((message) => message.t === 'ended')).toBe(false);
  await site.appliance.api(`/api/config/v1/jump-group/${site.groupId}/user/${kept.id}`, { method: 'DELETE' });
  expect(await other.message('ended')).toMatchObject({ reason: 'signed_out' });
});

it('stops reading from the target while the representative does not, and holds little meanwhile', async () => {
  const started = await site.start(site.appliance.admin, itemId);
  const terminal = await site.work(started);
  const before = process.memoryUsage().arrayBuffers;
  terminal.socket.pause();
  terminal.type('head -c 300000000 /dev/zero | tr "\\0" x; echo; echo all-$((1+1))-sent\n');
  await sleep(2_500);
  // Server, Jumpoint and representative share this process, so this is all that any of them holds.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 1024 * 1024);
  const held = terminal.outputBytes;
  expect(held).toBeLessThan(5_000_000);
  terminal.socket.resume();
  await terminal.until('output to flow again', () =>
    terminal.outputBytes > held + 5_000_000 ? true : undefined,
  );
  terminal.send({ t: 'close' });
  await terminal.closed();
});
