import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type JumpPolicyRules,
  scheduleRuling,
  simultaneousJump,
} from '../../appliance/jump/jump-policy-ruling.ts';
import { nextNotice } from '../../appliance/sessions/forced-end.ts';
import { joinJumpoint, ok, until } from '../support/live-jumpoint.ts';
import { LiveSite, post, ROLE } from '../support/live-site.ts';
import { RepresentativeTerminal } from '../support/representative-terminal.ts';
import type { Caller } from '../support/test-appliance.ts';

const BASE = '/api/config/v1';

describe('starting a jump', () => {
  let site: LiveSite;
  let itemId: number;
  let admin: Caller;
  let api: Caller;

  beforeAll(async () => {
    site = await LiveSite.start();
    ({ admin, api } = site.appliance);
    itemId = await site.item();
  });
  afterAll(() => site?.stop());

  const jump = (id: number, type = 'shell_jump') => ({ jump_item: { type, id } });
  const adHoc = (more: Record<string, unknown> = {}) => ({
    ad_hoc: {
      type: 'shell_jump',
      jumpoint_id: site.jumpoint.jumpointId,
      hostname: '127.0.0.1',
      port: site.sshd.port,
      ...more,
    },
  });

  /** A policy whose schedule permits nothing now: a window that begins in two days. */
  async function closedPolicy(settings: Record<string, unknown> = {}): Promise<number> {
    const policy = await post(api, '/jump-policy', { display_name: `Closed ${Math.random()}`, ...settings });
    const day = (new Date().getUTCDay() + 6 + 2) % 7;
    await ok(
      api(`${BASE}/jump-policy/${policy.id}/schedule`, {
        method: 'PUT',
        json: {
          timezone: 'UTC',
          entries: [{ start_day: day, start_time: '08:00', end_day: day, end_time: '09:00' }],
        },
      }),
    );
    return policy.id as number;
  }

  it('is for people whose method and role allow it', async () => {
    const stranger = await site.person();
    expect((await site.tryStart(stranger.call, jump(itemId))).status).toBe(404);
    const looker = await site.person({}, ROLE.auditor);
    expect(await site.tryStart(looker.call, jump(itemId))).toMatchObject({ status: 403 });
    const noShell = await site.person({ perm_shell_jump: false }, ROLE.startSessions);
    expect(await site.tryStart(noShell.call, jump(itemId))).toMatchObject({ status: 403 });
    expect((await site.tryStart(api, jump(itemId))).status).toBe(403);
    expect((await site.tryStart(site.appliance.anonymous, jump(itemId))).status).toBe(401);
    expect((await site.tryStart(admin, jump(999_999))).status).toBe(404);
    expect((await site.tryStart(admin, jump(itemId, 'remote_rdp'))).status).toBe(404);
  });

  it('asks for membership of the Jumpoint of a personal item, each time', async () => {
    const person = await site.person();
    const members = `${BASE}/jumpoint/${site.jumpoint.jumpointId}/user`;
    const personal = await site.item({ jump_group_id: person.id, jump_group_type: 'personal' });
    expect(await site.tryStart(person.call, jump(personal))).toMatchObject({
      status: 403,
      body: { message: 'You may not use this Jumpoint.', reason: 'jumpoint_membership' },
    });
    await post(api, `/jumpoint/${site.jumpoint.jumpointId}/user`, { user_id: person.id });
    expect((await site.tryStart(person.call, jump(personal))).status).toBe(201);
    await api(`${members}/${person.id}`, { method: 'DELETE' });
    expect((await site.tryStart(person.call, jump(personal))).status).toBe(403);
    expect((await site.tryStart(admin, jump(personal))).status).toBe(201);
  });

  it('asks for membership of the Jumpoint of a shared item too, which a group policy may give', async () => {
    const starter = await site.person({}, ROLE.startSessions);
    expect((await site.tryStart(starter.call, jump(itemId))).status).toBe(201);
    const { sql } = site.appliance;
    await sql`delete from jumpoint_user where user_id = ${starter.id}`;
    expect(await site.tryStart(starter.call, jump(itemId))).toMatchObject({
      status: 403,
      body: { reason: 'jumpoint_membership' },
    });
    const [policy] = await sql<{ id: number }[]>`
      insert into group_policy (name, position) values ('Gate', 50) returning id`;
    await sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id)
              values (${policy!.id}, 1, ${starter.id})`;
    await sql`insert into group_policy_jumpoint (group_policy_id, jumpoint_id)
              values (${policy!.id}, ${site.jumpoint.jumpointId})`;
    expect((await site.tryStart(starter.call, jump(itemId))).status).toBe(201);
  });

  it('keeps what the session policies permit, and starts no shell that they deny', async () => {
    const starter = await site.person({ unattended_session_policy: { chat: 'deny' } }, ROLE.startSessions);
    const started = await site.start(starter.call, itemId);
    expect(await ok(starter.call(`${BASE}/session/${started.lsid}`))).toMatchObject({
      customer_present: false,
      session_permissions: { chat: 'deny', command_shell: 'allow', file_transfer_customer_paths: [] },
    });
    const closed = await site.item({ name: 'closed', session_policy_id: 3 });
    expect(await site.tryStart(starter.call, jump(closed))).toMatchObject({
      status: 403,
      body: { reason: 'session_permissions', permission: 'command_shell' },
    });
    const denied = { unattended_session_policy: { command_shell: 'deny' } };
    const noShell = await site.person(denied, ROLE.startSessions);
    expect((await site.tryStart(noShell.call, jump(itemId))).status).toBe(403);
    const open = await site.item({ name: 'open', session_policy_id: 2 });
    expect((await site.tryStart(noShell.call, jump(open))).status).toBe(201);
  });

  it('says which kinds cannot be started yet', async () => {
    const rdp = await post(api, '/jump-item/remote-rdp', {
      name: 'desktop',
      hostname: '127.0.0.1',
      jumpoint_id: site.jumpoint.jumpointId,
      jump_group_id: site.groupId,
      jump_group_type: 'shared',
    });
    const answer = await site.tryStart(admin, jump(rdp.id as number, 'remote_rdp'));
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('cannot be started yet');
  });

  it('refuses outside the schedule with the next allowed time, and lets those override who may, audited', async () => {
    const policyId = await closedPolicy();
    const item = await site.item({ name: 'office hours only', jump_policy_id: policyId });
    const starter = await site.person({}, ROLE.startSessions);
    const refused = await site.tryStart(starter.call, jump(item));
    expect(refused).toMatchObject({ status: 403, body: { may_override: false } });
    expect(refused.body.next_allowed).toMatch(/T\d\d:\d\d:\d\d\+00:00$/);
    expect(Date.parse(refused.body.next_allowed as string)).toBeGreaterThan(Date.now() + 86_400_000);
    expect((await site.tryStart(starter.call, { ...jump(item), override_schedule: true })).status).toBe(403);

    const editor = await site.person({}, ROLE.administrator);
    expect(await site.tryStart(editor.call, jump(item))).toMatchObject({
      status: 403,
      body: { may_override: true },
    });
    const overridden = await site.tryStart(editor.call, { ...jump(item), override_schedule: true });
    expect(overridden.status).toBe(201);
    const audit = await ok(admin(`${BASE}/audit-event?type=jump_policy.schedule_overridden`));
    expect(audit.items).toMatchObject([
      { actor: { name: editor.username }, object: { id: overridden.body.lsid } },
    ]);
  });

  it('ends a session by force when a strict schedule closes, after a notice', async () => {
    const policy = await post(api, '/jump-policy', { display_name: 'Strict', schedule_strict: true });
    const end = new Date(Date.now() + 5 * 60_000);
    const day = (date: Date) => (date.getUTCDay() + 6) % 7;
    const start = new Date(Date.now() - 3_600_000);
    const time = (date: Date) => date.toISOString().slice(11, 16);
    await ok(
      api(`${BASE}/jump-policy/${policy.id}/schedule`, {
        method: 'PUT',
        json: {
          timezone: 'UTC',
          entries: [
            { start_day: day(start), start_time: time(start), end_day: day(end), end_time: time(end) },
          ],
        },
      }),
    );
    const started = await site.start(admin, await site.item({ name: 'strict', jump_policy_id: policy.id }));
    const terminal = await site.work(started);
    expect(await terminal.message('notice')).toMatchObject({ kind: 'forced-end' });
    await site.appliance.sql`
      update session_deadline set due_at = clock_timestamp() where lsid = ${started.lsid} and kind = 'forced_end'`;
    expect(await terminal.message('ended')).toMatchObject({ reason: 'forced_end' });
    expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'forced_end' });
  });

  it('reaches unsaved targets for members of the Jumpoint, within what it allows', async () => {
    const person = await site.person();
    expect((await site.tryStart(person.call, adHoc())).status).toBe(403);
    await post(api, `/jumpoint/${site.jumpoint.jumpointId}/user`, { user_id: person.id });
    const started = await site.tryStart(person.call, adHoc({ username: site.sshd.username }));
    expect(started).toMatchObject({
      status: 201,
      body: { jump_item: { id: null, name: '127.0.0.1' }, jump_group: null },
    });

    const path = `${BASE}/jumpoint/${site.jumpoint.jumpointId}`;
    const provisioned = {
      shell_jump_access: 'provisioned',
      shell_jump_provisioned: [{ hostname: 'db.example' }],
    };
    await ok(api(path, { method: 'PATCH', json: provisioned }));
    expect((await site.tryStart(admin, adHoc())).status).toBe(403);
    const limited = { shell_jump_access: 'limited', shell_jump_ranges: ['10.0.0.0/8'] };
    await ok(api(path, { method: 'PATCH', json: limited }));
    const outside = await site.tryStart(admin, adHoc());
    expect(outside.status).toBe(201);
    const terminal = await RepresentativeTerminal.dial(
      (outside.body.channel as { relay_url: string }).relay_url,
    );
    expect(await terminal.message('refused')).toMatchObject({ code: 'not-allowed' });
    expect(await site.ended(outside.body.lsid as string)).toMatchObject({ end_reason: 'not_allowed' });
    await ok(api(path, { method: 'PATCH', json: { shell_jump_enabled: false } }));
    expect((await site.tryStart(admin, adHoc())).status).toBe(403);
    await ok(api(path, { method: 'PATCH', json: { shell_jump_access: 'open', shell_jump_enabled: true } }));
  });

  it('accepts keys and attributes within their limits, and attributes that exist', async () => {
    await post(api, '/custom-session-attribute', { display_name: 'Ticket', code_name: 'ticket' });
    const unknown = await site.tryStart(admin, { ...jump(itemId), custom_attributes: { nothing: 'x' } });
    expect(unknown.status).toBe(422);
    expect(unknown.body.errors).toHaveProperty(['custom_attributes.nothing']);
    expect((await site.tryStart(admin, { ...jump(itemId), external_key: 'x'.repeat(1025) })).status).toBe(
      422,
    );
    const started = await site.start(admin, itemId, {
      custom_attributes: { TICKET: 'one' },
      external_key: 'k',
    });
    const path = `${BASE}/session/${started.lsid}`;
    const changed = await ok(
      admin(path, {
        method: 'PATCH',
        json: { external_key: 'k2', custom_attributes: { ticket: 'ü'.repeat(1024) } },
      }),
    );
    expect(changed).toMatchObject({ external_key: 'k2', custom_attributes: { ticket: 'ü'.repeat(1024) } });
    for (let index = 0; index < 5; index++) {
      await post(api, '/custom-session-attribute', { display_name: `a${index}`, code_name: `a${index}` });
    }
    const tooMuch = Object.fromEntries([0, 1, 2, 3, 4].map((index) => [`a${index}`, 'ü'.repeat(1024)]));
    expect((await admin(path, { method: 'PATCH', json: { custom_attributes: tooMuch } })).status).toBe(422);
    await ok(admin(path, { method: 'PATCH', json: { custom_attributes: { ticket: null } } }));
    expect((await site.show(started.lsid)).custom_attributes).toEqual({});
    expect((await site.eventTypes(started.lsid)).filter((type) => type === 'External Key')).toHaveLength(2);
  });

  it('lists sessions by key, filtered, and to people only their own', async () => {
    const person = await site.person({}, ROLE.startSessions);
    const mine = [
      await site.start(person.call, itemId),
      await site.start(person.call, itemId, { external_key: 'FIND-ME' }),
    ];
    const own = await ok(person.call(`${BASE}/session`));
    expect((own.items as { lsid: string }[]).map(({ lsid }) => lsid)).toEqual([mine[1]!.lsid, mine[0]!.lsid]);
    const found = await ok(admin(`${BASE}/session?search=find-me`));
    expect(found).toMatchObject({ total: 1, items: [{ lsid: mine[1]!.lsid }], next_cursor: null });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await ok(admin(`${BASE}/session?limit=2${cursor && `&cursor=${cursor}`}`));
      seen.push(...(page.items as { lsid: string }[]).map(({ lsid }) => lsid));
      cursor = page.next_cursor as string | null;
    }
    const all = await ok(admin(`${BASE}/session?limit=500`));
    expect(seen).toEqual((all.items as { lsid: string }[]).map(({ lsid }) => lsid));
    expect(new Set(seen).size).toBe(all.total);
    expect((await admin(`${BASE}/session?cursor=nonsense`)).status).toBe(422);
  });

  it('spreads sessions over the programs of a cluster and says when none is connected', async () => {
    const cluster = await post(api, '/jumpoint', {
      name: 'cluster',
      platform: 'linux-x86',
      clustered: true,
      shell_jump_enabled: true,
    });
    const item = await site.item({ name: 'through the cluster', jumpoint_id: cluster.id });
    const none = await site.tryStart(admin, jump(item));
    expect(none).toMatchObject({ status: 503 });
    expect(none.body.message).toContain('not connected');
    const programs = [
      await joinJumpoint(api, cluster.id as number),
      await joinJumpoint(api, cluster.id as number),
    ];
    const started = [await site.start(admin, item), await site.start(admin, item)];
    const carriers = await site.appliance.sql<{ id: number }[]>`
      select jumpoint_node_id as id from support_session where lsid = any (${started.map(({ lsid }) => lsid)})`;
    expect(new Set(carriers.map(({ id }) => id))).toEqual(new Set(programs.map(({ nodeId }) => nodeId)));
    await programs[0]!.stop();
    await until('one program to be gone', async () => {
      const nodes = (await ok(api(`${BASE}/jumpoint/${cluster.id}/node`))) as unknown as {
        connected: boolean;
      }[];
      return nodes.filter(({ connected }) => connected).length === 1;
    });
    expect((await site.tryStart(admin, jump(item))).status).toBe(201);
    await programs[1]!.stop();
  });

  it('ends as jumpoint_timeout when the Jumpoint does not answer', async () => {
    const started = await site.start(admin, itemId);
    const { sql } = site.appliance;
    const waiting = () =>
      sql`select from session_deadline where lsid = ${started.lsid} and kind = 'jumpoint_answer'`;
    await until('the Jumpoint to join', async () => (await waiting()).length === 0);
    await sql`
      insert into session_deadline (lsid, kind, due_at) values (${started.lsid}, 'jumpoint_answer', clock_timestamp())
      on conflict (lsid, kind) do update set due_at = clock_timestamp()`;
    expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'jumpoint_timeout' });
    const left = await site.appliance.sql`select from session_deadline where lsid = ${started.lsid}`;
    expect(left).toHaveLength(0);
  });
});

describe('Jump Policy rules', () => {
  const policy: JumpPolicyRules = {
    id: 1,
    displayName: 'Office',
    codeName: 'office',
    ticketIdRequired: false,
    twoFactorChallengeRequired: false,
    scheduleEnabled: true,
    scheduleStrict: true,
    schedule: {
      timezone: 'Europe/Vienna',
      entries: [{ startDay: 0, startTime: '08:00', endDay: 0, endTime: '18:00' }],
    },
    simultaneousJumps: 'global',
    simultaneousJumpsRdp: 'global',
  };
  const never = { wanted: false, permitted: false };

  it('answers a refusal with the start of the next window in the zone of the schedule', () => {
    const sunday = new Date('2026-03-29T12:00:00Z');
    expect(scheduleRuling(policy, { now: sunday, override: never }).refusal).toMatchObject({
      code: 'forbidden',
      facts: { next_allowed: '2026-03-30T06:00:00+00:00', may_override: false },
    });
    const empty = { ...policy, schedule: { timezone: 'UTC', entries: [] } };
    expect(scheduleRuling(empty, { now: sunday, override: never }).refusal).toMatchObject({
      facts: { next_allowed: null },
    });
  });

  it('sets a forced end only for strict schedules that were not overridden', () => {
    const monday = new Date('2026-03-30T10:00:00Z');
    expect(scheduleRuling(policy, { now: monday, override: never })).toMatchObject({
      refusal: undefined,
      endsAt: new Date('2026-03-30T16:00:00Z'),
      overridden: false,
    });
    const lenient = { ...policy, scheduleStrict: false };
    expect(scheduleRuling(lenient, { now: monday, override: never }).endsAt).toBeUndefined();
    const sunday = new Date('2026-03-29T12:00:00Z');
    const passedOver = { refusal: undefined, endsAt: undefined };
    expect(
      scheduleRuling(policy, { now: sunday, override: { wanted: true, permitted: true } }),
    ).toMatchObject({ ...passedOver, overridden: true });
    expect(
      scheduleRuling({ ...policy, scheduleEnabled: false }, { now: sunday, override: never }),
    ).toMatchObject({ ...passedOver, overridden: false });
  });

  it('notices begin a quarter of an hour before the end and get denser', () => {
    const end = new Date('2026-03-30T16:00:00Z');
    const minutes: number[] = [];
    for (
      let now = new Date('2026-03-30T10:00:00Z'), next = nextNotice(end, now);
      next;
      next = nextNotice(end, now)
    ) {
      minutes.push((end.getTime() - next.getTime()) / 60_000);
      now = next;
    }
    expect(minutes).toEqual([15, 10, 5, 4, 3, 2, 1]);
  });

  it('decides simultaneous jumps by kind', () => {
    const site = { simultaneous_jumps: 'disallow', simultaneous_jumps_rdp: 'disallow' };
    expect(
      simultaneousJump(
        'shell_jump',
        { simultaneousJumps: 'disallow', simultaneousJumpsRdp: 'disallow' },
        site,
      ),
    ).toBe('new_session');
    expect(simultaneousJump('remote_rdp', policy, site)).toBe('disallow');
    expect(simultaneousJump('remote_rdp', { ...policy, simultaneousJumpsRdp: 'new_session' }, site)).toBe(
      'new_session',
    );
    expect(simultaneousJump('remote_vnc', policy, site)).toBe('disallow');
    expect(simultaneousJump('remote_vnc', { ...policy, simultaneousJumps: 'join' }, site)).toBe('join');
    expect(simultaneousJump('vpro', undefined, { ...site, simultaneous_jumps: 'join' })).toBe('join');
  });
});
