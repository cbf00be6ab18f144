import { afterAll, beforeAll, expect } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from './configuration-calls.ts';
import { type TestAppliance, testAppliance } from './test-appliance.ts';

export let appliance: TestAppliance;
export let api: Call;
export let admin: Call;
let counter = 0;

/** One appliance for all tests of a file. */
export function groupPolicySite(): void {
  beforeAll(async () => {
    appliance = await testAppliance();
    api = configurationCalls(appliance.api);
    admin = configurationCalls(appliance.admin);
    await liftRateLimits(appliance);
  });
  afterAll(() => appliance?.stop());
}

/** A name that nothing has. */
export const unique = (name: string) => `${name} ${++counter}`;

// biome-ignore lint/suspicious/noExplicitAny: tests look at members by name; the contract check types the answer
export async function made(path: string, body: object, call = api): Promise<any> {
  const answer = await call('POST', path, body);
  expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^201/);
  return answer.body;
}

export const newPolicy = (settings: object = {}, call = api) =>
  made('/group-policy', { name: unique('Policy'), ...settings }, call);
export const newUser = () => {
  const username = unique('user').replace(' ', '');
  return made('/user', { username, public_display_name: username, private_display_name: username });
};
