import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  clockTolerance,
  customFetch,
  enableNonRepudiationChecks,
  None,
  type ServerMetadata,
} from 'openid-client';
import type { ProviderSource } from '../../appliance/directory/identity-provider.ts';
import type { OutboundHttp } from '../../appliance/outbound-http.ts';
import { KeySets, signingKeyId } from './key-sets.ts';
import { OidcFailure } from './oidc-failure.ts';
import { type OidcSettings, oidcSettings } from './oidc-settings.ts';
import { CALL_TIMEOUT_MS, providerFetch } from './provider-calls.ts';
import { type Discovered, discover } from './provider-metadata.ts';

/** How far the clocks of provider and appliance may be apart. */
export const CLOCK_TOLERANCE_SECONDS = 60;
const METADATA_FRESH_MS = 10 * 60_000;
const MOST_PROVIDERS = 100;

/** Everything a conversation with one provider needs. */
export interface OidcLink {
  settings: OidcSettings;
  /** Where the provider sends browsers back to. */
  redirectUri: string;
  configuration: Configuration;
  metadata: ServerMetadata;
}

/** Opens conversations with providers and remembers what they publish. */
export class OidcLinks {
  readonly #http: OutboundHttp;
  readonly #publicUrl: string;
  readonly #timeoutMs: number;
  readonly #keySets: KeySets;
  readonly #known = new Map<string, { discovered: Promise<Discovered>; at: number }>();

  constructor(deps: { http: OutboundHttp; publicUrl: string; timeoutMs?: number; keySets?: KeySets }) {
    this.#http = deps.http;
    this.#publicUrl = deps.publicUrl;
    this.#timeoutMs = deps.timeoutMs ?? CALL_TIMEOUT_MS;
    this.#keySets = deps.keySets ?? new KeySets();
  }

  /** One for each provider, so that the answer of one is never taken for that of another (RFC 9700, 4.4). */
  redirectUri(providerId: number): string {
    return new URL(`/oidc/callback/${providerId}`, this.#publicUrl).href;
  }

  /** Our own sign-in page, where a browser is sent after it signed out at the provider. */
  get afterSignOut(): string {
    return new URL('/login', this.#publicUrl).href;
  }

  callOf(settings: OidcSettings): CustomFetch {
    return providerFetch(this.#http, settings, this.#timeoutMs);
  }

  /** Fails with OidcFailure, or as calls do. */
  async open(source: ProviderSource): Promise<OidcLink> {
    const settings = oidcSettings(source.provider);
    const { metadata } = await this.#discovered(settings);
    const configuration = configurationOf(settings, metadata, await source.secret('client_secret'));
    configuration[customFetch] = this.#signInCall(settings, metadata);
    return { settings, metadata, configuration, redirectUri: this.redirectUri(source.provider.id) };
  }

  /** What was found is good for ten minutes; a failure is not remembered. */
  async #discovered(settings: OidcSettings): Promise<Discovered> {
    const name = nameOf(settings);
    const known = this.#known.get(name);
    if (known !== undefined && Date.now() - known.at < METADATA_FRESH_MS) return await known.discovered;
    if (this.#known.size >= MOST_PROVIDERS) this.#known.delete(this.#known.keys().next().value!);
    const discovered = discover(settings.issuer, this.callOf(settings));
    this.#known.set(name, { discovered, at: Date.now() });
    discovered.catch(() => this.#known.delete(name));
    return await discovered;
  }

  /** Of one sign-in: keys are asked for with the id token's own key in mind. */
  #signInCall(settings: OidcSettings, metadata: ServerMetadata): CustomFetch {
    const call = this.callOf(settings);
    const [keysUrl, tokenUrl] = [metadata.jwks_uri!, metadata.token_endpoint!].map(
      (url) => new URL(url).href,
    );
    let keyId: string | undefined;
    return async (url, options) => {
      if (url === keysUrl) {
        return await this.#keySets.get(`${keysUrl}\n${nameOf(settings)}`, keyId, () => call(url, options));
      }
      const answer = await call(url, options);
      if (url === tokenUrl && answer.ok) keyId = signingKeyId(await answer.clone().text());
      return answer;
    };
  }
}

/** A provider that is trusted by other authorities is asked anew. */
function nameOf({ issuer, caCertificates }: OidcSettings): string {
  return `${issuer}\n${caCertificates ?? ''}`;
}

function configurationOf(
  settings: OidcSettings,
  metadata: ServerMetadata,
  secret: string | undefined,
): Configuration {
  const configuration = new Configuration(
    metadata,
    settings.clientId,
    { [clockTolerance]: CLOCK_TOLERANCE_SECONDS },
    clientAuth(metadata, secret),
  );
  // What may be called without TLS is decided where calls are made.
  if (settings.issuer.startsWith('http:')) allowInsecureRequests(configuration);
  enableNonRepudiationChecks(configuration);
  return configuration;
}

/** As the provider says it wants it; by default in the header (OpenID Connect Discovery 1.0, 3). */
export function clientAuth(metadata: ServerMetadata, secret: string | undefined): ClientAuth {
  if (secret === undefined) return None();
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  if (methods.includes('client_secret_basic')) return ClientSecretBasic(secret);
  if (methods.includes('client_secret_post')) return ClientSecretPost(secret);
  throw new OidcFailure('endpoints', 'The provider takes no client secret.', {
    unavailable: true,
    advice: `It offers ${methods.join(', ')}; client_secret_basic or client_secret_post is needed.`,
  });
}
