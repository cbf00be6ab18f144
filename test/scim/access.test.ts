import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationCalls } from '../support/configuration-calls.ts';
import { bearer, type ScimSite, scimAccount, scimCalls, scimSite } from '../support/scim-site.ts';
import { caller, type TestAppliance } from '../support/test-appliance.ts';

let site: ScimSite;
let appliance: TestAppliance;
beforeAll(async () => {
  site = await scimSite();
  appliance = site.appliance;
});
afterAll(() => site.stop());

const ROUTES: [string, string][] = [
  ['GET', '/Users'],
  ['POST', '/Users'],
  ['GET', '/Users/x'],
  ['PUT', '/Users/x'],
  ['PATCH', '/Users/x'],
  ['DELETE', '/Users/x'],
  ['POST', '/Users/.search'],
  ['GET', '/Groups'],
  ['POST', '/Groups'],
  ['GET', '/Groups/x'],
  ['PUT', '/Groups/x'],
  ['PATCH', '/Groups/x'],
  ['DELETE', '/Groups/x'],
  ['POST', '/.search'],
  ['POST', '/Bulk'],
  ['GET', '/Me'],
];

function usersBy(token: string) {
  return scimCalls(bearer(appliance, token))('GET', '/Users?count=0');
}

async function tokenOf(account: { clientId: string; secret: string }): Promise<string> {
  const answer = await fetch(new URL('/oauth2/token', appliance.url), {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${account.clientId}:${account.secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

describe('the SCIM API', () => {
  it('refuses callers without a credential, and those without the permission, in its own form', async () => {
    const plain = await scimAccount(site.admin, { perm_scim: false });
    const withToken = bearer(appliance, await tokenOf(plain));
    for (const base of ['/api/scim/v2', '/api/scim']) {
      for (const [method, path] of ROUTES) {
        const nobody = await scimCalls(appliance.anonymous, base)(method, path);
        expect(`${method} ${path} ${nobody.status} ${nobody.body.status}`).toBe(`${method} ${path} 401 401`);
        expect(nobody.headers.get('www-authenticate')).toBe('Bearer');
        const other = await scimCalls(withToken, base)(method, path);
        expect(`${method} ${path} ${other.status}`).toBe(`${method} ${path} 403`);
        expect(other.body.detail).toContain('perm_scim');
        const person = await scimCalls(appliance.admin, base)(method, path);
        expect(`${method} ${path} ${person.status}`).toBe(`${method} ${path} 403`);
      }
    }
  });

  it('lets in tokens, and secrets where the account allows that; each ends as the account says', async () => {
    const lasting = await scimAccount(site.admin);
    const short = await scimAccount(site.admin, { long_lived_bearer_token: false });
    const token = await tokenOf(short);
    expect((await usersBy(token)).status).toBe(200);
    expect((await usersBy(short.secret)).status).toBe(401);
    expect((await usersBy(lasting.secret)).status).toBe(200);
    expect((await usersBy(`${lasting.secret}x`)).status).toBe(401);
    expect((await usersBy('x'.repeat(5000))).status).toBe(401);
    const elsewhere = await configurationCalls(bearer(appliance, lasting.secret))('GET', '/user');
    expect(elsewhere.status).toBe(401);

    const renewed = await site.admin('POST', `/api-account/${lasting.id}/secret`);
    expect((await usersBy(lasting.secret)).status).toBe(401);
    expect((await usersBy(renewed.body.client_secret)).status).toBe(200);
    await site.admin('PATCH', `/api-account/${lasting.id}`, { enabled: false });
    expect((await usersBy(renewed.body.client_secret)).status).toBe(401);
    await site.admin('PATCH', `/api-account/${lasting.id}`, { enabled: true, ip_addresses: '192.0.2.0/24' });
    expect((await usersBy(renewed.body.client_secret)).status).toBe(401);
    await site.admin('PATCH', `/api-account/${lasting.id}`, {
      ip_addresses: '',
      long_lived_bearer_token: false,
    });
    expect((await usersBy(renewed.body.client_secret)).status).toBe(401);
  });

  it('counts calls by secret against the limits of the account', async () => {
    const { secret } = await scimAccount(site.admin);
    await site.admin('PATCH', '/site-setting', { rate_limit_per_second: 5 });
    const statuses = await Promise.all(
      Array.from({ length: 30 }, async () => (await usersBy(secret)).status),
    );
    await site.admin('PATCH', '/site-setting', { rate_limit_per_second: 10_000 });
    expect(statuses).toContain(429);
  });

  it('needs an enabled provider of its type; of several the first by priority counts', async () => {
    const toggle = (enabled: boolean) =>
      site.admin('PATCH', `/security-provider/${site.providerId}`, { enabled });
    await toggle(false);
    const none = await site.scim('GET', '/Users');
    expect(none).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('security provider') },
    });
    await toggle(true);
    const second = await site.admin('POST', '/security-provider', { type: 'scim', name: 'Second' });
    const made = await site.scim('POST', '/Users', { userName: 'of.the.first' });
    expect(made.status).toBe(201);
    await site.admin('PATCH', `/security-provider/${second.body.id}`, { priority: 1 });
    expect((await site.scim('GET', `/Users/${made.body.id}`)).status).toBe(404);
    expect(await site.scim('POST', '/Users', { userName: 'of.the.first' })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('“Directory”') },
    });
    await site.admin('DELETE', `/security-provider/${second.body.id}`);
    expect((await site.scim('GET', `/Users/${made.body.id}`)).status).toBe(200);
  });

  it('answers what it can do to everybody, and what it does not have with 404 and 501', async () => {
    const open = scimCalls(appliance.anonymous);
    const config = await open('GET', '/ServiceProviderConfig');
    expect(config).toMatchObject({
      status: 200,
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
        patch: { supported: true },
        bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1_048_576 },
        filter: { supported: true, maxResults: 500 },
        changePassword: { supported: false },
        sort: { supported: true },
        etag: { supported: true },
        authenticationSchemes: [{ type: 'oauthbearertoken' }],
      },
    });
    const types = await open('GET', '/ResourceTypes');
    expect(types.body).toMatchObject({ totalResults: 2, Resources: [{ id: 'User' }, { id: 'Group' }] });
    expect((await open('GET', '/ResourceTypes/User')).body).toMatchObject({
      endpoint: '/Users',
      schemaExtensions: [{ required: false }],
    });
    const schemas = await open('GET', '/Schemas');
    expect(schemas.body.totalResults).toBe(3);
    for (const { id, meta, attributes } of schemas.body.Resources) {
      expect((await open('GET', `/Schemas/${id}`)).body.id).toBe(id);
      expect(meta.resourceType).toBe('Schema');
      for (const one of attributes) {
        expect(Object.keys(one)).toEqual(
          expect.arrayContaining([
            'name',
            'type',
            'multiValued',
            'description',
            'required',
            'mutability',
            'returned',
            'uniqueness',
          ]),
        );
      }
    }
    expect((await open('GET', '/Schemas?filter=id%20pr')).status).toBe(403);
    expect((await open('GET', '/Schemas/urn:nothing')).status).toBe(404);
    expect(await site.scim('GET', '/Nothing')).toMatchObject({ status: 404, body: { status: '404' } });
    expect(await site.scim('GET', '/Me')).toMatchObject({ status: 501, body: { status: '501' } });
  });

  it('shows administrators how it is used, and the groups to choose from', async () => {
    await site.scim('POST', '/Groups', { displayName: 'Field Service' });
    await site.scim('POST', '/Groups', { displayName: 'Service desk' });
    await expect
      .poll(async () => (await site.admin('GET', `/security-provider/${site.providerId}/scim`)).body)
      .toEqual({
        base_url: `${appliance.config.publicUrl}/api/scim/v2`,
        users: 1,
        enabled_users: 1,
        groups: 2,
        last_call_at: expect.any(String),
        last_api_account: expect.stringMatching(/^directory /),
      });
    const groups = await site.admin('GET', `/security-provider/${site.providerId}/scim-group?search=SERV`);
    expect(groups.body).toEqual([
      { name: 'Service desk', group_name: 'service desk', members: 0 },
      { name: 'Field Service', group_name: 'field service', members: 0 },
    ]);
    expect((await site.admin('GET', '/security-provider/1/scim')).status).toBe(404);
  });

  it('is set up with a provider that signs people in, and keeps that one from being deleted', async () => {
    const change = (sign_in_provider: number) =>
      site.admin('PATCH', `/security-provider/${site.providerId}`, { sign_in_provider });
    expect(await change(1)).toMatchObject({
      status: 422,
      body: { errors: { sign_in_provider: [expect.any(String)] } },
    });
    const oidc = { type: 'oidc', name: 'Signs in', issuer: 'https://sign-in.example.com', client_id: 'x' };
    const { body } = await site.admin('POST', '/security-provider', oidc);
    expect((await change(body.id)).body.sign_in_provider).toBe(body.id);
    expect((await site.admin('DELETE', `/security-provider/${body.id}`)).status).toBe(422);
    expect((await change(0)).status).toBe(200);
    expect((await site.admin('DELETE', `/security-provider/${body.id}`)).status).toBe(204);
  });

  it('cannot be called by a person with a command-line token', async () => {
    const answer = await scimCalls(
      caller(appliance.url, async () => ({ authorization: 'Bearer bhu_nothing' })),
    )('GET', '/Users');
    expect(answer.status).toBe(401);
  });
});
