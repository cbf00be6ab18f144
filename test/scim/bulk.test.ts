import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTERPRISE, patch, type ScimSite, scimSite } from '../support/scim-site.ts';

let site: ScimSite;
beforeAll(async () => {
  site = await scimSite();
});
afterAll(() => site.stop());

const SCHEMAS = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];

async function bulk(operations: object[], more: object = {}) {
  const { status, body } = await site.scim('POST', '/Bulk', {
    schemas: SCHEMAS,
    ...more,
    Operations: operations,
  });
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^200/);
  expect(body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:BulkResponse']);
  return body.Operations;
}

const post = (path: string, bulkId: string, data: object) => ({ method: 'POST', path, bulkId, data });
const statuses = (operations: { status: string }[]) => operations.map(({ status }) => status);

describe('a bulk request', () => {
  it('puts a person into a group of the same request, whatever the order (RFC 7644, section 3.7.2)', async () => {
    const done = await bulk([
      post('/Groups', 'ytrewq', {
        displayName: 'Tour Guides',
        members: [{ type: 'User', value: 'bulkId:qwerty' }],
      }),
      post('/Users', 'qwerty', { userName: 'Alice' }),
    ]);
    expect(statuses(done)).toEqual(['201', '201']);
    const group = await site.scim('GET', new URL(done[0].location).pathname.replace('/api/scim/v2', ''));
    expect(group.body.members[0].$ref).toBe(done[1].location);
    expect(done[1]).toMatchObject({ method: 'POST', bulkId: 'qwerty', version: 'W/"1"' });
  });

  it('gives people who refer to each other in a circle their ids beforehand', async () => {
    const manager = (bulkId: string) => ({ [ENTERPRISE]: { manager: { value: `bulkId:${bulkId}` } } });
    const done = await bulk([
      post('/Users', 'a', { userName: 'circle.a', ...manager('b') }),
      post('/Users', 'b', { userName: 'circle.b', ...manager('a') }),
    ]);
    expect(statuses(done)).toEqual(['201', '201']);
    const [a, b] = await Promise.all(
      ['circle.a', 'circle.b'].map(
        async (name) =>
          (await site.scim('GET', `/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`)).body
            .Resources[0],
      ),
    );
    expect([a[ENTERPRISE].manager.value, b[ENTERPRISE].manager.value]).toEqual([b.id, a.id]);
  });

  it('refuses groups in a circle with 409', async () => {
    const group = (bulkId: string, member: string) =>
      post('/Groups', bulkId, { displayName: bulkId, members: [{ value: `bulkId:${member}` }] });
    const done = await bulk([group('one', 'two'), group('two', 'one')]);
    expect(statuses(done)).toEqual(['409', '409']);
    expect(done[0].response.detail).toContain('circle');
  });

  it('goes on after failures, each told in its place, until there are too many', async () => {
    const operations = [
      post('/Users', '1', { userName: 'bulk.one' }),
      post('/Users', '2', {}),
      post('/Users', '3', { userName: 'bulk.one' }),
      post('/Groups', '4', { displayName: 'x', members: [{ value: 'bulkId:2' }] }),
      post('/Users', '5', { userName: 'bulk.five' }),
      { method: 'DELETE', path: '/Users/00000000-0000-4000-8000-000000000000' },
      { method: 'TRACE', path: '/Users' },
      { method: 'POST', path: '/Nothing', bulkId: '8', data: {} },
      { method: 'POST', path: '/Users', data: { userName: 'no.bulk.id' } },
      { method: 'PATCH', path: '/Users', data: {} },
    ];
    const done = await bulk(operations);
    expect(statuses(done)).toEqual(['201', '400', '409', '409', '201', '404', '400', '400', '400', '400']);
    expect(done[2].response.scimType).toBe('uniqueness');
    expect(done[3].response.detail).toContain('bulkId 2 was not created');
    const stopped = await bulk(operations.slice(1), { failOnErrors: 2 });
    expect(statuses(stopped)).toEqual(['400', '409']);
  });

  it('changes and deletes under versions', async () => {
    const [created] = await bulk([post('/Users', 'v', { userName: 'bulk.versions' })]);
    const path = new URL(created.location).pathname.replace('/api/scim', '');
    const data = patch({ op: 'replace', path: 'title', value: 'x' });
    const done = await bulk([
      { method: 'PATCH', path, version: 'W/"9"', data },
      { method: 'PATCH', path, version: created.version, data },
      { method: 'DELETE', path },
    ]);
    expect(statuses(done)).toEqual(['412', '200', '204']);
  });

  it('has limits', async () => {
    const many = Array.from({ length: 1001 }, (_, place) => ({ method: 'DELETE', path: `/Users/${place}` }));
    const tooMany = await site.scim('POST', '/Bulk', { Operations: many });
    expect(tooMany).toMatchObject({ status: 413, body: { status: '413' } });
    const large = await site.scim('POST', '/Bulk', { Operations: [], filler: 'x'.repeat(1_100_000) });
    expect(large).toMatchObject({ status: 413, body: { status: '413' } });
    expect((await site.scim('POST', '/Bulk', { Operations: 'x' })).body.scimType).toBe('invalidSyntax');
    expect((await site.scim('POST', '/Bulk', { Operations: [], failOnErrors: -1 })).body.scimType).toBe(
      'invalidValue',
    );
    const twice = [post('/Users', 'x', { userName: 'x1' }), post('/Users', 'x', { userName: 'x2' })];
    expect((await site.scim('POST', '/Bulk', { Operations: twice })).body.scimType).toBe('invalidValue');
    const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`);
    expect(statuses(await bulk([post('/Users', 'deep', { userName: 'deep', name: deep })]))).toEqual(['400']);
  });
});
