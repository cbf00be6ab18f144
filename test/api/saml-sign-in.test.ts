import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PortalIdentityTokens } from '../../appliance/portals/portal-identity.ts';
import { loadSiteKey } from '../../integrations/files/site-key-file.ts';
import { type Call, configurationCalls } from '../support/configuration-calls.ts';
import { CookieJar, type JarAnswer } from '../support/cookie-jar.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { ALICE, BOB, followed, formOf, type TestSamlIdp, testSamlIdp } from '../support/test-saml-idp.ts';

const API = '/api/config/v1';
let appliance: TestAppliance;
let idp: TestSamlIdp;
let admin: Call;
let id: number;
let portalProvider: number;

const MAPPING = { user_name: 'uid', email: 'email', display_name: '{givenName} {sn}' };

beforeAll(async () => {
  [appliance, idp] = await Promise.all([testAppliance(), testSamlIdp()]);
  admin = configurationCalls(appliance.admin);
  await expectStatus(admin('PATCH', '/site-setting', { outbound_private_ranges: ['127.0.0.0/8'] }), 200);
  const preview = await expectStatus(admin('POST', '/saml-metadata', { url: idp.metadataUrl }), 200);
  const described = preview.identity_providers[0];
  expect(described.entity_id).toBe(idp.entityId);
  const create = async (type: string, settings: object) =>
    (
      await expectStatus(
        admin('POST', '/security-provider', { type, ...described.settings, ...MAPPING, ...settings }),
        201,
      )
    ).id;
  id = await create('saml', {
    name: 'Company sign-in',
    force_signed_request: true,
    require_signed_response: true,
    require_encrypted_assertion: true,
    group_lookup_attribute_name: 'groups',
    available_groups: ['reps'],
  });
  portalProvider = await create('saml_portal', {
    name: 'Customers',
    custom_fields: ['given=givenName', 'mail = email'],
  });
  for (const one of [id, portalProvider]) {
    await expectStatus(admin('POST', `/security-provider/${one}/saml-key`, { step: 'generate' }), 200);
  }
  const policy = await expectStatus(admin('POST', '/group-policy', { name: 'Support desk' }), 201);
  const member = { security_provider_id: id, group_name: 'reps' };
  await expectStatus(admin('POST', `/group-policy/${policy.id}/member`, member), 201);
  await idp.trust(await metadataOf(id));
}, 60_000);
afterAll(async () => {
  await idp?.stop();
  await appliance?.stop();
});

async function expectStatus(answer: ReturnType<Call>, status: number) {
  const { status: given, body } = await answer;
  expect(`${given} ${JSON.stringify(body)}`).toMatch(new RegExp(`^${status}`));
  return body;
}

