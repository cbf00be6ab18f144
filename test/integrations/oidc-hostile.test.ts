import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { OutboundHttpClient } from '../../integrations/http/outbound-http-client.ts';
import { OidcLinks } from '../../integrations/oidc/oidc-link.ts';
import { OidcProvider } from '../../integrations/oidc/oidc-provider.ts';
import {
  HOSTILE_CLIENT,
  type HostileOidcProvider,
  hmacToken,
  hostileOidcProvider,
  signedToken,
  unsignedToken,
} from '../support/hostile-oidc-provider.ts';
import { oidcSource } from '../support/oidc-source.ts';

const SECRET = 'the secret of the client';
const STATE = 's'.repeat(43);

let there: HostileOidcProvider;

beforeAll(async () => {
  there = await hostileOidcProvider();
});
afterAll(() => there?.server.stop());
beforeEach(() => there.behave());

interface Attempt {
  /** Of the answer that the browser brings. */
  parameters?: Record<string, string>;
  settings?: Record<string, unknown>;
  ranges?: string[];
  force?: boolean;
  /** After the sign-in has begun. */
  meanwhile?: () => void;
}

/** What a sign-in comes to: the person, or how it failed. */
async function attempt({ parameters, settings, ranges, force, meanwhile }: Attempt = {}): Promise<string> {
  const http = new OutboundHttpClient({ privateRanges: () => ranges ?? ['127.0.0.0/8', '::1'] });
  const links = new OidcLinks({ http, publicUrl: 'https://support.example.com', timeoutMs: 400 });
  const provider = new OidcProvider(links);
  const source = oidcSource({ issuer: there.issuer, client_id: HOSTILE_CLIENT, ...settings }, SECRET);
  const trace = new ProviderTrace();
  try {
    const { redirect, memo } = await provider.begin(source, { state: STATE, force }, trace);
    const sent = new URL((redirect as { url: string }).url);
    there.claims['nonce'] = sent.searchParams.get('nonce');
    meanwhile?.();
    const brought = { state: STATE, code: 'a-code', iss: there.issuer, ...parameters };
    const { identity } = await provider.finish(source, { memo, parameters: brought }, trace);
    return identity.username;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    // The screen is told one of two sentences, whatever happened.
    expect(['Signing in failed.', 'Signing in is not possible at the moment.']).toContain(message);
    return `${code}: ${trace.failure?.step}: ${trace.failure?.message}`;
  }
}

const now = () => Math.floor(Date.now() / 1000);

