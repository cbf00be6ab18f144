import type { ProviderRegistry } from '../directory/provider-registry.ts';
import { ProviderTrace } from '../directory/provider-trace.ts';
import { ApplianceError } from '../errors.ts';
import { FailureBudget } from './failure-budget.ts';
import type { SignInOutcome } from './sign-in-admission.ts';
import type { SignInOrigin } from './sign-in-attempt.ts';
import type { SignInService } from './sign-in-service.ts';

/** From one address: every attempt costs a look at a ticket and an audit row. */
const FAILURES_PER_MINUTE = 100;

/** Signing in by a ticket that the client has already (`Authorization: Negotiate`). */
export class NegotiateSignIn {
  readonly #registry: ProviderRegistry;
  readonly #signIn: Pick<SignInService, 'vouchedFor' | 'refuse' | 'unavailable'>;
  readonly #budget = new FailureBudget(FAILURES_PER_MINUTE);

  constructor(deps: {
    registry: ProviderRegistry;
    signInService: Pick<SignInService, 'vouchedFor' | 'refuse' | 'unavailable'>;
  }) {
    this.#registry = deps.registry;
    this.#signIn = deps.signInService;
  }

  /** Whether any enabled provider takes tickets, so that a client may as well not try. */
  async isOffered(): Promise<boolean> {
    return (await this.#providers()).length > 0;
  }

  /**
   * Asks the providers in their order whose ticket it is. `token` proves this site to the client, Base64. Fails with
   * `not_found` when no provider takes tickets, and otherwise as {@link SignInService.signIn} does.
   */
  async signIn(token: string, origin: SignInOrigin): Promise<{ outcome: SignInOutcome; token: string }> {
    const providers = await this.#providers();
    if (providers.length === 0) throw new ApplianceError('not_found', 'Nobody signs in by Kerberos here.');
    this.#budget.begin(origin.address);
    const ground = { method: 'kerberos' as const, address: origin.address };
    let unavailable: unknown;
    let reason = 'no provider knows the service of the ticket';
    for (const provider of providers) {
      const adapter = this.#registry.adapters.negotiate[provider.type]!;
      const trace = new ProviderTrace();
      try {
        const answer = await adapter.negotiate(this.#registry.sourceOf(provider), token, trace);
        if (answer.outcome === 'refused') {
          return await this.#signIn.refuse({ ...ground, reason: answer.reason, provider });
        }
        if (answer.outcome === 'accepted') {
          const outcome = await this.#signIn.vouchedFor(provider, answer.identity, 'kerberos', origin);
          this.#budget.refund(origin.address);
          return { outcome, token: answer.token };
        }
        reason = trace.failure?.message ?? reason;
      } catch (error) {
        // Another provider may have the key of this ticket.
        if (!(error instanceof ApplianceError && error.code === 'unavailable')) throw error;
        unavailable ??= error;
      }
    }
    if (unavailable !== undefined) return await this.#signIn.unavailable(unavailable, ground);
    return await this.#signIn.refuse({ ...ground, reason });
  }

  async #providers() {
    const { adapters } = this.#registry;
    return (await this.#registry.enabled()).filter(({ type }) => adapters.negotiate[type] !== undefined);
  }
}
