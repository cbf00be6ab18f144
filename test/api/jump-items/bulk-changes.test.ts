import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Call, configurationCalls } from '../../support/configuration-calls.ts';
import { type JumpSite, jumpSite } from './jump-site.ts';

let site: JumpSite;
let api: Call;
let ids: number[];

beforeAll(async () => {
  site = await jumpSite();
  api = configurationCalls(site.api);
});
afterAll(() => site?.stop());
beforeEach(async () => {
  await site.sql`delete from jump_item`;
  ids = [];
  for (const [name, tag] of [
    ['A', 'red'],
    ['B', 'red'],
    ['C', 'blue'],
  ] as const) {
    const shell = { name, tag, hostname: `${name}.example.com`, protocol: 'ssh' };
    const owner = { jump_group_id: site.groups.kiosks, jumpoint_id: site.jumpoint };
    const { status, body } = await api('POST', '/jump-item/shell-jump', { ...shell, ...owner });
    expect(status, JSON.stringify(body)).toBe(201);
    ids.push(body.id);
  }
});

const items = (list = ids) => list.map((id) => ({ id }));
const typed = (list = ids) => list.map((id) => ({ type: 'shell_jump', id }));
const bulk = (body: object, call = api) => call('PATCH', '/jump-item/bulk', { type: 'shell_jump', ...body });
const stored = async () =>
  await site.sql`select name, tag, jump_group_id, revision, settings->>'terminal' as terminal
                   from jump_item order by id`;
const auditRows = async () =>
  (await site.sql`select count(*)::int as n from audit_event where event_type like 'jump_item.%'`)[0]!['n'];

describe('a change of several Jump Items', () => {
  it('changes each as a change of its own would, with an audit row each', async () => {
    const before = await auditRows();
    const { status, body } = await bulk({ items: items(), changes: { tag: 'red', terminal: 'VT100' } });
    expect([status, body]).toEqual([
      200,
      {
        matched: 3,
        changed: 3,
        unchanged: 0,
        refused: [],
        preview: false,
        items: ids.map((id) => ({ id, type: 'shell_jump', revision: 2 })),
      },
    ]);
    expect(await stored()).toMatchObject(
      ['A', 'B', 'C'].map((name) => ({ name, tag: 'red', terminal: 'VT100' })),
    );
    expect((await auditRows()) - before).toBe(3);
  });

  it('leaves alone what is so already, and counts an item named twice once', async () => {
    const { body } = await bulk({ items: [...items(), ...items()], changes: { tag: 'red' } });
    expect(body).toMatchObject({
      matched: 3,
      changed: 1,
      unchanged: 2,
      items: [{ id: ids[2], revision: 2 }],
    });
  });

  it('changes nothing when one item is refused, and says which and why', async () => {
    const before = await stored();
    const audited = await auditRows();
    const wanted = [{ id: ids[0] }, { id: ids[1], revision: 7 }, { id: 999999 }];
    const { status, body } = await bulk({ items: wanted, changes: { tag: 'green' } });
    expect(status).toBe(422);
    expect(body.refused).toEqual([
      { id: ids[1], name: 'B', code: 'precondition_failed', message: expect.any(String) },
      { id: 999999, name: '', code: 'not_found', message: expect.any(String) },
    ]);
    expect(body.message).toContain('2 of 3');
    expect([await stored(), await auditRows()]).toEqual([before, audited]);
  });

  it('a preview says what would happen and changes nothing', async () => {
    const before = await stored();
    const audited = await auditRows();
    const { status, body } = await bulk({
      items: [...items(), { id: 999999 }],
      changes: { tag: 'red' },
      preview: true,
    });
    expect([status, body]).toMatchObject([
      200,
      {
        matched: 4,
        changed: 1,
        unchanged: 2,
        refused: [{ id: 999999, code: 'not_found' }],
        preview: true,
        items: [],
      },
    ]);
    expect([await stored(), await auditRows()]).toEqual([before, audited]);
  });

  it('by a filter takes the number that a preview counted, and no other', async () => {
    const filter = { tag: 'RED', jump_group_id: site.groups.kiosks, jump_group_type: 'shared' };
    const changes = { comments: 'painted' };
    expect((await bulk({ filter, changes, preview: true })).body).toMatchObject({ matched: 2, changed: 2 });
    const unseen = await bulk({ filter, changes });
    expect([unseen.status, Object.keys(unseen.body.errors)]).toEqual([422, ['expected']]);
    const other = await bulk({ filter, changes, expected: 3 });
    expect([other.status, other.body.message]).toEqual([412, expect.stringContaining('2 Jump Items')]);
    expect((await bulk({ filter, changes, expected: 2 })).body).toMatchObject({ changed: 2 });
    expect((await bulk({ filter: { search: 'nobody' }, changes, expected: 0 })).body).toMatchObject({
      matched: 0,
    });
  });

  it.each([
    [{ changes: { colour: 'red' } }, 401],
    [{ changes: {} }, 422],
    [{ changes: { tag: 'x'.repeat(65) } }, 422],
    [{ changes: { terminal: 'teletype' } }, 422],
    [{ changes: { url: 'https://example.com' } }, 401],
    [{ changes: { jump_policy_id: 999999 } }, 422],
    [{ changes: { name: 'All the same' } }, 422],
    [{ changes: { external_id: 'one' } }, 422],
    [{ changes: { tag: 'x' }, filter: { tag: 'x' } }, 422],
    [{ type: 'jump_client', changes: { tag: 'x' } }, 422],
  ])('refuses %j', async (body, status) => {
    const before = await stored();
    expect((await bulk({ items: items(), ...body })).status).toBe(status);
    expect(await stored()).toEqual(before);
  });

  it('takes neither no items nor items of another kind', async () => {
    expect((await bulk({ changes: { tag: 'x' } })).status).toBe(422);
    expect((await bulk({ items: [], changes: { tag: 'x' } })).status).toBe(422);
    const { status, body } = await api('PATCH', '/jump-item/bulk', {
      type: 'vpro',
      items: items(),
      changes: { tag: 'x' },
    });
    expect([status, body.refused.map((one: { code: string }) => one.code)]).toEqual([
      422,
      ['not_found', 'not_found', 'not_found'],
    ]);
  });

  it('asks the Jump Item Role of each item', async () => {
    await site.sql`update jump_item set jump_group_id = ${site.groups.servers} where id = ${ids[2]!}`;
    const someone = await site.person({
      groups: { [site.groups.kiosks]: 'Administrator', [site.groups.servers]: 'Start Sessions Only' },
    });
    const call = configurationCalls(someone.call);
    const refused = await bulk({ items: items(), changes: { tag: 'x' } }, call);
    expect([refused.status, refused.body.refused]).toMatchObject([
      422,
      [{ id: ids[2], name: 'C', code: 'forbidden' }],
    ]);
    expect((await bulk({ items: items(ids.slice(0, 2)), changes: { tag: 'x' } }, call)).status).toBe(200);
    const outsider = configurationCalls((await site.person({ groups: {} })).call);
    const unseen = await bulk({ items: items(), changes: { tag: 'x' } }, outsider);
    expect(unseen.body.refused[0]).toEqual({
      id: ids[0],
      name: '',
      code: 'not_found',
      message: expect.any(String),
    });
    expect(
      (await bulk({ filter: { tag: 'x' }, changes: { tag: 'y' }, preview: true }, outsider)).body.matched,
    ).toBe(0);
    expect(
      (await site.appliance.anonymous('/api/config/v1/jump-item/bulk', { method: 'PATCH' })).status,
    ).toBe(401);
  });

  it('changes a thousand in a few seconds, and leaves two thousand as they are when one of them fails', async () => {
    await site.sql`
      insert into jump_item (kind, name, hostname, jump_group_id, jumpoint_id, tag, settings)
      select 'shell_jump', 'Many ' || n, 'h', ${site.groups.kiosks}, ${site.jumpoint}, 'many', '{"protocol":"ssh"}'
        from generate_series(1, 2000) n`;
    const started = Date.now();
    const filter = { tag: 'many' };
    expect((await bulk({ filter, changes: { tag: 'all' }, expected: 2000 })).body.changed).toBe(2000);
    expect(Date.now() - started).toBeLessThan(20_000);
    const failing = await bulk({
      filter: { tag: 'all' },
      changes: { tag: 'x', jump_policy_id: 999999 },
      expected: 2000,
    });
    expect([failing.status, Object.keys(failing.body.errors)]).toEqual([422, ['jump_policy_id']]);
    const [count] = await site.sql`select count(*)::int as n from jump_item where tag = 'all'`;
    expect(count!['n']).toBe(2000);
  }, 60_000);
});

