import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  ENTERPRISE,
  patch,
  type ScimSite,
  scimAccount,
  scimCalls,
  scimSite,
  USER,
} from '../support/scim-site.ts';

let site: ScimSite;
let number = 0;
beforeAll(async () => {
  site = await scimSite();
});
afterAll(() => site.stop());

async function aUser(more: Record<string, unknown> = {}) {
  number += 1;
  const { status, body } = await site.scim('POST', '/Users', {
    schemas: [USER],
    userName: `user${number}`,
    ...more,
  });
  expect(status).toBe(201);
  return body;
}

async function patched(id: string, ...operations: object[]) {
  const { status, body } = await site.scim('PATCH', `/Users/${id}`, patch(...operations));
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^200/);
  return body;
}

describe('PATCH as a directory sends it that', () => {
  it('writes operations with a capital and booleans as text', async () => {
    const { id } = await aUser();
    expect(await patched(id, { op: 'Replace', path: 'active', value: 'False' })).toMatchObject({
      active: false,
    });
    expect(await patched(id, { op: 'Replace', path: 'active', value: 'True' })).toMatchObject({
      active: true,
    });
    expect(await patched(id, { op: 'Add', value: { active: 'False' } })).toMatchObject({ active: false });
  });

  it.each(['Add', 'Replace'])('makes the entry that %s names by a filter when it is missing', async (op) => {
    const { id } = await aUser();
    const path = 'emails[type eq "work"].value';
    const body = await patched(id, { op, path, value: 'a@example.com' });
    expect(body.emails).toEqual([{ type: 'work', value: 'a@example.com' }]);
    const changed = await patched(id, { op, path, value: 'b@example.com' });
    expect(changed.emails).toEqual([{ type: 'work', value: 'b@example.com' }]);
    const gone = await patched(id, { op: 'Remove', path });
    expect(gone.emails).toBeUndefined();
  });

  it('sends dotted names, whole paths and URNs as names of a value object', async () => {
    const { id } = await aUser({ name: { familyName: 'Old', givenName: 'Old' } });
    const body = await patched(id, {
      op: 'replace',
      value: {
        displayName: 'New Name',
        'name.givenName': 'New',
        'emails[type eq "work"].value': 'new@example.com',
        'phoneNumbers[type eq "mobile"].value': '+43 1 234',
        [`${ENTERPRISE}:department`]: 'Operations',
        [ENTERPRISE]: { costCenter: '4130' },
        unheardOf: 'x',
      },
    });
    expect(body).toMatchObject({
      displayName: 'New Name',
      name: { familyName: 'Old', givenName: 'New' },
      emails: [{ type: 'work', value: 'new@example.com' }],
      phoneNumbers: [{ type: 'mobile', value: '+43 1 234' }],
      [ENTERPRISE]: { department: 'Operations', costCenter: '4130' },
    });
  });

  it('names a manager by id alone and takes extension attributes away again', async () => {
    const { id } = await aUser();
    const path = `${ENTERPRISE}:manager`;
    const body = await patched(id, { op: 'Add', path, value: 'a-manager' });
    expect(body[ENTERPRISE]).toEqual({ manager: { value: 'a-manager' } });
    expect(body.schemas).toContain(ENTERPRISE);
    const gone = await patched(id, { op: 'Remove', path });
    expect(gone[ENTERPRISE]).toBeUndefined();
    expect(gone.schemas).toEqual([USER]);
  });

  it('replaces without a path', async () => {
    const { id } = await aUser({ title: 'Kept' });
    expect(await patched(id, { op: 'replace', value: { active: false } })).toMatchObject({
      active: false,
      title: 'Kept',
    });
  });

  it('writes core attributes under the URN of their schema', async () => {
    const { id } = await aUser();
    const body = await patched(id, { op: 'replace', path: `${USER}:name.familyName`, value: 'Jensen' });
    expect(body.name).toEqual({ familyName: 'Jensen' });
  });

  it('calls the shorter address with a capital Active, as one client does', async () => {
    const { secret } = await scimAccount(site.admin);
    const caller = scimCalls(bearer(site.appliance, secret), '/api/scim');
    const { status, body } = await caller(
      'POST',
      '/Users',
      {
        schemas: [USER],
        userName: 'short.form',
        displayName: 'Short Form',
        externalId: 'sf-1',
        Active: true,
        name: { formatted: 'Short Form', familyName: 'Form', givenName: 'Short' },
        emails: [{ value: 'short@example.com', type: 'work', primary: true }],
      },
      { 'content-type': 'application/json' },
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      active: true,
      meta: { location: expect.stringContaining('/api/scim/Users/') },
    });
    const found = await caller('GET', `/Users?filter=${encodeURIComponent('userName eq "short.form"')}`);
    expect(found.body.Resources).toHaveLength(1);
  });
});

