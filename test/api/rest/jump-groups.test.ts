import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

async function newUser(username: string): Promise<{ id: number; call: Call }> {
  const password = 'a password of a user';
  const { status, body } = await api('POST', '/user', {
    username,
    public_display_name: username,
    private_display_name: username,
    password,
  });
  expect(status).toBe(201);
  const headers = await signIn(appliance.url, username, password);
  return { id: body.id, call: configurationCalls(caller(appliance.url, async () => headers)) };
}

describe('creating a Jump Group', () => {
  it('answers 201 with the object, id first, and where it is', async () => {
    const response = await appliance.api('/api/config/v1/jump-group', {
      method: 'POST',
      json: { name: 'Kiosks', code_name: 'kiosks', comments: 'Ticket machines' },
    });
    expect(response.status).toBe(201);
    const text = await response.text();
    const { id } = JSON.parse(text);
    expect(text).toBe(`{"id":${id},"name":"Kiosks","code_name":"kiosks","comments":"Ticket machines"}`);
    expect(response.headers.get('location')).toBe(`${appliance.url}/api/config/v1/jump-group/${id}`);
  });

  it('makes a code name when it is blank or left out, and numbers it until it is free', async () => {
    const first = await api('POST', '/jump-group', { name: 'Büro – Wien', code_name: '' });
    const second = await api('POST', '/jump-group', { name: 'Buro / Wien', comments: null });
    expect(first.body).toMatchObject({ code_name: 'buro_wien', comments: '' });
    expect(second.body).toMatchObject({ code_name: 'buro_wien_2', comments: '' });
  });

  it('refuses a taken name or code name with 422 and the field', async () => {
    await api('POST', '/jump-group', { name: 'Taken', code_name: 'taken' });
    const name = await api('POST', '/jump-group', { name: 'TAKEN', code_name: 'other' });
    const codeName = await api('POST', '/jump-group', { name: 'Other', code_name: 'Taken' });
    expect(name).toMatchObject({ status: 422, body: { errors: { name: [expect.any(String)] } } });
    expect(codeName).toMatchObject({ status: 422, body: { errors: { code_name: [expect.any(String)] } } });
  });

  it('refuses unknown fields with 401, bad values with 422, and ignores response-only ones', async () => {
    expect(await api('POST', '/jump-group', { name: 'X1', colour: 'red' })).toMatchObject({ status: 401 });
    expect(await api('POST', '/jump-group', { name: '' })).toMatchObject({
      status: 422,
      body: { errors: { name: [expect.any(String)] } },
    });
    expect(await api('POST', '/jump-group', { code_name: 'no name' })).toMatchObject({
      status: 422,
      body: { errors: { name: [expect.any(String)], code_name: [expect.any(String)] } },
    });
    expect(await api('POST', '/jump-group', { id: 999, name: 'X2' })).toMatchObject({ status: 201 });
  });
});

describe('finding Jump Groups', () => {
  it('compares filters whole and without case', async () => {
    await api('POST', '/jump-group', { name: 'Findable Group', code_name: 'findable' });
    expect((await api('GET', '/jump-group?name=FINDABLE%20group')).body).toHaveLength(1);
    expect((await api('GET', '/jump-group?code_name=Findable')).body).toHaveLength(1);
    expect((await api('GET', '/jump-group?name=Findable')).body).toEqual([]);
    expect((await api('GET', '/jump-group?name=Findable%20Group&code_name=other')).body).toEqual([]);
    expect((await api('GET', '/jump-group?nmae=x')).status).toBe(401);
  });

  it('pages with the documented headers', async () => {
    for (let number = 1; number <= 6; number++) await api('POST', '/jump-group', { name: `Page ${number}` });
    const { status, headers, body } = await api('GET', '/jump-group?per_page=5&current_page=1');
    expect(status).toBe(200);
    expect(body).toHaveLength(5);
    expect(headers.get('x-bt-pagination-per-page')).toBe('5');
    expect(Number(headers.get('x-bt-pagination-last-page'))).toBeGreaterThan(1);
    expect(headers.get('link')).toContain('rel="next"');
    const beyond = await api('GET', '/jump-group?per_page=5&current_page=4000');
    expect(beyond).toMatchObject({ status: 200, body: [] });
    const nothing = await api('GET', '/jump-group?name=nothing%20has%20this');
    expect(nothing.headers.get('x-bt-pagination-last-page')).toBe('1');
    expect(nothing.headers.get('x-bt-pagination-total')).toBe('0');
  });

  it('shows a person the groups of which that person is a member', async () => {
    const { body: seen } = await api('POST', '/jump-group', { name: 'Seen' });
    const { body: unseen } = await api('POST', '/jump-group', { name: 'Unseen' });
    const user = await newUser('member');
    await api('POST', `/jump-group/${seen.id}/user`, { user_id: user.id });
    expect((await user.call('GET', '/jump-group')).body).toEqual([seen]);
    expect((await user.call('GET', `/jump-group/${seen.id}`)).status).toBe(200);
    expect((await user.call('GET', `/jump-group/${unseen.id}`)).status).toBe(404);
    expect((await user.call('PATCH', `/jump-group/${seen.id}`, { name: 'Mine' })).status).toBe(403);
  });
});

