import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type Call,
  configurationCalls,
  liftRateLimits,
} from '../../support/configuration-calls.ts';
import { caller, signIn, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
let first: Call;
let second: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  first = configurationCalls(appliance.admin);
  const session = await signIn(appliance.url, 'admin', appliance.adminPassword);
  second = configurationCalls(caller(appliance.url, async () => session));
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

const SCHEDULE = { timezone: 'UTC', entries: [] };
const RESOURCES = [
  {
    path: '/jump-group',
    made: { name: 'Servers' },
    one: { comments: 'one' },
    other: { comments: 'other' },
  },
  {
    path: '/jump-policy',
    made: { display_name: 'Office hours' },
    one: { description: 'one' },
    other: { description: 'other' },
  },
  {
    path: '/jumpoint',
    made: { name: 'Plant', platform: 'linux-x86' },
    one: { comments: 'one' },
    other: { comments: 'other' },
  },
  {
    path: '/user',
    made: { username: 'pat', public_display_name: 'Pat', private_display_name: 'Pat' },
    one: { email_address: 'one@example.com' },
    other: { email_address: 'other@example.com' },
  },
  {
    path: '/api-account',
    made: { name: 'Tickets' },
    one: { comments: 'one' },
    other: { comments: 'other' },
  },
  {
    path: '/team',
    made: { name: 'Desk' },
    one: { comments: 'one' },
    other: { comments: 'other' },
  },
  {
    path: '/rep-status',
    made: { name: 'At lunch' },
    one: { name: 'one' },
    other: { name: 'other' },
  },
  {
    path: '/skill',
    made: { name: 'Mail' },
    one: { description: 'one' },
    other: { description: 'other' },
  },
  {
    path: '/issue',
    made: { name: 'Mail' },
    one: { description: 'one' },
    other: { description: 'other' },
  },
  {
    path: '/canned-script',
    made: { name: 'List', commands: 'ls' },
    one: { commands: 'ls -1' },
    other: { categories: ['other'] },
  },
  {
    path: '/canned-message',
    made: { title: 'Hello', message: 'Hello!' },
    one: { message: 'one' },
    other: { categories: ['other'] },
  },
  {
    path: '/custom-rep-link',
    made: { name: 'Ticket', url: 'https://tickets.example.com/' },
    one: { name: 'one' },
    other: { name: 'other' },
  },
  {
    path: '/custom-session-attribute',
    made: { display_name: 'Cost centre' },
    one: { display_name: 'one' },
    other: { display_name: 'other' },
  },
  {
    path: '/vault/account-group',
    made: { name: 'Root accounts' },
    one: { description: 'one' },
    other: { description: 'other' },
  },
  {
    path: '/vault/account-policy',
    made: { name: 'Strict' },
    one: { description: 'one' },
    other: { description: 'other' },
  },
  {
    path: '/vault/endpoint',
    made: { name: 'web', hostname: 'web.example.com' },
    one: { description: 'one' },
    other: { description: 'other' },
  },
];

describe.each(RESOURCES)('$path', ({ path, made, one, other }) => {
  it('names its revision on every answer, and only a change makes a new one', async () => {
    const created = await first('POST', path, made);
    expect(created.status).toBe(201);
    const url = `${path}/${created.body.id}`;
    const shown = await first('GET', url);
    expect(etagOf(shown)).toBe(etagOf(created));
    expect(etagOf(await first('HEAD', url))).toBe(etagOf(created));
    const changed = await first('PATCH', url, one, ifMatch(created));
    expect([changed.status, etagOf(changed) === etagOf(created)]).toEqual([200, false]);
    expect(etagOf(await first('PATCH', url, one))).toBe(etagOf(changed));
    expect(etagOf(await first('GET', url))).toBe(etagOf(changed));
    expect((await first('DELETE', url, undefined, ifMatch(changed))).status).toBe(204);
  });

  it('refuses a change and a deletion that are based on an older revision, and keeps what is there', async () => {
    const url = `${path}/${(await first('POST', path, made)).body.id}`;
    const read = await second('GET', url);
    const changed = await first('PATCH', url, one, ifMatch(await first('GET', url)));
    expect(changed.status).toBe(200);
    for (const late of [
      await second('PATCH', url, other, ifMatch(read)),
      await second('DELETE', url, undefined, ifMatch(read)),
    ]) {
      expect([late.status, late.body]).toEqual([
        412,
        { message: expect.stringMatching(/changed meanwhile/) },
      ]);
    }
    expect((await second('GET', url)).body).toEqual(changed.body);
    const again = await second('PATCH', url, other, ifMatch(await second('GET', url)));
    expect([again.status, again.body]).toEqual([200, expect.objectContaining(other)]);
    expect((await first('PATCH', url, one)).status).toBe(200);
    expect((await first('DELETE', url)).status).toBe(204);
  });

  it('takes one of two changes that arrive together', async () => {
    const created = await first('POST', path, made);
    const url = `${path}/${created.body.id}`;
    const answers = await Promise.all([
      first('PATCH', url, one, ifMatch(created)),
      second('PATCH', url, other, ifMatch(created)),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    const kept = answers.find(({ status }) => status === 200);
    expect((await first('GET', url)).body).toEqual(kept?.body);
    expect((await first('DELETE', url)).status).toBe(204);
  });
});

it('counts a password that an administrator sets as a change of the user', async () => {
  const names = { username: 'sam', public_display_name: 'Sam', private_display_name: 'Sam' };
  const created = await first('POST', '/user', names);
  const url = `/user/${created.body.id}`;
  const change = { password: 'a long enough password' };
  const changed = await first('PATCH', url, change, ifMatch(created));
  expect(changed.status).toBe(200);
  expect((await second('PATCH', url, { password: 'quite another one' }, ifMatch(created))).status).toBe(412);
  expect(etagOf(await second('GET', url))).toBe(etagOf(changed));
});

it('keeps a sign-in from making the form of an administrator out of date', async () => {
  const { body } = await first('GET', '/user?username=admin');
  const read = await first('GET', `/user/${body[0].id}`);
  await signIn(appliance.url, 'admin', appliance.adminPassword);
  expect(etagOf(await first('GET', `/user/${body[0].id}`))).toBe(etagOf(read));
});

it('gives the schedule of a Jump Policy a revision of its own', async () => {
  const policy = await first('POST', '/jump-policy', { display_name: 'Nights' });
  const url = `/jump-policy/${policy.body.id}`;
  const read = await second('GET', `${url}/schedule`);
  const change = { ...SCHEDULE, timezone: 'Europe/Vienna' };
  const changed = await first('PUT', `${url}/schedule`, change, ifMatch(read));
  expect([changed.status, etagOf(changed) === etagOf(read)]).toEqual([200, false]);
  const late = await second('PUT', `${url}/schedule`, SCHEDULE, ifMatch(read));
  expect([late.status, late.body]).toEqual([412, { message: expect.any(String) }]);
  const kept = await second('GET', `${url}/schedule`);
  expect([kept.body, etagOf(kept)]).toEqual([changed.body, etagOf(changed)]);
  expect((await first('PATCH', url, { description: 'x' }, ifMatch(policy))).status).toBe(200);
  expect((await second('PUT', `${url}/schedule`, SCHEDULE)).status).toBe(200);
});

it('gives the site settings one revision', async () => {
  const read = await second('GET', '/site-setting');
  const changed = await first('PATCH', '/site-setting', { company_name: 'One' }, ifMatch(read));
  expect([changed.status, etagOf(changed) === etagOf(read)]).toEqual([200, false]);
  const late = await second('PATCH', '/site-setting', { time_zone: 'Europe/Vienna' }, ifMatch(read));
  expect([late.status, late.body]).toEqual([412, { message: expect.any(String) }]);
  const kept = await second('GET', '/site-setting');
  expect([kept.body, etagOf(kept)]).toEqual([changed.body, etagOf(changed)]);
  const answers = await Promise.all(
    [first, second].map((call, index) =>
      call('PATCH', '/site-setting', { company_name: `Both ${index}` }, ifMatch(kept)),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
  expect((await second('PATCH', '/site-setting', { company_name: 'Two' })).status).toBe(200);
});

function etagOf(answer: Answer): string {
  const etag = answer.headers.get('etag');
  expect(etag).toMatch(/^"\d+"$/);
  return etag ?? '';
}

function ifMatch(answer: Answer): Record<string, string> {
  return { 'if-match': etagOf(answer) };
}
