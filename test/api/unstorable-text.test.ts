import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';

const BASE = '/api/config/v1';
let appliance: TestAppliance;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
});
afterAll(() => appliance.stop());

const json = (body: string): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json' },
});

describe('text that the database cannot hold', () => {
  it.each<[string, RequestInit | undefined, string]>([
    [`${BASE}/jump-group`, json('{"name":"G\\ud800"}'), 'name'],
    [`${BASE}/jump-group`, json('{"name":"G","code_name":"a\\u0000"}'), 'code_name'],
    [`${BASE}/sign-in`, json('{"username":"a\\u0000b","password":"x"}'), 'username'],
    [`${BASE}/sign-in`, json('{"username":"admin","password":"x\\udc00"}'), 'password'],
    [`${BASE}/user-token`, json('{"username":"a\\ud83d","password":"x"}'), 'username'],
    [`${BASE}/user-token`, json('{"username":"admin","password":"x","name":"\\u0000"}'), 'name'],
    [`${BASE}/jump-item?search=a%00b`, undefined, 'search'],
    [`${BASE}/jump-item?tag=%00`, undefined, 'tag'],
    [`${BASE}/user?username=a%00b`, undefined, 'username'],
    [`${BASE}/session/%00`, undefined, 'lsid'],
  ])('is refused with its field: %s %j', async (path, init, field) => {
    const answer = await appliance.api(path, init);
    const body = (await answer.json()) as { errors: object };
    expect([answer.status, Object.keys(body.errors)]).toEqual([422, [field]]);
  });

  it.each([
    ['/api/command?action=check_health&note=a%00b', 200],
    ['/api/command.ns?username=a%00b&password=x&action=check_health', 200],
    ['/api/reporting?generate_report=SupportSession&lsid=a%00b', 200],
    [
      '/api/client_script?type=rep&operation=generate&action=start_jump_item_session&search_string=a%00b',
      400,
    ],
    ['/api/client_script?type=rep&operation=generate&action=start_jump_item_session&search_string=%ff', 400],
  ])('is refused with an error: %s', async (path, status) => {
    const answer = await appliance.api(path, { headers: { accept: 'application/xml' } });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(/<error[ >]/);
  });

  it.each([
    [`${BASE}/jump-item?search=%ff%fe`, 200],
    ['/api/command?action=get_session_attributes&lsid=%ff', 200],
    ['/api/reporting?generate_report=SupportSession&lsid=%ff', 200],
  ])('finds nothing when bytes are not UTF-8: %s', async (path, status) => {
    expect((await appliance.api(path)).status).toBe(status);
  });
});
