import type { UserActor } from '../actor.ts';
import type { ProviderIdentity } from '../directory/identity-provider.ts';
import type { ProviderRegistry } from '../directory/provider-registry.ts';
import { type ProviderStep, ProviderTrace } from '../directory/provider-trace.ts';
import { type Provisioned, provision } from '../directory/provisioned-users.ts';
import { LOCAL_PROVIDER_ID, type SecurityProvider } from '../directory/security-provider.ts';
import { ApplianceError } from '../errors.ts';
import { hashSecret } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CredentialEvents } from './credential-events.ts';
import { FailureBudget } from './failure-budget.ts';
import type { PasskeySignIn } from './passkey-sign-in.ts';
import type { Identification, PasswordIdentification } from './password-identification.ts';
import {
  isPasskeyAttempt,
  type SignInAdmission,
  type SignInOutcome,
  type SignInProof,
} from './sign-in-admission.ts';
import {
  type NewSignInAttempt,
  newAttempt,
  type SignInAttempt,
  type SignInMethod,
  type SignInOrigin,
} from './sign-in-attempt.ts';
import { askingProvider, auditSignInFailure, type FailedSignIn, signInFailed } from './sign-in-audit.ts';
import type { SignInAnswer } from './sign-in-gate.ts';

/** From one address. A whole office behind one address mistypes less often. */
const FAILURES_PER_MINUTE = 100;
/** Where nothing was typed here, there is nothing to check here. */
const ELSEWHERE_FAILED = 'Signing in failed. An administrator can see the reason.';

/** What an administrator's trial of a redirecting provider came to. Nobody was signed in. */
export interface ProviderTrial {
  kind: 'tested';
  steps: readonly ProviderStep[];
  identity: ProviderIdentity | undefined;
}

/**
 * Signing in, whoever vouches: who somebody is, which account that is, what is asked before they are let in. What goes
 * by way of a provider or a passkey begins in `SignInBeginnings`.
 */
