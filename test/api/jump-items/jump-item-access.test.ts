import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../support/test-appliance.ts';
import { type JumpSite, jumpSite } from './jump-site.ts';

const BASE = '/api/config/v1/jump-item/local-jump';
let site: JumpSite;

beforeAll(async () => {
  site = await jumpSite();
});
afterAll(() => site.stop());

async function anItem(call: Caller, more: object = {}): Promise<Record<string, unknown> & { id: number }> {
  const json = { name: 'Till', hostname: 'till.example.com', jump_group_id: site.groups.kiosks, ...more };
  const answer = await call(BASE, { method: 'POST', json });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return await answer.json();
}

const patch = (call: Caller, id: number, json: object) => call(`${BASE}/${id}`, { method: 'PATCH', json });
const remove = (call: Caller, id: number) => call(`${BASE}/${id}`, { method: 'DELETE' });
const statuses = async (...calls: Promise<Response>[]) =>
  (await Promise.all(calls)).map(({ status }) => status);

async function found(call: Caller): Promise<number[]> {
  const answer = await call('/api/config/v1/jump-item?search=till');
  const { items, total } = await answer.json();
  expect(total).toBe(items.length);
  return items.map(({ id }: { id: number }) => id).sort((a: number, b: number) => a - b);
}

describe('a person', () => {
  it('with a role that only starts sees the items of the group and changes nothing', async () => {
    const { call } = await site.person({ groups: { [site.groups.kiosks]: 'Start Sessions Only' } });
    const seen = await anItem(site.api);
    const hidden = await anItem(site.api, { jump_group_id: site.groups.servers });
    expect(await statuses(call(`${BASE}/${seen.id}`), call(`${BASE}/${hidden.id}`))).toEqual([200, 404]);
    expect(await statuses(patch(call, seen.id, { tag: 'x' }), remove(call, seen.id))).toEqual([403, 403]);
    expect(await statuses(patch(call, hidden.id, { tag: 'x' }), remove(call, hidden.id))).toEqual([404, 404]);
    const add = call(BASE, {
      method: 'POST',
      json: { name: 'x', hostname: 'x', jump_group_id: site.groups.kiosks },
    });
    expect((await add).status).toBe(403);
    expect(await found(call)).toContain(seen.id);
    expect(await found(call)).not.toContain(hidden.id);
    const listed: { id: number }[] = await (await call(BASE)).json();
    expect(listed.map(({ id }) => id)).not.toContain(hidden.id);
  });

  it('without a role of the membership has the default role', async () => {
    const { call } = await site.person({
      groups: { [site.groups.kiosks]: null },
      defaultRole: 'Administrator',
    });
    const item = await anItem(call);
    expect(await statuses(patch(call, item.id, { tag: 'x', hostname: 'y' }))).toEqual([200]);
    expect(await statuses(remove(call, item.id))).toEqual([204]);
  });

  it('with the role No Access sees nothing', async () => {
    const item = await anItem(site.api);
    const { call } = await site.person({ groups: { [site.groups.kiosks]: 'No Access' } });
    expect(await statuses(call(`${BASE}/${item.id}`))).toEqual([404]);
    expect(await found(call)).toEqual([]);
    expect(await (await call(BASE)).json()).toEqual([]);
  });

  it('changes only what each permission of the role covers', async () => {
    await site.sql`insert into jump_item_role (name, perm_edit_tag, perm_edit_jump_policy) values ('Tagger', true, true)`;
    const { call } = await site.person({ groups: { [site.groups.kiosks]: 'Tagger' } });
    const { id } = await anItem(site.api);
    expect((await patch(call, id, { tag: 'a', jump_policy_id: site.policy, name: 'Till' })).status).toBe(200);
    for (const change of [{ name: 'b' }, { hostname: 'b' }, { comments: 'b' }, { session_policy_id: 2 }]) {
      const refused = await patch(call, id, change);
      expect([refused.status, (await refused.json()).message]).toEqual([
        403,
        expect.stringContaining('edit '),
      ]);
    }
  });

  it('moves an item only into a group where the role lets it add', async () => {
    const administrator = 'Administrator';
    const { call } = await site.person({
      groups: { [site.groups.kiosks]: administrator, [site.groups.servers]: 'Start Sessions Only' },
    });
    const { id } = await anItem(call);
    expect((await patch(call, id, { jump_group_id: site.groups.servers })).status).toBe(403);
    const copy = { jump_group_id: site.groups.servers, jump_group_type: 'shared', name: 'c' };
    expect((await call(`${BASE}/${id}/copy`, { method: 'POST', json: copy })).status).toBe(403);
  });

  it.each([
    ['Start Sessions Only', 403],
    ['Auditor', 403],
    ['No Access', 404],
    ['Administrator', 200],
  ])('with the role %s copies or moves an item to their own list: %i', async (role, status) => {
    const { id: own, call } = await site.person({ groups: { [site.groups.kiosks]: role } });
    const { id } = await anItem(site.api, { jump_policy_id: site.policy, session_policy_id: 2 });
    const mine = { jump_group_id: own, jump_group_type: 'personal' };
    const copied = await call(`${BASE}/${id}/copy`, { method: 'POST', json: { ...mine, name: 'Mine' } });
    expect(copied.status).toBe(status);
    if (status === 200) {
      const copy = await (await call(`${BASE}/${(await copied.json()).destId}`)).json();
      expect(copy).toMatchObject({ ...mine, jump_policy_id: site.policy, session_policy_id: 2 });
    }
    expect((await patch(call, id, mine)).status).toBe(status);
  });

  it('takes an item away from its policies only with the right to change them', async () => {
    await site.sql`insert into jump_item_role (name, perm_add, perm_assign_jump_group) values ('Mover', true, true)`;
    const { id: own, call } = await site.person({
      groups: { [site.groups.kiosks]: 'Mover', [site.groups.servers]: 'Mover' },
    });
    const mine = { jump_group_id: own, jump_group_type: 'personal', name: 'Mine' };
    const copy = async (item: object, to: object) =>
      (await call(`${BASE}/${(await anItem(site.api, item)).id}/copy`, { method: 'POST', json: to })).status;
    expect(await copy({ jump_policy_id: site.policy }, mine)).toBe(403);
    expect(await copy({ session_policy_id: 2 }, mine)).toBe(403);
    expect(await copy({ public_portal_id: 1 }, mine)).toBe(403);
    expect(await copy({}, mine)).toBe(200);
    const servers = { jump_group_id: site.groups.servers, jump_group_type: 'shared', name: 'There' };
    expect(await copy({ jump_policy_id: site.policy }, servers)).toBe(200);
    const { id } = await anItem(site.api, { jump_policy_id: site.policy });
    const moved = await patch(call, id, { jump_group_id: own, jump_group_type: 'personal' });
    expect([moved.status, (await moved.json()).message]).toEqual([
      403,
      expect.stringContaining('edit jump policy'),
    ]);
  });

  it('gives an item no Jumpoint that is not theirs, and does not learn which there are', async () => {
    const { id: own, call } = await site.person({ groups: { [site.groups.kiosks]: 'Administrator' } });
    const shells = BASE.replace('local-jump', 'shell-jump');
    const shell = (more: object) => ({
      name: 'Router',
      hostname: 'router.example.com',
      protocol: 'ssh',
      jump_group_id: own,
      jump_group_type: 'personal',
      jumpoint_id: site.jumpoint,
      ...more,
    });
    const create = (more = {}) => call(shells, { method: 'POST', json: shell(more) });
    const refused = await create();
    expect(refused.status).toBe(422);
    const sentences = await refused.json();
    expect(sentences.errors).toEqual({ jumpoint_id: ['There is no Jumpoint with this id.'] });
    const unknown = await create({ jumpoint_id: 999_999 });
    expect([unknown.status, await unknown.json()]).toEqual([422, sentences]);
    const kiosks = { jump_group_id: site.groups.kiosks, jump_group_type: 'shared' };
    expect((await create(kiosks)).status).toBe(422);

    const shared: { id: number } = await (
      await site.api(shells, { method: 'POST', json: shell(kiosks) })
    ).json();
    const mine = { jump_group_id: own, jump_group_type: 'personal' };
    const change = (id: number, json: object) => call(`${shells}/${id}`, { method: 'PATCH', json });
    const copy = (json: object) => call(`${shells}/${shared.id}/copy`, { method: 'POST', json });
    expect(await statuses(change(shared.id, mine), copy({ ...mine, name: 'c' }))).toEqual([422, 422]);
    expect(await statuses(change(shared.id, { tag: 'x' }), copy({ ...kiosks, name: 'c' }))).toEqual([
      200, 200,
    ]);
    expect((await change(shared.id, { jumpoint_id: 999_999 })).status).toBe(422);

    await site.sql`insert into jumpoint_user (jumpoint_id, user_id) values (${site.jumpoint}, ${own})`;
    const made = await create();
    expect(made.status).toBe(201);
    await site.sql`delete from jumpoint_user where user_id = ${own}`;
    expect((await change((await made.json()).id, { tag: 'x' })).status).toBe(200);
  });

  it('has personal items that nobody else finds', async () => {
    const owner = await site.person({});
    const other = await site.person({ groups: { [site.groups.kiosks]: 'Administrator' } });
    const personal = { jump_group_id: owner.id, jump_group_type: 'personal' };
    const item = await anItem(owner.call, personal);
    expect(item).toMatchObject(personal);
    expect(await found(owner.call)).toEqual([item.id]);
    expect(await found(other.call)).not.toContain(item.id);
    expect(await statuses(other.call(`${BASE}/${item.id}`), site.api(`${BASE}/${item.id}`))).toEqual([
      404, 200,
    ]);
    expect(
      (await other.call(BASE, { method: 'POST', json: { name: 'x', hostname: 'x', ...personal } })).status,
    ).toBe(422);
    const listed = await site.api(`${BASE}?jump_group_type=personal&jump_group_id=${owner.id}`);
    expect(await listed.json()).toEqual([item]);
    expect(await statuses(patch(owner.call, item.id, { tag: 'x' }))).toEqual([200]);
    expect(await statuses(remove(owner.call, item.id))).toEqual([204]);
  });
});

