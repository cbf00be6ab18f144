import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderSource, VouchedIdentity } from '../../appliance/directory/identity-provider.ts';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { OutboundHttpClient } from '../../integrations/http/outbound-http-client.ts';
import { OidcLinks } from '../../integrations/oidc/oidc-link.ts';
import { OidcProvider } from '../../integrations/oidc/oidc-provider.ts';
import { CookieJar } from '../support/cookie-jar.ts';
import { oidcSource } from '../support/oidc-source.ts';
import { type TestOidcProvider, testOidcProvider } from '../support/test-oidc-provider.ts';

const PUBLIC_URL = 'https://support.example.com';
const ADA = { username: 'ada', password: 'analytical engine' };
const BOB = { username: 'bob', password: 'builder of things' };

let there: TestOidcProvider;

beforeAll(async () => {
  there = await testOidcProvider({ publicUrl: PUBLIC_URL, tls: true });
});
afterAll(() => there?.stop());

const links = () =>
  new OidcLinks({
    http: new OutboundHttpClient({ privateRanges: () => ['127.0.0.0/8'] }),
    publicUrl: PUBLIC_URL,
  });

function source(settings: Record<string, unknown> = {}): ProviderSource {
  return oidcSource(
    {
      issuer: there.issuer,
      client_id: there.clientId,
      ca_certificates: there.certificate,
      scopes: ['openid', 'profile', 'email', 'groups'],
      ...settings,
    },
    there.clientSecret,
  );
}

async function signedIn(
  at: ProviderSource,
  credentials = ADA,
  options: { force?: boolean; jar?: CookieJar; provider?: OidcProvider; trace?: ProviderTrace } = {},
): Promise<VouchedIdentity> {
  const provider = options.provider ?? new OidcProvider(links());
  const trace = options.trace ?? new ProviderTrace();
  const state = randomBytes(32).toString('base64url');
  const { redirect, memo } = await provider.begin(at, { state, force: options.force }, trace);
  if (redirect.kind !== 'redirect') throw new Error('A form was not expected.');
  const back = await there.visit(redirect.url, credentials, options.jar);
  return await provider.finish(at, { memo, parameters: Object.fromEntries(back.searchParams) }, trace);
}

