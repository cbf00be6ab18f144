import { requireSecurityConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { ProviderTest } from './identity-provider.ts';
import type { ProviderRegistry } from './provider-registry.ts';
import { type ProviderStep, ProviderTrace } from './provider-trace.ts';
import { PROVIDER_KINDS } from './security-provider-kinds.ts';

export interface ProviderTestResult {
  passed: boolean;
  steps: readonly ProviderStep[];
}

/** Goes through what a sign-in by a provider would do and tells every step. Nobody is signed in and nothing changes. */
export class ProviderTestService {
  readonly #registry: ProviderRegistry;
  readonly #stores: Pick<Stores, 'auditLog'>;

  constructor(deps: { registry: ProviderRegistry; stores: Pick<Stores, 'auditLog'> }) {
    this.#registry = deps.registry;
    this.#stores = deps.stores;
  }

  /** Fails with `invalid` for a type of provider that has nothing to try. */
  async test(actor: Actor, id: number, test: ProviderTest): Promise<ProviderTestResult> {
    requireSecurityConfiguration(actor);
    const provider = await this.#registry.find(id);
    const tester = this.#registry.adapters.test[provider.type];
    if (tester === undefined) {
      const { label } = PROVIDER_KINDS[provider.type];
      throw new ApplianceError(
        'invalid',
        `A provider of the type ${label} depends on nothing that could be tried.`,
      );
    }
    const trace = new ProviderTrace();
    if (!provider.enabled) trace.noted('enabled', 'The provider is disabled: nobody signs in by it.');
    await tester.test(this.#registry.sourceOf(provider), test, trace);
    const passed = trace.failure === undefined;
    await this.#stores.auditLog.record({
      type: 'security_provider.tested',
      actor,
      object: { type: 'security_provider', id, name: provider.name },
      after: {
        passed,
        ...(trace.failure && { failed_step: trace.failure.step }),
        ...(test.username && { username: test.username }),
      },
    });
    return { passed, steps: trace.steps };
  }

  /** Whoever tries a sign-in at a provider that a browser is sent to; it is tried whether enabled or not. */
  async allowTrial(actor: Actor, id: number): Promise<void> {
    requireSecurityConfiguration(actor);
    const provider = await this.#registry.find(id);
    await this.#stores.auditLog.record({
      type: 'security_provider.trial_begun',
      actor,
      object: { type: 'security_provider', id, name: provider.name },
    });
  }
}
