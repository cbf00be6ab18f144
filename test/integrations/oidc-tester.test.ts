import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ProviderStep, ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { OutboundHttpClient } from '../../integrations/http/outbound-http-client.ts';
import { OidcLinks } from '../../integrations/oidc/oidc-link.ts';
import { OidcTester } from '../../integrations/oidc/oidc-tester.ts';
import { type HostileOidcProvider, hostileOidcProvider } from '../support/hostile-oidc-provider.ts';
import { oidcSource } from '../support/oidc-source.ts';
import { type TestOidcProvider, testOidcProvider } from '../support/test-oidc-provider.ts';

const PUBLIC_URL = 'https://support.example.com';

let real: TestOidcProvider;
let odd: HostileOidcProvider;

beforeAll(async () => {
  [real, odd] = await Promise.all([
    testOidcProvider({ publicUrl: PUBLIC_URL, tls: true }),
    hostileOidcProvider(['localhost']),
  ]);
});
afterAll(async () => {
  await real?.stop();
  await odd?.server.stop();
});
beforeEach(() => odd.behave());
afterEach(() => odd.behave());

async function tested(
  settings: Record<string, unknown>,
  { secret = real.clientSecret, publicUrl = PUBLIC_URL }: { secret?: string; publicUrl?: string } = {},
): Promise<readonly ProviderStep[]> {
  const http = new OutboundHttpClient({ privateRanges: () => ['127.0.0.0/8', '::1'] });
  const source = oidcSource(
    { issuer: real.issuer, client_id: real.clientId, ca_certificates: real.certificate, ...settings },
    secret,
  );
  const trace = new ProviderTrace();
  await new OidcTester(new OidcLinks({ http, publicUrl })).test(source, {}, trace);
  for (const { outcome, advice } of trace.steps) if (outcome === 'failed') expect(advice).toMatch(/\w/);
  return trace.steps;
}

const oddly = (settings: Record<string, unknown> = {}) =>
  tested({ issuer: odd.issuer, ca_certificates: odd.server.certificate, ...settings });
const lines = (steps: readonly ProviderStep[]) => steps.map(({ step, outcome }) => `${step} ${outcome}`);
const failed = (steps: readonly ProviderStep[]) => steps.find(({ outcome }) => outcome === 'failed');

describe('the test of an OpenID provider', () => {
  it('passes every step of one that is set up rightly', async () => {
    expect(lines(await tested({ scopes: ['profile', 'groups'] }))).toEqual([
      'discovery passed',
      'clock passed',
      'pkce passed',
      'keys passed',
      'client passed',
      'redirect_uri passed',
      'sign_in noted',
    ]);
  });

  it('says that a name has no address', async () => {
    expect(failed(await tested({ issuer: 'https://no-such-host.invalid' }))).toMatchObject({ step: 'dns' });
  });

  it('says that a certificate is not trusted', async () => {
    expect(failed(await tested({ ca_certificates: '' }))).toMatchObject({
      step: 'tls',
      advice: expect.stringContaining('ca_certificates'),
    });
  });

  it('says that there is no provider at the issuer', async () => {
    expect(failed(await tested({ issuer: `${real.issuer}/realms/none` }))).toMatchObject({
      step: 'discovery',
      message: expect.stringContaining('404'),
      advice: expect.stringContaining('tenants or realms'),
    });
  });

  it('says that nobody listens there, or that plain http is not spoken', async () => {
    expect(failed(await tested({ issuer: 'https://localhost:1' }))).toMatchObject({ step: 'connect' });
    expect(failed(await tested({ issuer: 'http://idp.example.com' }))).toMatchObject({ step: 'settings' });
  });

  it('explains an issuer that differs, in a slash or altogether', async () => {
    expect(failed(await tested({ issuer: `${real.issuer}/` }))).toMatchObject({
      step: 'issuer',
      advice: `They differ in the slash at the end alone, and it counts: set the issuer to “${real.issuer}”.`,
    });
    odd.metadata['issuer'] = 'https://sign-in.example.com/{tenantid}';
    expect(failed(await oddly())).toMatchObject({
      step: 'issuer',
      advice: expect.stringContaining('your own tenant'),
    });
  });

  it('notes that PKCE, a scope or the groups are not announced', async () => {
    delete odd.metadata['code_challenge_methods_supported'];
    Object.assign(odd.metadata, { scopes_supported: ['openid'], claims_supported: ['sub'] });
    expect(lines(await oddly())).toEqual(
      expect.arrayContaining(['pkce noted', 'scopes noted', 'groups noted']),
    );
  });

  it('says that the clocks differ', async () => {
    const discovered = (seconds: number) => {
      odd.instead['/.well-known/openid-configuration'] = (_, res) => {
        const date = new Date(Date.now() + seconds * 1000).toUTCString();
        res.writeHead(200, { date, 'content-type': 'application/json' }).end(JSON.stringify(odd.metadata));
      };
      return oddly();
    };
    expect(failed(await discovered(-300))).toMatchObject({
      step: 'clock',
      message: expect.stringContaining('behind'),
    });
    expect(lines(await discovered(30))).toContain('clock noted');
  });

  it('says that the client secret or ID is wrong', async () => {
    expect(failed(await tested({}, { secret: 'another secret' }))).toMatchObject({ step: 'client' });
    expect(failed(await tested({ client_id: 'nobody' }))).toMatchObject({ step: 'client' });
    expect(lines(await oddly())).toContain('client noted');
  });

  it('says that the provider does not know the redirect URI', async () => {
    const publicUrl = 'https://elsewhere.example.com';
    expect(failed(await tested({}, { publicUrl }))).toMatchObject({
      step: 'redirect_uri',
      message: expect.stringContaining(`${publicUrl}/oidc/callback/7`),
    });
  });

  it('says that there are no keys, or none that is accepted', async () => {
    odd.instead['/jwks'] = (_, res) => res.end('{"keys":[]}');
    expect(failed(await oddly())).toMatchObject({ step: 'keys' });
    odd.metadata['id_token_signing_alg_values_supported'] = ['HS256'];
    expect(failed(await oddly())).toMatchObject({ step: 'algorithms' });
  });
});
