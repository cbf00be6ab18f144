import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { caller, signIn, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
let api: Call;
const NO_ACCESS = 1;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

async function user(username: string, settings: object = {}): Promise<number> {
  const names = { public_display_name: `${username} public`, private_display_name: `${username} private` };
  const { status, body } = await api('POST', '/user', {
    username,
    password: 'a password of a user',
    ...names,
    ...settings,
  });
  expect(status).toBe(201);
  return body.id;
}

async function callsOf(username: string): Promise<Call> {
  const headers = await signIn(appliance.url, username, 'a password of a user');
  return configurationCalls(caller(appliance.url, async () => headers));
}

/** A group policy with these members. */
async function policy(name: string, userIds: number[]): Promise<number> {
  const [row] = await appliance.sql<{ id: number }[]>`
    insert into group_policy (name, position)
    values (${name}, (select coalesce(max(position), 0) + 1 from group_policy)) returning id`;
  for (const id of userIds) {
    await appliance.sql`
      insert into group_policy_member (group_policy_id, security_provider_id, user_id) values (${row!.id}, 1, ${id})`;
  }
  return row!.id;
}

describe('names of users', () => {
  beforeAll(async () => {
    await user('naomi');
    await user('xavier.naomi');
    await user('nao_mi');
  });

  it('finds any part of a name, the nearest first, and takes no character for a wildcard', async () => {
    const found = async (search: string) =>
      (await api('GET', `/user-name?search=${encodeURIComponent(search)}`)).body.map(
        (one: { username: string }) => one.username,
      );
    expect(await found('NAOMI')).toEqual(['naomi', 'xavier.naomi']);
    expect(await found('o_m')).toEqual(['nao_mi']);
    expect(await found('naomi private')).toEqual(['naomi', 'xavier.naomi']);
    expect(await found('nobody at all')).toEqual([]);
  });

  it('names those of some ids, and refuses ids that are none', async () => {
    expect(await api('GET', '/user-name?ids=1,999999')).toMatchObject({
      status: 200,
      body: [{ id: 1, username: 'admin' }],
    });
    expect((await api('GET', '/user-name?ids=1;2')).status).toBe(422);
    expect((await api('GET', '/user-name?limit=101')).status).toBe(422);
  });

  it('are also looked for in the list of users', async () => {
    const { body, headers } = await listed('/user?search=naomi');
    expect(body).toMatchObject([{ username: 'naomi' }, { username: 'xavier.naomi' }]);
    expect(headers.get('x-bt-pagination-total')).toBe('2');
  });

  it('is for whoever holds a right whose pages choose among users, and nobody else', async () => {
    await user('chooser');
    const chooser = await callsOf('chooser');
    const refused = await chooser('GET', '/user-name?search=naomi');
    expect(refused.status).toBe(403);
    await appliance.sql`
      update app_user set settings = settings || '{"perm_edit_skills": true}' where username = 'chooser'`;
    expect((await chooser('GET', '/user-name?search=naomi')).status).toBe(200);
    expect((await chooser('GET', '/user?search=naomi')).status).toBe(403);
  });
});

async function listed(path: string) {
  const answer = await appliance.api(`/api/config/v1${path}`);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

describe('everybody with access to a Jump Group', () => {
  it('tells what each is there and where it comes from', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'Sourced' });
    const [direct, plain, added, removed, system] = [
      await user('m1.direct'),
      await user('m2.plain'),
      await user('m3.added'),
      await user('m4.removed'),
      await user('m5.system'),
    ];
    await user('m6.stranger');
    await api('POST', `/jump-group/${group.id}/user`, { user_id: direct, jump_item_role_id: 2 });
    await api('POST', `/jump-group/${group.id}/user`, { user_id: plain });
    await api('POST', `/jump-group/${group.id}/user`, { user_id: removed, jump_item_role_id: 2 });
    const adding = await policy('Adds members', [direct, added]);
    const removing = await policy('Removes members', [removed]);
    await appliance.sql`
      insert into group_policy_jump_group (group_policy_id, jump_group_id, action, jump_item_role_id)
      values (${adding}, ${group.id}, 'add', 3), (${removing}, ${group.id}, 'remove', null)`;
    await appliance.sql`
      update app_user set settings = settings || '{"unassigned_jump_item_role_id": 2}' where id = ${system}`;

    const { body } = await listed(`/jump-group/${group.id}/member`);
    const of = (id: number) => body.find((member: { user_id: number }) => member.user_id === id);
    expect(of(direct)).toMatchObject({
      member: true,
      direct: true,
      because: 'membership',
      jump_item_role: { id: 2 },
      role_source: { kind: 'user' },
    });
    expect(of(plain)).toMatchObject({ member: true, direct: true, jump_item_role: { id: NO_ACCESS } });
    expect(of(added)).toMatchObject({
      member: true,
      direct: false,
      jump_item_role: { id: 3 },
      role_source: { kind: 'group_policy', id: adding, name: 'Adds members' },
    });
    expect(of(removed)).toMatchObject({
      member: false,
      direct: true,
      because: 'none',
      statements: [
        { action: 'add', holds: false },
        { action: 'remove', holds: true, source: { id: removing } },
      ],
    });
    expect(of(system)).toMatchObject({ member: false, because: 'system', jump_item_role: { id: 2 } });
    expect(body.map((one: { username: string }) => one.username)).toEqual([
      'm1.direct',
      'm2.plain',
      'm3.added',
      'm4.removed',
      'm5.system',
    ]);
  });

  it('looks for a name and counts what it finds', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'Paged' });
    for (const name of ['p1.ann', 'p2.ann', 'p3.bob'])
      await api('POST', `/jump-group/${group.id}/user`, { user_id: await user(name) });
    const { body, headers } = await listed(`/jump-group/${group.id}/member?search=.ann`);
    expect(body).toMatchObject([{ username: 'p1.ann' }, { username: 'p2.ann' }]);
    expect(headers.get('x-bt-pagination-total')).toBe('2');
  });

  it('answers 404 for a group that is not there', async () => {
    expect((await listed('/jump-group/999999/member')).status).toBe(404);
  });
});

