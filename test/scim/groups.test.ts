import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/live-jumpoint.ts';
import { GROUP, patch, type ScimSite, scimSite } from '../support/scim-site.ts';

let site: ScimSite;
let number = 0;
beforeAll(async () => {
  site = await scimSite();
});
afterAll(() => site.stop());

async function aUser(): Promise<string> {
  number += 1;
  const { body } = await site.scim('POST', '/Users', { userName: `member${number}` });
  return body.id;
}

async function aGroup(members: string[] = [], more: Record<string, unknown> = {}) {
  number += 1;
  const { status, body } = await site.scim('POST', '/Groups', {
    schemas: [GROUP],
    displayName: `Group ${number}`,
    members: members.map((value) => ({ value })),
    ...more,
  });
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^201/);
  return body;
}

async function membersOf(id: string): Promise<string[]> {
  const { body } = await site.scim('GET', `/Groups/${id}`);
  return body.members.map(({ value }: { value: string }) => value);
}

async function change(id: string, ...operations: object[]) {
  const answer = await site.scim('PATCH', `/Groups/${id}`, patch(...operations));
  expect(`${answer.status} ${JSON.stringify(answer.body)}`).toMatch(/^204/);
  return answer;
}

/** The group policies that hold for somebody. */
async function policiesOf(id: string): Promise<string[]> {
  const rows = await site.appliance.sql<{ name: string }[]>`
    select p.name from user_group_policy x join group_policy p on p.id = x.group_policy_id
      join scim_user s on s.user_id = x.user_id where s.id = ${id} order by p.name`;
  return rows.map(({ name }) => name);
}

async function policyFor(groupName: string): Promise<string> {
  number += 1;
  const name = `Policy ${number}`;
  const { body } = await site.admin('POST', '/group-policy', { name });
  const member = await site.admin('POST', `/group-policy/${body.id}/member`, {
    security_provider_id: site.providerId,
    group_name: groupName,
  });
  expect(`${member.status} ${JSON.stringify(member.body)}`).toMatch(/^201/);
  return name;
}

