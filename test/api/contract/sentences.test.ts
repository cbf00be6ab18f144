import { afterAll, beforeAll, expect, it } from 'vitest';
import { configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

it.each([
  [
    '/team',
    { name: 'T', code_name: 'a b' },
    'code_name',
    'code_name may hold letters, digits, _ and - only.',
  ],
  [
    '/jump-policy',
    {
      display_name: 'P',
      schedule: {
        timezone: 'UTC',
        entries: [{ start_day: 0, start_time: '9:00', end_day: 0, end_time: '17:00' }],
      },
    },
    'schedule.entries.0.start_time',
    'schedule.entries.0.start_time must be a time from 00:00 to 23:59, such as 09:30.',
  ],
  [
    '/user',
    {
      username: 'u',
      public_display_name: 'u',
      private_display_name: 'u',
      preferred_email_language: 'English',
    },
    'preferred_email_language',
    'preferred_email_language must be a language, such as en-us.',
  ],
])('a value in no form for its field is refused in words: %s', async (path, body, field, sentence) => {
  const answer = await configurationCalls(appliance.admin)('POST', path, body);
  expect(answer).toMatchObject({ status: 422, body: { message: sentence, errors: { [field]: [sentence] } } });
});

it('an object that has to say something is refused in words when it is empty', async () => {
  const call = configurationCalls(appliance.admin);
  const { status, body } = await call('PATCH', '/jump-item/bulk', {
    type: 'shell_jump',
    items: [{ id: 1 }],
    changes: {},
  });
  expect([status, body.errors]).toEqual([422, { changes: ['changes must have at least 1 field.'] }]);
});
