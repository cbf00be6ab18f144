import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

const MONDAY = { start_day: 0, start_time: '08:00', end_day: 0, end_time: '18:00' };

it('creates a policy with the published defaults and an empty schedule', async () => {
  const { status, body } = await api('POST', '/jump-policy', { display_name: 'Office hours' });
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.any(Number),
    display_name: 'Office hours',
    code_name: 'office_hours',
    description: '',
    schedule_enabled: true,
    simultaneous_jumps: 'global',
    simultaneous_jump_behavior_applies_to_copies: false,
    simultaneous_jumps_rdp: 'global',
    schedule_strict: false,
    ticket_id_required: false,
    two_factor_challenge_required: false,
  });
  expect((await api('GET', `/jump-policy/${body.id}/schedule`)).body).toEqual({
    timezone: 'UTC',
    entries: [],
  });
  expect((await api('GET', '/jump-policy?code_name=OFFICE_hours')).body).toEqual([body]);
});

it('changes only what is supplied and refuses what makes no sense', async () => {
  const { body: policy } = await api('POST', '/jump-policy', {
    display_name: 'Strict',
    schedule_enabled: false,
  });
  const path = `/jump-policy/${policy.id}`;
  expect((await api('PATCH', path, { schedule_strict: true })).body.errors).toHaveProperty('schedule_strict');
  expect((await api('PATCH', path, { schedule_enabled: true, schedule_strict: true })).status).toBe(200);
  expect((await api('PATCH', path, { ticket_id_required: true })).body).toEqual({
    ...policy,
    schedule_enabled: true,
    schedule_strict: true,
    ticket_id_required: true,
  });
  expect(
    (await api('PATCH', path, { simultaneous_jump_behavior_applies_to_copies: true })).body.errors,
  ).toHaveProperty('simultaneous_jump_behavior_applies_to_copies');
  expect((await api('PATCH', path, { code_name: null })).body.code_name).toBe('strict_2');
});

it('replaces the schedule, audited, and refuses zones and entries that do not exist', async () => {
  const { body: policy } = await api('POST', '/jump-policy', { display_name: 'Scheduled' });
  const path = `/jump-policy/${policy.id}/schedule`;
  const schedule = {
    timezone: 'Europe/Vienna',
    entries: [MONDAY, { start_day: 4, start_time: '22:00', end_day: 0, end_time: '06:00' }],
  };
  expect(await api('PUT', path, schedule)).toMatchObject({ status: 200, body: schedule });
  expect((await api('GET', path)).body).toEqual(schedule);
  const { body: audit } = await admin('GET', '/audit-event?type=jump_policy.schedule_changed');
  expect(audit.items).toMatchObject([{ before: { timezone: 'UTC', entries: [] }, after: schedule }]);

  for (const timezone of ['Europe/Nowhere', '+01:00', '']) {
    expect((await api('PUT', path, { timezone, entries: [] })).status, timezone).toBe(422);
  }
  const withEntry = (entry: object) => api('PUT', path, { timezone: 'UTC', entries: [entry] });
  expect((await withEntry({ ...MONDAY, end_time: '24:00' })).status).toBe(422);
  expect((await withEntry({ ...MONDAY, start_day: 7 })).status).toBe(422);
  expect((await withEntry({ ...MONDAY, end_time: '08:00' })).status).toBe(422);
  expect((await withEntry({ ...MONDAY, colour: 'red' })).status).toBe(401);
  expect((await api('GET', path)).body).toEqual(schedule);
  expect((await api('PUT', '/jump-policy/4711/schedule', schedule)).status).toBe(404);
});

it('takes its schedule with it, in one change with the rest', async () => {
  const schedule = { timezone: 'Europe/Vienna', entries: [MONDAY] };
  const { status, body: policy } = await api('POST', '/jump-policy', { display_name: 'In one', schedule });
  expect([status, policy]).toEqual([201, expect.not.objectContaining({ schedule: expect.anything() })]);
  const path = `/jump-policy/${policy.id}`;
  expect((await api('GET', `${path}/schedule`)).body).toEqual(schedule);

  const bad = { timezone: 'Europe/Vienna', entries: [MONDAY, { ...MONDAY, end_time: '08:00' }] };
  const refused = await api('PATCH', path, { description: 'half done', schedule: bad });
  expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['schedule.entries.1']]);
  expect(
    (await api('PATCH', path, { schedule: { timezone: 'Nowhere', entries: [] } })).body.errors,
  ).toHaveProperty(['schedule.timezone']);
  expect((await api('GET', path)).body.description).toBe('');

  const weekend = {
    timezone: 'UTC',
    entries: [{ start_day: 4, start_time: '18:00', end_day: 0, end_time: '06:00' }],
  };
  expect((await api('PATCH', path, { description: 'done', schedule: weekend })).body.description).toBe(
    'done',
  );
  expect((await api('GET', `${path}/schedule`)).body).toEqual(weekend);
  const { body: audit } = await admin('GET', '/audit-event?type=jump_policy.schedule_changed&limit=1');
  expect(audit.items).toMatchObject([{ before: schedule, after: weekend }]);
});

it('tells where a moment stands in the schedule', async () => {
  // From Friday evening over the weekend to Monday morning, and Wednesday overnight.
  const schedule = {
    timezone: 'UTC',
    entries: [
      { start_day: 4, start_time: '18:00', end_day: 0, end_time: '06:00' },
      { start_day: 2, start_time: '22:00', end_day: 3, end_time: '02:00' },
    ],
  };
  const { body: policy } = await api('POST', '/jump-policy', { display_name: 'Weekends', schedule });
  const standing = async (at: string) =>
    (await api('GET', `/jump-policy/${policy.id}/schedule/standing?at=${at}`)).body;
  expect(await standing('2026-01-04T12:00:00Z')).toEqual({
    allowed: true,
    ends_at: '2026-01-05T06:00:00+00:00',
    next_allowed: null,
  });
  expect(await standing('2026-01-05T06:00:00Z')).toEqual({
    allowed: false,
    ends_at: null,
    next_allowed: '2026-01-07T22:00:00+00:00',
  });
  expect((await api('GET', `/jump-policy/${policy.id}/schedule/standing`)).status).toBe(200);
  expect((await api('GET', `/jump-policy/${policy.id}/schedule/standing?at=tomorrow`)).status).toBe(422);
  expect((await api('GET', '/jump-policy/4711/schedule/standing')).status).toBe(404);
  await api('PATCH', `/jump-policy/${policy.id}`, { schedule_enabled: false });
  expect(await standing('2026-01-05T06:00:00Z')).toEqual({
    allowed: true,
    ends_at: null,
    next_allowed: null,
  });
});

it('is not deleted while a Jump Item uses it', async () => {
  const { body: policy } = await api('POST', '/jump-policy', { display_name: 'Used' });
  const { body: group } = await api('POST', '/jump-group', { name: 'Users of a policy' });
  await appliance.sql`
    insert into jump_item (kind, name, jump_group_id, jump_policy_id)
    values ('local_jump', 'bound', ${group.id}, ${policy.id})`;
  const refused = await api('DELETE', `/jump-policy/${policy.id}`);
  expect(refused).toMatchObject({ status: 422, body: { message: expect.stringContaining('one Jump Item') } });
  await appliance.sql`delete from jump_item where name = 'bound'`;
  expect((await api('DELETE', `/jump-policy/${policy.id}`)).status).toBe(204);
  expect((await api('GET', `/jump-policy/${policy.id}/schedule`)).status).toBe(404);
});
