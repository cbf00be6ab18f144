import type { ProviderRedirect } from '../directory/identity-provider.ts';
import type { ProviderRegistry } from '../directory/provider-registry.ts';
import { ProviderTrace } from '../directory/provider-trace.ts';
import type { LogoutMessage, SamlLogoutPort } from '../directory/saml-logout.ts';
import type { SecurityProvider } from '../directory/security-provider.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CredentialEvents } from './credential-events.ts';
import { FailureBudget } from './failure-budget.ts';

/** From one address. Identity providers are few, and mistaken seldom. */
const REFUSALS_PER_MINUTE = 100;

/** Sign-outs that an identity provider asks for, and its answers to ours. */
export class ProviderSignOut {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #registry: ProviderRegistry;
  readonly #logout: SamlLogoutPort;
  readonly #events: CredentialEvents;
  readonly #budget = new FailureBudget(REFUSALS_PER_MINUTE);

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    registry: ProviderRegistry;
    logout: SamlLogoutPort;
    events: CredentialEvents;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#registry = deps.registry;
    this.#logout = deps.logout;
    this.#events = deps.events;
  }

  /**
   * Ends the sessions that a signed request names, on every process, and answers where to send the browser. Fails with
   * `unauthenticated` after auditing the reason; with `not_found` for a provider that is not SAML.
   */
  async requested(
    providerId: number,
    message: LogoutMessage,
    relayState: string | undefined,
    address: string,
  ): Promise<ProviderRedirect | undefined> {
    const provider = await this.#samlProvider(providerId);
    const source = this.#registry.sourceOf(provider);
    const trace = new ProviderTrace();
    const request = await this.#audited(provider, trace, address, () =>
      this.#logout.request(source, message, trace),
    );
    const ended = await this.#unitOfWork.inTransaction(async (stores) => {
      const gone = await stores.userCredentials.endByProviderSession(providerId, request);
      for (const { userId, username } of gone) {
        await stores.auditLog.record({
          type: 'user.signed_out',
          actor: { kind: 'system', name: 'sign-in' },
          object: { type: 'user', id: userId, name: username },
          after: { provider: provider.name, reason: 'the identity provider ended the session', address },
        });
      }
      return gone;
    });
    for (const { credentialId } of ended) this.#events.publish({ kind: 'credential_ended', credentialId });
    return await this.#logout.answer(source, { id: request.id, relayState });
  }

  /** The end of a sign-out that began here. What is wrong with the answer changes nothing any more. */
  async answered(providerId: number, message: LogoutMessage, address: string): Promise<void> {
    const provider = await this.#samlProvider(providerId);
    const trace = new ProviderTrace();
    const source = this.#registry.sourceOf(provider);
    await this.#audited(provider, trace, address, () => this.#logout.response(source, message, trace));
  }

  async #samlProvider(id: number): Promise<SecurityProvider> {
    const provider = await this.#registry.find(id);
    if ((provider.type !== 'saml' && provider.type !== 'saml_portal') || !provider.enabled) {
      throw new ApplianceError('not_found', `There is no SAML provider with id ${id}.`);
    }
    return provider;
  }

  async #audited<T>(
    provider: SecurityProvider,
    trace: ProviderTrace,
    address: string,
    work: () => Promise<T>,
  ): Promise<T> {
    // Anybody can send this, and each refusal is a row.
    this.#budget.begin(address);
    try {
      const result = await work();
      this.#budget.refund(address);
      return result;
    } catch (error) {
      if (error instanceof ApplianceError && trace.failure !== undefined) {
        await this.#stores.auditLog.record({
          type: 'user.sign_out_refused',
          actor: { kind: 'system', name: 'sign-in' },
          object: { type: 'security_provider', id: provider.id, name: provider.name },
          after: { reason: trace.failure.message, address },
        });
      }
      throw error;
    }
  }
}