describe('changing and deleting a Jump Group', () => {
  it('changes only what is supplied and writes before and after to the audit', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'Before', comments: 'stays' });
    const changed = await api('PATCH', `/jump-group/${group.id}`, { id: 5, name: 'After' });
    expect(changed).toMatchObject({ status: 200, body: { ...group, name: 'After' } });
    const { body: audit } = await admin(
      'GET',
      `/audit-event?object_type=jump_group&object_id=${group.id}&type=jump_group.updated`,
    );
    expect(audit.items).toHaveLength(1);
    expect(audit.items[0]).toMatchObject({ before: { name: 'Before' }, after: { name: 'After' } });
    expect((await api('PATCH', `/jump-group/${group.id}`, { comments: null })).body.comments).toBe('');
  });

  it('leaves nothing behind when a change is refused', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'Refused' });
    await api('POST', '/jump-group', { name: 'In the way' });
    expect(
      (await api('PATCH', `/jump-group/${group.id}`, { name: 'In the way', comments: 'x' })).status,
    ).toBe(422);
    expect((await api('GET', `/jump-group/${group.id}`)).body).toEqual(group);
    const { body: audit } = await admin('GET', `/audit-event?object_id=${group.id}&type=jump_group.updated`);
    expect(audit.items).toEqual([]);
  });

  it('deletes the Jump Items in it', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'Doomed' });
    await appliance.sql`
      insert into jump_item (kind, name, jump_group_id) values ('local_jump', 'in the doomed group', ${group.id})`;
    expect((await api('DELETE', `/jump-group/${group.id}`)).status).toBe(204);
    expect((await api('GET', `/jump-group/${group.id}`)).status).toBe(404);
    expect(await appliance.sql`select 1 from jump_item where name = 'in the doomed group'`).toHaveLength(0);
    expect((await api('DELETE', `/jump-group/${group.id}`)).status).toBe(404);
  });
});

describe('members of a Jump Group', () => {
  it('are added, changed, listed and removed', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'With members' });
    const { id: userId } = await newUser('joined');
    const path = `/jump-group/${group.id}/user`;
    expect(await api('POST', path, { user_id: userId })).toMatchObject({
      status: 201,
      body: { user_id: userId, jump_item_role_id: null },
    });
    expect(await api('POST', path, { user_id: userId })).toMatchObject({
      status: 422,
      body: { errors: { user_id: [expect.any(String)] } },
    });
    expect((await api('PATCH', `${path}/${userId}`, { jump_item_role_id: 2 })).body.jump_item_role_id).toBe(
      2,
    );
    expect((await api('PATCH', `${path}/${userId}`, {})).body.jump_item_role_id).toBe(2);
    expect((await api('PATCH', `${path}/${userId}`, { jump_item_role_id: 77 })).status).toBe(422);
    expect((await api('GET', path)).body).toEqual([{ user_id: userId, jump_item_role_id: 2 }]);
    expect((await api('DELETE', `${path}/${userId}`)).status).toBe(204);
    expect((await api('GET', `${path}/${userId}`)).status).toBe(404);
    expect((await api('POST', path, { user_id: 4711 })).status).toBe(422);
    expect((await api('GET', '/jump-group/4711/user')).status).toBe(404);
  });
});

