import type { Clock } from '../clock.ts';
import type {
  CallbackParameters,
  ProviderRedirect,
  RedirectProvider,
  VouchedIdentity,
} from '../directory/identity-provider.ts';
import type { ProviderRegistry } from '../directory/provider-registry.ts';
import { ProviderTrace } from '../directory/provider-trace.ts';
import { ApplianceError } from '../errors.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { Stores } from '../stores.ts';
import type { PortalIdentityTokens } from './portal-identity.ts';

/** A browser may stay at its provider for so long. */
const AT_PROVIDER_MINUTES = 15;

export interface PortalSignIn {
  providerId: number;
  portalId: number;
  memo: string;
  returned: CallbackParameters | undefined;
}

/** Customers on their way to a provider and back. Rows, so that any process can go on with them. */
export interface PortalSignIns {
  create(
    signIn: Omit<PortalSignIn, 'returned'>,
    keys: { stateHash: Buffer; browserHash: Buffer },
    minutes: number,
  ): Promise<void>;
  /** Keeps what came back, once. Answers the portal; undefined when nobody was sent there. */
  storeReturn(
    stateHash: Buffer,
    providerId: number,
    returned: CallbackParameters,
  ): Promise<number | undefined>;
  /** Takes away and answers the sign-in of this browser that has come back. */
  take(browserHash: Buffer): Promise<PortalSignIn | undefined>;
  deleteExpired(): Promise<number>;
}

/** What an adapter for portals hands back beside the identity. */
export interface PortalProvider extends RedirectProvider {
  finish(
    ...answer: Parameters<RedirectProvider['finish']>
  ): Promise<VouchedIdentity & { customFields: Record<string, string> }>;
}

/** Signs customers in for a public portal by a provider that is for portals. They get no account and no session. */
export class PortalSignInService {
  readonly #stores: Pick<Stores, 'portalSignIns' | 'publicPortals' | 'auditLog'>;
  readonly #registry: ProviderRegistry;
  readonly #provider: PortalProvider;
  readonly #tokens: PortalIdentityTokens;
  readonly #clock: Clock;

  constructor(deps: {
    stores: Pick<Stores, 'portalSignIns' | 'publicPortals' | 'auditLog'>;
    registry: ProviderRegistry;
    provider: PortalProvider;
    tokens: PortalIdentityTokens;
    clock: Clock;
  }) {
    this.#stores = deps.stores;
    this.#registry = deps.registry;
    this.#provider = deps.provider;
    this.#tokens = deps.tokens;
    this.#clock = deps.clock;
  }

  /** Fails with `not_found` for a portal or a provider for portals that is not there or not enabled. */
  async begin(
    providerId: number,
    portalId: number,
  ): Promise<{ secret: string; minutes: number; redirect: ProviderRedirect }> {
    const provider = await this.#registry.find(providerId);
    const portal = await this.#stores.publicPortals.findById(portalId);
    if (provider.type !== 'saml_portal' || !provider.enabled || portal === undefined) {
      throw new ApplianceError('not_found', 'There is no such way to sign in.');
    }
    const state = randomToken(43);
    const secret = randomToken(43);
    const source = this.#registry.sourceOf(provider);
    const { redirect, memo } = await this.#provider.begin(source, { state }, new ProviderTrace());
    const keys = { stateHash: hashSecret(state), browserHash: hashSecret(secret) };
    await this.#stores.portalSignIns.create({ providerId, portalId, memo }, keys, AT_PROVIDER_MINUTES);
    return { secret, minutes: AT_PROVIDER_MINUTES, redirect };
  }

  /** Keeps what came back; nothing is judged yet, since anybody can send it. Answers the portal; undefined: nobody was sent. */
  async returned(
    state: string,
    providerId: number,
    parameters: CallbackParameters,
  ): Promise<number | undefined> {
    return await this.#stores.portalSignIns.storeReturn(hashSecret(state), providerId, parameters);
  }

  /**
   * Judges what came back for the browser that was sent. Fails with `unauthenticated`, bland, after auditing the reason.
   */
  async finish(secret: string, address: string): Promise<{ portalId: number; token: string }> {
    const signIn = await this.#stores.portalSignIns.take(hashSecret(secret));
    if (signIn?.returned === undefined) {
      throw new ApplianceError(
        'unauthenticated',
        'This sign-in has expired or was begun in another browser. Begin again.',
      );
    }
    const { providerId, portalId, memo, returned } = signIn;
    const provider = await this.#registry.find(providerId);
    const trace = new ProviderTrace();
    try {
      if (!provider.enabled) throw new ApplianceError('unauthenticated', 'Signing in failed.');
      const source = this.#registry.sourceOf(provider);
      const { identity, customFields } = await this.#provider.finish(
        source,
        { memo, parameters: returned },
        trace,
      );
      const { externalId, username, displayName, emailAddress } = identity;
      const now = this.#clock.now();
      const name = displayName ?? username;
      return {
        portalId,
        token: this.#tokens.issue(
          { portalId, providerId, externalId, name, emailAddress, customFields },
          now,
        ),
      };
    } catch (error) {
      if (!(error instanceof ApplianceError) || error.code !== 'unauthenticated') throw error;
      await this.#stores.auditLog.record({
        type: 'public_portal.sign_in_failed',
        actor: { kind: 'system', name: 'portal sign-in' },
        object: { type: 'public_portal', id: portalId, name: String(portalId) },
        after: {
          reason: trace.failure?.message ?? 'the provider is disabled',
          provider: provider.name,
          address,
        },
      });
      throw error;
    }
  }
}
