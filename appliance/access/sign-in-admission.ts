import type { UserActor } from '../actor.ts';
import type { SecurityProvider } from '../directory/security-provider.ts';
import { ApplianceError } from '../errors.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { AccessPolicySource } from './access-policy.ts';
import { USER_TOKEN_PREFIX } from './authenticator.ts';
import { rightsOf } from './effective-settings.ts';
import { isSecondFactorOpen } from './second-factor-rules.ts';
import type { NewSignInAttempt, SignInAttempt } from './sign-in-attempt.ts';
import { auditSignInFailure, type FailedSignIn, signInFailed } from './sign-in-audit.ts';
import type { GateContext, SignInAnswer, SignInGate, SignInPerson, SignInStep } from './sign-in-gate.ts';
import type { UserCredentialKind } from './user-credentials.ts';

/** Time for the questions of the appliance itself. */
const ATTEMPT_MINUTES = 10;
const WRONG_ANSWERS = 5;

export interface SignedIn {
  kind: 'signed_in';
  /** The cookie's or token's text. It is not kept anywhere. */
  secret: string;
  expiresAt: Date;
  actor: UserActor;
  /** Until the password is changed the credential is good for nothing else. */
  mustChangePassword: boolean;
  /** Until a second factor is registered or proven the credential is good for nothing else. */
  secondFactorDue: boolean;
}

/** A question is open. */
export interface AskedBack {
  kind: 'step';
  /** Goes on with the attempt. Shown once. */
  signIn: string;
  step: SignInStep;
  expiresAt: Date;
}

export type SignInOutcome = SignedIn | AskedBack;

/** What was proven by a password that the appliance keeps. */
export interface SignInProof {
  passwordHash?: string | undefined;
}

interface Caller {
  /** What is signed in: browsers go on as browsers, programs as programs. */
  kind: UserCredentialKind;
  address: string;
  device?: string | undefined;
  session?: string | undefined;
}

type Decision =
  | { kind: 'admitted'; signedIn: SignedIn; afterCommit: (() => void)[] }
  | { kind: 'asked'; step: SignInStep; expiresAt: Date }
  | { kind: 'refused'; message: string | undefined; over?: boolean };

/** Waits for a passkey that says who its owner is. */
export function isPasskeyAttempt({
  stage,
  providerId,
}: Pick<SignInAttempt, 'stage' | 'providerId'>): boolean {
  return stage === 'sent' && providerId === undefined;
}

