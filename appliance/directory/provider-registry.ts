import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { SealedSecrets } from '../vault/keys/sealed-secrets.ts';
import type {
  Directory,
  NegotiateProvider,
  PasswordProvider,
  ProviderSource,
  ProviderTester,
  RedirectProvider,
} from './identity-provider.ts';
import type { SecurityProvider, SecurityProviderType } from './security-provider.ts';

type ByType<Port> = Partial<Record<SecurityProviderType, Port>>;

/** The one list of what stands behind each type of security provider. main fills it; nothing registers itself. */
export interface ProviderAdapters {
  password: ByType<PasswordProvider>;
  redirect: ByType<RedirectProvider>;
  negotiate: ByType<NegotiateProvider>;
  directory: ByType<Directory>;
  test: ByType<ProviderTester>;
}

/** Security providers as the sign-in sees them: records with what speaks for them. */
export class ProviderRegistry {
  readonly adapters: ProviderAdapters;
  readonly #stores: Pick<Stores, 'securityProviders' | 'sealedSecrets'>;
  readonly #secrets: SealedSecrets;

  constructor(deps: {
    adapters: ProviderAdapters;
    stores: Pick<Stores, 'securityProviders' | 'sealedSecrets'>;
    secrets: SealedSecrets;
  }) {
    this.adapters = deps.adapters;
    this.#stores = deps.stores;
    this.#secrets = deps.secrets;
  }

  /** Enabled providers that sign people in, in the order of priority. */
  async enabled(): Promise<SecurityProvider[]> {
    return await this.#stores.securityProviders.enabledForSignIn();
  }

  /** Where a browser may be sent with a form instead of an address. */
  async formOrigins(): Promise<string[]> {
    const posting = (await this.enabled()).filter(
      ({ settings }) => settings.sso_url_protocol_binding === 'HTTP POST',
    );
    const addresses = posting.map(({ settings }) => String(settings.login_url));
    return [...new Set(addresses.filter((url) => URL.canParse(url)).map((url) => new URL(url).origin))];
  }

  sourceOf(provider: SecurityProvider): ProviderSource {
    return {
      provider,
      secret: (name) =>
        this.#secrets.read(this.#stores.sealedSecrets, {
          ownerType: 'security_provider',
          ownerId: provider.id,
          name,
        }),
    };
  }

  /** Fails with `not_found` when there is none of that id, enabled or not. */
  async find(id: number): Promise<SecurityProvider> {
    const provider = await this.#stores.securityProviders.findById(id);
    if (provider === undefined) {
      throw new ApplianceError('not_found', `There is no security provider with id ${id}.`);
    }
    return provider;
  }
}