it('does the same for teams and Jumpoints', async () => {
  const { body: team } = await api('POST', '/team', { name: 'Sourced team' });
  const { body: jumpoint } = await api('POST', '/jumpoint', {
    name: 'Sourced Jumpoint',
    platform: 'linux-x86',
  });
  const [lead, added] = [await user('t1.lead'), await user('t2.added')];
  await api('POST', `/team/${team.id}/user`, { user_id: lead, role: 'lead' });
  await api('POST', `/jumpoint/${jumpoint.id}/user`, { user_id: lead });
  const adding = await policy('Adds to both', [added]);
  await appliance.sql`
    insert into group_policy_team (group_policy_id, team_id, action, role) values (${adding}, ${team.id}, 'add', 'manager')`;
  await appliance.sql`
    insert into group_policy_jumpoint (group_policy_id, jumpoint_id, action) values (${adding}, ${jumpoint.id}, 'add')`;
  expect((await listed(`/team/${team.id}/member`)).body).toMatchObject([
    { user_id: lead, direct: true, team_role: 'lead', jump_item_role: null },
    { user_id: added, direct: false, team_role: 'manager', role_source: { id: adding } },
  ]);
  expect((await listed(`/jumpoint/${jumpoint.id}/member`)).body).toMatchObject([
    { user_id: lead, direct: true, member: true, team_role: null },
    { user_id: added, direct: false, member: true },
  ]);
});

it.each([
  ['/jump-group', {}],
  ['/team', {}],
  ['/jumpoint', { platform: 'linux-x86' }],
])('looks for part of a name in %s, and takes no character for a wildcard', async (path, more) => {
  for (const name of ['Sought north', 'Sought_south', 'Other'])
    expect((await api('POST', path, { ...more, name: `${name} ${path}` })).status).toBe(201);
  const found = async (search: string) => {
    const { body, headers } = await listed(`${path}?search=${encodeURIComponent(search)}`);
    expect(headers.get('x-bt-pagination-total')).toBe(String(body.length));
    return body.map((one: { name: string }) => one.name);
  };
  expect(await found('SOUGHT')).toEqual([`Sought north ${path}`, `Sought_south ${path}`]);
  expect(await found('t_s')).toEqual([`Sought_south ${path}`]);
  expect(await found('%')).toEqual([]);
});
