import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTERPRISE, patch, type ScimSite, scimSite, USER } from '../support/scim-site.ts';

let site: ScimSite;
beforeAll(async () => {
  site = await scimSite();
});
afterAll(() => site.stop());

/** The full resource of RFC 7643, section 8.3, shortened where it repeats itself. */
function barbara(userName: string): Record<string, unknown> {
  return {
    schemas: [USER, ENTERPRISE],
    externalId: userName,
    userName,
    name: {
      formatted: 'Ms. Barbara J Jensen, III',
      familyName: 'Jensen',
      givenName: 'Barbara',
      middleName: 'Jane',
      honorificPrefix: 'Ms.',
      honorificSuffix: 'III',
    },
    displayName: 'Babs Jensen',
    nickName: 'Babs',
    profileUrl: 'https://login.example.com/bjensen',
    emails: [
      { value: 'bjensen@example.com', type: 'work', primary: true },
      { value: 'babs@jensen.org', type: 'home' },
    ],
    addresses: [
      { streetAddress: '100 Universal City Plaza', locality: 'Hollywood', country: 'USA', type: 'work' },
    ],
    phoneNumbers: [{ value: '555-555-5555', type: 'work' }],
    ims: [{ value: 'someaimhandle', type: 'aim' }],
    photos: [{ value: 'https://photos.example.com/profilephoto/F', type: 'photo' }],
    userType: 'Employee',
    title: 'Tour Guide',
    preferredLanguage: 'en-US',
    locale: 'en-US',
    timezone: 'America/Los_Angeles',
    active: true,
    [ENTERPRISE]: {
      employeeNumber: '701984',
      costCenter: '4130',
      organization: 'Universal Studios',
      division: 'Theme Park',
      department: 'Tour Operations',
      manager: { value: '26118915-6090-4610-87e4-49d8ca9f808d' },
    },
  };
}

async function made(resource: Record<string, unknown>) {
  const { status, body } = await site.scim('POST', '/Users', resource);
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^201/);
  return body;
}