describe('members', () => {
  it('come and go in every form that directories send', async () => {
    const [a, b, c] = [await aUser(), await aUser(), await aUser()];
    const { id } = await aGroup();
    await change(id, { op: 'Add', path: 'members', value: [{ value: a }, { value: b }] });
    expect(await membersOf(id)).toEqual([a, b]);
    await change(id, { op: 'Add', path: 'members', value: [{ value: b }, { value: c }] });
    expect(await membersOf(id)).toEqual([a, b, c]);
    await change(id, { op: 'Remove', path: `members[value eq "${a}"]` });
    expect(await membersOf(id)).toEqual([b, c]);
    await change(id, { op: 'Remove', path: 'members', value: [{ value: b }] });
    expect(await membersOf(id)).toEqual([c]);
    await change(id, { op: 'replace', path: 'members', value: [{ value: a }] });
    expect(await membersOf(id)).toEqual([a]);
    await change(id, { op: 'add', value: { members: [{ value: b }] } });
    expect(await membersOf(id)).toEqual([a, b]);
    await change(id, { op: 'remove', path: `members[value eq "${a}" or value eq "${b}"]` });
    expect(await membersOf(id)).toEqual([]);
    await change(id, { op: 'add', path: 'members', value: { value: a } });
    await change(id, { op: 'remove', path: 'members' });
    expect(await membersOf(id)).toEqual([]);
  });

  it('are replaced by PUT, left by a PUT that does not speak of them, and taken away by an empty list', async () => {
    const [a, b] = [await aUser(), await aUser()];
    const { id, displayName } = await aGroup([a]);
    const put = (more: object) =>
      site.scim('PUT', `/Groups/${id}`, { schemas: [GROUP], displayName, ...more });
    expect((await put({ members: [{ value: b }] })).body.members).toMatchObject([{ value: b, type: 'User' }]);
    expect((await put({})).body.members).toHaveLength(1);
    expect((await put({ members: [] })).body.members).toEqual([]);
  });

  it('show in the groups of the person', async () => {
    const a = await aUser();
    const { id, displayName } = await aGroup([a]);
    const { body } = await site.scim('GET', `/Users/${a}`);
    expect(body.groups).toEqual([
      { value: id, $ref: expect.stringContaining(`/Groups/${id}`), display: displayName, type: 'direct' },
    ]);
  });

  it('that are groups, or nobody, are refused, and nothing is half done', async () => {
    const a = await aUser();
    const inner = await aGroup();
    const { id } = await aGroup();
    for (const value of [inner.id, '00000000-0000-4000-8000-000000000000', 'nobody']) {
      const operation = { op: 'add', path: 'members', value: [{ value: a }, { value }] };
      const answer = await site.scim('PATCH', `/Groups/${id}`, patch(operation));
      expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
      expect(answer.body.detail).toContain(value);
    }
    const typed = { op: 'add', path: 'members', value: [{ value: a, type: 'Group' }] };
    expect((await site.scim('PATCH', `/Groups/${id}`, patch(typed))).body.detail).toMatch(
      /groups within groups/i,
    );
    expect(await membersOf(id)).toEqual([]);
  });

  it('are left out where nobody asks for them', async () => {
    const { id } = await aGroup([await aUser()]);
    const one = await site.scim('GET', `/Groups/${id}?excludedAttributes=members`);
    expect(one.body.members).toBeUndefined();
    const list = await site.scim('GET', '/Groups?attributes=displayName');
    expect(list.body.Resources.every((group: object) => !('members' in group) && !('meta' in group))).toBe(
      true,
    );
    const answered = await site.scim(
      'PATCH',
      `/Groups/${id}?attributes=members`,
      patch({ op: 'replace', value: { displayName: `Renamed ${id}` } }),
    );
    expect(answered).toMatchObject({ status: 200, body: { members: [{ type: 'User' }] } });
  });

  it('may be deleted while the group is replaced: one of both wins, and no one is left dangling', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [await aUser(), await aUser()];
      const { id } = await aGroup();
      const [put, gone] = await Promise.all([
        site.scim(
          'PATCH',
          `/Groups/${id}`,
          patch({ op: 'replace', path: 'members', value: [{ value: a }, { value: b }] }),
        ),
        site.scim('DELETE', `/Users/${a}`),
      ]);
      expect(gone.status).toBe(204);
      expect([204, 400]).toContain(put.status);
      expect(await membersOf(id)).toEqual(put.status === 204 ? [b] : []);
    }
  });

  it('are waited for by their accounts first, so that nobody who deletes one waits for the group in turn', async () => {
    const [member, { id }] = [await aUser(), await aGroup()];
    const { sql } = site.appliance;
    const put = await sql.begin(async (deleting) => {
      await deleting`
        select from app_user where id = (select user_id from scim_user where id = ${member}) for update`;
      const change = patch({ op: 'replace', path: 'members', value: [{ value: member }] });
      const answer = site.scim('PATCH', `/Groups/${id}`, change);
      await until('the change of the group to wait', async () => {
        const waiting = await sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        return waiting.length > 0;
      });
      await deleting`select from scim_user where id = ${member} for update nowait`;
      await deleting`
        delete from app_user where id = (select user_id from scim_user where id = ${member})`;
      return { answer };
    });
    expect((await put.answer).status).toBe(400);
  });
});

