import type { UserActor } from '../actor.ts';
import type { ProviderRedirect } from '../directory/identity-provider.ts';
import type { ProviderRegistry } from '../directory/provider-registry.ts';
import { ProviderTrace } from '../directory/provider-trace.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CredentialEvents } from './credential-events.ts';

/** How people end what they signed in with. */
export class OwnCredentialsService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #registry: ProviderRegistry;
  readonly #events: CredentialEvents;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    registry: ProviderRegistry;
    events: CredentialEvents;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#registry = deps.registry;
    this.#events = deps.events;
  }

  /** Answers where to send the browser so that its sign-in at the provider ends too; undefined: nowhere. */
  async signOut(actor: UserActor): Promise<ProviderRedirect | undefined> {
    const redirect = await this.#endAtProvider(actor.credentialId);
    await this.#unitOfWork.inTransaction(async (stores) => {
      await stores.userCredentials.end(actor.credentialId);
      await stores.auditLog.record({ type: 'user.signed_out', actor, object: self(actor) });
    });
    this.#events.publish({ kind: 'credential_ended', credentialId: actor.credentialId });
    return redirect;
  }

  /** Ends every browser session and token of the person, this one included. */
  async signOutEverywhere(actor: UserActor): Promise<void> {
    await this.#unitOfWork.inTransaction(async (stores) => {
      await stores.userCredentials.endAllOf(actor.userId);
      await stores.auditLog.record({ type: 'user.signed_out_everywhere', actor, object: self(actor) });
    });
    this.#events.publish({ kind: 'user_credentials_ended', userId: actor.userId });
  }

  /** A provider that cannot be reached must not keep anybody signed in here. */
  async #endAtProvider(credentialId: string): Promise<ProviderRedirect | undefined> {
    const there = await this.#stores.userCredentials.providerSessionOf(credentialId);
    if (there === undefined) return undefined;
    const provider = await this.#stores.securityProviders.findById(there.securityProviderId);
    if (!provider?.enabled) return undefined;
    const adapter = this.#registry.adapters.redirect[provider.type];
    if (adapter?.signOut === undefined) return undefined;
    try {
      return await adapter.signOut(
        this.#registry.sourceOf(provider),
        there.providerSession,
        new ProviderTrace(),
      );
    } catch (error) {
      if (error instanceof ApplianceError) return undefined;
      throw error;
    }
  }
}

function self(actor: UserActor): { type: string; id: number; name: string } {
  return { type: 'user', id: actor.userId, name: actor.username };
}
