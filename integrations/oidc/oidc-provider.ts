import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  type IDToken,
  randomNonce,
  randomPKCECodeVerifier,
} from 'openid-client';
import type {
  CallbackParameters,
  ProviderRedirect,
  ProviderSource,
  RedirectBeginning,
  RedirectProvider,
  VouchedIdentity,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { failureOf } from './library-failure.ts';
import { type Claims, identityOf, lacksClaims } from './oidc-claims.ts';
import { OidcFailure, quoted, toldFailure } from './oidc-failure.ts';
import { CLOCK_TOLERANCE_SECONDS, type OidcLink, type OidcLinks } from './oidc-link.ts';
import type { OidcSettings } from './oidc-settings.ts';

/** Kept on the server between the two halves of a sign-in. */
interface Memo {
  state: string;
  nonce: string;
  verifier: string;
  /** The sign-in over there has to be younger than this one here. */
  force: boolean;
  /** Seconds since 1970. */
  begunAt: number;
}

/** A longer id token makes an address that servers refuse. */
const LONGEST_HINT = 6000;

/**
 * OpenID Connect Core 1.0 by the authorization code flow with PKCE (S256), state and nonce. An id token counts when the
 * provider's own published key signed it, for this client, in this very sign-in.
 */
export class OidcProvider implements RedirectProvider {
  readonly #links: OidcLinks;

  constructor(links: OidcLinks) {
    this.#links = links;
  }

  async begin(
    source: ProviderSource,
    { state, force = false }: RedirectBeginning,
    trace: ProviderTrace,
  ): Promise<{ redirect: ProviderRedirect; memo: string }> {
    return await told(trace, async () => {
      const link = await this.#links.open(source);
      trace.passed('discovery', `The provider ${link.settings.issuer} was found.`);
      const memo: Memo = {
        state,
        nonce: randomNonce(),
        verifier: randomPKCECodeVerifier(),
        force,
        begunAt: nowSeconds(),
      };
      const url = buildAuthorizationUrl(link.configuration, {
        response_type: 'code',
        redirect_uri: link.redirectUri,
        scope: link.settings.scopes.join(' '),
        state,
        nonce: memo.nonce,
        code_challenge: await calculatePKCECodeChallenge(memo.verifier),
        code_challenge_method: 'S256',
        ...freshness(link.settings, force),
        ...(link.settings.acrValues.length > 0 && { acr_values: link.settings.acrValues.join(' ') }),
      });
      return { redirect: { kind: 'redirect', url: url.href }, memo: JSON.stringify(memo) };
    });
  }

  async finish(
    source: ProviderSource,
    answer: { memo: string; parameters: CallbackParameters },
    trace: ProviderTrace,
  ): Promise<VouchedIdentity> {
    return await told(trace, async () => {
      const link = await this.#links.open(source);
      const memo = JSON.parse(answer.memo) as Memo;
      const { accessToken, idToken, claims } = await exchanged(link, memo, answer.parameters);
      trace.passed('id_token', `The provider vouches for ${quoted(claims.sub)}.`);
      requireClaims(claims, link.settings, memo);
      const all = await withUserInfo(link, claims, accessToken, trace);
      const identity = identityOf(all, link.settings, trace);
      trace.passed(
        'claims',
        `The user name is ${quoted(identity.username)}, ${groupsToldOf(identity.groups)}.`,
      );
      return { identity, providerSession: JSON.stringify({ idToken }) };
    });
  }

  async signOut(
    source: ProviderSource,
    providerSession: string,
    trace: ProviderTrace,
  ): Promise<ProviderRedirect | undefined> {
    return await told(trace, async () => {
      const link = await this.#links.open(source);
      if (!link.settings.endSession || link.metadata.end_session_endpoint === undefined) return undefined;
      const { idToken } = JSON.parse(providerSession) as { idToken: string };
      const url = buildEndSessionUrl(link.configuration, {
        ...(idToken.length <= LONGEST_HINT && { id_token_hint: idToken }),
        post_logout_redirect_uri: this.#links.afterSignOut,
      });
      trace.passed('sign_out', 'The browser is sent to the provider to sign out there.');
      return { kind: 'redirect', url: url.href };
    });
  }
}

/** `max_age` makes providers say when the person signed in; `prompt` alone could be taken out of the address. */
function freshness({ maxAge }: OidcSettings, force: boolean): Record<string, string> {
  if (force) return { prompt: 'login', max_age: '0' };
  return maxAge > 0 ? { max_age: String(maxAge) } : {};
}

async function exchanged(
  link: OidcLink,
  memo: Memo,
  parameters: CallbackParameters,
): Promise<{ accessToken: string; idToken: string; claims: IDToken }> {
  const { maxAge } = link.settings;
  const url = new URL(link.redirectUri);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const tokens = await authorizationCodeGrant(link.configuration, url, {
    expectedState: memo.state,
    expectedNonce: memo.nonce,
    pkceCodeVerifier: memo.verifier,
    idTokenExpected: true,
    ...(maxAge > 0 && !memo.force && { maxAge }),
  });
  return { accessToken: tokens.access_token, idToken: tokens.id_token!, claims: tokens.claims()! };
}

/** What the library leaves to its caller. */
function requireClaims(claims: IDToken, settings: OidcSettings, memo: Memo): void {
  const latest = nowSeconds() + CLOCK_TOLERANCE_SECONDS;
  if (claims.iat > latest) {
    throw new OidcFailure('id_token', 'The id token was issued in the future (iat).', {
      advice: 'Compare the clock of this appliance with that of the provider; both should be set by NTP.',
    });
  }
  if (claims.azp !== undefined && claims.azp !== settings.clientId) {
    throw new OidcFailure('id_token', 'The id token was issued to another application (azp).', {
      advice: 'Check the client ID.',
    });
  }
  const since = memo.begunAt - CLOCK_TOLERANCE_SECONDS;
  if (memo.force && (claims.auth_time === undefined || Number(claims.auth_time) < since)) {
    throw new OidcFailure(
      'id_token',
      'The provider does not show that the person signed in just now (auth_time).',
      {
        advice: 'The provider has to heed prompt=login and max_age, and send auth_time.',
      },
    );
  }
  if (settings.acrValues.length > 0 && !settings.acrValues.some((value) => value === claims.acr)) {
    const found = typeof claims.acr === 'string' ? quoted(claims.acr) : 'nothing';
    throw new OidcFailure(
      'id_token',
      `The person did not sign in by one of the ways that acr_values lists, but by ${found} (acr).`,
      {
        advice: 'Have the provider require that way for this application, or change acr_values.',
      },
    );
  }
}

/** Claims of the id token hold; userinfo adds those that are missing. It has to be about the same `sub`. */
async function withUserInfo(
  { configuration, metadata, settings }: OidcLink,
  claims: IDToken,
  accessToken: string,
  trace: ProviderTrace,
): Promise<Claims> {
  if (metadata.userinfo_endpoint === undefined || !lacksClaims(claims, settings)) return claims;
  const more = await fetchUserInfo(configuration, accessToken, claims.sub);
  trace.passed('userinfo', 'Claims that the id token lacks were asked for.');
  return { ...more, ...claims };
}

function groupsToldOf(groups: readonly string[] | undefined): string {
  if (groups === undefined) return 'groups are not taken over';
  return groups.length === 0 ? 'without groups' : `in ${groups.length} groups`;
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

async function told<T>(trace: ProviderTrace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toldFailure(failureOf(error), trace);
  }
}