export class SignInService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #registry: ProviderRegistry;
  readonly #passwords: PasswordIdentification;
  readonly #admission: SignInAdmission;
  readonly #events: CredentialEvents;
  readonly #passkeys: PasskeySignIn;
  readonly #budget = new FailureBudget(FAILURES_PER_MINUTE);

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    registry: ProviderRegistry;
    passwords: PasswordIdentification;
    admission: SignInAdmission;
    passkeys: PasskeySignIn;
    events: CredentialEvents;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#registry = deps.registry;
    this.#passwords = deps.passwords;
    this.#admission = deps.admission;
    this.#passkeys = deps.passkeys;
    this.#events = deps.events;
  }

  /**
   * User name and password. Fails with `unauthenticated`, alike for unknown, disabled and locked users and wrong
   * passwords; with `rate_limited` after many failures from one address; with `unavailable` when the provider that
   * would know cannot be reached.
   */
  async signIn(
    credentials: { username: string; password: string },
    origin: SignInOrigin,
  ): Promise<SignInOutcome> {
    this.#budget.begin(origin.address);
    const who = await this.#identified(credentials, origin);
    switch (who.kind) {
      case 'refused':
        return await this.#refuse({ ...who, ...origin, method: 'password' });
      case 'challenge': {
        const attempt = newAttempt(origin, { providerId: who.provider.id, userId: who.user?.id });
        return await this.#admission.askBack(attempt, { username: credentials.username, ...who });
      }
      case 'local': {
        const attempt = newAttempt(origin, { providerId: LOCAL_PROVIDER_ID, userId: who.user.id });
        attempt.methods.push('password');
        return await this.#letIn(attempt, origin, { passwordHash: who.user.passwordHash });
      }
      case 'vouched':
        return await this.#vouchedFor(who.provider, who.identity, 'password', origin);
    }
  }

  /**
   * Who sends this user name and password with a single call; nothing is left behind that could be used again. Fails
   * as `signIn` does, and also for people who would be asked anything else.
   */
  async authenticateCall(
    credentials: { username: string; password: string },
    address: string,
  ): Promise<UserActor> {
    const origin: SignInOrigin = { kind: 'token', address, userAgent: '' };
    this.#budget.begin(address);
    const who = await this.#identified(credentials, origin);
    if (who.kind === 'refused') return await this.#refuse({ ...who, ...origin, method: 'password' });
    if (who.kind === 'challenge') throw signInFailed('This account is asked more than a password.');
    if (who.kind === 'local' && who.user.mustChangePassword) {
      throw signInFailed('Signing in failed. Choose a new password first.');
    }
    const local = who.kind === 'local';
    const userId = local
      ? who.user.id
      : await this.#accountOf(who.provider, who.identity, 'password', origin);
    const providerId = local ? LOCAL_PROVIDER_ID : who.provider.id;
    const attempt: NewSignInAttempt = {
      ...newAttempt(origin, { providerId, userId }),
      methods: ['password'],
    };
    const actor = await this.#admission.actorOfCall(attempt, origin);
    this.#budget.refund(address);
    return actor;
  }

  /**
   * Goes on with an attempt: judges what came back from a provider, or the answer to a question. Fails with
   * `unauthenticated` for an attempt that is unknown, expired or begun by somebody else, and for wrong answers; after
   * too many of those the attempt is over (fact `sign_in_over`).
   */
  async goOn(
    key: { secret: string; attemptId?: string | undefined },
    answer: SignInAnswer,
    origin: SignInOrigin,
  ): Promise<SignInOutcome | ProviderTrial> {
    this.#budget.begin(origin.address);
    const secretHash = hashSecret(key.secret);
    const gateOutcome = await this.#admission.answer(secretHash, key.attemptId, answer, origin);
    if (gateOutcome.kind !== 'ask_provider') {
      this.#budget.refund(origin.address);
      return gateOutcome;
    }
    const { attempt } = gateOutcome;
    if (isPasskeyAttempt(attempt)) return await this.#answeredByPasskey(attempt, answer, origin);
    const provider = await this.#registry.find(attempt.providerId!);
    if (!provider.enabled && attempt.purpose !== 'test') {
      return await this.#refuse({
        reason: 'the provider is disabled',
        provider,
        ...origin,
        method: undefined,
      });
    }
    return attempt.stage === 'challenged'
      ? await this.#answeredChallenge(attempt, secretHash, provider, answer, origin)
      : await this.#cameBack(attempt, provider, origin);
  }

  /** Somebody a provider has vouched for without a password: Kerberos. */
  async vouchedFor(
    provider: SecurityProvider,
    identity: ProviderIdentity,
    method: SignInMethod,
    origin: SignInOrigin,
  ): Promise<SignInOutcome> {
    this.#budget.begin(origin.address);
    return await this.#vouchedFor(provider, identity, method, origin);
  }

  /** Audits a refusal and fails with `unauthenticated`. For ways of signing in that are judged elsewhere. */
  async refuse(failure: FailedSignIn): Promise<never> {
    return await this.#refuse(failure);
  }

  /** Audits why a provider could not be asked and fails with a bland `unavailable`. */
  async unavailable(error: unknown, ground: Omit<FailedSignIn, 'reason'>): Promise<never> {
    return await askingProvider(this.#stores, ground, () => Promise.reject(error));
  }

  async #identified(
    credentials: { username: string; password: string },
    origin: SignInOrigin,
  ): Promise<Identification> {
    const { address } = origin;
    return await askingProvider(this.#stores, { method: 'password', address }, () =>
      this.#passwords.identify({ ...credentials, ...origin }),
    );
  }

  async #answeredByPasskey(
    attempt: SignInAttempt,
    { passkey }: SignInAnswer,
    origin: SignInOrigin,
  ): Promise<SignInOutcome> {
    const who = await this.#unitOfWork.inTransaction((stores) =>
      this.#passkeys.identify(stores, passkey ?? {}, attempt.memo, origin.address),
    );
    if (who.kind === 'refused') {
      const failure = { ...who, method: 'passkey', address: origin.address } as const;
      await this.#unitOfWork.inTransaction((stores) => auditSignInFailure(stores, failure));
      throw signInFailed('This passkey was not accepted. Sign in another way.');
    }
    const { userId, providerId } = who;
    return await this.#letIn(
      { ...attempt, ...newAttempt(origin, { providerId, userId }), methods: ['passkey'] },
      origin,
      {},
    );
  }

  async #answeredChallenge(
    attempt: SignInAttempt,
    secretHash: Buffer,
    provider: SecurityProvider,
    { code }: SignInAnswer,
    origin: SignInOrigin,
  ): Promise<SignInOutcome> {
    if (code === undefined) {
      throw new ApplianceError('invalid', 'code is needed.', { fields: { code: ['code is needed.'] } });
    }
    const { username, state } = JSON.parse(attempt.memo) as { username: string; state: string };
    const method = 'challenge';
    const ground = { provider, method, address: origin.address } as const;
    const result = await askingProvider(this.#stores, ground, () =>
      this.#registry.adapters.password[provider.type]!.answerChallenge!(
        this.#registry.sourceOf(provider),
        { username, state, response: code },
        new ProviderTrace(),
      ),
    );
    switch (result.outcome) {
      case 'accepted':
        await this.#passwords.answered(attempt.userId, origin);
        return await this.#vouchedFor(provider, result.identity, method, origin, attempt);
      case 'challenge':
        return await this.#admission.askBack(attempt, { ...result, username }, secretHash);
      default: {
        const reason = result.outcome === 'refused' ? result.reason : 'unknown user';
        const user = attempt.userId === undefined ? undefined : { id: attempt.userId, username };
        return await this.#refuse({ reason, user, provider, method, ...origin });
      }
    }
  }

  async #cameBack(
    attempt: SignInAttempt,
    provider: SecurityProvider,
    origin: SignInOrigin,
  ): Promise<SignInOutcome | ProviderTrial> {
    const trace = new ProviderTrace();
    const method: SignInMethod = provider.type === 'oidc' ? 'oidc' : 'saml';
    const testing = attempt.purpose === 'test';
    try {
      const vouched = await this.#registry.adapters.redirect[provider.type]!.finish(
        this.#registry.sourceOf(provider),
        { memo: attempt.memo, parameters: attempt.returned ?? {} },
        trace,
      );
      if (testing) {
        this.#budget.refund(origin.address);
        return { kind: 'tested', steps: trace.steps, identity: vouched.identity };
      }
      attempt.providerSession = vouched.providerSession;
      return await this.#vouchedFor(provider, vouched.identity, method, origin, attempt);
    } catch (error) {
      const judged = error instanceof ApplianceError && trace.failure !== undefined;
      if (!judged) throw error;
      if (testing) return { kind: 'tested', steps: trace.steps, identity: undefined };
      const failure = { reason: trace.failure!.message, provider, method, address: origin.address };
      if (error.code === 'unauthenticated') return await this.#refuse(failure);
      await auditSignInFailure(this.#stores, failure);
      throw error;
    }
  }

  async #vouchedFor(
    provider: SecurityProvider,
    identity: ProviderIdentity,
    method: SignInMethod,
    origin: SignInOrigin,
    begun?: SignInAttempt,
  ): Promise<SignInOutcome> {
    const userId = await this.#accountOf(provider, identity, method, origin);
    const attempt = begun ?? newAttempt(origin, { providerId: provider.id });
    return await this.#letIn(
      { ...attempt, userId, stage: 'identified', memo: '', methods: [...attempt.methods, method] },
      origin,
      {},
    );
  }

  async #accountOf(
    provider: SecurityProvider,
    identity: ProviderIdentity,
    method: SignInMethod,
    origin: SignInOrigin,
  ): Promise<number> {
    const account = await this.#provisioned(provider, identity);
    if (account.groupsChanged && account.userId !== undefined) {
      this.#events.publish({ kind: 'user_rights_changed', userId: account.userId });
    }
    if (account.kind === 'refused') {
      const user =
        account.userId === undefined ? undefined : { id: account.userId, username: identity.username };
      return await this.#refuse({ reason: account.reason, user, provider, method, who: identity, ...origin });
    }
    return account.userId;
  }

  /** Of two first sign-ins of one person at once, the second finds the account that the first has made. */
  async #provisioned(provider: SecurityProvider, identity: ProviderIdentity): Promise<Provisioned> {
    const once = () => this.#unitOfWork.inTransaction((stores) => provision(stores, provider, identity));
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof ApplianceError && error.code === 'conflict')) throw error;
      return await once();
    }
  }

  async #letIn(attempt: NewSignInAttempt, origin: SignInOrigin, proof: SignInProof): Promise<SignInOutcome> {
    const outcome = await this.#admission.admit(attempt, origin, proof);
    this.#budget.refund(origin.address);
    return outcome;
  }

  async #refuse(failure: FailedSignIn): Promise<never> {
    await this.#unitOfWork.inTransaction((stores) => auditSignInFailure(stores, failure));
    const typed = failure.method === 'password' || failure.method === 'challenge';
    throw typed ? signInFailed() : signInFailed(ELSEWHERE_FAILED);
  }
}
