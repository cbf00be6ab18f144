import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { configurePolicies, configureRichly } from '../../support/configured-site.ts';
import { type Caller, caller, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

const BASE = '/api/config/v1/configuration';

interface Document {
  type: string;
  fields: Record<string, unknown>;
  source?: string;
  environment?: Record<string, string>;
}

let rich: TestAppliance;
let empty: TestAppliance;

beforeAll(async () => {
  [rich, empty] = await Promise.all([testAppliance(), testAppliance()]);
  await Promise.all([liftRateLimits(rich), liftRateLimits(empty)]);
  await configureRichly(rich);
  await configurePolicies(rich);
}, 60_000);
afterAll(async () => {
  await rich?.stop();
  await empty?.stop();
});

async function exported(from: Caller): Promise<{ types: string[]; documents: Document[]; text: string }> {
  const answer = await from(BASE);
  const lines = (await answer.text()).trimEnd().split('\n');
  const [head, ...rest] = lines.map((line) => JSON.parse(line));
  expect(rest.pop()).toEqual({ complete: true });
  // Objects come in no order: compare them in that of their text.
  return {
    types: head.types,
    documents: rest,
    text: rest
      .map((one) => JSON.stringify(one))
      .sort()
      .join('\n'),
  };
}

async function send(from: Caller, path: string, types: string[], documents: Document[]): Promise<Answer> {
  const body = [{ format: 1, types }, ...documents].map((line) => `${JSON.stringify(line)}\n`).join('');
  const answer = await from(BASE + path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const plan = (from: Caller, types: string[], documents: Document[], prune = false) =>
  send(from, `/plan?prune=${prune}`, types, documents);
const apply = (from: Caller, types: string[], documents: Document[], fingerprint: string, prune = false) =>
  send(from, `/apply?prune=${prune}&fingerprint=${fingerprint}`, types, documents);

async function planAndApply(from: Caller, types: string[], documents: Document[], prune = false) {
  const planned = await plan(from, types, documents, prune);
  expect(planned.body.refusals).toEqual([]);
  const applied = await apply(from, types, documents, planned.body.fingerprint, prune);
  expect(`${applied.status} ${JSON.stringify(applied.body.message ?? '')}`).toBe('200 ""');
  return applied.body;
}

const group = (code_name: string, fields: Record<string, unknown> = {}): Document => ({
  type: 'jump-groups',
  source: `jump-groups.yaml:${code_name}`,
  fields: { code_name, name: code_name, ...fields },
});

it('an export applied to its own site changes nothing', async () => {
  const { types, documents } = await exported(rich.admin);
  const { body } = await plan(rich.admin, types, documents, true);
  expect(body).toMatchObject({ changes: [], refusals: [], totals: { create: 0, update: 0, delete: 0 } });
  expect(body.totals.unchanged).toBe(documents.length);
});

it('an export applied to an empty site makes it export the same', async () => {
  const source = await exported(rich.admin);
  const done = await planAndApply(empty.admin, source.types, source.documents.map(withFirstSecrets), true);
  expect(done.totals.create).toBeGreaterThan(10);
  expect((await exported(empty.admin)).text).toBe(source.text);
  // Members before and after their objects, and policies that providers refer to and that refer to providers.
  for (const words of [
    '"default_policy":"Another night"',
    '"security_provider":"Company directory"',
    '"external_lookup":["Company directory"]',
    '"jump_item_role":"Night watch"',
    '"value":{"reboot":"deny"}',
    '"unattended_session_policy":{"clipboard":"deny"}',
    '"start_time":"08:00"',
  ]) {
    expect(source.text).toContain(words);
  }
  expect(source.text).not.toMatch(/a secret of the directory|another secret|correct horse|of the vault/);
  for (const words of [
    '"vault_accounts":[{"vault_account":"root","role":"inject_and_checkout"}]',
    '"vault_account_groups":[{"vault_account_group":"Default","role":"inject"}]',
    '"code_name":"root_2"',
    '"account_group":"Servers"',
    '"criteria":{"shared_jump_groups":["kiosks"],"host":["*.example.com","10.*"]}',
    '"association":{"filter_type":"no_jump_items"}',
    '"endpoint":"web-1"',
    '"password":"kept on the server"',
  ]) {
    expect(source.text).toContain(words);
  }
});

/** New accounts of the vault need the secret that an export does not have. */
function withFirstSecrets(document: Document): Document {
  if (document.type !== 'vault-accounts') return document;
  const fields = { ...document.fields };
  for (const name of ['password', 'token']) {
    if (fields[name] !== undefined) fields[name] = { from_environment: 'FIRST_SECRET' };
  }
  return { ...document, fields, environment: { FIRST_SECRET: 'first secret' } };
}

describe('accounts of the vault', () => {
  const account = (fields: Record<string, unknown>, environment = {}): Document => ({
    type: 'vault-accounts',
    source: 'vault-accounts.yaml:2',
    environment,
    fields: { code_name: 'db', type: 'username_password', name: 'DB', username: 'postgres', ...fields },
  });

  it('are created with a secret of the environment alone, and keep it from then on', async () => {
    const refused = async (fields: Record<string, unknown>) => {
      const { body } = await plan(rich.admin, ['vault-accounts'], [account(fields)]);
      return body.refusals.map(
        ({ field, message }: { field: string; message: string }) => `${field}: ${message}`,
      );
    };
    expect(await refused({})).toEqual([expect.stringMatching(/^password: .*from_environment/)]);
    expect(await refused({ password: 'kept on the server' })).toEqual([expect.stringContaining('password')]);
    expect(await refused({ password: { from_environment: 'DB_PASSWORD' } })).toEqual([
      'password: There is no DB_PASSWORD in the environment of bh.',
    ]);
    const wanted = account({ password: { from_environment: 'DB_PASSWORD' } }, { DB_PASSWORD: 'hidden-4711' });
    const planned = await plan(rich.admin, ['vault-accounts'], [wanted]);
    expect(planned.body.refusals).toEqual([]);
    expect(JSON.stringify(planned.body)).not.toContain('hidden');
    expect(planned.body.changes[0].fields).toContainEqual({ name: 'password', secret: true });
    // Nobody can try passwords against it.
    const other = { ...wanted, environment: { DB_PASSWORD: 'another' } };
    expect((await plan(rich.admin, ['vault-accounts'], [other])).body.fingerprint).toBe(
      planned.body.fingerprint,
    );

    const done = await planAndApply(rich.admin, ['vault-accounts'], [wanted]);
    expect(done.totals.create).toBe(1);
    const later = await plan(rich.admin, ['vault-accounts'], [other, account({}), wanted].slice(0, 1));
    expect(later.body.totals).toMatchObject({ create: 0, update: 0, unchanged: 1 });
    const without = account({ password: { from_environment: 'DB_PASSWORD' }, description: 'new' });
    expect((await planAndApply(rich.admin, ['vault-accounts'], [without])).totals.update).toBe(1);
    const [{ id }] = (await configurationCalls(rich.admin)('GET', '/vault/account?name=DB')).body;
    await configurationCalls(rich.api)('DELETE', `/vault/account/${id}`);
    const { body } = await configurationCalls(rich.admin)('GET', '/audit-event?type=vault_account.created');
    expect(JSON.stringify(body)).not.toContain('hidden');
  });

  it('take nothing but secrets from the environment', async () => {
    const leak = account(
      { password: { from_environment: 'X' }, description: { from_environment: 'X' } },
      { X: 'hidden-4712' },
    );
    const { body } = await plan(rich.admin, ['vault-accounts'], [leak]);
    expect(body.refusals).toMatchObject([{ field: 'description' }]);
    expect(JSON.stringify(body)).not.toContain('hidden');
    const provider: Document = {
      type: 'security-providers',
      fields: { name: 'Company directory', bind_password: { from_environment: 'Y' } },
      environment: {},
    };
    const missing = await plan(rich.admin, ['security-providers'], [provider]);
    expect(missing.body.refusals).toMatchObject([
      { field: 'bind_password', message: 'There is no Y in the environment of bh.' },
    ]);
    const found = await plan(
      rich.admin,
      ['security-providers'],
      [{ ...provider, environment: { Y: 'hidden' } }],
    );
    expect(found.body.refusals).toEqual([]);
    expect(found.body.changes[0].fields).toEqual([{ name: 'bind_password', secret: true }]);
  });

  it('inherit the association of their group, or have their own one', async () => {
    const call = configurationCalls(rich.admin);
    const [{ id }] = (await call('GET', '/vault/account?name=API key')).body;
    const file = (association: unknown): Document => ({
      type: 'vault-accounts',
      fields: { code_name: 'api_key', association },
    });
    const applied = async (association: unknown) => {
      await planAndApply(rich.admin, ['vault-accounts'], [file(association)]);
      const again = await plan(rich.admin, ['vault-accounts'], [file(association)]);
      expect(again.body.totals).toMatchObject({ update: 0, unchanged: 1 });
      const { status, body } = await call('GET', `/vault/account/${id}/jump-item-association`);
      return status === 200 ? body : undefined;
    };
    expect(await applied(null)).toBeUndefined();
    expect(await applied({ filter_type: 'criteria', criteria: { tag: ['a*'], host: ['b'] } })).toMatchObject({
      criteria: { tag: ['a*'], host: ['b'], name: [] },
    });
    const changed = await applied({ filter_type: 'criteria', criteria: { shared_jump_groups: ['kiosks'] } });
    expect(changed).toMatchObject({
      criteria: { tag: [], host: [], shared_jump_groups: [expect.any(Number)] },
    });
    expect(await applied({ filter_type: 'any_jump_items' })).toEqual({ filter_type: 'any_jump_items' });
    expect(await applied(null)).toBeUndefined();
    for (const [association, field] of [
      [{ filter_type: 'criteria', criteria: { tag: [] } }, 'association.criteria.tag'],
      [{ filter_type: 'criteria', criteria: { colour: ['red'] } }, 'association.criteria.colour'],
      [{ filter_type: 'any_jump_items', criteria: { tag: ['a'] } }, 'association.criteria'],
      [{ filter_type: 'criteria', jump_items: [] }, 'association.jump_items'],
      [
        { filter_type: 'criteria', criteria: { shared_jump_groups: ['nowhere'] } },
        'association.shared_jump_groups',
      ],
      [{ filter_type: 'criteria', criteria: { host: ['a*b'] } }, 'association.criteria.host.0'],
      [{ filter_type: 'all' }, 'association.filter_type'],
    ] as const) {
      const { body } = await plan(rich.admin, ['vault-accounts'], [file(association)]);
      expect(body.refusals.map(({ field }: { field: string }) => field)).toEqual([field]);
    }
  });

  it('are left out for whoever may not configure the vault, and so is what group policies grant of it', async () => {
    const call = configurationCalls(rich.admin);
    const { body: made } = await call('POST', '/api-account', { name: 'No vault', perm_configuration: true });
    const token = await fetch(new URL('/oauth2/token', rich.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'client_credentials',
        client_id: made.client_id,
        client_secret: made.client_secret,
      }),
    }).then((answer) => answer.json() as Promise<{ access_token: string }>);
    const limited = caller(rich.url, async () => ({ authorization: `Bearer ${token.access_token}` }));
    const { types, documents } = await exported(limited);
    expect(types.filter((type) => type.startsWith('vault-'))).toEqual([]);
    const policies = documents.filter(({ type }) => type === 'group-policies');
    expect(policies.some(({ fields }) => 'vault_accounts' in fields)).toBe(false);
    const unchanged = await plan(limited, types, documents, true);
    expect(unchanged.body).toMatchObject({ changes: [], refusals: [] });
    const whole = (await exported(rich.admin)).documents.filter(({ type }) => type === 'vault-accounts');
    const refused = await plan(limited, ['vault-accounts'], whole);
    expect(JSON.stringify(refused.body.refusals)).toContain('perm_configuration_vault_account');
    await call('DELETE', `/api-account/${made.id}`);
  });
});

describe('a plan', () => {
  it('shows each change field by field and changes nothing', async () => {
    const before = await auditCount();
    const { body } = await plan(
      rich.admin,
      ['jump-groups'],
      [
        group('kiosks', {
          name: 'Kiosks',
          comments: 'Ticket machines',
          members: [{ user: 'no' }, { user: 'anna' }],
        }),
        group('branches'),
      ],
    );
    expect(body.refusals).toEqual([]);
    expect(body.totals).toEqual({ create: 1, update: 1, delete: 0, unchanged: 0 });
    expect(body.changes).toEqual([
      {
        action: 'create',
        type: 'jump-groups',
        key: 'branches',
        source: 'jump-groups.yaml:branches',
        fields: [
          { name: 'code_name', after: 'branches' },
          { name: 'name', after: 'branches' },
        ],
      },
      {
        action: 'update',
        type: 'jump-groups',
        key: 'kiosks',
        source: 'jump-groups.yaml:kiosks',
        fields: [
          { name: 'comments', before: 'yes', after: 'Ticket machines' },
          { name: 'members.no', after: { user: 'no' } },
          { name: 'members.zoë', before: { user: 'Zoë', jump_item_role: 'Night watch' } },
        ],
      },
    ]);
    expect(await auditCount()).toBe(before);
    expect((await configurationCalls(rich.admin)('GET', '/jump-group?code_name=branches')).body).toEqual([]);
  });

  it('names documents that cannot be: unknown types and fields, bad values, twins, secrets', async () => {
    const { body } = await plan(
      rich.admin,
      ['jump-groups', 'users', 'widgets'],
      [
        group('a', { colour: 'red' }),
        group('b', { name: 7 }),
        group('B'),
        { type: 'jump-groups', source: 'x.yaml:1', fields: { name: 'No code name' } },
        group('c', { members: [{ user: 'nobody' }] }),
        group('d', { members: [{ user: 'anna', jump_item_role: 'Nothing' }, { user: 'ANNA' }] }),
        group('e', { members: [{ user_id: 3 }] }),
        { type: 'users', source: 'u.yaml:1', fields: { username: 'anna', password: 'secret text 1' } },
      ],
    );
    const told = body.refusals.map(
      (one: Record<string, string>) => `${one.key || one.source} ${one.field}: ${one.message}`,
    );
    expect(told).toEqual([
      expect.stringMatching(/^widgets : There are no objects called widgets\. Known are: site-settings/),
      'a colour: A Jump Group has no field colour.',
      expect.stringMatching(/^b name: /),
      'B : This Jump Group is described twice, the other time at jump-groups.yaml:b.',
      'x.yaml:1 code_name: Every Jump Group needs its code_name: it tells one from the others.',
      'd members.1: anna is there twice.',
      'e members.0: Every entry of members names its user.',
      'anna password: Files cannot set this: write "kept on the server" or leave it out.',
      'c members.0.user: There is no user called nobody.',
    ]);
    const text = JSON.stringify(body);
    expect(text).not.toContain('secret text');
  });

  it('tells what the deletion of an object takes along', async () => {
    const call = configurationCalls(rich.admin);
    const { body: made } = await call('POST', '/jump-group', { name: 'Full', code_name: 'full' });
    const [jumpoint] = (await call('GET', '/jumpoint?code_name=branch_office')).body;
    for (const name of ['one', 'two']) {
      const item = { name, hostname: name, jump_group_id: made.id, jumpoint_id: jumpoint.id };
      expect((await call('POST', '/jump-item/remote-vnc', item)).status).toBe(201);
    }
    const kept = (await exported(rich.admin)).documents.filter(
      ({ type, fields }) => type === 'jump-groups' && fields.code_name !== 'full',
    );
    const { body } = await plan(rich.admin, ['jump-groups'], kept, true);
    expect(body.changes).toMatchObject([{ action: 'delete', key: 'full', also: { jump_items: 2 } }]);
    expect((await call('GET', `/jump-group/${made.id}`)).status).toBe(200);
  });

  it.each([
    ['', /first line/],
    ['{"format":2,"types":[]}', /"format": 1/],
    ['{"format":1,"types":[]}\nno json', /^Line 2: This is not JSON/],
    ['{"format":1,"types":[]}\n{"type":"users","fields":{},"id":1}', /^Line 2: A document has no id/],
    ['{"format":1,"types":[]}\n{"type":"users","fields":[]}', /^Line 2: A document needs its fields/],
    [
      `{"format":1,"types":[]}\n{"type":"users","fields":{"a":${'['.repeat(40)}${']'.repeat(40)}}}`,
      /nested too deeply/,
    ],
    ['{"format":1,"types":[]}\n{"type":"users","fields":{"a":"\\u0000"}}', /^Line 2/],
    [`{"format":1,"types":[]}\n{"a":"${'x'.repeat(1_100_000)}"}`, /^Line 2: A document has at most/],
  ])('refuses lines that are none: %.60s', async (text, message) => {
    const answer = await rich.admin(`${BASE}/plan`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: text,
    });
    expect(answer.status).toBe(422);
    expect((await answer.json()).message).toMatch(message);
  });
});

