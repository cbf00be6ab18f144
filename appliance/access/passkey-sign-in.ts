import type { Stores } from '../stores.ts';
import { requireAvailable } from './passkey-service.ts';
import type { PasskeyAnswer, PasskeyCeremonies } from './second-factor.ts';
import type { SecondFactorCheck } from './second-factor-check.ts';

export type PasskeyIdentification =
  | { kind: 'proven'; userId: number; providerId: number }
  | { kind: 'refused'; reason: string; user?: { id: number; username: string } };

/**
 * Signing in by passkey alone, without a user name: the authenticator says who it belongs to and has checked the
 * person (PIN, finger, face), so it counts as both factors.
 */
export class PasskeySignIn {
  readonly #check: SecondFactorCheck;
  readonly #passkeys: PasskeyCeremonies;

  constructor(deps: { check: SecondFactorCheck; passkeys: PasskeyCeremonies }) {
    this.#check = deps.check;
    this.#passkeys = deps.passkeys;
  }

  get available(): boolean {
    return this.#passkeys.unavailable === undefined;
  }

  /** Fails with `invalid` where the site can have no passkeys. */
  async begin(): Promise<{ challenge: string; options: PasskeyAnswer }> {
    requireAvailable(this.#passkeys);
    const challenge = this.#passkeys.newChallenge();
    return { challenge, options: await this.#passkeys.requestOptions({ challenge }) };
  }

  /**
   * Whose passkey answered the challenge. The account and the provider that decides about it must be enabled. Commit
   * the transaction whatever comes of it.
   */
  async identify(
    stores: Stores,
    answer: PasskeyAnswer,
    challenge: string,
    address: string,
  ): Promise<PasskeyIdentification> {
    const passkey = await this.#check.claimedPasskey(stores, answer);
    if (passkey === undefined) return { kind: 'refused', reason: 'a passkey that is not registered' };
    const login = await stores.userLogins.findById(passkey.userId);
    if (login === undefined) return { kind: 'refused', reason: 'a passkey that is not registered' };
    const user = { id: login.id, username: login.username };
    const judgement = await this.#check.ofPasskey(stores, { ...user, address }, passkey, answer, challenge);
    if (judgement.kind === 'wrong') return { kind: 'refused', reason: judgement.reason, user };
    if (!login.enabled) return { kind: 'refused', reason: 'disabled', user };
    const providerId = login.signInProviderId ?? login.securityProviderId;
    const provider = await stores.securityProviders.findById(providerId);
    if (!provider?.enabled) return { kind: 'refused', reason: 'the provider is disabled', user };
    return { kind: 'proven', userId: login.id, providerId };
  }
}