async function metadataOf(provider: number): Promise<string> {
  const answer = await appliance.anonymous(`/saml/${provider}/metadata`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('samlmetadata');
  return await answer.text();
}

function browser() {
  const jar = new CookieJar();
  const call = (method: string, path: string, json?: object): Promise<JarAnswer> =>
    jar.send(`${appliance.url}${API}${path}`, method, json && JSON.stringify(json), {
      origin: appliance.url,
      ...(json && { 'content-type': 'application/json' }),
    });
  return { jar, call };
}
type Browser = ReturnType<typeof browser>;

/** To the identity provider and back, as far as the page that finishes the sign-in. */
async function cameBack({ jar, call }: Browser, person = ALICE, path = `/sign-in/provider/${id}`) {
  const sent = JSON.parse((await call('POST', path, { return_to: '/console?tab=queue' })).body);
  const first =
    sent.url === undefined
      ? await jar.fetch(sent.action, new URLSearchParams(sent.fields))
      : await jar.fetch(sent.url);
  const back = await idp.signIn(jar, first, person);
  // As a browser would: the cookies of this site do not go along with a form of another one.
  const handed = await new CookieJar().fetch(back.action, back.fields, { origin: idp.url });
  expect(handed.status).toBe(303);
  return { page: new URL(handed.headers.get('location')!, appliance.url), back };
}

async function signedIn(one: Browser, person = ALICE): Promise<JarAnswer> {
  const { page } = await cameBack(one, person);
  return await one.call('POST', '/sign-in/step', { sign_in: page.searchParams.get('sign_in')! });
}

async function lastReason(): Promise<string> {
  const [row] = await appliance.sql<{ after: { reason: string } }[]>`
    select after from audit_event where event_type in ('user.sign_in_failed', 'user.sign_out_refused', 'public_portal.sign_in_failed')
     order by id desc limit 1`;
  return row!.after.reason;
}

describe('signing in at a SAML identity provider', () => {
  it('goes there with a signed request and back with signed and encrypted answers; the account is made', async () => {
    const one = browser();
    const { page, back } = await cameBack(one);
    expect(`${page.pathname}${page.search}`).toMatch(/^\/console\?tab=queue&sign_in=[0-9a-f-]{36}$/);
    expect(back.fields.get('RelayState')).toMatch(/^[A-Za-z0-9]{43}$/);
    expect(Buffer.from(back.fields.get('SAMLResponse')!, 'base64').toString()).toContain(
      'EncryptedAssertion',
    );
    const done = await one.call('POST', '/sign-in/step', { sign_in: page.searchParams.get('sign_in')! });
    expect(JSON.parse(done.body)).toMatchObject({
      username: 'alice',
      public_display_name: 'Alice Archer',
      email_address: 'alice@test.local',
      perm_admin: false,
    });
    expect((await one.call('GET', '/me')).status).toBe(200);
  });

  it('works with the POST binding', async () => {
    await expectStatus(
      admin('PATCH', `/security-provider/${id}`, { sso_url_protocol_binding: 'HTTP POST' }),
      200,
    );
    expect((await signedIn(browser())).status).toBe(200);
    await expectStatus(
      admin('PATCH', `/security-provider/${id}`, { sso_url_protocol_binding: 'HTTP Redirect' }),
      200,
    );
  });

  it('ends with the provider: whom it vouched for is signed out when it is disabled', async () => {
    const one = browser();
    await signedIn(one);
    const other = browser();
    const { page } = await cameBack(other);
    await expectStatus(admin('PATCH', `/security-provider/${id}`, { enabled: false }), 200);
    expect((await one.call('GET', '/me')).status).toBe(401);
    await expectStatus(admin('PATCH', `/security-provider/${id}`, { enabled: true }), 200);
    const late = { sign_in: page.searchParams.get('sign_in')! };
    expect((await other.call('POST', '/sign-in/step', late)).status).toBe(401);
  });

  it('lets in nobody but the browser that began, and nobody twice', async () => {
    const one = browser();
    const { page, back } = await cameBack(one);
    const attempt = { sign_in: page.searchParams.get('sign_in')! };
    expect((await browser().call('POST', '/sign-in/step', attempt)).status).toBe(401);
    expect((await one.call('POST', '/sign-in/step', attempt)).status).toBe(200);
    const again = await new CookieJar().fetch(back.action, back.fields);
    expect(again.headers.get('location')).toBe('/login?sign_in=unknown');
    back.fields.set('RelayState', 'https://evil.example.test/');
    const astray = await new CookieJar().fetch(back.action, back.fields);
    expect(astray.headers.get('location')).toBe('/login?sign_in=unknown');
  });

  it('tells the reason of a refusal to the audit log and nothing to the screen', async () => {
    await expectStatus(
      admin('PATCH', `/security-provider/${id}`, { sp_entity_id: 'urn:somebody-else' }),
      200,
    );
    await idp.trust(await metadataOf(id));
    const one = browser();
    const { page } = await cameBack(one);
    await expectStatus(admin('PATCH', `/security-provider/${id}`, { sp_entity_id: '' }), 200);
    const answer = await one.call('POST', '/sign-in/step', { sign_in: page.searchParams.get('sign_in')! });
    expect(answer.status).toBe(401);
    expect(answer.body).not.toContain('urn:somebody-else');
    expect(await lastReason()).toContain('“urn:somebody-else”');
    await idp.trust(await metadataOf(id));
    // In no group that a policy names.
    expect((await signedIn(browser(), BOB)).status).toBe(401);
  });

  it('is tried without signing anybody in', async () => {
    const one = browser();
    await one.call('POST', '/sign-in', { username: 'admin', password: appliance.adminPassword });
    const { page } = await cameBack(one, ALICE, `/security-provider/${id}/test-sign-in`);
    const answer = await one.call('POST', '/sign-in/step', { sign_in: page.searchParams.get('sign_in')! });
    expect(answer.status).toBe(202);
    expect(JSON.parse(answer.body).details.identity).toMatchObject({
      username: 'alice',
      groups: ['reps', 'admins'],
    });
    const test = await expectStatus(admin('POST', `/security-provider/${id}/test`, {}), 200);
    expect(test.passed).toBe(true);
    expect(test.steps.map(({ step }: { step: string }) => step)).toEqual(
      expect.arrayContaining(['idp_certificate', 'certificate', 'metadata', 'login_url', 'clock']),
    );
  });
});

describe('keys', () => {
  it('are rolled over without a moment in which nobody can sign in', async () => {
    const path = `/security-provider/${id}/saml-key`;
    expect((await admin('POST', path, { step: 'use_next' })).status).toBe(409);
    const standing = await expectStatus(admin('POST', path, { step: 'prepare' }), 200);
    expect(standing.certificates.map(({ use }: { use: string }) => use)).toEqual([
      'present',
      'next',
      'identity_provider',
    ]);
    expect((await metadataOf(id)).match(/<md:KeyDescriptor/g)).toHaveLength(3);
    expect((await signedIn(browser())).status).toBe(200);
    await idp.trust(await metadataOf(id));
    expect((await signedIn(browser())).status).toBe(200);
    await expectStatus(admin('POST', path, { step: 'use_next' }), 200);
    expect((await signedIn(browser())).status).toBe(200);
    await idp.trust(await metadataOf(id));
    expect((await signedIn(browser())).status).toBe(200);
  });
});

describe('single logout', () => {
  it('that begins here ends the session there', async () => {
    const one = browser();
    expect((await signedIn(one)).status).toBe(200);
    const out = JSON.parse((await one.call('POST', '/sign-out')).body);
    const back = await followed(one.jar, await one.jar.fetch(out.url));
    expect(new URL(back.url).pathname).toBe('/login');
    expect(new URL(back.url).origin).toBe(appliance.url);
    // The identity provider asks for the password again.
    const sent = JSON.parse((await one.call('POST', `/sign-in/provider/${id}`, {})).body);
    expect((await followed(one.jar, await one.jar.fetch(sent.url))).body).toContain('name="password"');
  });

  it('that begins there ends the session here, and no other', async () => {
    const [one, other] = [browser(), browser()];
    expect((await signedIn(one)).status).toBe(200);
    expect((await signedIn(other)).status).toBe(200);
    const ended = await followed(
      one.jar,
      await one.jar.fetch(
        `${idp.url}/saml2/idp/SingleLogoutService.php?ReturnTo=${encodeURIComponent(`${idp.url}/`)}`,
      ),
    );
    expect(ended.status).toBe(200);
    expect((await one.call('GET', '/me')).status).toBe(401);
    expect((await other.call('GET', '/me')).status).toBe(200);
  });

  it('is refused unsigned', async () => {
    const forged = await appliance.anonymous(
      `/saml/${id}/slo?SAMLRequest=${encodeURIComponent('fZFPa8MwDMXvg30H43uaxGnT1rSFsTEI')}`,
    );
    expect(forged.status).toBe(401);
    expect(await lastReason()).toBeTruthy();
  });
});

describe('a public portal', () => {
  it('gets a signed identity in a cookie, bound to portal and provider', async () => {
    await idp.trust(await metadataOf(portalProvider));
    const jar = new CookieJar();
    const own = { origin: appliance.url };
    const begun = await jar.fetch(
      `${appliance.url}/saml/${portalProvider}/portal`,
      new URLSearchParams({ portal_id: '1' }),
      own,
    );
    expect(begun.status).toBe(303);
    const back = await idp.signIn(jar, await followed(jar, begun), ALICE);
    const handed = await new CookieJar().fetch(back.action, back.fields, { origin: idp.url });
    expect([handed.status, handed.headers.get('location')]).toEqual([303, '/saml/portal']);
    const page = await jar.fetch(`${appliance.url}/saml/portal`);
    expect(formOf(page.body, page.url).action).toBe(`${appliance.url}/saml/portal`);
    const stranger = await new CookieJar().fetch(`${appliance.url}/saml/portal`, new URLSearchParams(), own);
    expect(stranger.status).toBe(401);
    const done = await jar.fetch(`${appliance.url}/saml/portal`, new URLSearchParams(), own);
    expect([done.status, done.headers.get('location')]).toEqual([303, '/']);
    const token = /bridgehead_portal_identity=([^;]+)/.exec(done.headers.get('set-cookie')!)![1]!;
    const tokens = new PortalIdentityTokens(loadSiteKey(appliance.config.siteKeyFile));
    expect(tokens.verify(token, { portalId: 1, providerId: portalProvider }, new Date())).toMatchObject({
      externalId: 'alice@test.local',
      name: 'Alice Archer',
      customFields: { given: 'Alice', mail: 'alice@test.local' },
    });
    // No account, and a portal's provider signs no representative in.
    expect((await browser().call('POST', `/sign-in/provider/${portalProvider}`, {})).status).toBe(404);
  });
});
