import { afterAll, beforeAll, expect, it } from 'vitest';
import { ok } from '../support/live-jumpoint.ts';
import { LiveSite, post } from '../support/live-site.ts';

const BASE = '/api/config/v1';

let site: LiveSite;

beforeAll(async () => {
  site = await LiveSite.start();
}, 60_000);
afterAll(() => site?.stop());

const patch = (path: string, json: Record<string, unknown>) =>
  ok(site.appliance.api(BASE + path, { method: 'PATCH', json }));

it('a session ends when the Jump Item Role behind it stops allowing it, and others go on', async () => {
  const { api, admin } = site.appliance;
  const role = await post(api, '/jump-item-role', { name: 'Operators', perm_start: true });
  const operator = await site.person({}, role.id as number);
  const item = await site.item({ name: 'operated' });
  const [theirs, mine] = [await site.start(operator.call, item), await site.start(admin, item)];
  await Promise.all([site.work(theirs), site.work(mine)]);
  await patch(`/jump-item-role/${role.id}`, { description: 'Still operators' });
  expect((await site.show(theirs.lsid)).state).toBe('active');
  await patch(`/jump-item-role/${role.id}`, { perm_start: false });
  expect(await site.ended(theirs.lsid)).toMatchObject({ end_reason: 'signed_out' });
  expect((await site.show(mine.lsid)).state).toBe('active');
});

it('a shell ends when the session policy of its Jump Item denies shells from now on', async () => {
  const { api, admin } = site.appliance;
  const policy = await post(api, '/session-policy', {
    display_name: 'Shells',
    permissions: { chat: 'deny' },
  });
  const item = await site.item({ name: 'policed', session_policy_id: policy.id });
  const started = await site.start(admin, item);
  await site.work(started);
  await patch(`/session-policy/${policy.id}`, { permissions: { command_shell: 'deny' } });
  expect(await site.ended(started.lsid)).toMatchObject({ state: 'ended' });
  const refused = await site.tryStart(admin, { jump_item: { type: 'shell_jump', id: item } });
  expect(refused).toMatchObject({ status: 403, body: { reason: 'session_permissions' } });
});

it('sessions end when their Jump Items go where the person may not start any, one by one or many at once', async () => {
  const { api } = site.appliance;
  const role = await post(api, '/jump-item-role', { name: 'Starters', perm_start: true });
  const elsewhere = await post(api, '/jump-group', { name: 'Elsewhere' });
  const person = await site.person({}, role.id as number);
  const ids = [
    await site.item({ name: 'moved alone' }),
    await site.item({ name: 'moved with others' }),
  ] as const;
  const [one, many] = [await site.start(person.call, ids[0]), await site.start(person.call, ids[1])];
  await Promise.all([site.work(one), site.work(many)]);
  await patch(`/jump-item/shell-jump/${ids[0]}`, { jump_group_id: elsewhere.id });
  expect(await site.ended(one.lsid)).toMatchObject({ end_reason: 'signed_out' });
  await post(api, '/jump-item/move', {
    items: [{ type: 'shell_jump', id: ids[1] }],
    jump_group_id: elsewhere.id,
    jump_group_type: 'shared',
  });
  expect(await site.ended(many.lsid)).toMatchObject({ end_reason: 'signed_out' });
});

it('a session ends when its Jumpoint stops allowing Shell Jumps', async () => {
  const { admin } = site.appliance;
  const started = await site.start(admin, await site.item({ name: 'behind' }));
  await site.work(started);
  const jumpoint = `/jumpoint/${site.jumpoint.jumpointId}`;
  await patch(jumpoint, { comments: 'Still allows them' });
  expect((await site.show(started.lsid)).state).toBe('active');
  await patch(jumpoint, { shell_jump_enabled: false });
  expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'signed_out' });
  await patch(jumpoint, { shell_jump_enabled: true });
});

it('a session ends when an import gives its Jump Item a session policy that denies shells', async () => {
  const { api, admin } = site.appliance;
  const policy = await post(api, '/session-policy', {
    display_name: 'Imported',
    code_name: 'imported',
    permissions: { command_shell: 'deny' },
  });
  const item = await site.item({ name: 'imported' });
  const started = await site.start(admin, item);
  await site.work(started);
  const { code_name: group } = await ok(api(`${BASE}/jump-group/${site.groupId}`));
  const { code_name: jumpoint } = await ok(api(`${BASE}/jumpoint/${site.jumpoint.jumpointId}`));
  const { hostname, port } = await ok(api(`${BASE}/jump-item/shell-jump/${item}`));
  const file = `type,id,name,group,jumpoint,shelljump_hostname,port,session_policy
shell_jump,${item},imported,${group},${jumpoint},${hostname},${port},${policy.code_name}
`;
  const uploaded = await api(`${BASE}/jump-item/import`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: file,
  });
  expect(uploaded.status).toBe(202);
  expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'signed_out' });
});

it('a session ends although the hint about a right was lost with the connection that carries hints', async () => {
  const { sql } = site.appliance;
  const role = await post(site.appliance.api, '/jump-item-role', { name: 'Unhinted', perm_start: true });
  const person = await site.person({}, role.id as number);
  const started = await site.start(person.call, await site.item({ name: 'unhinted' }));
  await site.work(started);
  await sql`update app_user set settings = settings || '{"perm_shell_jump": false}' where id = ${person.id}`;
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'bridgehead bus' and datname = current_database()`;
  expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'signed_out' });
});
