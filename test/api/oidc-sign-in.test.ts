import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CookieJar, type JarAnswer } from '../support/cookie-jar.ts';
import { type OidcSite, oidcSite } from '../support/oidc-site.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';

const API = '/api/config/v1';
const ADA = { username: 'ada', password: 'analytical engine' };
const BOB = { username: 'bob', password: 'builder of things' };

let appliance: TestAppliance;
let site: OidcSite;

beforeAll(async () => {
  appliance = await testAppliance();
  site = await oidcSite(appliance, {}, { button_label: 'Company account' });
});
afterAll(async () => {
  await site?.there.stop();
  await appliance?.stop();
});

/** A browser on pages of the appliance. */
function browser() {
  const jar = new CookieJar();
  const call = (method: string, path: string, json?: object): Promise<JarAnswer> =>
    jar.send(`${appliance.url}${API}${path}`, method, json && JSON.stringify(json), {
      origin: appliance.url,
      ...(json && { 'content-type': 'application/json' }),
    });
  return { jar, call };
}

/** As far as the page that finishes the sign-in. */
async function cameBack(
  { jar, call }: ReturnType<typeof browser>,
  credentials = ADA,
  path = `/sign-in/provider/${site.id}`,
): Promise<URL> {
  const sent = await call('POST', path, { return_to: '/console?tab=queue' });
  expect(sent.status).toBe(200);
  const back = await site.there.visit(JSON.parse(sent.body).url, credentials);
  const handed = await jar.fetch(back.href);
  expect(handed.status).toBe(303);
  return new URL(handed.headers.get('location')!, appliance.url);
}

function attemptOf(page: URL): { sign_in: string } {
  return { sign_in: page.searchParams.get('sign_in')! };
}