describe('people who hold perm_edit_jump_groups', () => {
  it('see and edit every Jump Group and its members, others those alone that concern them', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'Delegated' });
    const plain = await newUser('no-editor');
    const editor = await newUser('group-editor');
    await admin('PATCH', `/user/${editor.id}`, { perm_edit_jump_groups: true });

    expect((await plain.call('GET', `/jump-group/${group.id}`)).status).toBe(404);
    expect((await plain.call('PATCH', `/jump-group/${group.id}`, { comments: 'mine' })).status).toBe(403);
    expect((await plain.call('GET', `/jump-group/${group.id}/user`)).status).toBe(403);

    expect((await editor.call('GET', `/jump-group/${group.id}`)).status).toBe(200);
    const changed = await editor.call('PATCH', `/jump-group/${group.id}`, { comments: 'ours' });
    expect([changed.status, changed.body.comments]).toEqual([200, 'ours']);
    expect((await editor.call('POST', '/jump-group', { name: 'Made by a delegate' })).status).toBe(201);
    expect((await editor.call('POST', `/jump-group/${group.id}/user`, { user_id: plain.id })).status).toBe(
      201,
    );
    expect((await plain.call('GET', `/jump-group/${group.id}`)).status).toBe(200);
  });

  it('cannot end a membership that holds somebody back from more than they have', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'Held back' });
    const [held, freed] = [await newUser('held-back'), await newUser('held-nothing')];
    await admin('PATCH', `/user/${held.id}`, {
      perm_edit_jump_groups: true,
      unassigned_jump_item_role_id: 2,
    });
    const path = `/jump-group/${group.id}/user`;
    await api('POST', path, { user_id: held.id, jump_item_role_id: 1 });
    await api('POST', path, { user_id: freed.id, jump_item_role_id: 2 });
    const refused = await held.call('DELETE', `${path}/${held.id}`);
    expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining('start')]);
    expect((await api('GET', `${path}/${held.id}`)).status).toBe(200);
    expect((await held.call('DELETE', `${path}/${freed.id}`)).status).toBe(204);
  });

  it('cannot give a Jump Item Role that permits more than theirs', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'Guarded' });
    const editor = await newUser('group-delegate');
    const roles = Object.fromEntries(
      (await api('GET', '/jump-item-role')).body.map((role: { id: number; name: string }) => [
        role.name,
        role.id,
      ]),
    );
    await admin('PATCH', `/user/${editor.id}`, {
      perm_edit_jump_groups: true,
      default_jump_item_role_id: roles['Start Sessions Only'],
    });
    const path = `/jump-group/${group.id}/user`;
    const refused = await editor.call('POST', path, {
      user_id: editor.id,
      jump_item_role_id: roles.Administrator,
    });
    expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['jump_item_role_id']]);
    // Without a role it is the member's default role that would be given.
    const expert = await newUser('group-expert');
    await admin('PATCH', `/user/${expert.id}`, { default_jump_item_role_id: roles.Administrator });
    expect((await editor.call('POST', path, { user_id: expert.id })).status).toBe(422);
    const start = { user_id: editor.id, jump_item_role_id: roles['Start Sessions Only'] };
    expect((await editor.call('POST', path, start)).status).toBe(201);
    const raised = await editor.call('PATCH', `${path}/${editor.id}`, {
      jump_item_role_id: roles.Administrator,
    });
    expect(raised.status).toBe(422);
  });
});

it('roles of members are changed from what they were read as, or not at all', async () => {
  const { body: group } = await api('POST', '/jump-group', { name: 'Roles at once' });
  const { id } = await newUser('contested');
  const path = `/api/config/v1/jump-group/${group.id}/user`;
  await appliance.api(path, { method: 'POST', json: { user_id: id } });
  const etag = (await appliance.api(`${path}/${id}`)).headers.get('etag') ?? '';
  const change = (role: number) =>
    appliance.admin(`${path}/${id}`, {
      method: 'PATCH',
      json: { jump_item_role_id: role },
      headers: { 'if-match': etag },
    });
  expect([(await change(2)).status, (await change(3)).status]).toEqual([200, 412]);
  const removal = await appliance.admin(`${path}/${id}`, { method: 'DELETE', headers: { 'if-match': etag } });
  expect(removal.status).toBe(412);
  expect(await (await appliance.api(`${path}/${id}`)).json()).toEqual({ user_id: id, jump_item_role_id: 2 });
});

it('is not deleted with its Jump Items by people whose role does not allow removing those', async () => {
  const { body: group } = await api('POST', '/jump-group', { name: 'Not theirs to empty' });
  const { body: empty } = await api('POST', '/jump-group', { name: 'Theirs to delete' });
  const editor = await newUser('empties-groups');
  await admin('PATCH', `/user/${editor.id}`, { perm_edit_jump_groups: true });
  await appliance.sql`insert into jump_item (kind, name, hostname, jump_group_id)
                      values ('local_jump', 'not theirs', 'h', ${group.id})`;
  expect((await editor.call('DELETE', `/jump-group/${group.id}`)).status).toBe(403);
  expect(await appliance.sql`select 1 from jump_item where name = 'not theirs'`).toHaveLength(1);
  expect((await editor.call('DELETE', `/jump-group/${empty.id}`)).status).toBe(204);
});
