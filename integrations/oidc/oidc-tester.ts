import type { CustomFetch, ServerMetadata } from 'openid-client';
import type {
  ProviderSource,
  ProviderTest,
  ProviderTester,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { OutboundFailure } from '../../appliance/outbound-http.ts';
import { failureOf } from './library-failure.ts';
import { OidcFailure, quoted, toldFailure } from './oidc-failure.ts';
import { CLOCK_TOLERANCE_SECONDS, clientAuth, type OidcLinks } from './oidc-link.ts';
import { type OidcSettings, oidcSettings } from './oidc-settings.ts';
import { type Discovered, discover } from './provider-metadata.ts';

interface Trial {
  settings: OidcSettings;
  metadata: ServerMetadata;
  call: CustomFetch;
  redirectUri: string;
  secret: string | undefined;
  trace: ProviderTrace;
}

/** Goes as far as one gets without a person: discovery, clocks, keys, the client secret, the redirect URI. */
export class OidcTester implements ProviderTester {
  readonly #links: OidcLinks;

  constructor(links: OidcLinks) {
    this.#links = links;
  }

  async test(source: ProviderSource, _test: ProviderTest, trace: ProviderTrace): Promise<void> {
    const settings = oidcSettings(source.provider);
    const call = this.#links.callOf(settings);
    try {
      const { metadata, date } = await discover(settings.issuer, call);
      trace.passed('discovery', `The provider ${settings.issuer} was found and describes itself.`);
      compareClocks({ metadata, date }, trace);
      compareOffers(settings, metadata, trace);
      const secret = await source.secret('client_secret');
      const redirectUri = this.#links.redirectUri(source.provider.id);
      const trial: Trial = { settings, metadata, call, redirectUri, secret, trace };
      await readKeys(trial);
      await tryClient(trial);
      await tryRedirectUri(trial);
      if (trace.failure === undefined) {
        trace.noted('sign_in', 'Which claims come for a person shows a trial sign-in.');
      }
    } catch (error) {
      toldFailure(failureOf(error), trace);
    }
  }
}

function compareClocks({ date }: Discovered, trace: ProviderTrace): void {
  const there = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(there)) {
    trace.noted('clock', 'The provider does not tell its time.');
    return;
  }
  const seconds = Math.round((there - Date.now()) / 1000);
  const told = `The provider’s clock is ${Math.abs(seconds)} seconds ${seconds < 0 ? 'behind' : 'ahead of'} the one here`;
  if (Math.abs(seconds) > CLOCK_TOLERANCE_SECONDS) {
    trace.failed(
      'clock',
      `${told}; ${CLOCK_TOLERANCE_SECONDS} are tolerated.`,
      'Id tokens will look expired, or not valid yet. Set both clocks by NTP.',
    );
  } else if (Math.abs(seconds) > 5) {
    trace.noted('clock', `${told}.`, 'Set both clocks by NTP.');
  } else {
    trace.passed('clock', 'The clocks agree.');
  }
}

function compareOffers(settings: OidcSettings, metadata: ServerMetadata, trace: ProviderTrace): void {
  if (metadata.code_challenge_methods_supported?.includes('S256')) {
    trace.passed('pkce', 'The provider checks who began a sign-in (PKCE, S256).');
  } else {
    trace.noted(
      'pkce',
      'The provider does not say that it supports PKCE with S256.',
      'Some support it without saying so. It is used in any case; if sign-ins fail, the provider is too old.',
    );
  }
  const lacking = missing(settings.scopes, metadata.scopes_supported);
  if (lacking.length > 0) {
    trace.noted(
      'scopes',
      `The provider does not list the scopes ${lacking.join(', ')}.`,
      'If sign-ins fail with invalid_scope, take them out of the scopes.',
    );
  }
  const claims = metadata.claims_supported;
  if (settings.groupsClaim !== '' && missing([settings.groupsClaim.split('.', 1)[0]!], claims).length > 0) {
    trace.noted(
      'groups',
      `The provider does not list the claim ${settings.groupsClaim}.`,
      'Many have to be told to send groups. Without the claim nobody is in a group.',
    );
  }
}