describe('answers of a hostile provider', () => {
  it('an honest one is believed', async () => {
    expect(await attempt()).toBe('eve');
  });

  it.each<[string, Attempt, RegExp]>([
    ['another state', { parameters: { state: 'x'.repeat(43) } }, /^unauthenticated: answer: .*"state"/],
    [
      'the issuer of another provider',
      { parameters: { iss: 'https://other.example' } },
      /^unauthenticated: answer: .*"iss"/,
    ],
    ['no issuer where one was announced', { parameters: { iss: '' } }, /^unauthenticated: answer: .*"iss"/],
    [
      'an error',
      { parameters: { error: 'access_denied', error_description: 'a\u0007b' } },
      /^unauthenticated: answer: .*“access_denied”: “a b”/,
    ],
    ['an id token on the way', { parameters: { id_token: 'x.y.z' } }, /^unauthenticated: /],
    ['a signed answer in place of a code', { parameters: { response: 'x.y.z' } }, /^unauthenticated: answer/],
  ])('a browser that brings %s is refused', async (_, given, told) => {
    expect(await attempt(given)).toMatch(told);
  });

  it.each<[string, () => void, RegExp]>([
    ['another nonce', () => Object.assign(there.claims, { nonce: 'other' }), /id_token: .*nonce/],
    [
      'another issuer',
      () => Object.assign(there.claims, { iss: 'https://other.example' }),
      /id_token: .*iss/,
    ],
    ['another audience', () => Object.assign(there.claims, { aud: 'somebody-else' }), /id_token: .*aud/],
    [
      'several audiences and no party',
      () => Object.assign(there.claims, { aud: [HOSTILE_CLIENT, 'other'] }),
      /id_token: .*aud/,
    ],
    ['another party', () => Object.assign(there.claims, { azp: 'other' }), /id_token: .*azp/],
    ['an end in the past', () => Object.assign(there.claims, { exp: now() - 90 }), /id_token: .*exp/],
    ['a beginning in the future', () => Object.assign(there.claims, { nbf: now() + 90 }), /id_token: .*nbf/],
    ['a date in the future', () => Object.assign(there.claims, { iat: now() + 90 }), /id_token: .*iat/],
    ['no end', () => delete there.claims['exp'], /id_token: .*exp/],
    ['no subject', () => delete there.claims['sub'], /id_token: .*sub/],
    ['a subject without end', () => Object.assign(there.claims, { sub: 'x'.repeat(513) }), /sub/],
    [
      'no signature',
      () => {
        there.header['alg'] = 'none';
        there.makeToken = unsignedToken;
      },
      /signature: .*"alg"/,
    ],
    [
      'the public key as an HMAC secret',
      () => {
        there.header['alg'] = 'HS256';
        const pem = there.publicKey.export({ type: 'spki', format: 'pem' });
        there.makeToken = (header, claims) => hmacToken(header, claims, pem);
      },
      /signature: .*"alg"/,
    ],
    [
      'the client secret as an HMAC secret',
      () => {
        there.header['alg'] = 'HS256';
        there.makeToken = (header, claims) => hmacToken(header, claims, SECRET);
      },
      /signature: .*"alg"/,
    ],
    [
      'a key that is not published',
      () => Object.assign(there.header, { kid: 'two' }),
      /signature: .*does not publish/,
    ],
    [
      'a key in its own header',
      () => {
        const jwk = there.otherKey.export({ format: 'jwk' });
        there.header = { alg: 'RS256', jwk, jku: 'https://elsewhere.example/keys' };
        there.makeToken = (header, claims) => signedToken(header, claims, there.otherKey);
      },
      /signature: /,
    ],
    [
      'a signature by another key',
      () => {
        there.makeToken = (header, claims) => signedToken(header, claims, there.otherKey);
      },
      /signature: /,
    ],
    ['a critical extension', () => Object.assign(there.header, { crit: ['x'], x: 1 }), /id_token|signature/],
    [
      'userinfo of somebody else',
      () => Object.assign(there.userinfo, { sub: 'admin' }),
      /userinfo: .*another person/,
    ],
  ])('an id token with %s is refused', async (_, change, told) => {
    expect(await attempt({ meanwhile: change })).toMatch(told);
    expect(await attempt({ meanwhile: change })).toMatch(/^unauthenticated: /);
  });

  it('claims cannot reach into what all objects have', async () => {
    expect(await attempt({ settings: { user_name: '__proto__.constructor.name' } })).toMatch(
      /claims: .*no claim/,
    );
    expect(await attempt({ settings: { user_name: 'constructor' } })).toMatch(/claims: .*no claim/);
  });

  it('clocks may be a minute apart', async () => {
    expect(
      await attempt({ meanwhile: () => Object.assign(there.claims, { exp: now() - 30, iat: now() + 30 }) }),
    ).toBe('eve');
  });

  it('a forced sign-in that was not fresh is refused', async () => {
    expect(await attempt({ force: true })).toMatch(/id_token: .*auth_time/);
    const old = () => Object.assign(there.claims, { auth_time: now() - 3600 });
    expect(await attempt({ force: true, meanwhile: old })).toMatch(/id_token: .*auth_time/);
    expect(await attempt({ settings: { max_age: 600 }, meanwhile: old })).toMatch(/id_token: .*auth_time/);
    const fresh = () => Object.assign(there.claims, { auth_time: now() });
    expect(await attempt({ force: true, meanwhile: fresh })).toBe('eve');
  });
});