describe('PATCH of RFC 7644', () => {
  it('adds to lists without doubling, and keeps one primary value', async () => {
    const { id } = await aUser({ emails: [{ value: 'a@example.com', primary: true }] });
    const entry = { value: 'b@example.com', type: 'home', primary: true };
    const body = await patched(id, { op: 'add', path: 'emails', value: [entry] });
    expect(body.emails).toEqual([{ value: 'a@example.com', primary: false }, entry]);
    const again = await patched(id, { op: 'add', path: 'emails', value: [entry] });
    expect(again.emails).toEqual(body.emails);
    expect(again.meta.version).toBe(body.meta.version);
  });

  it('keeps to a thousand values, however many operations bring them, in a moment', async () => {
    const { id } = await aUser();
    const adding = Array.from({ length: 160 }, (_, round) => ({
      op: 'add',
      path: 'addresses',
      value: Array.from({ length: 1000 }, (_, place) => ({ locality: `${round}-${place}` })),
    }));
    const begun = performance.now();
    const answer = await site.scim('PATCH', `/Users/${id}`, patch(...adding));
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    expect(performance.now() - begun).toBeLessThan(5000);
    const full = Array.from({ length: 1000 }, (_, place) => ({ locality: `place ${place}` }));
    const same = await patched(id, ...[1, 2, 3].map(() => ({ op: 'add', path: 'addresses', value: full })));
    expect(same.addresses).toHaveLength(1000);
  });

  it('removes the values a filter chooses', async () => {
    const { id } = await aUser({
      emails: [
        { value: 'a@example.com', type: 'work' },
        { value: 'b@example.org', type: 'work' },
        { value: 'c@example.com', type: 'home' },
      ],
    });
    const body = await patched(id, {
      op: 'remove',
      path: 'emails[type eq "work" and value ew "example.com"]',
    });
    expect(body.emails.map(({ value }: { value: string }) => value)).toEqual([
      'b@example.org',
      'c@example.com',
    ]);
  });

  it('is all or nothing', async () => {
    const { id, meta } = await aUser({ title: 'Before' });
    const answer = await site.scim(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', path: 'title', value: 'After' }, { op: 'remove', path: 'userName' }),
    );
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'mutability' } });
    expect((await site.scim('GET', `/Users/${id}`)).body).toMatchObject({ title: 'Before', meta });
  });

  const wrong: [string, object, string][] = [
    ['no operations', { schemas: [] }, 'invalidSyntax'],
    ['an unknown operation', patch({ op: 'move', path: 'title' }), 'invalidSyntax'],
    ['an unknown attribute', patch({ op: 'add', path: 'colour', value: 'x' }), 'invalidPath'],
    ['a broken path', patch({ op: 'add', path: 'emails[type eq', value: 'x' }), 'invalidPath'],
    ['a filter on one value', patch({ op: 'add', path: 'title[value eq "x"]', value: 'x' }), 'invalidPath'],
    ['a read-only attribute', patch({ op: 'replace', path: 'id', value: 'x' }), 'mutability'],
    ['the groups of a user', patch({ op: 'add', path: 'groups', value: [{ value: 'x' }] }), 'mutability'],
    ['remove without a path', patch({ op: 'remove' }), 'noTarget'],
    [
      'a choice that nothing fits',
      patch({ op: 'replace', path: 'emails[value co "x"].type', value: 'y' }),
      'noTarget',
    ],
    ['removing active', patch({ op: 'remove', path: 'active' }), 'mutability'],
    ['a value of the wrong form', patch({ op: 'replace', path: 'active', value: { a: 1 } }), 'invalidValue'],
    ['no object without a path', patch({ op: 'add', value: 'x' }), 'invalidValue'],
    [
      'a part that there is not',
      patch({ op: 'add', path: 'emails[colour eq "x"].value', value: 'x' }),
      'invalidPath',
    ],
  ];
  it.each(wrong)('refuses %s', async (_name, body, scimType) => {
    const { id } = await aUser();
    const answer = await site.scim('PATCH', `/Users/${id}`, body);
    expect(`${answer.status} ${answer.body.scimType} ${answer.body.detail}`).toContain(`400 ${scimType} `);
  });
});
