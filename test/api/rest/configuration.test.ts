import { describe, expect, it } from 'vitest';
import { configurationCalls } from '../../support/configuration-calls.ts';
import {
  auditCount,
  BASE,
  configurationSites,
  type Document,
  empty,
  exported,
  group,
  plan,
  planAndApply,
  rich,
} from '../../support/configuration-sites.ts';
import { applyingCases } from './configuration-applying.ts';
import { rightsCases } from './configuration-rights.ts';
import { vaultAccountCases } from './configuration-vault-accounts.ts';

configurationSites();

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

vaultAccountCases();

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

applyingCases();

rightsCases();
