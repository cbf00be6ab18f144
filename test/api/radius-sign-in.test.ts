import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { type TestFreeradius, testFreeradius } from '../support/test-freeradius.ts';

let appliance: TestAppliance;
let radius: TestFreeradius;
let call: Call;
let anybody: Call;
let providerId: number;

beforeAll(async () => {
  [appliance, radius] = await Promise.all([
    testAppliance(),
    testFreeradius({ users: { alice: 'alice pw', carol: 'carol pw' }, codes: { carol: '492039' } }),
  ]);
  call = configurationCalls(appliance.admin);
  anybody = configurationCalls(appliance.anonymous);
  const policy = await call('POST', '/group-policy', { name: 'Field staff' });
  const provider = await call('POST', '/security-provider', {
    type: 'radius',
    name: 'Tokens',
    hostname: '127.0.0.1',
    port: radius.port,
    timeout: 1,
    shared_secret: radius.secret,
    default_policy: policy.body.id,
  });
  expect(provider.status).toBe(201);
  providerId = provider.body.id;
});
afterAll(async () => {
  await appliance?.stop();
  await radius?.stop();
});

describe('a RADIUS provider', () => {
  it('signs people in by their password', async () => {
    const answer = await anybody('POST', '/sign-in', { username: 'alice', password: 'alice pw' });
    expect([answer.status, answer.body.username]).toEqual([200, 'alice']);
    const wrong = await anybody('POST', '/sign-in', { username: 'alice', password: 'alice' });
    expect(wrong.status).toBe(401);
    expect(JSON.stringify(wrong.body)).not.toMatch(/radius|127\.0\.0\.1/i);
  });

  it('asks back, and the answer signs in', async () => {
    const asked = await anybody('POST', '/sign-in', { username: 'carol', password: 'carol pw' });
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({
      step: 'challenge',
      message: 'Enter the code from your phone, carol.',
    });
    const answer = await anybody('POST', '/sign-in/step', { sign_in: asked.body.sign_in, code: '492039' });
    expect([answer.status, answer.body.username]).toEqual([200, 'carol']);
  });

  it('is tested by an administrator, step by step', async () => {
    const test = await call('POST', `/security-provider/${providerId}/test`, {
      username: 'alice',
      password: 'wrong',
    });
    expect(test.body).toMatchObject({ passed: false });
    expect(test.body.steps.at(-1)).toMatchObject({
      step: 'password',
      advice: expect.stringMatching(/log of the RADIUS/),
    });
  });

  it('does not carry its secret to another server, be it an alternate one', async () => {
    for (const change of [{ hostname: 'evil.example.com' }, { alternate_servers: ['evil.example.com'] }]) {
      const refused = await call('PATCH', `/security-provider/${providerId}`, change);
      expect([refused.status, Object.keys(refused.body.errors ?? {})]).toEqual([422, ['shared_secret']]);
    }
    const bad = await call('PATCH', `/security-provider/${providerId}`, {
      alternate_servers: ['not a server'],
    });
    expect(bad.status).toBe(422);
  });
});
