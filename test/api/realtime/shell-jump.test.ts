import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ok } from '../../support/live-jumpoint.ts';
import { LiveSite, post } from '../../support/live-site.ts';
import { RepresentativeTerminal } from '../../support/representative-terminal.ts';

let site: LiveSite;
let itemId: number;

beforeAll(async () => {
  site = await LiveSite.start();
  itemId = await site.item();
});
afterAll(() => site?.stop());

it('carries a Shell Jump from start to end, with its events and its recording', async () => {
  const { admin, api } = site.appliance;
  await post(api, '/custom-session-attribute', { display_name: 'Priority', code_name: 'priority' });
  const started = await site.start(admin, itemId, {
    external_key: 'INC0012345',
    custom_attributes: { priority: 'high' },
    size: { columns: 100, rows: 30 },
  });
  expect(started).toMatchObject({ state: 'starting', external_key: 'INC0012345' });
  const terminal = await site.work(started);
  expect(await site.show(started.lsid)).toMatchObject({
    state: 'active',
    custom_attributes: { priority: 'high' },
    jump_item: { id: itemId, name: 'build host' },
    jump_group: { id: site.groupId, type: 'shared', name: 'Servers' },
  });
  terminal.type('stty size; echo marker-$((40+2))\n');
  await terminal.shows('30 100');
  await terminal.shows('marker-42');
  terminal.send({ t: 'resize', columns: 120, rows: 40 });
  terminal.type('stty size\n');
  await terminal.shows('40 120');
  terminal.type('exit 3\n');
  expect(await terminal.message('exit')).toMatchObject({ code: 3 });
  expect(await terminal.message('ended')).toMatchObject({ reason: 'target_closed' });
  expect(await terminal.closed()).toBe(4410);

  expect(await site.ended(started.lsid)).toMatchObject({
    end_reason: 'target_closed',
    jumpoint: { id: site.jumpoint.jumpointId },
  });
  expect(await site.eventTypes(started.lsid)).toEqual([
    'Session Start',
    'Conference Owner Changed',
    'Conference Member Added',
    'Conference Owner Changed',
    'External Key',
    'Conference Member Added',
    'Command Shell Session Started',
    'Conference Member Departed',
    'Conference Member Departed',
    'Session End',
  ]);
  const recorded = await site.recorded(started.lsid);
  expect(recorded).toContain('marker-42');
  expect(recorded).toContain('120x40');
  const audit = await ok(admin('/api/config/v1/audit-event?type=recording.viewed'));
  expect(audit.items).toMatchObject([{ object: { type: 'session', id: started.lsid } }]);
  const item = await site.appliance.sql`select last_accessed_at from jump_item where id = ${itemId}`;
  expect(item[0]?.last_accessed_at).toBeInstanceOf(Date);
});

it('writes no key strokes, prompts, answers or clear text to the disk', async () => {
  const started = await site.start(site.appliance.admin, itemId);
  const terminal = await site.work(started);
  terminal.type('read -s -p "type"-now hidden\n');
  await terminal.shows('type-now');
  terminal.type('unseen-by-anybody\n');
  terminal.type('exit\n');
  await terminal.closed();
  await site.ended(started.lsid);
  const recorded = await site.recorded(started.lsid);
  expect(recorded).toContain('read -s -p');
  expect(recorded).not.toContain('unseen-by-anybody');
  expect(recorded).not.toContain('PRIVATE KEY');
  const month = join(site.appliance.dataDir, 'recordings', new Date().toISOString().slice(0, 7));
  for (const file of readdirSync(month, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    expect(readFileSync(join(file.parentPath, file.name)).includes('read -s -p')).toBe(false);
  }
});

it('says that a dead target cannot be reached and ends the session', async () => {
  const deadItem = await site.item({ name: 'gone', port: 1 });
  const started = await site.start(site.appliance.admin, deadItem);
  const terminal = await RepresentativeTerminal.dial(started.channel.relay_url);
  expect(await terminal.message('refused')).toMatchObject({ code: 'unreachable' });
  expect(await terminal.message('ended')).toMatchObject({ reason: 'unreachable' });
  expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'unreachable', recordings: [] });
  expect(await site.eventTypes(started.lsid)).not.toContain('Command Shell Session Started');
});

it('closes the shell when the representative closes the session', async () => {
  const started = await site.start(site.appliance.admin, itemId);
  const terminal = await site.work(started);
  terminal.send({ t: 'close' });
  expect(await terminal.message('ended')).toMatchObject({ reason: 'representative_closed' });
  expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'representative_closed' });
  const { items } = await ok(site.appliance.admin(`/api/config/v1/session/${started.lsid}/event`));
  expect((items as { performed_by: unknown }[]).at(-1)?.performed_by).toMatchObject({
    type: 'representative',
  });
});

it('ends the session when the representative does not accept the host key, and loudly when it changed', async () => {
  await site.sshd.changeHostKey();
  const changed = await site.start(site.appliance.admin, itemId);
  const alarmed = await RepresentativeTerminal.dial(changed.channel.relay_url);
  expect(await alarmed.message('refused')).toMatchObject({ code: 'host-key-changed' });
  expect(await site.ended(changed.lsid)).toMatchObject({ end_reason: 'host_key_changed' });

  const other = await site.item({ name: 'by name', hostname: 'localhost' });
  const refused = await site.start(site.appliance.admin, other);
  const terminal = await RepresentativeTerminal.dial(refused.channel.relay_url);
  const prompt = await terminal.message('prompt');
  expect(prompt).toMatchObject({ kind: 'host-key', fingerprint: await site.sshd.fingerprint() });
  terminal.answer(prompt, { choice: 'abort' });
  expect(await terminal.message('ended')).toMatchObject({ reason: 'host_key_refused' });
  expect(await site.ended(refused.lsid)).toMatchObject({ end_reason: 'host_key_refused' });
});
