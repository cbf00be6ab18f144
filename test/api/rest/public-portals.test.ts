import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portalAddress } from '../../../appliance/portals/portal-address.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

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

describe('public portals', () => {
  it('are created with addresses of their own, listed as published, and changed, audited', async () => {
    const { status, body } = await api('POST', '/public-portal', {
      name: 'Branch offices',
      addresses: ['Support.Branch.Example.com', '2001:DB8:0:0::7'],
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number),
      name: 'Branch offices',
      addresses: ['support.branch.example.com', '2001:db8::7'],
      code_name: 'branch_offices',
      comments: '',
      session_policy_id: null,
    });
    const { body: list } = await api('GET', '/public-portal');
    expect(list).toEqual([
      { id: 1, name: 'Default', addresses: [], code_name: 'default' },
      { id: body.id, name: body.name, addresses: body.addresses, code_name: body.code_name },
    ]);
    const path = `/public-portal/${body.id}`;
    const changed = await api('PATCH', path, {
      session_policy_id: 2,
      comments: 'North',
      addresses: ['n.example.com'],
    });
    expect(changed.body).toEqual({
      ...body,
      session_policy_id: 2,
      comments: 'North',
      addresses: ['n.example.com'],
    });
    const { body: audit } = await admin('GET', '/audit-event?type=public_portal.updated&limit=1');
    expect(audit.items).toMatchObject([
      {
        before: { session_policy_id: null, comments: '' },
        after: { session_policy_id: 2, comments: 'North' },
      },
    ]);
    expect((await api('PATCH', path, { session_policy_id: null })).body.session_policy_id).toBeNull();
    const etag = (await api('GET', path)).headers.get('etag') ?? '';
    await api('PATCH', path, { comments: 'South' });
    expect((await api('PATCH', path, { comments: 'East' }, { 'if-match': etag })).status).toBe(412);
  });

  it('refuse addresses that are none, that another portal has, and portals nobody could find', async () => {
    const portal = (addresses: string[]) => api('POST', '/public-portal', { name: 'Bad', addresses });
    await api('POST', '/public-portal', { name: 'First', addresses: ['first.example.com'] });
    expect((await portal(['https://x.example.com'])).body.errors).toHaveProperty(['addresses.0']);
    expect((await portal(['ok.example.com', 'x.example.com:8443'])).body.errors).toHaveProperty([
      'addresses.1',
    ]);
    expect((await portal(['FIRST.example.com.'])).body.errors).toHaveProperty('addresses');
    expect((await portal([])).body.errors).toHaveProperty('addresses');
    expect((await api('POST', '/public-portal', { name: 'No addresses' })).body.errors).toHaveProperty(
      'addresses',
    );
    expect(
      (await api('POST', '/public-portal', { name: 'FIRST', addresses: ['other.example.com'] })).body.errors,
    ).toHaveProperty('name');
    expect((await api('GET', '/public-portal')).body.map(({ name }: { name: string }) => name)).not.toContain(
      'Bad',
    );
  });

  it('are edited by people with the right to, but for the session policy that overrules their own', async () => {
    const editor = await testPerson(appliance, 'edits_portals', { perm_edit_public_template: true });
    const portal = { name: 'Edited', addresses: ['edited.example.com'] };
    const { status, body } = await editor.call('POST', '/public-portal', portal);
    expect(status).toBe(201);
    const path = `/public-portal/${body.id}`;
    expect((await editor.call('PATCH', path, { session_policy_id: 2 })).status).toBe(403);
    expect((await editor.call('PATCH', '/public-portal/1', { session_policy_id: 2 })).status).toBe(403);
    const other = { name: 'Other', addresses: ['other.example.com'], session_policy_id: 2 };
    expect((await editor.call('POST', '/public-portal', other)).status).toBe(403);
    expect((await api('PATCH', path, { session_policy_id: 2 })).status).toBe(200);
    const kept = await editor.call('PATCH', path, { comments: 'ours', session_policy_id: 2 });
    expect([kept.status, kept.body.comments]).toEqual([200, 'ours']);
    expect((await editor.call('PATCH', path, { session_policy_id: null })).status).toBe(403);
    expect((await api('DELETE', path)).status).toBe(204);
  });

  it('keep the default one, and those that are named elsewhere', async () => {
    expect((await api('DELETE', '/public-portal/1')).status).toBe(422);
    expect((await api('PATCH', '/public-portal/1', { addresses: ['help.example.com'] })).status).toBe(200);
    expect((await api('PATCH', '/public-portal/1', { addresses: [] })).body.addresses).toEqual([]);
    const { body: portal } = await api('POST', '/public-portal', {
      name: 'Named',
      addresses: ['named.example.com'],
    });
    const { body: group } = await api('POST', '/jump-group', { name: 'Names a portal' });
    await appliance.sql`
      insert into jump_item (kind, name, jump_group_id, public_portal_id)
      values ('local_jump', 'names it', ${group.id}, ${portal.id})`;
    const refused = await api('DELETE', `/public-portal/${portal.id}`);
    expect([refused.status, refused.body.uses]).toEqual([
      422,
      [{ type: 'jump_item', total: 1, names: ['names it'] }],
    ]);
    await appliance.sql`delete from jump_item where name = 'names it'`;
    const { body: team } = await api('POST', '/team', { name: 'Branch', public_portal_ids: [portal.id] });
    expect((await api('DELETE', `/public-portal/${portal.id}`)).body.uses).toEqual([
      { type: 'team', total: 1, names: ['Branch'] },
    ]);
    await api('DELETE', `/team/${team.id}`);
    expect((await api('DELETE', `/public-portal/${portal.id}`)).status).toBe(204);
    expect(
      (await api('POST', '/public-portal', { name: 'Again', addresses: ['named.example.com'] })).status,
    ).toBe(201);
  });
});

describe('the address of a portal', () => {
  it.each([
    ['support.example.com', 'support.example.com'],
    [' SUPPORT.Example.COM. ', 'support.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['localhost', 'localhost'],
    ['192.0.2.7', '192.0.2.7'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['example.com/path', undefined],
    ['example.com:443', undefined],
    ['user@example.com', undefined],
    ['*.example.com', undefined],
    ['-bad.example.com', undefined],
    ['under_score.example.com', undefined],
    ['a..b', undefined],
    ['1.2.3', undefined],
    ['0x7f.1', undefined],
    ['', undefined],
    [`${'a'.repeat(64)}.example.com`, undefined],
  ])('%j is kept as %j', (given, kept) => {
    expect(portalAddress(given)).toBe(kept);
  });
});
