import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
let api: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
});
afterAll(() => appliance?.stop());

describe('what a Jump Policy of the other product has and this site does not offer', () => {
  const DEFAULTS = {
    external_tools_rdp_allowed: true,
    external_tools_shell_allowed: true,
    session_start_notification: false,
    session_end_notification: false,
    notification_email_addresses: [],
    notification_display_name: '',
    notification_email_language: 'en-us',
    approval_required: false,
    approval_max_duration: 480,
    approval_scope: 'requestor',
    approval_email_addresses: [],
    approval_user_ids: [],
    approval_team_ids: [],
    approval_display_name: '',
    approval_email_language: 'en-us',
    approval_approver_scope: 'not_requestor',
    recordings_disabled: false,
  };

  it('is taken with its defaults, or with null, and not answered', async () => {
    const created = await api('POST', '/jump-policy', { display_name: 'Defaults', ...DEFAULTS });
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    for (const name of Object.keys(DEFAULTS)) expect(created.body).not.toHaveProperty(name);
    const nulls = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, null]));
    expect((await api('PATCH', `/jump-policy/${created.body.id}`, nulls)).status).toBe(200);
  });

  it.each([
    ['external_tools_rdp_allowed', false],
    ['external_tools_shell_allowed', false],
    ['session_start_notification', true],
    ['session_end_notification', true],
    ['notification_email_addresses', ['ops@example.com']],
    ['approval_required', true],
    ['approval_max_duration', 60],
    ['approval_user_ids', ['1']],
    ['approval_scope', 'anyone'],
    ['recordings_disabled', true],
  ])('is refused by name as %s: %j', async (name, value) => {
    for (const [method, path] of [
      ['POST', '/jump-policy'],
      ['PATCH', '/jump-policy/1'],
    ] as const) {
      const { status, body } = await api(method, path, { display_name: 'Other', [name]: value });
      expect([method, status, Object.keys(body.errors)]).toEqual([method, 422, [name]]);
      expect(body.message).toContain('does not offer');
    }
    expect((await api('GET', '/jump-policy?code_name=other')).body).toEqual([]);
  });
});

it('a Jump Policy that items or installers use is not deleted, and the refusal says what uses it', async () => {
  const { body: policy } = await api('POST', '/jump-policy', { display_name: 'Used' });
  const { body: group } = await api('POST', '/jump-group', { name: 'Users of it' });
  const installer = await api('POST', '/jump-client/installer', {
    jump_group_id: group.id,
    jump_policy_id: policy.id,
  });
  expect(installer.status).toBe(201);
  const refused = await api('DELETE', `/jump-policy/${policy.id}`);
  expect([refused.status, refused.body.message]).toEqual([
    422,
    'This Jump Policy is used by one Jump Client installer.',
  ]);
  for (const name of ['A', 'B']) {
    const item = { name, hostname: 'h', jump_group_id: group.id, jump_policy_id: policy.id };
    expect((await api('POST', '/jump-item/local-jump', item)).status).toBe(201);
  }
  expect((await api('DELETE', `/jump-policy/${policy.id}`)).body.message).toBe(
    'This Jump Policy is used by 2 Jump Items and one Jump Client installer.',
  );
});