describe('a role that is not for one Jump Group', () => {
  const personal = (id: number) => ({ jump_group_id: id, jump_group_type: 'personal' });

  it('for teams shows the personal items of people of lower rank, through group policies too', async () => {
    const lead = await site.person({ teamRole: 'Start Sessions Only' });
    const member = await site.person({});
    const byPolicy = await site.person({});
    const otherLead = await site.person({});
    const stranger = await site.person({});
    const [team] = await site.sql<{ id: number }[]>`
      insert into team (name, code_name) values ('Desk', 'desk') returning id`;
    for (const [user, role] of [
      [lead, 'lead'],
      [member, 'member'],
      [otherLead, 'lead'],
    ] as const) {
      await site.sql`insert into team_user (team_id, user_id, role) values (${team!.id}, ${user.id}, ${role})`;
    }
    const [policy] = await site.sql<{ id: number }[]>`
      insert into group_policy (name, position) values ('Staff', 60) returning id`;
    await site.sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id)
                   values (${policy!.id}, 1, ${byPolicy.id})`;
    await site.sql`insert into group_policy_team (group_policy_id, team_id) values (${policy!.id}, ${team!.id})`;
    const items = new Map<object, number>();
    for (const owner of [member, byPolicy, otherLead, stranger]) {
      items.set(owner, (await anItem(owner.call, personal(owner.id))).id);
    }
    const seen = [member, byPolicy].map((owner) => items.get(owner)!);
    expect(await found(lead.call)).toEqual(seen);
    const listed: { id: number }[] = await (await lead.call(BASE)).json();
    expect(listed.map(({ id }) => id)).toEqual(seen);
    expect(await statuses(patch(lead.call, seen[0]!, { tag: 'x' }))).toEqual([403]);
    expect(await statuses(lead.call(`${BASE}/${items.get(otherLead)}`))).toEqual([404]);
    await site.sql`update group_policy_team set action = 'remove'`;
    await site.sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id)
                   values (${policy!.id}, 1, ${lead.id})`;
    expect(await found(lead.call)).toEqual([]);
  });

  it('for the system shows everything that no more specific role is for', async () => {
    const owner = await site.person({});
    const theirs = (await anItem(owner.call, personal(owner.id))).id;
    const kiosk = (await anItem(site.api)).id;
    const server = (await anItem(site.api, { jump_group_id: site.groups.servers })).id;
    const { call } = await site.person({
      systemRole: 'Administrator',
      groups: { [site.groups.kiosks]: 'No Access' },
    });
    const seen = await found(call);
    expect(seen).toEqual(expect.arrayContaining([theirs, server]));
    expect(seen).not.toContain(kiosk);
    const listed: { id: number }[] = await (await call(`${BASE}?per_page=100`)).json();
    expect(listed.map(({ id }) => id)).toEqual(seen);
    expect(await statuses(patch(call, theirs, { tag: 'x' }), call(`${BASE}/${kiosk}`))).toEqual([200, 404]);
    const copies = { jump_group_id: site.groups.servers, jump_group_type: 'shared', name: 'Copy' };
    expect(await statuses(call(`${BASE}/${server}/copy`, { method: 'POST', json: copies }))).toEqual([200]);
  });
});

