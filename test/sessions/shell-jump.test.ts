import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LiveJumpoint, liveJumpoint, ok, until } from '../support/live-jumpoint.ts';
import { RepresentativeTerminal } from '../support/representative-terminal.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';

let appliance: TestAppliance;
let sshd: TestSshd;
let jumpoint: LiveJumpoint;
let itemId: number;

interface Started {
  lsid: string;
  state: string;
  channel: { id: string; relay_url: string };
}

beforeAll(async () => {
  [appliance, sshd] = await Promise.all([testAppliance(), testSshd()]);
  jumpoint = await liveJumpoint(appliance.api);
  const group = await ok(
    appliance.api('/api/config/v1/jump-group', { method: 'POST', json: { name: 'Servers' } }),
  );
  const item = await ok(
    appliance.api('/api/config/v1/jump-item/shell-jump', {
      method: 'POST',
      json: {
        name: 'build host',
        hostname: '127.0.0.1',
        port: sshd.port,
        protocol: 'ssh',
        username: sshd.username,
        jumpoint_id: jumpoint.jumpointId,
        jump_group_id: group.id,
        jump_group_type: 'shared',
      },
    }),
  );
  itemId = item.id as number;
});

afterAll(async () => {
  await jumpoint?.stop();
  await appliance?.stop();
  await sshd?.stop();
});

async function start(more: Record<string, unknown> = {}): Promise<Started> {
  return (await ok(
    appliance.admin('/api/config/v1/session', {
      method: 'POST',
      json: { jump_item: { type: 'shell_jump', id: itemId }, ...more },
    }),
  )) as unknown as Started;
}

async function work(started: Started): Promise<RepresentativeTerminal> {
  const terminal = await RepresentativeTerminal.dial(started.channel.relay_url);
  await terminal.signInWithKey(sshd.privateKey);
  await terminal.connected();
  return terminal;
}

async function show(lsid: string): Promise<Record<string, unknown>> {
  return await ok(appliance.admin(`/api/config/v1/session/${lsid}`));
}

async function ended(lsid: string): Promise<Record<string, unknown>> {
  await until('the session to end', async () => (await show(lsid)).state === 'ended');
  return await show(lsid);
}

async function eventTypes(lsid: string): Promise<string[]> {
  const { items } = await ok(appliance.admin(`/api/config/v1/session/${lsid}/event`));
  return (items as { event_type: string }[]).map(({ event_type }) => event_type);
}

it('carries a Shell Jump from start to end, with its events and its recording', async () => {
  await ok(
    appliance.api('/api/config/v1/custom-session-attribute', {
      method: 'POST',
      json: { display_name: 'Priority', code_name: 'priority' },
    }),
  );
  const started = await start({
    external_key: 'INC0012345',
    custom_attributes: { priority: 'high' },
    size: { columns: 100, rows: 30 },
  });
  expect(started).toMatchObject({ state: 'starting', external_key: 'INC0012345' });
  const terminal = await work(started);
  expect(await show(started.lsid)).toMatchObject({
    state: 'active',
    custom_attributes: { priority: 'high' },
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

  const session = await ended(started.lsid);
  expect(session).toMatchObject({ end_reason: 'target_closed', jumpoint: { id: jumpoint.jumpointId } });
  expect(await eventTypes(started.lsid)).toEqual([
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
  await until('the recording to be finished', async () => {
    const [recording] = (await show(started.lsid)).recordings as { ended_at: string | null }[];
    return recording?.ended_at !== null;
  });
  const cast = await appliance.admin(`/api/config/v1/session/${started.lsid}/recording/0`);
  expect(cast.headers.get('content-type')).toContain('application/x-asciicast');
  const lines = (await cast.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ version: 2, width: 100, height: 30 });
  const text = lines
    .slice(1)
    .map(([, , data]) => data)
    .join('');
  expect(text).toContain('marker-42');
  expect(text).toContain('120x40');
  const audit = await ok(appliance.admin('/api/config/v1/audit-event?type=recording.viewed'));
  expect(audit.items).toMatchObject([{ object: { type: 'session', id: started.lsid } }]);
});

it('never records key strokes, prompts or their answers', async () => {
  const started = await start();
  const terminal = await work(started);
  terminal.type('stty -echo\n');
  await terminal.shows('stty -echo');
  terminal.type('top-secret-typing\n');
  terminal.type('exit\n');
  await terminal.closed();
  await ended(started.lsid);
  const cast = await (await appliance.admin(`/api/config/v1/session/${started.lsid}/recording/0`)).text();
  expect(cast).not.toContain('PRIVATE KEY');
  const month = new Date().toISOString().slice(0, 7);
  const directory = join(appliance.dataDir, 'recordings', month);
  for (const folder of readdirSync(directory)) {
    for (const file of readdirSync(join(directory, folder))) {
      expect(readFileSync(join(directory, folder, file)).includes('stty')).toBe(false);
    }
  }
});