/** Takes somebody whom a provider vouched for through the gates, and issues the credential behind them. */
export class SignInAdmission {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #policy: AccessPolicySource;
  readonly #gates: readonly SignInGate[];

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    policy: AccessPolicySource;
    /** In the order they are asked. */
    gates: readonly SignInGate[];
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#policy = deps.policy;
    this.#gates = deps.gates;
  }

  /** Fails with `unauthenticated` or `forbidden` when a gate refuses; the reason is audited. */
  async admit(attempt: NewSignInAttempt, caller: Caller, proof: SignInProof): Promise<SignInOutcome> {
    const secret = randomToken(43);
    const decision = await this.#inTransaction(async (stores) => {
      const person = await stores.userLogins.personOf(attempt.userId!);
      if (person === undefined) return REFUSED;
      const begun: SignInAttempt = { ...attempt, id: '', failures: 0, expiresAt: new Date(0) };
      const decided = await this.#throughGates({ person, attempt: begun, stores, ...caller }, proof);
      if (decided.kind !== 'asked') return decided;
      const keys = { secretHash: hashSecret(secret), stateHash: undefined };
      const { expiresAt } = await stores.signInAttempts.create(begun, keys, ATTEMPT_MINUTES);
      return { ...decided, expiresAt };
    });
    return outcomeOf(decision, secret);
  }

  /**
   * The answer to a gate's question. `ask_provider`: the attempt waits for a provider's judgement and was taken away;
   * whoever judges puts it back or begins it anew.
   */
  async answer(
    secretHash: Buffer,
    attemptId: string | undefined,
    answer: SignInAnswer,
    caller: Caller,
  ): Promise<SignInOutcome | { kind: 'ask_provider'; attempt: SignInAttempt }> {
    const secret = randomToken(43);
    const decision = await this.#inTransaction(async (stores) => {
      const attempt = await stores.signInAttempts.take(secretHash, attemptId);
      if (attempt === undefined || attempt.kind !== caller.kind) return undefined;
      if (attempt.stage === 'challenged' || attempt.stage === 'returned' || isPasskeyAttempt(attempt)) {
        return { kind: 'ask_provider' as const, attempt };
      }
      const person =
        attempt.stage === 'identified' ? await stores.userLogins.personOf(attempt.userId!) : undefined;
      if (person === undefined) return REFUSED;
      const context: GateContext = { person, attempt, stores, ...caller };
      const decided = (await this.#judge(context, answer)) ?? (await this.#throughGates(context, {}));
      if (decided.kind !== 'asked') return decided;
      // Every answer changes the secret, so that one overheard is worth nothing after the next.
      await stores.signInAttempts.putBack(attempt, hashSecret(secret));
      return { ...decided, expiresAt: attempt.expiresAt };
    });
    if (decision === undefined) throw attemptIsOver();
    return decision.kind === 'ask_provider' ? decision : outcomeOf(decision, secret);
  }

  /** A provider's own question, e.g. for a code. */
  async askBack(
    attempt: NewSignInAttempt | SignInAttempt,
    challenge: { username: string; message: string; state: string },
    secretHash?: Buffer,
  ): Promise<AskedBack> {
    const secret = randomToken(43);
    const memo = JSON.stringify({ username: challenge.username, state: challenge.state });
    const asked = { ...attempt, stage: 'challenged' as const, memo };
    const { signInAttempts } = this.#stores;
    const step: SignInStep = { step: 'challenge', message: challenge.message };
    if (secretHash !== undefined && 'id' in asked) {
      await signInAttempts.putBack(asked, hashSecret(secret));
      return { kind: 'step', signIn: secret, step, expiresAt: asked.expiresAt };
    }
    const keys = { secretHash: hashSecret(secret), stateHash: undefined };
    const { expiresAt } = await signInAttempts.create(asked, keys, ATTEMPT_MINUTES);
    return { kind: 'step', signIn: secret, step, expiresAt };
  }

  /** Somebody who sends a password with every call: let in only where no gate asks or refuses. */
  async actorOfCall(attempt: NewSignInAttempt, caller: Caller): Promise<UserActor> {
    const actor = await this.#unitOfWork.inTransaction(async (stores) => {
      const person = await stores.userLogins.personOf(attempt.userId!);
      if (person === undefined) return undefined;
      const begun: SignInAttempt = { ...attempt, id: '', failures: 0, expiresAt: new Date(0) };
      const context: GateContext = { person, attempt: begun, stores, ...caller };
      for (const gate of this.#gates) {
        const ruling = await gate.ruling(context);
        if (ruling.kind === 'passed') continue;
        await this.#auditRefusal(context, ruling.kind === 'refuse' ? ruling.reason : `${gate.name} is asked`);
        return undefined;
      }
      const provider = await stores.securityProviders.findById(attempt.providerId!);
      if (person.settings.two_factor_required && isSecondFactorOpen(attempt.methods, provider)) {
        await this.#auditRefusal(context, 'a second factor is required');
        return undefined;
      }
      return actorFor(person, '', caller.address);
    });
    if (actor === undefined)
      throw signInFailed('Signing in failed. Sign in with a browser or a token instead.');
    return actor;
  }

  async #judge(context: GateContext, answer: SignInAnswer): Promise<Decision | undefined> {
    const { attempt, stores } = context;
    const gate = this.#gates.find(({ name }) => name === attempt.asking);
    if (gate?.answer === undefined) throw new Error(`Nobody judges the answer to ${attempt.asking}`);
    const verdict = await gate.answer(context, answer);
    if (verdict.kind === 'passed') {
      attempt.passed.push(gate.name);
      return undefined;
    }
    attempt.failures += 1;
    await this.#auditRefusal(context, verdict.reason);
    if (attempt.failures >= WRONG_ANSWERS) return { kind: 'refused', message: TOO_MANY, over: true };
    const ruling = await gate.ruling({ ...context, stores });
    if (ruling.kind !== 'ask') return { kind: 'refused', message: undefined, over: true };
    return {
      kind: 'asked',
      step: { ...ruling.step, problem: verdict.message },
      expiresAt: attempt.expiresAt,
    };
  }

  async #throughGates(context: GateContext, proof: SignInProof): Promise<Decision> {
    const { attempt, person, stores } = context;
    const provider =
      attempt.providerId === undefined
        ? undefined
        : await stores.securityProviders.findById(attempt.providerId);
    if (provider?.enabled === false) {
      await this.#auditRefusal(context, 'the provider is disabled');
      return REFUSED;
    }
    for (const gate of this.#gates) {
      if (attempt.passed.includes(gate.name)) continue;
      const ruling = await gate.ruling(context);
      if (ruling.kind === 'refuse') {
        await this.#auditRefusal(context, ruling.reason);
        return { kind: 'refused', message: ruling.message };
      }
      if (ruling.kind === 'ask') {
        attempt.asking = gate.name;
        await stores.auditLog.record({
          type: 'user.sign_in_challenged',
          actor: { kind: 'system', name: 'sign-in' },
          object: auditedPerson(person),
          after: {
            step: ruling.step.step,
            provider: (await providerOf(context))?.name,
            address: context.address,
          },
        });
        return { kind: 'asked', step: ruling.step, expiresAt: attempt.expiresAt };
      }
      attempt.passed.push(gate.name);
    }
    return await this.#issue(context, proof);
  }

  async #issue(context: GateContext, { passwordHash }: SignInProof): Promise<Decision> {
    const { attempt, person, stores, address } = context;
    const login = await stores.userLogins.findById(person.id);
    if (!(await stores.userLogins.recordSuccess(person.id, passwordHash))) return REFUSED;
    const secret = attempt.kind === 'token' ? USER_TOKEN_PREFIX + randomToken() : randomToken();
    const { browserSession, userToken } = this.#policy.current();
    const credential = await stores.userCredentials.create({
      userId: person.id,
      kind: attempt.kind,
      secretHash: hashSecret(secret),
      address,
      userAgent: attempt.userAgent,
      maximumMinutes: (attempt.kind === 'token' ? userToken : browserSession).maximumMinutes,
      securityProviderId: attempt.providerId,
      methods: attempt.methods,
      providerSession: attempt.providerSession,
    });
    const afterCommit: (() => void)[] = [];
    for (const gate of this.#gates) {
      const then = await this.#admittedBy(gate, context, credential.id);
      if (then !== undefined) afterCommit.push(then);
    }
    const actor = actorFor(person, credential.id, address);
    const provider = await providerOf(context);
    await stores.auditLog.record({
      type: 'user.signed_in',
      actor,
      object: auditedPerson(person),
      after: { credential: attempt.kind, provider: provider?.name, methods: attempt.methods, address },
    });
    return {
      kind: 'admitted',
      afterCommit,
      signedIn: {
        kind: 'signed_in',
        secret,
        expiresAt: credential.expiresAt,
        actor,
        mustChangePassword: login?.mustChangePassword ?? false,
        secondFactorDue: person.settings.two_factor_required && isSecondFactorOpen(attempt.methods, provider),
      },
    };
  }

  async #admittedBy(
    gate: SignInGate,
    context: GateContext,
    credentialId: string,
  ): Promise<undefined | (() => void)> {
    try {
      return await gate.admitted?.(context, credentialId);
    } catch (error) {
      if (!(error instanceof ApplianceError)) throw error;
      throw new RefusedAtLast(await failureOf(context, `${gate.name}: ${error.message}`), error);
    }
  }

  /** What a gate refuses at the very end undoes the sign-in, but not the audit row about it. */
  async #inTransaction<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    try {
      return await this.#unitOfWork.inTransaction(work);
    } catch (error) {
      if (!(error instanceof RefusedAtLast)) throw error;
      await this.#unitOfWork.inTransaction((stores) => auditSignInFailure(stores, error.failure));
      throw error.refusal;
    }
  }

  async #auditRefusal(context: GateContext, reason: string): Promise<void> {
    await auditSignInFailure(context.stores, await failureOf(context, reason));
  }
}