describe('a sign-in by OpenID Connect', () => {
  it('vouches for the sub, with the claims that userinfo adds', async () => {
    const trace = new ProviderTrace();
    const { identity, providerSession } = await signedIn(source(), ADA, { trace });
    expect(identity).toMatchObject({
      externalId: '7d1f0c66-ada',
      username: 'ada',
      displayName: 'Ada Lovelace',
      emailAddress: 'ada@example.com',
      groups: ['Support', 'Engines'],
      attributes: { family_name: ['Lovelace'], groups: ['Support', 'Engines'] },
    });
    expect(JSON.parse(providerSession!)).toEqual({ idToken: expect.stringMatching(/^ey/) });
    expect(trace.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'discovery passed',
      'id_token passed',
      'userinfo passed',
      'claims passed',
    ]);
  });

  it('asks with PKCE, state and nonce, and by default says nothing of freshness', async () => {
    const { redirect } = await new OidcProvider(links()).begin(
      source(),
      { state: 's'.repeat(43) },
      new ProviderTrace(),
    );
    const { searchParams } = new URL((redirect as { url: string }).url);
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: 'bridgehead',
      response_type: 'code',
      redirect_uri: `${PUBLIC_URL}/oidc/callback/7`,
      scope: 'openid profile email groups',
      state: 's'.repeat(43),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  it('maps names by templates, nested claims and delimited ones; an unverified address is not taken', async () => {
    const ada = await signedIn(
      source({ display_name: '{family_name}, {given_name}', groups_claim: 'realm_access.roles' }),
    );
    expect(ada.identity).toMatchObject({ displayName: 'Lovelace, Ada', groups: ['countess', 'Support'] });
    const bob = await signedIn(source({ group_delimiter: ',' }), BOB);
    expect(bob.identity).toMatchObject({ username: 'bob', groups: ['Support', 'Visitors'] });
    expect(bob.identity.emailAddress).toBeUndefined();
    expect(bob.identity.attributes).not.toHaveProperty('email');
    await expect(signedIn(source({ user_name: 'email' }), BOB)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('a missing groups claim takes groups away; without a groups claim nothing is said of them', async () => {
    const none = await signedIn(source({ scopes: ['openid', 'profile'] }));
    expect(none.identity.groups).toEqual([]);
    const silent = await signedIn(source({ groups_claim: '' }));
    expect(silent.identity.groups).toBeUndefined();
  });

  it('works with every kind of client authentication and with claims in the id token', async () => {
    await there.become({ clientAuthentication: 'client_secret_post', idTokenClaims: true });
    const trace = new ProviderTrace();
    await signedIn(source(), ADA, { trace });
    expect(trace.steps.map(({ step }) => step)).not.toContain('userinfo');
    await there.become({ clientAuthentication: 'none' });
    const open = oidcSource({ ...source().provider.settings }, undefined);
    expect((await signedIn(open)).identity.username).toBe('ada');
    await there.become({ clientAuthentication: 'client_secret_basic', idTokenClaims: false });
  });

  it('goes on when the provider changes its keys, and by other algorithms', async () => {
    const provider = new OidcProvider(links());
    await signedIn(source(), ADA, { provider });
    await there.become({});
    expect((await signedIn(source(), ADA, { provider })).identity.username).toBe('ada');
    await there.become({ algorithm: 'ES256' });
    expect((await signedIn(source(), ADA, { provider: new OidcProvider(links()) })).identity.username).toBe(
      'ada',
    );
    await there.become({ algorithm: 'RS256' });
  });

  it('signed with the client secret (HS256), an id token is refused', async () => {
    await there.become({ algorithm: 'HS256' });
    const trace = new ProviderTrace();
    await expect(signedIn(source(), ADA, { trace })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(trace.failure).toMatchObject({ step: 'signature' });
    await there.become({ algorithm: 'RS256' });
  });

  it('a forced one is a fresh one, whatever session the browser has there', async () => {
    const jar = new CookieJar(there.certificate);
    await signedIn(source(), ADA, { jar });
    const other = await signedIn(source(), BOB, { jar });
    expect(other.identity.username).toBe('ada');
    const wrong = { username: 'ada', password: 'guessed' };
    await expect(signedIn(source(), wrong, { jar, force: true })).rejects.toThrow(
      'Wrong user name or password',
    );
    expect((await signedIn(source(), ADA, { jar, force: true })).identity.username).toBe('ada');
  });

  it('requires the ways of signing in that are listed', async () => {
    const strict = source({ acr_values: ['urn:example:two-factor'] });
    expect((await signedIn(strict)).identity.username).toBe('ada');
    const trace = new ProviderTrace();
    await expect(signedIn(strict, BOB, { trace })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(trace.failure?.message).toContain('acr');
    expect((await signedIn(source({ max_age: 3600 }))).identity.username).toBe('ada');
  });

  it('a code is good once, and a declined sign-in is told as such', async () => {
    const provider = new OidcProvider(links());
    const trace = new ProviderTrace();
    const begun = await provider.begin(source(), { state: 'x'.repeat(43) }, trace);
    const back = await there.visit((begun.redirect as { url: string }).url, ADA);
    const answer = { memo: begun.memo, parameters: Object.fromEntries(back.searchParams) };
    await provider.finish(source(), answer, trace);
    await expect(provider.finish(source(), answer, trace)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(trace.failure).toMatchObject({ step: 'token', message: expect.stringContaining('invalid_grant') });

    const declined = await there.decline((begun.redirect as { url: string }).url);
    const refusal = new ProviderTrace();
    const parameters = Object.fromEntries(declined.searchParams);
    await expect(provider.finish(source(), { memo: begun.memo, parameters }, refusal)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'Signing in failed.',
    });
    expect(refusal.failure).toMatchObject({
      step: 'answer',
      message: expect.stringContaining('access_denied'),
    });
  });

  it('signing out leads to the provider and back to the sign-in page', async () => {
    const jar = new CookieJar(there.certificate);
    const provider = new OidcProvider(links());
    const { providerSession } = await signedIn(source(), ADA, { jar, provider });
    const there_ = await provider.signOut(source(), providerSession!, new ProviderTrace());
    const asked = await jar.fetch((there_ as { url: string }).url);
    expect(asked.status).toBe(200);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.body)?.[1];
    const done = await jar.fetch(
      `${there.issuer}/session/end/confirm`,
      new URLSearchParams({ xsrf: xsrf ?? '', logout: 'yes' }),
    );
    expect(done.headers.get('location')).toBe(`${PUBLIC_URL}/login`);
    expect(
      await provider.signOut(source({ end_session: false }), providerSession!, new ProviderTrace()),
    ).toBeUndefined();
  });
});
