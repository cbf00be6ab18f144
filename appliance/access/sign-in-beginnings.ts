import type { CallbackParameters, ProviderRedirect } from '../directory/identity-provider.ts';
import type { ProviderRegistry } from '../directory/provider-registry.ts';
import { ProviderTrace } from '../directory/provider-trace.ts';
import { ApplianceError } from '../errors.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { Stores } from '../stores.ts';
import { FailureBudget } from './failure-budget.ts';
import type { PasskeySignIn } from './passkey-sign-in.ts';
import type { PasskeyAnswer } from './second-factor.ts';
import {
  type NewSignInAttempt,
  newAttempt,
  type SignInOrigin,
  type SignInPurpose,
} from './sign-in-attempt.ts';

/** A browser may stay at its provider for so long: people look for their phone there. */
const AT_PROVIDER_MINUTES = 15;
const PASSKEY_MINUTES = 5;
/** Anybody may begin, by opening a page or pressing a button, and each beginning is a row for minutes. */
const BEGINNINGS_PER_MINUTE = 600;

export interface SentAway {
  attemptId: string;
  /** For the browser alone: whoever comes back without it is somebody else. */
  secret: string;
  expiresAt: Date;
  redirect: ProviderRedirect;
}

export interface AskedForPasskey {
  /** Goes on with the sign-in. Shown once. */
  signIn: string;
  options: PasskeyAnswer;
  expiresAt: Date;
}

/** Sign-ins that begin without a password: a browser is sent to its provider, or asked for a passkey. */
export class SignInBeginnings {
  readonly #stores: Stores;
  readonly #registry: ProviderRegistry;
  readonly #passkeys: PasskeySignIn;
  readonly #budget = new FailureBudget(BEGINNINGS_PER_MINUTE);

  constructor(deps: { stores: Stores; registry: ProviderRegistry; passkeys: PasskeySignIn }) {
    this.#stores = deps.stores;
    this.#registry = deps.registry;
    this.#passkeys = deps.passkeys;
  }

  /**
   * Sends a browser to its provider. Fails with `not_found` for a provider that does not sign people in this way; with
   * `rate_limited` after very many from one address.
   */
  async atProvider(
    providerId: number,
    origin: SignInOrigin,
    { returnTo, purpose = 'sign_in', force }: { returnTo: string; purpose?: SignInPurpose; force?: boolean },
  ): Promise<SentAway> {
    this.#budget.begin(origin.address);
    const provider = await this.#registry.find(providerId);
    const adapter = this.#registry.adapters.redirect[provider.type];
    if (adapter === undefined || (!provider.enabled && purpose !== 'test')) {
      throw new ApplianceError('not_found', 'There is no such way to sign in.');
    }
    const state = randomToken(43);
    const secret = randomToken(43);
    const trace = new ProviderTrace();
    const { redirect, memo } = await adapter.begin(
      this.#registry.sourceOf(provider),
      { state, force },
      trace,
    );
    const attempt: NewSignInAttempt = {
      ...newAttempt(origin, { providerId }),
      stage: 'sent',
      memo,
      purpose,
      returnTo,
    };
    const keys = { secretHash: hashSecret(secret), stateHash: hashSecret(state) };
    const { id, expiresAt } = await this.#stores.signInAttempts.create(attempt, keys, AT_PROVIDER_MINUTES);
    return { attemptId: id, secret, expiresAt, redirect };
  }

  /**
   * Asks a browser for a passkey of whoever sits before it. `SignInService` judges the answer, once. Fails with `invalid` where
   * the site can have no passkeys.
   */
  async withPasskey(origin: SignInOrigin): Promise<AskedForPasskey> {
    this.#budget.begin(origin.address);
    const { challenge, options } = await this.#passkeys.begin();
    const secret = randomToken(43);
    const attempt: NewSignInAttempt = {
      ...newAttempt(origin, { providerId: undefined }),
      stage: 'sent',
      memo: challenge,
    };
    const keys = { secretHash: hashSecret(secret), stateHash: undefined };
    const { expiresAt } = await this.#stores.signInAttempts.create(attempt, keys, PASSKEY_MINUTES);
    return { signIn: secret, options, expiresAt };
  }

  /**
   * Keeps what a provider sent back with a browser, and says where that browser goes on; nothing is judged yet, since
   * anybody can send this. Undefined: nobody was sent there.
   */
  async returned(
    state: string,
    providerId: number,
    parameters: CallbackParameters,
  ): Promise<{ attemptId: string; returnTo: string } | undefined> {
    const kept = await this.#stores.signInAttempts.storeReturn(hashSecret(state), providerId, parameters);
    return kept && { attemptId: kept.id, returnTo: kept.returnTo };
  }
}
