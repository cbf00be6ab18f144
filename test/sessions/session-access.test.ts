import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ok } from '../support/live-jumpoint.ts';
import { LiveSite, post, ROLE, type Started } from '../support/live-site.ts';
import type { Caller } from '../support/test-appliance.ts';

const BASE = '/api/config/v1';
let site: LiveSite;
let itemId: number;

beforeAll(async () => {
  site = await LiveSite.start();
  itemId = await site.item();
});
afterAll(() => site?.stop());

async function lsids(who: Caller): Promise<string[]> {
  const { items } = await ok(who(`${BASE}/session?limit=500`));
  return (items as { lsid: string }[]).map(({ lsid }) => lsid);
}

const status = async (answer: Promise<Response>) => (await answer).status;

describe('sessions of others', () => {
  let mine: Started;
  let owner: Caller;

  beforeAll(async () => {
    const person = await site.person({}, ROLE.startSessions);
    owner = person.call;
    mine = await site.start(owner, itemId);
    const { sql } = site.appliance;
    await sql`insert into team (name, code_name) values ('Desk', 'desk')`;
    await sql`insert into team_user (team_id, user_id, role) select id, ${person.id}, 'member' from team`;
  });

  async function looker(
    perm_view_support_reports: string,
    more: Record<string, unknown> = {},
    role?: number,
  ) {
    return await site.person({ perm_view_support_reports, ...more }, role);
  }

  it('are seen as far as perm_view_support_reports goes', async () => {
    const stranger = await looker('team_sessions');
    expect(await lsids(stranger.call)).toEqual([]);
    expect(await status(stranger.call(`${BASE}/session/${mine.lsid}`))).toBe(404);
    const mate = await looker('team_sessions');
    await site.appliance.sql`
      insert into team_user (team_id, user_id, role) select id, ${mate.id}, 'member' from team`;
    const member = await looker('jump_group_sessions', {}, ROLE.noAccess);
    const all = await looker('all_sessions');
    for (const { call } of [mate, member, all]) {
      expect(await lsids(call)).toEqual([mine.lsid]);
      expect(await status(call(`${BASE}/session/${mine.lsid}/event`))).toBe(200);
    }
  });

  it('are neither changed nor ended by those who see them', async () => {
    const { call } = await looker('all_sessions');
    const path = `${BASE}/session/${mine.lsid}`;
    const changed = call(path, { method: 'PATCH', json: { external_key: 'x' } });
    expect(await status(changed)).toBe(403);
    expect(await status(call(`${path}/terminate`, { method: 'POST' }))).toBe(403);
    const ticket = call(`${path}/channel/${mine.channel.id}/ticket`, { method: 'POST' });
    expect(await status(ticket)).toBe(403);
    expect((await site.show(mine.lsid)).state).not.toBe('ended');
  });

  it('of one’s own are visible while they run, whatever reports one may see, and their end is told', async () => {
    const { call } = await looker('not_allowed', {}, ROLE.startSessions);
    const started = await site.start(call, itemId);
    expect(await lsids(call)).toEqual([started.lsid]);
    const ended = await ok(call(`${BASE}/session/${started.lsid}/terminate`, { method: 'POST' }));
    expect(ended).toMatchObject({ state: 'ended', end_reason: 'representative_closed' });
    expect(await lsids(call)).toEqual([]);
    expect(await status(call(`${BASE}/session/${started.lsid}`))).toBe(404);
  });
});

describe('single rights', () => {
  it('decide who changes an external key and who watches recordings', async () => {
    const person = await site.person(
      { perm_edit_external_key: false, perm_view_sd_recordings: false },
      ROLE.startSessions,
    );
    const started = await site.start(person.call, itemId, { external_key: 'from a ticket' });
    const path = `${BASE}/session/${started.lsid}`;
    const change = (json: object) => person.call(path, { method: 'PATCH', json });
    expect(await status(change({ external_key: 'mine' }))).toBe(403);
    expect(await status(change({ custom_attributes: {} }))).toBe(200);
    expect(await ok(person.call(path))).toMatchObject({ external_key: 'from a ticket' });
    const terminal = await site.work(started);
    expect(await status(person.call(`${path}/recording/0`))).toBe(403);
    expect(await status(site.appliance.admin(`${path}/recording/0`))).toBe(200);
    terminal.socket.terminate();
  });
});

describe('recording', () => {
  const unrecorded = { unattended_session_policy: { record_command_shell: 'do_not_record' } };

  async function recordingsOf(who: Caller): Promise<unknown[]> {
    const started = await site.start(who, itemId);
    const terminal = await site.work(started);
    await ok(who(`${BASE}/session/${started.lsid}/terminate`, { method: 'POST' }));
    terminal.socket.terminate();
    return (await site.show(started.lsid)).recordings as unknown[];
  }

  it('is left out where the session policies say so, unless the site demands it', async () => {
    const quiet = await site.person(unrecorded, ROLE.startSessions);
    const usual = await site.person({}, ROLE.startSessions);
    const demand = (recording_required: boolean) =>
      ok(site.appliance.admin(`${BASE}/site-setting`, { method: 'PATCH', json: { recording_required } }));
    await demand(false);
    expect(await recordingsOf(quiet.call)).toEqual([]);
    expect(await recordingsOf(usual.call)).toHaveLength(1);
    await demand(true);
    expect(await recordingsOf(quiet.call)).toHaveLength(1);
  });
});

describe('a change of rules for many', () => {
  it('ends the sessions that are no longer allowed, and no others', async () => {
    const role = await post(site.appliance.admin, '/jump-item-role', { name: 'Starters', perm_start: true });
    const concerned = [await site.person({}, role.id as number), await site.person({}, role.id as number)];
    const other = await site.person({}, ROLE.startSessions);
    const terminals = [];
    for (const { call } of concerned) terminals.push(await site.work(await site.start(call, itemId)));
    const policy = await post(site.appliance.admin, '/session-policy', {
      display_name: 'Shell',
      permissions: { command_shell: 'allow' },
    });
    const guarded = await site.item({ name: 'guarded', session_policy_id: policy.id });
    const kept = await site.work(await site.start(other.call, guarded));
    await ok(
      site.appliance.admin(`${BASE}/jump-item-role/${role.id}`, {
        method: 'PATCH',
        json: { perm_start: false },
      }),
    );
    for (const terminal of terminals) {
      expect(await terminal.message('ended')).toMatchObject({ reason: 'signed_out' });
    }
    expect(kept.messages.some(({ t }) => t === 'ended')).toBe(false);
    await ok(
      site.appliance.admin(`${BASE}/session-policy/${policy.id}`, {
        method: 'PATCH',
        json: { permissions: { command_shell: 'deny' } },
      }),
    );
    expect(await kept.message('ended')).toMatchObject({ reason: 'signed_out' });
  });
});