describe('a hostile or broken provider', () => {
  it.each<[string, () => void, RegExp]>([
    [
      'names another issuer',
      () => Object.assign(there.metadata, { issuer: 'https://other.example' }),
      /issuer: /,
    ],
    [
      'would send browsers to a script',
      () => Object.assign(there.metadata, { authorization_endpoint: 'javascript:alert(1)' }),
      /endpoints: .*authorization_endpoint/,
    ],
    [
      'has its tokens elsewhere by plain http',
      () => Object.assign(there.metadata, { token_endpoint: 'http://10.0.0.1/token' }),
      /endpoints: .*token_endpoint/,
    ],
    [
      'signs with shared secrets alone',
      () => Object.assign(there.metadata, { id_token_signing_alg_values_supported: ['HS256', 'none'] }),
      /algorithms: /,
    ],
    [
      'redirects',
      () => {
        there.instead['/.well-known/openid-configuration'] = (_, res) =>
          res.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
      },
      /http: .*redirects/,
    ],
    [
      'does not answer',
      () => {
        there.instead['/.well-known/openid-configuration'] = () => {};
      },
      /connect: .*did not answer/,
    ],
    [
      'answers without end',
      () => {
        there.instead['/.well-known/openid-configuration'] = (_, res) => res.end(Buffer.alloc(600_000, 32));
      },
      /http: .*more than/,
    ],
    [
      'answers with a page',
      () => {
        there.instead['/.well-known/openid-configuration'] = (_, res) => res.end('<html>');
      },
      /discovery: .*JSON/,
    ],
  ])('that %s is not used', async (_, change, told) => {
    change();
    expect(await attempt()).toMatch(told);
    expect(await attempt()).toMatch(/^unavailable: /);
  });

  it.each<[string, string, (typeof there.instead)[string], RegExp]>([
    [
      'the token endpoint redirects',
      '/token',
      (_, res) => res.writeHead(307, { location: '/elsewhere' }).end(),
      /^unavailable: http/,
    ],
    ['the token endpoint is slow', '/token', () => {}, /^unavailable: connect/],
    [
      'the token endpoint is broken',
      '/token',
      (_, res) => res.writeHead(500).end('oops'),
      /^unavailable: http/,
    ],
    [
      'the token endpoint knows no such client',
      '/token',
      (_, res) =>
        res.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}'),
      /^unavailable: token: .*invalid_client/,
    ],
    [
      'the code was used before',
      '/token',
      (_, res) => res.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}'),
      /^unauthenticated: token: .*invalid_grant/,
    ],
    ['the keys cannot be had', '/jwks', (_, res) => res.writeHead(500).end(), /^unavailable: http/],
    ['userinfo cannot be had', '/userinfo', (_, res) => res.writeHead(500).end(), /^unavailable: http/],
    ['userinfo is huge', '/userinfo', (_, res) => res.end(Buffer.alloc(600_000, 32)), /^unavailable: http/],
  ])('nobody is let in when %s', async (_, path, answer, told) => {
    there.instead[path] = answer;
    expect(await attempt()).toMatch(told);
  });

  it('is not called at a private address that is not listed, nor by plain http elsewhere', async () => {
    expect(await attempt({ ranges: [] })).toMatch(/^unavailable: address: /);
    expect(await attempt({ settings: { issuer: 'http://idp.example.com' } })).toMatch(
      /^unavailable: settings: /,
    );
    expect(await attempt({ settings: { issuer: 'http://localhost.example.com' } })).toMatch(
      /^unavailable: settings: /,
    );
    expect(await attempt({ settings: { issuer: `${there.issuer}?x=1` } })).toMatch(
      /^unavailable: settings: /,
    );
    expect(await attempt({ settings: { issuer: 'http://localhost:1' } })).toMatch(/^unavailable: connect: /);
  });
});
