import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScimSite, scimSite } from '../support/scim-site.ts';

const PEOPLE = 10_000;

let site: ScimSite;
beforeAll(async () => {
  site = await scimSite();
  const { sql } = site.appliance;
  await sql`
    insert into app_user (username, public_display_name, private_display_name, security_provider_id)
    select 'person' || n, 'Person ' || n, 'Person ' || n, ${site.providerId} from generate_series(1, ${PEOPLE}::int) n`;
  await sql`
    insert into scim_user (user_id, security_provider_id, user_name, external_id, attributes)
    select id, security_provider_id, username, 'ext-' || username,
           jsonb_build_object('displayName', public_display_name, 'emails', jsonb_build_array(
             jsonb_build_object('value', username || '@example.com', 'type', 'work')))
      from app_user where security_provider_id = ${site.providerId}`;
  await sql`analyze app_user, scim_user`.catch(() => {});
  await site.scim('POST', '/Groups', { displayName: 'Alpha' });
  await site.scim('POST', '/Groups', { displayName: 'beta' });
});
afterAll(() => site.stop());

const names = (body: { Resources: { userName?: string; displayName?: string }[] }) =>
  body.Resources.map(({ userName, displayName }) => userName ?? displayName);

describe('a list', () => {
  it('comes in pages, the last as fast as the first', async () => {
    const pageAt = async (startIndex: number) => {
      const begun = performance.now();
      const { body } = await site.scim('GET', `/Users?startIndex=${startIndex}&count=100`);
      return { body, ms: performance.now() - begun };
    };
    await pageAt(1);
    const first = await pageAt(1);
    const last = await pageAt(PEOPLE - 99);
    expect(first.body).toMatchObject({ totalResults: PEOPLE, startIndex: 1, itemsPerPage: 100 });
    expect(names(first.body)[0]).toBe('person1');
    expect(names(last.body).at(-1)).toBe(`person${PEOPLE}`);
    expect(last.ms).toBeLessThan(first.ms * 4 + 100);
  });

  it.each([
    ['startIndex=0&count=2', { startIndex: 1, itemsPerPage: 2 }],
    ['startIndex=-5&count=2', { startIndex: 1, itemsPerPage: 2 }],
    ['count=0', { itemsPerPage: 0, Resources: [], totalResults: PEOPLE }],
    ['count=-1', { itemsPerPage: 0 }],
    ['count=99999', { itemsPerPage: 500 }],
    [`startIndex=${PEOPLE + 1}`, { itemsPerPage: 0, Resources: [], totalResults: PEOPLE }],
    ['startIndex=999999999999999', { itemsPerPage: 0 }],
    ['STARTINDEX=2&Count=1', { startIndex: 2, itemsPerPage: 1 }],
  ])('takes %s', async (query, expected) => {
    expect((await site.scim('GET', `/Users?${query}`)).body).toMatchObject(expected);
  });

  it.each(['startIndex=x', 'count=1.5', 'sortOrder=sideways', 'sortBy=colour', 'sortBy=password'])(
    'refuses %s',
    async (query) => {
      expect(await site.scim('GET', `/Users?${query}`)).toMatchObject({
        status: 400,
        body: { status: '400' },
      });
    },
  );

  it('finds one of many by its index', async () => {
    const find = async (filter: string) => {
      const { body } = await site.scim('GET', `/Users?filter=${encodeURIComponent(filter)}`);
      return names(body);
    };
    const begun = performance.now();
    expect(await find('userName eq "PERSON777"')).toEqual(['person777']);
    expect(await find('externalId eq "ext-person42"')).toEqual(['person42']);
    expect(performance.now() - begun).toBeLessThan(300);
    expect(await find('emails[type eq "work"].value eq "person9999@example.com"')).toEqual(['person9999']);
    const { sql } = site.appliance;
    const plan = await sql`
      explain select from scim_user s join app_user u on u.id = s.user_id
       where s.security_provider_id = ${site.providerId} and (lower(s.user_name) = lower('PERSON777'))`;
    expect(JSON.stringify(plan)).toContain('scim_user_name_is_unique');
  });

  it('is sorted by any attribute, in both directions', async () => {
    const sorted = async (query: string) => names((await site.scim('GET', `/Users?count=3&${query}`)).body);
    expect(await sorted('sortBy=userName')).toEqual(['person1', 'person10', 'person100']);
    expect(await sorted('sortBy=emails.value&sortOrder=descending')).toEqual([
      'person9',
      'person99',
      'person999',
    ]);
    expect(await sorted('sortBy=meta.created&sortOrder=ascending')).toEqual([
      'person1',
      'person2',
      'person3',
    ]);
    const groups = await site.scim('GET', '/Groups?sortBy=displayName&sortOrder=descending');
    expect(names(groups.body)).toEqual(['beta', 'Alpha']);
  });

  it('is asked for by POST, also over users and groups at once', async () => {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'];
    const users = await site.scim('POST', '/Users/.search', {
      schemas,
      filter: 'displayName sw "person 99"',
      attributes: ['displayName'],
      startIndex: 2,
      count: 3,
    });
    expect(users.body).toMatchObject({ totalResults: 111, startIndex: 2, itemsPerPage: 3 });
    expect(Object.keys(users.body.Resources[0]).sort()).toEqual(['displayName', 'id', 'schemas']);
    const all = await site.scim('POST', '/.search', {
      schemas,
      filter: 'displayName co "a" and not (userName pr)',
    });
    expect(names(all.body)).toEqual(['Alpha', 'beta']);
    const both = await site.scim('POST', '/.search', { schemas, startIndex: PEOPLE, count: 5 });
    expect(both.body).toMatchObject({ totalResults: PEOPLE + 2, itemsPerPage: 3 });
    expect(names(both.body)).toEqual(
      [`Person ${PEOPLE}`, 'Alpha', 'beta'].map((name) =>
        name.startsWith('Person') ? `person${PEOPLE}` : name,
      ),
    );
  });
});