function missing(wanted: readonly string[], offered: unknown): string[] {
  return Array.isArray(offered) ? wanted.filter((name) => !offered.includes(name)) : [];
}

async function readKeys({ metadata, call, trace }: Trial): Promise<void> {
  const url = metadata.jwks_uri!;
  const answer = await call(url, {
    method: 'GET',
    headers: { accept: 'application/json' },
    body: undefined,
    redirect: 'manual',
  });
  const count = answer.status === 200 ? signingKeys(await answer.text()) : 0;
  if (count === 0) {
    throw new OidcFailure('keys', `${url} has no key that signs id tokens (status ${answer.status}).`, {
      unavailable: true,
      advice: 'Give the provider an RSA or elliptic-curve key to sign with.',
    });
  }
  trace.passed(
    'keys',
    `The provider publishes ${count === 1 ? 'one key that signs' : `${count} keys that sign`} id tokens.`,
  );
}

function signingKeys(text: string): number {
  try {
    const { keys } = JSON.parse(text) as { keys: { kty?: string; use?: string }[] };
    return keys.filter(({ kty = '', use = 'sig' }) => /^(RSA|EC|OKP)$/.test(kty) && use === 'sig').length;
  } catch {
    return 0;
  }
}

/** With a code that nobody was given: who is refused for the code was known by the secret. */
async function tryClient({ settings, metadata, call, redirectUri, secret, trace }: Trial): Promise<void> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: 'a-code-that-nobody-was-given',
    redirect_uri: redirectUri,
    code_verifier: 'v'.repeat(43),
  });
  const headers = new Headers({
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
  });
  clientAuth(metadata, secret)(
    metadata,
    { client_id: settings.clientId, ...(secret && { client_secret: secret }) },
    body,
    headers,
  );
  const answer = await call(metadata.token_endpoint!, {
    method: 'POST',
    headers: Object.fromEntries(headers),
    body: body.toString(),
    redirect: 'manual',
  });
  const error = errorOf(await answer.text());
  if (error === 'invalid_grant') {
    trace.passed(
      'client',
      secret === undefined
        ? 'The provider knows the client ID.'
        : 'The provider knows client ID and client secret.',
    );
  } else if (error === 'invalid_client' || answer.status === 401) {
    trace.failed(
      'client',
      'The provider does not know this client ID, or not with this client secret.',
      secret === undefined
        ? 'No client secret is set here; the provider may want one.'
        : 'Copy both anew. A secret may have expired there; mind that its value is needed, not its ID.',
    );
  } else {
    const told = error === undefined ? `status ${answer.status}` : quoted(error);
    trace.noted('client', `Whether the client secret is right could not be told (${told}).`);
  }
}

function errorOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Providers refuse a redirect URI that they do not know with a page of their own; otherwise they send on. */
async function tryRedirectUri({ settings, metadata, call, redirectUri, trace }: Trial): Promise<void> {
  const url = new URL(metadata.authorization_endpoint!);
  const parameters = {
    client_id: settings.clientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: redirectUri,
    state: 'a-test-of-the-settings',
    nonce: 'a-test-of-the-settings',
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const status = await call(url.href, {
    method: 'GET',
    headers: {},
    body: undefined,
    redirect: 'manual',
  }).then(
    ({ status }) => status,
    (error: unknown) => {
      // Sent on: to sign in there, or back here.
      if (error instanceof OutboundFailure && error.problem === 'redirected') return 302;
      throw error;
    },
  );
  if (status >= 400 && status < 500) {
    trace.failed(
      'redirect_uri',
      `The provider refused the redirect URI ${redirectUri} (status ${status}).`,
      'Enter exactly this redirect URI for the client at the provider.',
    );
  } else {
    trace.passed(
      'redirect_uri',
      `The provider takes the redirect URI ${redirectUri}, as far as can be told.`,
    );
  }
}
