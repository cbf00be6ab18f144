import type { CustomFetch, ServerMetadata } from 'openid-client';
import { OidcFailure, quoted } from './oidc-failure.ts';
import { isCallable } from './provider-calls.ts';

/** Signatures with a key of the provider's own. Never `none`, and no HMAC: there the public key would be the secret. */
export const SIGNING_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

export interface Discovered {
  metadata: ServerMetadata;
  /** What the provider's clock says. */
  date: string | undefined;
}

const NEEDED = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;
const OPTIONAL = ['userinfo_endpoint', 'end_session_endpoint'] as const;

export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/**
 * Reads what the provider says of itself (OpenID Connect Discovery 1.0). The issuer has to be the very text of the
 * setting: tokens are compared with it. Fails with OidcFailure, or as `call` does.
 */
export async function discover(issuer: string, call: CustomFetch): Promise<Discovered> {
  requireIssuer(issuer);
  const url = discoveryUrl(issuer);
  const answer = await call(url, {
    method: 'GET',
    headers: { accept: 'application/json' },
    body: undefined,
    redirect: 'manual',
  });
  if (answer.status !== 200) {
    throw new OidcFailure('discovery', `${url} answered with status ${answer.status}.`, {
      unavailable: true,
      advice:
        answer.status === 404
          ? 'There is no OpenID provider at this issuer. Providers with several tenants or realms have one issuer for each; the path belongs to it, up to “/.well-known”.'
          : 'Ask the administrators of the provider.',
    });
  }
  const metadata = parsed(await answer.text(), url);
  requireSameIssuer(issuer, metadata.issuer);
  requireEndpoints(issuer, metadata);
  return { metadata: usable(metadata), date: answer.headers.get('date') ?? undefined };
}

function requireIssuer(issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url === undefined || url.search !== '' || url.hash !== '' || !isCallable(issuer, issuer)) {
    throw new OidcFailure('settings', `The issuer ${quoted(issuer)} is no https address.`, {
      unavailable: true,
      advice:
        'The issuer begins with https:// and has neither “?” nor “#”. Plain http is for this machine alone.',
    });
  }
}

function parsed(text: string, url: string): ServerMetadata {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ServerMetadata;
  } catch {
    // Said below.
  }
  throw new OidcFailure('discovery', `${url} did not answer with a JSON object.`, {
    unavailable: true,
    advice: 'Something other than an OpenID provider answers there, e.g. a portal or a proxy.',
  });
}

function requireSameIssuer(expected: string, found: unknown): void {
  if (found === expected) return;
  const shown = typeof found === 'string' ? quoted(found) : 'nothing';
  const slash = typeof found === 'string' && found.replace(/\/$/, '') === expected.replace(/\/$/, '');
  throw new OidcFailure(
    'issuer',
    `The provider calls itself ${shown}, and the issuer here is ${quoted(expected)}.`,
    {
      unavailable: true,
      advice: slash
        ? `They differ in the slash at the end alone, and it counts: set the issuer to ${shown}.`
        : 'Set the issuer to what the provider calls itself, if that is the provider you mean. An issuer for everybody’s tenants cannot be used; take that of your own tenant.',
    },
  );
}

function requireEndpoints(issuer: string, metadata: ServerMetadata): void {
  for (const name of [...NEEDED, ...OPTIONAL]) {
    const value = metadata[name];
    if (value === undefined && (OPTIONAL as readonly string[]).includes(name)) continue;
    if (typeof value !== 'string' || !isCallable(value, issuer)) {
      throw new OidcFailure('endpoints', `The provider names no https address as its ${name}.`, {
        unavailable: true,
        advice: 'It is no complete OpenID provider, or something on the way changes its answers.',
      });
    }
  }
  const types = metadata.response_types_supported;
  if (Array.isArray(types) && !types.includes('code')) {
    throw new OidcFailure('endpoints', 'The provider does not offer the authorization code flow.', {
      unavailable: true,
      advice: 'Allow the response type “code” there.',
    });
  }
}

/** Without the algorithms that are never accepted, so that nothing further on can accept them. */
function usable(metadata: ServerMetadata): ServerMetadata {
  const offered = metadata.id_token_signing_alg_values_supported;
  const algorithms = (Array.isArray(offered) ? offered : ['RS256']).filter((name) =>
    SIGNING_ALGORITHMS.includes(name),
  );
  if (algorithms.length === 0) {
    throw new OidcFailure(
      'algorithms',
      'The provider signs id tokens with no algorithm that is accepted here.',
      {
        unavailable: true,
        advice: `Have it sign with one of ${SIGNING_ALGORITHMS.join(', ')}.`,
      },
    );
  }
  return { ...metadata, id_token_signing_alg_values_supported: algorithms };
}