describe('a group', () => {
  it('takes an id and a name without a path, as one directory sends them', async () => {
    const { id } = await aGroup();
    await change(id, { op: 'replace', value: { id, displayName: 'Renamed by replace' } });
    expect((await site.scim('GET', `/Groups/${id}`)).body.displayName).toBe('Renamed by replace');
  });

  it('is changed under its version only, and a change of nothing keeps the version', async () => {
    const a = await aUser();
    const { id, meta } = await aGroup([a]);
    const same = await change(id, { op: 'add', path: 'members', value: [{ value: a }] });
    expect(same.headers.get('etag')).toBe(meta.version);
    const operation = patch({ op: 'remove', path: 'members' });
    const first = await site.scim('PATCH', `/Groups/${id}`, operation, { 'if-match': meta.version });
    expect(first.status).toBe(204);
    const stale = await site.scim('PATCH', `/Groups/${id}`, operation, { 'if-match': meta.version });
    expect(stale.status).toBe(412);
  });

  it('has a name that no other has', async () => {
    const { displayName } = await aGroup();
    const twice = await site.scim('POST', '/Groups', { displayName: displayName.toUpperCase() });
    expect(twice).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
  });

  it.each([
    ['no name', {}, 'invalidValue'],
    ['a name of blanks', { displayName: '  ' }, 'invalidValue'],
    ['a name too long', { displayName: 'x'.repeat(256) }, 'invalidValue'],
  ])('with %s is refused', async (_name, group, scimType) => {
    expect(await site.scim('POST', '/Groups', group)).toMatchObject({ status: 400, body: { scimType } });
  });

  it.each([
    ['an unknown attribute', { op: 'add', path: 'colour', value: 'x' }, 'invalidPath'],
    ['members by name', { op: 'remove', path: 'members[display eq "x"]' }, 'invalidPath'],
    ['a part of a member', { op: 'replace', path: 'members.display', value: 'x' }, 'mutability'],
    ['the id', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    ['no name any more', { op: 'remove', path: 'displayName' }, 'mutability'],
  ])('PATCH of %s is refused', async (_name, operation, scimType) => {
    const { id } = await aGroup();
    expect(await site.scim('PATCH', `/Groups/${id}`, patch(operation))).toMatchObject({
      status: 400,
      body: { scimType },
    });
  });
});

describe('group policies', () => {
  it('hold for the members of the groups they name, from the moment somebody comes until they leave', async () => {
    const a = await aUser();
    const { id, displayName } = await aGroup();
    const policy = await policyFor(displayName.toUpperCase());
    await change(id, { op: 'add', path: 'members', value: [{ value: a }] });
    expect(await policiesOf(a)).toEqual([policy]);
    await change(id, { op: 'remove', path: `members[value eq "${a}"]` });
    expect(await policiesOf(a)).toEqual([]);
    await change(id, { op: 'add', path: 'members', value: [{ value: a }] });
    expect((await site.scim('DELETE', `/Groups/${id}`)).status).toBe(204);
    expect(await policiesOf(a)).toEqual([]);
  });

  it('go on naming a group that is renamed, and not one that takes its old name', async () => {
    const [a, b] = [await aUser(), await aUser()];
    const { id, displayName } = await aGroup([a]);
    const policy = await policyFor(displayName);
    await change(id, { op: 'replace', path: 'displayName', value: `New ${displayName}` });
    expect(await policiesOf(a)).toEqual([policy]);
    await aGroup([b], { displayName });
    expect(await policiesOf(b)).toEqual([]);
  });

  it('go on naming groups when the provider calls them by another attribute', async () => {
    const a = await aUser();
    number += 1;
    const { id, displayName } = await aGroup([a], { externalId: `ext-${number}` });
    const policy = await policyFor(displayName);
    for (const attribute of ['externalId', 'id', 'displayName']) {
      const update = await site.admin('PATCH', `/security-provider/${site.providerId}`, {
        scim_group_query_id: attribute,
      });
      expect(update.status).toBe(200);
      expect(await policiesOf(a)).toEqual([policy]);
    }
    expect(id).toBeTruthy();
  });

  it('are the only way to become an administrator', async () => {
    const { body } = await site.scim('POST', '/Users', {
      userName: 'climber',
      roles: [{ value: 'administrator' }],
      perm_admin: true,
      entitlements: [{ value: 'perm_admin' }],
    });
    const [row] = await site.appliance.sql`
      select u.perm_admin, u.settings from app_user u join scim_user s on s.user_id = u.id where s.id = ${body.id}`;
    expect(row).toEqual({ perm_admin: false, settings: {} });
  });
});