describe('moving and copying several Jump Items', () => {
  it('moves items of any kinds together', async () => {
    const { body: vpro } = await api('POST', '/jump-item/vpro', {
      name: 'V',
      hostname: 'v',
      jump_group_id: site.groups.servers,
      jumpoint_id: site.jumpoint,
    });
    const all = [...typed(), { type: 'vpro', id: vpro.id }];
    const to = { jump_group_id: site.groups.servers };
    expect((await api('POST', '/jump-item/move', { items: all, ...to, preview: true })).body).toMatchObject({
      matched: 4,
      changed: 3,
      unchanged: 1,
    });
    const { status, body } = await api('POST', '/jump-item/move', { items: all, ...to });
    expect([status, body.changed]).toEqual([200, 3]);
    for (const row of await stored()) expect(row['jump_group_id']).toBe(site.groups.servers);
  });

  it('copies items with their names and without their external ids', async () => {
    await site.sql`update jump_item set external_id = 'x' || id`;
    const { status, body } = await api('POST', '/jump-item/copy', {
      items: typed(),
      jump_group_id: site.groups.servers,
    });
    expect([status, body.changed]).toEqual([200, 3]);
    expect(body.items.map((item: { copy_of: number }) => item.copy_of)).toEqual(ids);
    const copies = await site.sql`
      select name, external_id, revision from jump_item where jump_group_id = ${site.groups.servers} order by id`;
    expect([...copies]).toEqual(['A', 'B', 'C'].map((name) => ({ name, external_id: null, revision: 1 })));
  });

  it('holds each to the rules of moving one', async () => {
    await site.sql`update jump_item set jump_policy_id = ${site.policy} where id = ${ids[0]!}`;
    const someone = await site.person({ groups: { [site.groups.kiosks]: 'Administrator' } });
    const call = configurationCalls(someone.call);
    for (const verb of ['move', 'copy']) {
      const elsewhere = await call('POST', `/jump-item/${verb}`, {
        items: typed(),
        jump_group_id: site.groups.servers,
      });
      expect([elsewhere.status, elsewhere.body.refused.length]).toEqual([422, 3]);
    }
    // A Jumpoint that is not theirs does not come along to a personal list.
    const mine = { jump_group_id: someone.id, jump_group_type: 'personal' };
    const refused = await call('POST', '/jump-item/move', { items: typed(), ...mine });
    expect(refused.body.refused[0].errors).toHaveProperty('jumpoint_id');
    await site.sql`insert into jumpoint_user (jumpoint_id, user_id) values (${site.jumpoint}, ${someone.id})`;
    expect((await call('POST', '/jump-item/move', { items: typed(), ...mine })).body.changed).toBe(3);
  });
});