describe('a user', () => {
  it('is created from the full resource of RFC 7643 and given back as it was', async () => {
    const sent = barbara('bjensen');
    const { status, headers, body } = await site.scim('POST', '/Users', { ...sent, password: 't1meMa$heen' });
    expect(status).toBe(201);
    expect(headers.get('content-type')).toBe('application/scim+json; charset=utf-8');
    expect(body).toMatchObject(sent);
    expect(body.password).toBeUndefined();
    expect(headers.get('location')).toBe(`${site.appliance.config.publicUrl}/api/scim/v2/Users/${body.id}`);
    expect(body.meta).toMatchObject({
      resourceType: 'User',
      location: headers.get('location'),
      version: headers.get('etag'),
    });
    const again = await site.scim('GET', `/Users/${body.id}`);
    expect(again.body).toEqual(body);
    const [account] = await site.appliance.sql`
      select username, public_display_name, email_address, external_id, password_hash, perm_admin, security_provider_id
        from app_user where username = 'bjensen'`;
    expect(account).toEqual({
      username: 'bjensen',
      public_display_name: 'Babs Jensen',
      email_address: 'bjensen@example.com',
      external_id: 'bjensen',
      password_hash: null,
      perm_admin: false,
      security_provider_id: site.providerId,
    });
  });

  it('is created by names in any case, with booleans as text, and without what no schema knows', async () => {
    const body = await made({
      UserName: 'shouted',
      ACTIVE: 'False',
      favouriteColour: 'blue',
      DisplayName: 'Shout',
    });
    expect(body).toMatchObject({ userName: 'shouted', active: false, displayName: 'Shout' });
    expect(JSON.stringify(body)).not.toContain('blue');
  });

  it('is unique by user name over the whole site, whatever the case', async () => {
    await made({ userName: 'unique@example.com' });
    const twice = await site.scim('POST', '/Users', { userName: 'UNIQUE@example.com' });
    expect(twice).toMatchObject({ status: 409, body: { scimType: 'uniqueness', status: '409' } });
    const local = await site.scim('POST', '/Users', { userName: 'admin' });
    expect(local).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    expect(local.body.detail).toContain('local account');
  });

  it('is replaced whole by PUT, and the same PUT again changes nothing', async () => {
    const { id } = await made(barbara('replaced'));
    const smaller = { userName: 'replaced', externalId: 'replaced', name: { givenName: 'B' } };
    const first = await site.scim('PUT', `/Users/${id}`, smaller);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ ...smaller, active: true });
    expect(first.body.emails).toBeUndefined();
    const second = await site.scim('PUT', `/Users/${id}`, smaller);
    expect(second.body).toEqual(first.body);
  });

  it('is changed under its version only', async () => {
    const { id, meta } = await made({ userName: 'versioned' });
    const rename = (displayName: string) => patch({ op: 'replace', path: 'displayName', value: displayName });
    const good = await site.scim('PATCH', `/Users/${id}`, rename('one'), { 'if-match': meta.version });
    expect(good.status).toBe(200);
    const stale = await site.scim('PATCH', `/Users/${id}`, rename('two'), { 'if-match': meta.version });
    expect(stale).toMatchObject({ status: 412, body: { status: '412' } });
    const known = await site.scim('GET', `/Users/${id}`, undefined, {
      'if-none-match': good.body.meta.version,
    });
    expect(known.status).toBe(304);
    const [a, b] = await Promise.all(
      ['three', 'four'].map((name) =>
        site.scim('PATCH', `/Users/${id}`, rename(name), { 'if-match': good.body.meta.version }),
      ),
    );
    expect([a!.status, b!.status].sort()).toEqual([200, 412]);
    expect((await site.scim('DELETE', `/Users/${id}`, undefined, { 'if-match': 'W/"1"' })).status).toBe(412);
  });

  it('is gone after DELETE', async () => {
    const { id } = await made({ userName: 'leaving' });
    expect((await site.scim('DELETE', `/Users/${id}`)).status).toBe(204);
    expect(await site.scim('GET', `/Users/${id}`)).toMatchObject({ status: 404, body: { status: '404' } });
    expect((await site.scim('DELETE', `/Users/${id}`)).status).toBe(404);
    await made({ userName: 'leaving' });
  });

  it('shows the attributes that are asked for', async () => {
    const { id } = await made(barbara('projected'));
    const few = await site.scim('GET', `/Users/${id}?attributes=USERNAME,name.familyName,emails.value`);
    expect(few.body).toEqual({
      schemas: [USER, ENTERPRISE],
      id,
      userName: 'projected',
      name: { familyName: 'Jensen' },
      emails: [{ value: 'bjensen@example.com' }, { value: 'babs@jensen.org' }],
    });
    const most = await site.scim('GET', `/Users/${id}?excludedAttributes=name,id,${ENTERPRISE}`);
    expect(most.body).toMatchObject({ id, userName: 'projected' });
    expect(most.body.name ?? most.body[ENTERPRISE]).toBeUndefined();
  });

  it('is made of one transaction with its audit row, which names the API account', async () => {
    await made({ userName: 'audited' });
    const { body } = await site.admin('GET', '/audit-event?type=user.created');
    expect(body.items[0]).toMatchObject({
      actor: { kind: 'api_account', id: String(site.apiAccountId) },
      object: { type: 'user', name: 'audited' },
      after: { user_name: 'audited', provider: 'Directory' },
    });
  });
});

describe('a request with', () => {
  const cases: [string, unknown, number, string | undefined, RegExp][] = [
    ['no user name', {}, 400, 'invalidValue', /userName/],
    ['a user name too long', { userName: 'x'.repeat(65) }, 400, 'invalidValue', /64/],
    ['a user name of control characters', { userName: 'a\u0007b' }, 400, 'invalidValue', /control/],
    ['a NUL', { userName: 'x', title: 'a\u0000b' }, 400, 'invalidValue', /title/],
    ['a wrong boolean', { userName: 'x', active: 'maybe' }, 400, 'invalidValue', /active/],
    ['text for an object', { userName: 'x', name: 'Babs' }, 400, 'invalidValue', /name/],
    [
      'two primary e-mails',
      {
        userName: 'x',
        emails: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
        ],
      },
      400,
      'invalidValue',
      /primary/,
    ],
    ['a list for a resource', [], 400, 'invalidSyntax', /object/],
    ['no JSON', '{"userName":', 400, 'invalidSyntax', /JSON/],
  ];
  it.each(cases)('%s is refused and says why', async (_name, resource, status, scimType, detail) => {
    const answer = await site.scim('POST', '/Users', resource);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      ...(scimType && { scimType }),
      detail: expect.stringMatching(detail),
    });
  });

  it('a body that is no JSON by its type, or too large, is refused', async () => {
    const typed = await site.scim('POST', '/Users', 'userName=x', { 'content-type': 'text/plain' });
    expect(typed).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } });
    const large = await site.scim('POST', '/Users', { userName: 'x', title: 'y'.repeat(5_000_000) });
    expect(large).toMatchObject({ status: 413, body: { status: '413' } });
  });
});
