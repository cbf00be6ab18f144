import { afterAll, beforeAll, expect, it } from 'vitest';
import { JUMP_ITEM_PERMISSIONS } from '../../../appliance/jump/jump-item-role.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { caller, signIn, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

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

it('creates a role that gives what it names and nothing else, and changes it, audited', async () => {
  const { status, body, headers } = await api('POST', '/jump-item-role', {
    name: 'Operators',
    perm_start: true,
  });
  expect(status).toBe(201);
  const nothing = Object.fromEntries(JUMP_ITEM_PERMISSIONS.map((name) => [name, false]));
  expect(body).toEqual({
    id: expect.any(Number),
    name: 'Operators',
    description: '',
    ...nothing,
    perm_start: true,
  });
  const path = `/jump-item-role/${body.id}`;
  const etag = headers.get('etag') ?? '';
  const changed = await api('PATCH', path, { perm_remove: true, perm_start: null }, { 'if-match': etag });
  expect(changed.body).toEqual({ ...body, perm_remove: true });
  expect((await api('PATCH', path, { perm_add: true }, { 'if-match': etag })).status).toBe(412);
  expect((await api('GET', '/jump-item-role?name=OPERATORS')).body).toEqual([changed.body]);
  const { body: audit } = await admin('GET', '/audit-event?type=jump_item_role.updated&limit=1');
  expect(audit.items).toMatchObject([{ before: { perm_remove: false }, after: { perm_remove: true } }]);
});

it('refuses what a role cannot be', async () => {
  expect((await api('POST', '/jump-item-role', {})).body.errors).toHaveProperty('name');
  expect((await api('POST', '/jump-item-role', { name: '' })).status).toBe(422);
  expect((await api('POST', '/jump-item-role', { name: 'AUDITOR' })).body.errors).toHaveProperty('name');
  expect((await api('POST', '/jump-item-role', { name: 'X', perm_start: 'yes' })).status).toBe(422);
  expect((await api('POST', '/jump-item-role', { name: 'X', perm_fly: true })).status).toBe(401);
  expect((await api('PATCH', '/jump-item-role/4711', { name: 'X' })).status).toBe(404);
});

it('leaves “No Access” as it is', async () => {
  expect((await admin('PATCH', '/jump-item-role/1', { perm_start: true })).status).toBe(422);
  expect((await admin('PATCH', '/jump-item-role/1', { name: 'Everything' })).status).toBe(422);
  expect((await admin('DELETE', '/jump-item-role/1')).status).toBe(422);
  const sneaked = appliance.sql`update jump_item_role set perm_start = true where id = 1`;
  await expect(sneaked).rejects.toMatchObject({ constraint_name: 'jump_item_role_no_access_stays' });
});

it('is not deleted while somebody has it, and names who', async () => {
  const { body: role } = await api('POST', '/jump-item-role', { name: 'Used' });
  const path = `/jump-item-role/${role.id}`;
  const { body: group } = await api('POST', '/jump-group', { name: 'Servers' });
  await api('POST', `/jump-group/${group.id}/user`, { user_id: 1, jump_item_role_id: role.id });
  await appliance.sql`
    insert into group_policy (name, position, settings)
    values ('Night shift', 99, ${appliance.sql.json({ default_jump_item_role_id: { status: 'final', value: role.id } })})`;
  await appliance.sql`
    update app_user set settings = settings || ${appliance.sql.json({ private_jump_item_role_id: role.id })} where id = 1`;
  const refused = await api('DELETE', path);
  expect([refused.status, refused.body.message]).toEqual([
    422,
    'This Jump Item Role is used by one user (admin) and one group policy (Night shift) and one member of a Jump Group (Servers).',
  ]);
  await appliance.sql`delete from group_policy where name = 'Night shift'`;
  await appliance.sql`update app_user set settings = settings - 'private_jump_item_role_id' where id = 1`;
  await api('DELETE', `/jump-group/${group.id}/user/1`);
  expect((await api('DELETE', path)).status).toBe(204);
  expect((await api('GET', path)).status).toBe(404);
});

it('lets people look, and only whoever configures the site change', async () => {
  const names = { username: 'kim', public_display_name: 'K', private_display_name: 'K' };
  await admin('POST', '/user', { ...names, password: 'a long enough password' });
  const headers = await signIn(appliance.url, 'kim', 'a long enough password');
  const kim = configurationCalls(caller(appliance.url, async () => headers));
  expect((await kim('GET', '/jump-item-role')).status).toBe(200);
  expect((await kim('POST', '/jump-item-role', { name: 'Mine', perm_start: true })).status).toBe(403);
  expect((await kim('PATCH', '/jump-item-role/2', { perm_add: true })).status).toBe(403);
  expect((await kim('DELETE', '/jump-item-role/2')).status).toBe(403);
});
