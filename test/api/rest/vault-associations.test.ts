import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { lockWaits } from '../../support/lock-waits.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;
const ids = { jumpoint: 0, group: 0, other: 0, shell: 0, rdp: 0, web: 0, tunnel: 0, sqlTunnel: 0, remote: 0 };

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
  ids.jumpoint = (await made('/jumpoint', { name: 'Site', platform: 'linux-x86' })).id;
  ids.group = (await made('/jump-group', { name: 'Servers' })).id;
  ids.other = (await made('/jump-group', { name: 'Others' })).id;
  const item = async (kind: string, more: object) =>
    (await made(`/jump-item/${kind}`, { jumpoint_id: ids.jumpoint, jump_group_id: ids.group, ...more })).id;
  ids.shell = await item('shell-jump', {
    name: 'web-1',
    hostname: 'web-1.example.com',
    protocol: 'ssh',
    tag: 'prod',
  });
  ids.rdp = await item('remote-rdp', { name: 'app-1', hostname: 'app-1.example.com' });
  ids.web = await item('web-jump', { name: 'Console', url: 'https://console.example.com/' });
  ids.tunnel = await item('protocol-tunnel-jump', { name: 'T', hostname: 't', tunnel_definitions: '1;2' });
  ids.sqlTunnel = await item('protocol-tunnel-jump', { name: 'SQL', hostname: 'sql', tunnel_type: 'mssql' });
  ids.remote = await item('remote-jump', { name: 'push', hostname: 'pc-1.example.com' });
});
afterAll(() => appliance?.stop());

async function made(path: string, body: object): Promise<{ id: number }> {
  const answer = await api('POST', path, body);
  expect(`${path} ${answer.status} ${JSON.stringify(answer.body)}`).toContain(' 201 ');
  return answer.body;
}
let numbered = 0;
async function newAccount(more: object = {}): Promise<string> {
  const name = `account ${++numbered}`;
  const { id } = await made('/vault/account', { type: 'opaque_token', name, token: 'planted', ...more });
  return `/vault/account/${id}/jump-item-association`;
}
async function newGroup(): Promise<{ id: number; path: string }> {
  const { id } = await made('/vault/account-group', { name: `group ${++numbered}` });
  return { id, path: `/vault/account-group/${id}/jump-item-association` };
}
const matching = async (path: string) =>
  ((await api('GET', `${path}/matching-jump-item`)).body as { id: number }[]).map(({ id }) => id);
const NO_CRITERIA = { shared_jump_groups: [], host: [], name: [], tag: [], comment: [] };