describe('an administrator and an API account', () => {
  it('do everything in every group', async () => {
    const { call } = await site.person({ administrator: true });
    const item = await anItem(call, { jump_group_id: site.groups.servers });
    expect(await statuses(patch(call, item.id, { name: 'Renamed' }))).toEqual([200]);
    expect(await statuses(remove(site.api, item.id))).toEqual([204]);
  });

  it('without the Configuration API permission may do nothing', async () => {
    await site.sql`update api_account set permissions = array_remove(permissions, 'perm_configuration')`;
    expect(await statuses(site.api(BASE), site.api('/api/config/v1/jump-item'))).toEqual([403, 403]);
    await site.sql`update api_account set permissions = array_append(permissions, 'perm_configuration')`;
  });
});

describe('every change', () => {
  it('leaves an audit row with before and after', async () => {
    const { id } = await anItem(site.api);
    await patch(site.api, id, { tag: 'a', comments: '' });
    await patch(site.api, id, { tag: 'a' });
    await remove(site.api, id);
    const rows = await site.sql`
      select event_type as type, before, after from audit_event
       where object_type = 'jump_item' and object_id = ${String(id)} order by id`;
    expect(rows.map(({ type }) => type)).toEqual([
      'jump_item.created',
      'jump_item.updated',
      'jump_item.deleted',
    ]);
    expect(rows[0]!['after']).toMatchObject({
      name: 'Till',
      hostname: 'till.example.com',
      kind: 'local_jump',
    });
    expect(rows[1]).toMatchObject({ before: { tag: '' }, after: { tag: 'a' } });
    expect(rows[2]!['before']).toMatchObject({ tag: 'a' });
  });

  it('that fails leaves neither item nor audit row', async () => {
    const count = async () =>
      (
        await site.sql`select (select count(*) from jump_item) as items, (select count(*) from audit_event) as rows`
      )[0];
    const before = await count();
    const json = { name: 'x', hostname: 'x', jump_group_id: site.groups.kiosks, jump_policy_id: 999999 };
    expect((await site.api(BASE, { method: 'POST', json })).status).toBe(422);
    expect(await count()).toEqual(before);
  });
});