describe('applying', () => {
  it('makes the changes in one go, with the audit rows of each and one of the whole', async () => {
    const documents = [
      group('north', { members: [{ user: 'Zoë', jump_item_role: 'Night watch' }] }),
      { type: 'users', fields: { username: 'kim', public_display_name: 'Kim', private_display_name: 'Kim' } },
      { type: 'teams', fields: { code_name: 'night', members: [{ user: 'kim', role: 'manager' }] } },
    ];
    const types = ['jump-groups', 'users', 'teams'];
    const { fingerprint } = await planAndApply(rich.admin, types, documents);
    const rows = await rich.sql`
      select event_type, after from audit_event order by id desc limit 6`;
    expect(rows.map((row) => row.event_type).reverse()).toEqual([
      'user.created',
      'jump_group.created',
      'jump_group.user_added',
      'team.user_removed',
      'team.user_added',
      'configuration.applied',
    ]);
    expect(rows[0]!.after).toEqual({
      fingerprint,
      prune: false,
      create: 2,
      update: 1,
      delete: 0,
      unchanged: 0,
    });
    expect(rows[5]!.after).toMatchObject({ username: 'kim', password: 'random' });
    const again = await plan(rich.admin, types, documents);
    expect(again.body.changes).toEqual([]);
  });

  it('is refused with the new plan when the site has changed since the plan', async () => {
    const documents = [group('south')];
    const { body: planned } = await plan(rich.admin, ['jump-groups'], documents);
    await configurationCalls(rich.admin)('POST', '/jump-group', { name: 'South', code_name: 'south' });
    const { status, body } = await apply(rich.admin, ['jump-groups'], documents, planned.fingerprint);
    expect(status).toBe(412);
    expect(body.plan.changes).toMatchObject([
      { action: 'update', key: 'south', fields: [{ name: 'name', before: 'South', after: 'south' }] },
    ]);
    expect((await apply(rich.admin, ['jump-groups'], documents, body.plan.fingerprint)).status).toBe(200);
  });

  it('changes nothing when one change is refused, and says file, object and field', async () => {
    const documents = [
      group('east'),
      { type: 'users', source: 'users.yaml:9', fields: { username: 'kim', email_address: 'no address' } },
    ];
    const types = ['jump-groups', 'users'];
    const planned = await plan(rich.admin, types, documents);
    const refusal = {
      type: 'users',
      key: 'kim',
      source: 'users.yaml:9',
      field: 'email_address',
      message: 'This is not an e-mail address.',
    };
    expect(planned.body.refusals).toEqual([refusal]);
    const { status, body } = await apply(rich.admin, types, documents, planned.body.fingerprint);
    expect(status).toBe(422);
    expect(body).toEqual({
      message: 'Nothing was changed. users.yaml:9, users/kim, email_address: This is not an e-mail address.',
      refusals: [refusal],
    });
    expect((await configurationCalls(rich.admin)('GET', '/jump-group?code_name=east')).body).toEqual([]);
  });

  it('prunes what the files no longer name, of listed types, and never what came with the appliance', async () => {
    const call = configurationCalls(rich.admin);
    await call('POST', '/jump-group', { name: 'Extra', code_name: 'extra' });
    const { documents } = await exported(rich.admin);
    const types = [
      'jump-groups',
      'jump-item-roles',
      'jumpoints',
      'security-providers',
      'representative-statuses',
    ];
    const kept = documents.filter(
      ({ type, fields }) =>
        (type === 'jump-groups' && fields.code_name !== 'extra') ||
        (type === 'jump-item-roles' && fields.name !== 'No Access') ||
        type === 'jumpoints' ||
        (type === 'security-providers' && fields.type !== 'local'),
    );
    const { body } = await plan(rich.admin, types, kept, true);
    expect(body.changes.map((one: Record<string, string>) => `${one.action} ${one.type}/${one.key}`)).toEqual(
      ['delete representative-statuses/at_lunch', 'delete jump-groups/extra'],
    );
    await planAndApply(rich.admin, types, kept, true);
    expect((await call('GET', '/jump-group?code_name=extra')).body).toEqual([]);
    expect((await call('GET', '/user?username=anna')).body).toHaveLength(1);
  });

  it('says which use stands against a deletion', async () => {
    const { documents } = await exported(rich.admin);
    const kept = documents.filter(
      ({ type, fields }) => type === 'session-policies' && fields.code_name !== 'strict',
    );
    const { body } = await plan(rich.admin, ['session-policies'], kept, true);
    expect(body.refusals).toMatchObject([{ type: 'session-policies', key: 'strict' }]);
    expect(body.refusals[0].message).toMatch(/portal/);
  });

  it('refuses to delete what the same files still name, and says where', async () => {
    const call = configurationCalls(rich.admin);
    const made: Document[] = [
      { type: 'users', fields: { username: 'rob', public_display_name: 'R', private_display_name: 'R' } },
      { type: 'jumpoints', fields: { code_name: 'harbour', name: 'Harbour', platform: 'linux-x86' } },
      group('quay', { members: [{ user: 'rob' }] }),
      { type: 'teams', fields: { code_name: 'dockers', name: 'Dockers', members: [{ user: 'rob' }] } },
      {
        type: 'group-policies',
        fields: {
          name: 'Dock policy',
          members: [{ user: 'rob' }],
          jump_groups: [{ jump_group: 'quay' }],
          jumpoints: [{ jumpoint: 'harbour' }],
        },
      },
    ];
    await planAndApply(rich.admin, [], made);
    const renamed: Record<string, [string, string]> = {
      users: ['rob', 'robert'],
      jumpoints: ['harbour', 'haven'],
      'jump-groups': ['quay', 'pier'],
    };
    const { documents } = await exported(rich.admin);
    const types = Object.keys(renamed);
    const changed = documents.map((one) => {
      const [from, to] = renamed[one.type] ?? [];
      const key = one.type === 'users' ? 'username' : 'code_name';
      const source = `${one.type}.yaml:1`;
      return from === undefined || one.fields[key] !== from
        ? { ...one, source }
        : { ...one, source, fields: { ...one.fields, [key]: to, name: to } };
    });
    for (const one of changed) if (one.type === 'users') delete one.fields.name;
    const planned = await plan(rich.admin, types, changed, true);
    const told = planned.body.refusals.map((one: Record<string, string>) =>
      [one.source, one.key, one.field, one.message?.replace(/:.*/, '')].join(' '),
    );
    const would = (key: string) => `This names ${key}, which would be deleted`;
    expect(told).toEqual([
      `jump-groups.yaml:1 pier members.0.user ${would('rob')}`,
      `teams.yaml:1 dockers members.0.user ${would('rob')}`,
      `group-policies.yaml:1 Dock policy members.0.user ${would('rob')}`,
      `group-policies.yaml:1 Dock policy jump_groups.0.jump_group ${would('quay')}`,
      `group-policies.yaml:1 Dock policy jumpoints.0.jumpoint ${would('harbour')}`,
    ]);
    const applied = await apply(rich.admin, types, changed, planned.body.fingerprint, true);
    expect(applied).toMatchObject({ status: 422, body: { refusals: planned.body.refusals } });
    expect((await call('GET', '/user?username=rob')).body).toHaveLength(1);
    // Files that do not name it any more let it go, and describe the site afterwards.
    const without = documents
      .filter(({ fields }) => fields.username !== 'rob')
      .map((one) => JSON.parse(JSON.stringify(one).replace(/\{"user":"rob"[^}]*\},?/g, '')));
    await planAndApply(rich.admin, ['users'], without, true);
    expect((await plan(rich.admin, ['users'], without, true)).body).toMatchObject({
      changes: [],
      refusals: [],
    });
  });

  it('deletes what refers to each other, and people who are still named where nobody looks any more', async () => {
    const types = [
      'security-providers',
      'group-policies',
      'users',
      'teams',
      'skills',
      'jump-groups',
      'issues',
      'canned-scripts',
    ];
    const { documents } = await exported(empty.admin);
    const kept = documents.filter(({ type, fields }) => {
      if (type === 'security-providers') return fields.type === 'local';
      return (
        (type === 'users' && fields.username === 'admin') ||
        type === 'jump-groups' ||
        (type === 'group-policies' && fields.name === 'Default')
      );
    });
    const fresh = kept.map((one) => ({
      ...one,
      fields: {
        ...one.fields,
        ...(one.type === 'security-providers' && { default_policy: null }),
        ...(one.type === 'jump-groups' && { members: [] }),
      },
    }));
    const done = await planAndApply(empty.admin, types, fresh, true);
    expect(done.totals.delete).toBeGreaterThan(8);
    const left = (await exported(empty.admin)).documents.filter(({ type }) => types.includes(type));
    expect(left).toHaveLength(fresh.length);
  });

  it('gives a name that becomes free to its new bearer', async () => {
    await planAndApply(
      rich.admin,
      ['skills'],
      [{ type: 'skills', fields: { code_name: 'old', name: 'Cables' } }],
    );
    const kept = (await exported(rich.admin)).documents.filter(
      ({ type, fields }) => type === 'skills' && fields.code_name !== 'old',
    );
    const moved = { type: 'skills', fields: { code_name: 'new', name: 'Cables' } };
    await planAndApply(rich.admin, ['skills'], [...kept, moved], true);
    const { body } = await configurationCalls(rich.admin)('GET', '/skill?name=Cables');
    expect(body).toMatchObject([{ code_name: 'new' }]);
  });

  it('at the same time happens once', async () => {
    const documents = [group('west')];
    const { body } = await plan(rich.admin, ['jump-groups'], documents);
    const both = await Promise.all([
      apply(rich.admin, ['jump-groups'], documents, body.fingerprint),
      apply(rich.admin, ['jump-groups'], documents, body.fingerprint),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('does not overwrite what somebody changes at the same time', async () => {
    const call = configurationCalls(rich.admin);
    const documents = [group('abc'), group('kiosks', { name: 'Kiosks', comments: 'of the file' })];
    const { body } = await plan(rich.admin, ['jump-groups'], documents);
    let applied: Promise<Answer> | undefined;
    await rich.sql.begin(async (sql) => {
      await sql`update jump_group set comments = 'of somebody', revision = revision + 1 where code_name = 'kiosks'`;
      applied = apply(rich.admin, ['jump-groups'], documents, body.fingerprint);
      await waitingBackend();
    });
    const answer = await applied!;
    expect(answer.status).toBe(412);
    expect(answer.body.plan.changes[1].fields).toEqual([
      { name: 'comments', before: 'of somebody', after: 'of the file' },
    ]);
    expect((await call('GET', '/jump-group?code_name=abc')).body).toEqual([]);
    expect((await call('GET', '/jump-group?code_name=kiosks')).body[0].comments).toBe('of somebody');
  });

  it('that dies in the middle leaves nothing', async () => {
    const call = configurationCalls(rich.admin);
    const { body: kiosks } = await call('GET', '/jump-group?code_name=kiosks');
    const documents = [group('aaa'), group('kiosks', { name: 'Kiosks', comments: 'new' })];
    const { body } = await plan(rich.admin, ['jump-groups'], documents);
    await rich.sql.begin(async (sql) => {
      await sql`select 1 from jump_group where id = ${kiosks[0].id} for update`;
      const applied = apply(rich.admin, ['jump-groups'], documents, body.fingerprint);
      await rich.sql`select pg_terminate_backend(${await waitingBackend()})`;
      expect((await applied).status).toBe(503);
    });
    expect((await call('GET', '/jump-group?code_name=aaa')).body).toEqual([]);
    expect((await call('GET', `/jump-group/${kiosks[0].id}`)).body.comments).toBe(kiosks[0].comments);
  });
});

describe('nobody can do with files what they cannot do otherwise', () => {
  it('API accounts cannot change administrators', async () => {
    const documents = [{ type: 'users', fields: { username: 'admin', email_address: 'a@example.com' } }];
    const { body } = await plan(rich.api, ['users'], documents);
    expect(body.refusals).toMatchObject([
      { key: 'admin', message: 'This API cannot update administrators.' },
    ]);
    const { status } = await apply(rich.api, ['users'], documents, body.fingerprint);
    expect(status).toBe(422);
    const promotion = [{ type: 'users', fields: { username: 'anna', perm_admin: true } }];
    expect((await plan(rich.api, ['users'], promotion)).body.refusals).toHaveLength(1);
  });

  it('what guards the site needs the permission for it', async () => {
    const account = await accountWith({ perm_configuration: true });
    const documents = [
      { type: 'site-settings', fields: { company_name: 'Mine' } },
      { type: 'api-accounts', fields: { name: 'Mine', perm_configuration_security: true } },
      { type: 'security-providers', fields: { name: 'Local', default_policy: 0 } },
      group('mine'),
    ];
    const types = documents.map(({ type }) => type);
    const { body } = await plan(account, types, documents);
    expect(body.refusals.map((one: Record<string, string>) => one.type)).toEqual(
      expect.arrayContaining(['site-settings', 'api-accounts']),
    );
    expect(body.refusals.map((one: Record<string, string>) => one.type)).not.toContain('jump-groups');
  });

  it('group policies that say who is an administrator are left to administrators', async () => {
    const admins = {
      type: 'group-policies',
      fields: { name: 'Admins', settings: { perm_admin: { status: 'final', value: true } } },
    };
    expect((await plan(rich.api, ['group-policies'], [admins])).body.refusals).toHaveLength(1);
    await planAndApply(rich.admin, ['group-policies'], [admins]);
    const members = { type: 'group-policies', fields: { name: 'Admins', members: [{ user: 'anna' }] } };
    expect((await plan(rich.api, ['group-policies'], [members])).body.refusals).toHaveLength(1);
    // An ordinary one is nobody's secret, and unchanged ones are no matter.
    const { documents } = await exported(rich.api);
    const policies = documents.filter(({ type }) => type.startsWith('group-polic'));
    const plain = {
      type: 'group-policies',
      fields: { name: 'Plain', comments: 'x' },
    };
    await planAndApply(rich.api, ['group-policies'], [...policies, plain]);
    const order = policies.find(({ type }) => type === 'group-policy-order')?.fields.order as string[];
    const turned = { type: 'group-policy-order', fields: { order: order.toReversed() } };
    await planAndApply(rich.api, [], [turned]);
    expect((await plan(rich.api, [], [turned])).body.changes).toEqual([]);
    const now = (await exported(rich.api)).documents.find(({ type }) => type === 'group-policy-order');
    expect(now?.fields).toEqual({ order: [...order.toReversed(), 'Plain'] });
  });

  it('nobody grants what they lack', async () => {
    const account = await accountWith({ perm_configuration: true, perm_configuration_security: true });
    const documents = [{ type: 'api-accounts', fields: { name: 'Greedy', perm_backup: true } }];
    const { body } = await plan(account, ['api-accounts'], documents);
    expect(body.refusals).toMatchObject([{ key: 'Greedy', message: expect.stringContaining('perm_backup') }]);
    const applied = await apply(account, ['api-accounts'], documents, body.fingerprint);
    expect(applied).toMatchObject({ status: 403, body: { refusals: body.refusals } });
    const [row] = await rich.sql`select event_type, object_id from audit_event order by id desc limit 1`;
    expect(row).toMatchObject({ event_type: 'access.refused', object_id: 'api.config.configuration.apply' });
  });

  it('people without the right and strangers stay out', async () => {
    const account = await accountWith({ perm_reporting_support: true });
    for (const path of ['', '/plan', '/apply']) {
      const init =
        path === '' ? {} : { method: 'POST', body: '', headers: { 'content-type': 'application/x-ndjson' } };
      expect((await account(BASE + path, init)).status).toBe(403);
      expect((await rich.anonymous(BASE + path, init)).status).toBe(401);
    }
  });

  async function accountWith(permissions: object): Promise<Caller> {
    const call = configurationCalls(rich.admin);
    const name = `Account ${Math.random()}`;
    const { body } = await call('POST', '/api-account', { name, ...permissions });
    return tokenCaller(rich.url, body.client_id, body.client_secret);
  }
});

/** The process of the database that waits for a Jump Group which somebody holds. */
async function waitingBackend(): Promise<number> {
  for (;;) {
    const [row] = await rich.sql<{ pid: number }[]>`
      select pid from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query ilike '%jump_group%'`;
    if (row !== undefined) return row.pid;
  }
}

async function auditCount(): Promise<number> {
  const [row] = await rich.sql<{ count: number }[]>`select count(*)::int as count from audit_event`;
  return row!.count;
}

function tokenCaller(url: string, id: string, secret: string): Caller {
  return caller(url, async () => {
    const answer = await fetch(new URL('/oauth2/token', url), {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return { authorization: `Bearer ${token}` };
  });
}