describe('signing in at an OpenID provider', () => {
  it('is offered, goes there and back, makes the account and signs the browser in', async () => {
    const one = browser();
    const offered = JSON.parse((await one.call('GET', '/sign-in/options')).body);
    expect(offered.providers).toEqual([{ id: site.id, type: 'oidc', name: 'Company account' }]);
    const page = await cameBack(one);
    expect(`${page.pathname}${page.search}`).toMatch(/^\/console\?tab=queue&sign_in=[0-9a-f-]{36}$/);
    const done = await one.call('POST', '/sign-in/step', attemptOf(page));
    expect(JSON.parse(done.body)).toMatchObject({
      username: 'ada',
      public_display_name: 'Ada Lovelace',
      email_address: 'ada@example.com',
      perm_admin: false,
    });
    expect((await one.call('GET', '/me')).status).toBe(200);
    const [user] = await appliance.sql`
      select external_id as "externalId", security_provider_id as "providerId" from app_user where username = 'ada'`;
    expect(user).toEqual({ externalId: '7d1f0c66-ada', providerId: site.id });
  });

  it('takes names, groups and rights over anew each time; without a group that a policy names nobody is let in', async () => {
    const bob = site.there.users['7d1f0c66-bob']!;
    const refused = browser();
    const page = await cameBack(refused, BOB);
    const answer = await refused.call('POST', '/sign-in/step', attemptOf(page));
    expect([answer.status, JSON.parse(answer.body).message]).toEqual([
      401,
      expect.stringMatching(/^Signing in failed\./),
    ]);

    Object.assign(bob.claims, { groups: ['Support'], name: 'Robert' });
    await site.there.become({});
    const one = browser();
    const done = await one.call('POST', '/sign-in/step', attemptOf(await cameBack(one, BOB)));
    expect(JSON.parse(done.body)).toMatchObject({ public_display_name: 'Robert', email_address: '' });

    bob.claims['groups'] = ['Visitors'];
    await site.there.become({});
    const again = browser();
    const out = await again.call('POST', '/sign-in/step', attemptOf(await cameBack(again, BOB)));
    expect(out.status).toBe(401);
  });

  it('is finished by the browser that began it, once, from a page of this site', async () => {
    const mine = browser();
    const page = await cameBack(mine);
    const victim = browser();
    expect((await victim.call('POST', '/sign-in/step', attemptOf(page))).status).toBe(401);
    const foreign = await mine.jar.send(
      `${appliance.url}${API}/sign-in/step`,
      'POST',
      JSON.stringify(attemptOf(page)),
      { origin: 'https://elsewhere.example', 'content-type': 'application/json' },
    );
    expect(foreign.status).toBe(403);
    expect((await mine.call('POST', '/sign-in/step', attemptOf(page))).status).toBe(200);
    expect((await mine.call('POST', '/sign-in/step', attemptOf(page))).status).toBe(401);
  });

  it('coming back with anything else ends at the sign-in page', async () => {
    const one = browser();
    const sent = JSON.parse((await one.call('POST', `/sign-in/provider/${site.id}`, {})).body);
    const state = new URL(sent.url).searchParams.get('state')!;
    const visit = async (path: string) => {
      const { status, headers } = await one.jar.fetch(`${appliance.url}${path}`);
      return `${status} ${headers.get('location')}`;
    };
    const lost = '303 /login?sign_in=unknown';
    expect(await visit('/oidc/callback/1?state=x&code=y')).toBe(lost);
    expect(await visit(`/oidc/callback/1?state=${state}&code=y`)).toBe(lost);
    expect(await visit(`/oidc/callback/${site.id}?state=${state}&code=y&code=z`)).toBe(lost);
    expect(await visit(`/oidc/callback/${site.id}?state=${state}&code=%00`)).toBe(lost);
    expect(await visit(`/oidc/callback/99999999999?state=${state}&code=y`)).toBe(lost);
    expect(await visit(`/oidc/callback/${site.id}`)).toBe(lost);
    expect(await visit(`/oidc/callback/${site.id}?state=${state}&code=y`)).toMatch(
      /^303 \/login\?sign_in=[0-9a-f-]{36}$/,
    );
  });

  it('tells an administrator why, and the screen nothing', async () => {
    const one = browser();
    const sent = JSON.parse((await one.call('POST', `/sign-in/provider/${site.id}`, {})).body);
    const state = new URL(sent.url).searchParams.get('state')!;
    const { headers } = await one.jar.fetch(
      `${appliance.url}/oidc/callback/${site.id}?state=${state}&error=access_denied&error_description=No%0Away&iss=${encodeURIComponent(site.there.issuer)}`,
    );
    const page = new URL(headers.get('location')!, appliance.url);
    const refused = await one.call('POST', '/sign-in/step', attemptOf(page));
    expect(refused.status).toBe(401);
    expect(refused.body).not.toMatch(/No way|answered/);
    const [row] = await appliance.sql`
      select after from audit_event where event_type = 'user.sign_in_failed' order by id desc limit 1`;
    expect(row?.['after']).toMatchObject({
      reason: 'The provider answered with the error “access_denied”: “No way”.',
    });
  });

  it('can be tried by an administrator without signing anybody in', async () => {
    const steps = await site.admin('POST', `/security-provider/${site.id}/test`, {});
    expect(steps.body).toMatchObject({ passed: true });
    const one = browser();
    const session = JSON.stringify({ username: 'admin', password: appliance.adminPassword });
    expect((await one.call('POST', '/sign-in', JSON.parse(session))).status).toBe(200);
    const page = await cameBack(one, ADA, `/security-provider/${site.id}/test-sign-in`);
    const tried = JSON.parse((await one.call('POST', '/sign-in/step', attemptOf(page))).body);
    expect(tried).toMatchObject({
      step: 'tested',
      details: { identity: { username: 'ada', groups: ['Support', 'Engines'] } },
    });
    expect(JSON.parse((await one.call('GET', '/me')).body).username).toBe('admin');
  });

  it('signing out leads to the provider', async () => {
    const one = browser();
    await one.call('POST', '/sign-in/step', attemptOf(await cameBack(one)));
    const out = await one.call('POST', '/sign-out');
    expect(out.status).toBe(200);
    const url = new URL(JSON.parse(out.body).url);
    expect(`${url.origin}${url.pathname}`).toBe(`${site.there.issuer}/session/end`);
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${appliance.url}/login`);
    expect((await one.call('GET', '/me')).status).toBe(401);
  });
});