describe('the association of an account', () => {
  it('is that of its group until it has its own; then POST is refused, and DELETE returns to the group', async () => {
    const { id, path: ofGroup } = await newGroup();
    await api('PATCH', ofGroup, { filter_type: 'criteria', criteria: { tag: ['prod'] } });
    const path = await newAccount({ account_group_id: id });
    expect(await matching(path)).toEqual([ids.shell]);
    for (const [method, sub, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { filter_type: 'no_jump_items' }],
      ['DELETE', '', undefined],
      ['POST', '/jump-item', { id: ids.shell, type: 'shell_jump' }],
      ['DELETE', '/jump-item', { id: ids.shell, type: 'shell_jump' }],
      ['POST', '/shared-jump-group', { shared_jump_group_id: ids.group }],
      ['DELETE', '/shared-jump-group', { shared_jump_group_id: ids.group }],
    ] as const) {
      const { status, body: answer } = await api(method, path + sub, body);
      expect([method, sub, status, answer.message]).toEqual([
        method,
        sub,
        422,
        expect.stringContaining('group'),
      ]);
    }

    const own = { filter_type: 'criteria', criteria: { host: ['WEB*', '*.Example.com'] } };
    const created = await api('POST', path, own);
    expect([created.status, created.body]).toEqual([
      201,
      {
        filter_type: 'criteria',
        criteria: { ...NO_CRITERIA, host: ['web*', '*.example.com'] },
        jump_items: [],
      },
    ]);
    expect(created.headers.get('location')).toBe(`${appliance.url}/api/config/v1${path}`);
    expect((await api('GET', path)).body).toEqual(created.body);
    expect(await matching(path)).toEqual([ids.shell, ids.rdp]);
    const again = await api('POST', path, own);
    expect([again.status, again.body.message]).toEqual([422, expect.stringContaining('of its own')]);

    expect((await api('DELETE', path)).status).toBe(204);
    expect((await api('GET', path)).status).toBe(422);
    expect(await matching(path)).toEqual([ids.shell]);
  });

  it('takes null for what is not said, as clients send it', async () => {
    const path = await newAccount();
    const body = { filter_type: 'any_jump_items', criteria: null, jump_items: null };
    const created = await api('POST', path, body);
    expect([created.status, created.body]).toEqual([201, { filter_type: 'any_jump_items' }]);
    expect((await api('PATCH', path, { ...body, filter_type: 'no_jump_items' })).body).toEqual({
      filter_type: 'no_jump_items',
    });
    expect(await matching(path)).toEqual([]);
  });

  it('replaces each list given and keeps the others; leaving criteria drops all', async () => {
    const path = await newAccount();
    await api('POST', path, {
      filter_type: 'criteria',
      criteria: { host: ['a*'], tag: ['prod'], shared_jump_groups: [ids.other] },
      jump_items: [{ id: ids.rdp, type: 'remote_rdp' }],
    });
    const changed = await api('PATCH', path, {
      criteria: { host: ['web*'], shared_jump_groups: [ids.group, ids.group] },
    });
    expect(changed.body).toEqual({
      filter_type: 'criteria',
      criteria: { ...NO_CRITERIA, shared_jump_groups: [ids.group], host: ['web*'], tag: ['prod'] },
      jump_items: [{ id: ids.rdp, type: 'remote_rdp' }],
    });
    expect(await matching(path)).toEqual([ids.shell, ids.rdp]);
    const back = await api('PATCH', path, changed.body);
    expect([back.status, back.body, back.headers.get('etag')]).toEqual([
      200,
      changed.body,
      changed.headers.get('etag'),
    ]);
    const left = await api('PATCH', path, { filter_type: 'any_jump_items', criteria: { host: ['ignored'] } });
    expect(left.body).toEqual({ filter_type: 'any_jump_items' });
    expect((await api('PATCH', path, { filter_type: 'criteria' })).body).toEqual({
      filter_type: 'criteria',
      criteria: NO_CRITERIA,
      jump_items: [],
    });
    expect(await matching(path)).toEqual([]);
  });

  it('needs something to go by when it is made of criteria', async () => {
    const path = await newAccount();
    for (const body of [{ filter_type: 'criteria' }, { filter_type: 'criteria', criteria: { host: [] } }]) {
      expect((await api('POST', path, body)).body.errors).toEqual({ criteria: [expect.any(String)] });
    }
    expect((await api('POST', path, {})).body.errors).toHaveProperty('filter_type');
    const listed = { filter_type: 'criteria', jump_items: [{ id: ids.web, type: 'web_jump' }] };
    expect((await api('POST', path, listed)).status).toBe(201);
  });

  it.each([
    [{ host: ['a*b'] }, 'host'],
    [{ name: ['*'] }, 'name'],
    [{ tag: ['**'] }, 'tag'],
    [{ comment: [''] }, 'comment'],
    [{ host: ['x'.repeat(65)] }, 'host'],
    [{ host: Array.from({ length: 33 }, (_, n) => `h${n}`) }, 'host'],
    [{ shared_jump_groups: [4711] }, 'shared_jump_groups'],
    [{ shared_jump_groups: ['1'] }, 'shared_jump_groups'],
  ])('refuses %j', async (criteria, list) => {
    const path = await newAccount();
    const { status, body } = await api('POST', path, { filter_type: 'criteria', criteria });
    expect([status, Object.keys(body.errors).join()]).toEqual([
      422,
      expect.stringMatching(`^criteria.${list}`),
    ]);
    expect((await api('GET', path)).status).toBe(422);
  });

  it('takes 32 patterns of 64 characters, each once whatever its letters', async () => {
    const path = await newAccount();
    const host = Array.from({ length: 32 }, (_, n) => `*${String(n).padStart(62, 'É')}*`);
    const { status, body } = await api('POST', path, {
      filter_type: 'criteria',
      criteria: { host, tag: ['Prod', 'PROD', 'prod'] },
    });
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body.criteria.host[0]).toBe(`*${'é'.repeat(61)}0*`);
    expect(body.criteria.tag).toEqual(['prod']);
  });

  it('is refused for personal accounts: they fit everywhere', async () => {
    const owner = await testPerson(appliance, 'owner');
    const [row] = await appliance.sql<{ id: number }[]>`
      insert into vault_account (type, name, owner_user_id, account_group_id)
      values ('opaque_token', 'Mine', ${owner.id}, null) returning id`;
    const path = `/vault/account/${row!.id}/jump-item-association`;
    expect((await api('GET', path)).status).toBe(403);
    expect((await api('POST', path, { filter_type: 'no_jump_items' })).status).toBe(403);
    expect((await api('GET', `${path}/matching-jump-item`)).status).toBe(403);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const missing = await api(
        method,
        '/vault/account/4711/jump-item-association',
        method === 'PATCH' ? {} : undefined,
      );
      expect([method, missing.status]).toEqual([method, 404]);
    }
  });

  it('is changed by one of two administrators at a time', async () => {
    const path = await newAccount();
    const created = await api('POST', path, { filter_type: 'criteria', criteria: { host: ['a'] } });
    const etag = { 'if-match': created.headers.get('etag')! };
    const answers = await Promise.all([
      api('PATCH', path, { criteria: { host: ['b'] } }, etag),
      admin('PATCH', path, { criteria: { host: ['c'] } }, etag),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    expect((await api('DELETE', path, undefined, etag)).status).toBe(412);
    const both = await newAccount();
    const posts = await Promise.all(
      [api, admin].map((call) => call('POST', both, { filter_type: 'no_jump_items' })),
    );
    expect(posts.map(({ status }) => status).toSorted()).toEqual([201, 422]);
    const additions = await newAccount();
    await api('POST', additions, { filter_type: 'criteria', criteria: { host: ['a'] } });
    await Promise.all([
      api('POST', `${additions}/jump-item`, { id: ids.shell, type: 'shell_jump' }),
      admin('POST', `${additions}/jump-item`, { id: ids.rdp, type: 'remote_rdp' }),
    ]);
    expect((await api('GET', additions)).body.jump_items).toEqual([
      { id: ids.shell, type: 'shell_jump' },
      { id: ids.rdp, type: 'remote_rdp' },
    ]);
  });

  it('is told in the audit log and in the activity of the account', async () => {
    const path = await newAccount();
    await api('POST', path, { filter_type: 'criteria', criteria: { host: ['told-*'] } });
    await api('PATCH', path, { filter_type: 'no_jump_items' });
    await api('DELETE', path);
    for (const type of ['created', 'changed', 'deleted']) {
      const { body } = await admin('GET', `/audit-event?type=vault_account.association_${type}`);
      expect([type, JSON.stringify(body.items[0])]).toEqual([type, expect.stringContaining('filter_type')]);
    }
    const accountId = Number(path.split('/')[3]);
    const activity = await appliance.sql`
      select event_type from vault_activity where account_id = ${accountId} order by id`;
    expect(activity.map((row) => row['event_type'])).toEqual([
      'Account Created',
      'Account Edited',
      'Account Edited',
      'Account Edited',
    ]);
  });
});