class RefusedAtLast extends Error {
  readonly failure: FailedSignIn;
  readonly refusal: ApplianceError;

  constructor(failure: FailedSignIn, refusal: ApplianceError) {
    super(refusal.message);
    this.failure = failure;
    this.refusal = refusal;
  }
}

async function failureOf(context: GateContext, reason: string): Promise<FailedSignIn> {
  const { person, attempt, address } = context;
  const provider = await providerOf(context);
  const user = { id: person.id, username: person.username };
  return { reason, user, provider, method: attempt.methods.at(-1), address };
}

const REFUSED: Decision = { kind: 'refused', message: undefined };
const TOO_MANY = 'Too many wrong answers. Sign in again from the beginning.';

function outcomeOf(decision: Decision, secret: string): SignInOutcome {
  switch (decision.kind) {
    case 'admitted':
      for (const then of decision.afterCommit) then();
      return decision.signedIn;
    case 'asked':
      return { kind: 'step', signIn: secret, step: decision.step, expiresAt: decision.expiresAt };
    case 'refused':
      if (decision.over) throw attemptIsOver(decision.message);
      if (decision.message === undefined) throw signInFailed();
      // The person has proven who they are, so they may know.
      throw new ApplianceError('forbidden', decision.message);
  }
}

/** Whoever vouched for the person; undefined where nobody did, as with passkeys and invitations. */
async function providerOf({ attempt, stores }: GateContext): Promise<SecurityProvider | undefined> {
  if (attempt.providerId === undefined) return undefined;
  return await stores.securityProviders.findById(attempt.providerId);
}

function attemptIsOver(
  message = 'This sign-in has expired or was begun in another browser. Begin again.',
): ApplianceError {
  return new ApplianceError('unauthenticated', message, { facts: { error: 'sign_in_over' } });
}

function actorFor(person: SignInPerson, credentialId: string, address: string): UserActor {
  return {
    kind: 'user',
    userId: person.id,
    username: person.username,
    displayName: person.displayName,
    administrator: person.settings.perm_admin,
    rights: rightsOf(person.settings),
    credentialId,
    address,
  };
}

function auditedPerson(person: SignInPerson): { type: string; id: number; name: string } {
  return { type: 'user', id: person.id, name: person.username };
}