describe.each(['account', 'account group'] as const)('the lists of an association of an %s', (owner) => {
  async function withCriteria(): Promise<{ path: string; group: object }> {
    if (owner === 'account') {
      const path = await newAccount();
      await api('POST', path, { filter_type: 'criteria', criteria: { name: ['nothing'] } });
      return { path, group: {} };
    }
    const { id, path } = await newGroup();
    await api('PATCH', path, { filter_type: 'criteria', criteria: { name: ['nothing'] } });
    return { path, group: { account_group_id: id } };
  }

  it('take Jump Items of the published types, once, and give them back', async () => {
    const { path, group } = await withCriteria();
    for (const [id, type] of [
      [ids.shell, 'shell_jump'],
      [ids.rdp, 'remote_rdp'],
      [ids.web, 'web_jump'],
      [ids.sqlTunnel, 'protocol_tunnel'],
    ] as const) {
      for (let time = 0; time < 2; time++) {
        const { status, body } = await api('POST', `${path}/jump-item`, { id, type });
        expect([status, body]).toEqual([200, { id, ...group, type }]);
      }
    }
    expect(await matching(path)).toEqual([ids.shell, ids.rdp, ids.web, ids.sqlTunnel]);
    expect((await api('DELETE', `${path}/jump-item`, { id: ids.web, type: 'shell_jump' })).status).toBe(404);
    expect((await api('DELETE', `${path}/jump-item`, { id: ids.web, type: 'web_jump' })).status).toBe(204);
    expect((await api('DELETE', `${path}/jump-item`, { id: ids.web, type: 'web_jump' })).status).toBe(404);
    expect(await matching(path)).toEqual([ids.shell, ids.rdp, ids.sqlTunnel]);
  });

  it('take no Remote Jump, no other tunnel, nothing of another type and nothing that is not there', async () => {
    const { path } = await withCriteria();
    for (const [id, type, field] of [
      [ids.remote, 'remote_jump', 'type'],
      [ids.remote, 'shell_jump', 'id'],
      [ids.tunnel, 'protocol_tunnel', 'id'],
      [ids.shell, 'remote_rdp', 'id'],
      [4711, 'shell_jump', 'id'],
    ] as const) {
      const { status, body } = await api('POST', `${path}/jump-item`, { id, type });
      expect([id, status, Object.keys(body.errors)]).toEqual([id, 422, [field]]);
    }
    const host = await api('PATCH', path, { criteria: { name: [], host: ['pc-1*'] } });
    expect([host.status, await matching(path)]).toEqual([200, []]);
    // Nor one that is listed already, under another type.
    const listed = [{ id: ids.shell, type: 'shell_jump' }];
    expect((await api('PATCH', path, { jump_items: listed })).status).toBe(200);
    const disguised = { id: ids.shell, type: 'remote_rdp' };
    for (const [method, at, json, field] of [
      ['PATCH', path, { jump_items: [disguised] }, 'jump_items'],
      ['POST', `${path}/jump-item`, disguised, 'id'],
    ] as const) {
      const { status, body } = await api(method, at, json);
      expect([method, status, Object.keys(body.errors ?? {})]).toEqual([method, 422, [field]]);
    }
    expect((await api('GET', path)).body.jump_items).toEqual(listed);
  });

  it('take Jump Groups, once, and give them back', async () => {
    const { path, group } = await withCriteria();
    await api('PATCH', path, { criteria: { name: [] } });
    for (let time = 0; time < 2; time++) {
      const added = await api('POST', `${path}/shared-jump-group`, { shared_jump_group_id: ids.group });
      expect([added.status, added.body]).toEqual([200, { shared_jump_group_id: ids.group, ...group }]);
    }
    // A Remote Jump is in that group, too.
    expect(await matching(path)).toEqual([ids.shell, ids.rdp, ids.web, ids.tunnel, ids.sqlTunnel]);
    const unknown = await api('POST', `${path}/shared-jump-group`, { shared_jump_group_id: 4711 });
    expect([unknown.status, Object.keys(unknown.body.errors)]).toEqual([422, ['shared_jump_group_id']]);
    const gone = { shared_jump_group_id: ids.group };
    expect((await api('DELETE', `${path}/shared-jump-group`, gone)).status).toBe(204);
    expect((await api('DELETE', `${path}/shared-jump-group`, gone)).status).toBe(404);
  });

  it('are there only with the filter criteria', async () => {
    const { path } = await withCriteria();
    await api('PATCH', path, { filter_type: 'any_jump_items' });
    for (const method of ['POST', 'DELETE']) {
      const item = await api(method, `${path}/jump-item`, { id: ids.shell, type: 'shell_jump' });
      const group = await api(method, `${path}/shared-jump-group`, { shared_jump_group_id: ids.group });
      expect([method, item.status, group.status]).toEqual([method, 422, 422]);
      expect(item.body.message).toContain('any_jump_items');
    }
  });

  it('let go of Jump Items and Jump Groups that are deleted', async () => {
    const { path } = await withCriteria();
    const doomed = await made('/jump-group', { name: `Doomed ${owner}` });
    const item = await made('/jump-item/shell-jump', {
      name: 'x',
      hostname: 'x',
      protocol: 'ssh',
      jumpoint_id: ids.jumpoint,
      jump_group_id: doomed.id,
    });
    await api('PATCH', path, {
      criteria: { shared_jump_groups: [doomed.id] },
      jump_items: [{ id: item.id, type: 'shell_jump' }],
    });
    expect(await matching(path)).toEqual([item.id]);
    expect((await api('DELETE', `/jump-group/${doomed.id}`)).status).toBe(204);
    const { body } = await api('GET', path);
    expect([body.criteria.shared_jump_groups, body.jump_items]).toEqual([[], []]);
  });

  it('are for nothing more when the only Jump Group they ask for is deleted', async () => {
    const { path } = await withCriteria();
    const doomed = await made('/jump-group', { name: `Only ${owner}` });
    const item = { id: ids.rdp, type: 'remote_rdp' };
    const criteria = { ...NO_CRITERIA, host: ['web-1*'], shared_jump_groups: [doomed.id, ids.other] };
    await api('PATCH', path, { criteria, jump_items: [item] });
    expect(await matching(path)).toEqual([ids.rdp]);
    await api('PATCH', path, { criteria: { shared_jump_groups: [doomed.id] } });
    const before = await api('GET', path);
    expect((await api('DELETE', `/jump-group/${doomed.id}`)).status).toBe(204);
    const { body, headers } = await api('GET', path);
    expect(body).toEqual({ filter_type: 'criteria', criteria: NO_CRITERIA, jump_items: [item] });
    expect(headers.get('etag')).not.toBe(before.headers.get('etag'));
    expect(await matching(path)).toEqual([ids.rdp]);
    const told = `vault_${owner.replace(' ', '_')}.association_changed`;
    const audit = await admin('GET', `/audit-event?type=${told}`);
    expect(JSON.stringify(audit.body.items[0])).toContain('web-1*');
  });

  it('are for nothing more when all Jump Groups they ask for are deleted at once', async () => {
    const { path } = await withCriteria();
    const doomed = await Promise.all(
      ['One', 'Other'].map((name) => made('/jump-group', { name: `${name} at once ${owner}` })),
    );
    await api('PATCH', path, {
      criteria: { ...NO_CRITERIA, host: ['web-1*'], shared_jump_groups: doomed.map(({ id }) => id) },
    });
    const [, kind, id] = /^\/vault\/([a-z-]+)\/(\d+)/.exec(path)!;
    const deletions = await appliance.sql.begin(async (holder) => {
      await holder`select from ${holder(`vault_${kind!.replace('-', '_')}`)} where id = ${id!} for update`;
      const all = doomed.map((group) => api('DELETE', `/jump-group/${group.id}`));
      await lockWaits(appliance.sql, all.length);
      return { all };
    });
    for (const deletion of deletions.all) expect((await deletion).status).toBe(204);
    expect((await api('GET', path)).body.criteria).toEqual(NO_CRITERIA);
  });

  it('keep what they ask for beside a Jump Group that stays', async () => {
    const { path } = await withCriteria();
    const doomed = await made('/jump-group', { name: `One of two ${owner}` });
    const criteria = { ...NO_CRITERIA, host: ['web-1*'], shared_jump_groups: [doomed.id, ids.other] };
    await api('PATCH', path, { criteria });
    expect((await api('DELETE', `/jump-group/${doomed.id}`)).status).toBe(204);
    expect((await api('GET', path)).body.criteria).toEqual({ ...criteria, shared_jump_groups: [ids.other] });
  });
});

it('a group has no POST and no DELETE for its association', async () => {
  const { path } = await newGroup();
  for (const method of ['POST', 'DELETE']) expect((await api(method, path, {})).status).toBe(405);
});
