import type { SystemActor, UserActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { AccessPolicySource } from './access-policy.ts';
import { USER_TOKEN_PREFIX } from './authenticator.ts';
import type { CredentialEvents } from './credential-events.ts';
import { FailureBudget } from './failure-budget.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { passwordProblems } from './password-policy.ts';
import type { UserCredentialKind, UserLogin } from './user-credentials.ts';

const SIGN_IN: SystemActor = { kind: 'system', name: 'sign-in' };
/** From one address. A whole office behind one address mistypes less often. */
const FAILURES_PER_MINUTE = 100;
/** No user has it, so an attempt "on" it does the same work and changes nothing. */
const NOBODY = 0;

export interface SignInRequest {
  username: string;
  password: string;
  kind: UserCredentialKind;
  address: string;
  userAgent: string;
}

export interface SignedIn {
  /** The cookie's or token's text. It is not kept anywhere. */
  secret: string;
  expiresAt: Date;
  actor: UserActor;
  /** Until the password is changed the credential is good for nothing else. */
  mustChangePassword: boolean;
}

/** Local sign-in with a password, and everything a person does with their own credentials. */
export class SignInService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #passwords: PasswordHasher;
  readonly #policy: AccessPolicySource;
  readonly #events: CredentialEvents;
  readonly #budget = new FailureBudget(FAILURES_PER_MINUTE);
  /** What a password is compared with when there is nothing to compare, so that unknown users take as long. */
  readonly #decoyHash: Promise<string>;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    passwords: PasswordHasher;
    policy: AccessPolicySource;
    events: CredentialEvents;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#passwords = deps.passwords;
    this.#policy = deps.policy;
    this.#events = deps.events;
    this.#decoyHash = deps.passwords.hash(randomToken());
  }

  /**
   * Fails with `unauthenticated`, alike for an unknown, disabled or locked user and a wrong password, or with
   * `rate_limited` after many failures from one address.
   */
  async signIn(request: SignInRequest): Promise<SignedIn> {
    const user = await this.#checkPassword(request);
    const secret = request.kind === 'token' ? USER_TOKEN_PREFIX + randomToken() : randomToken();
    const { browserSession, userToken } = this.#policy.current();
    const lifetime = request.kind === 'token' ? userToken : browserSession;
    return this.#unitOfWork.inTransaction(async (stores) => {
      if (!(await stores.userLogins.recordSuccess(user.id, user.passwordHash!))) throw signInFailed();
      const credential = await stores.userCredentials.create({
        userId: user.id,
        kind: request.kind,
        secretHash: hashSecret(secret),
        address: request.address,
        userAgent: request.userAgent.slice(0, 512),
        maximumMinutes: lifetime.maximumMinutes,
      });
      const actor = actorFor(user, credential.id, request.address);
      await stores.auditLog.record({
        type: 'user.signed_in',
        actor,
        object: auditedUser(user),
        after: { credential: request.kind },
      });
      return {
        secret,
        expiresAt: credential.expiresAt,
        actor,
        mustChangePassword: user.mustChangePassword,
      };
    });
  }

  /**
   * Who sends this user name and password with a single call; nothing is left behind that could be used again. Fails
   * as `signIn` does, and also for a person who has to choose a new password first.
   */
  async authenticateCall(
    request: Pick<SignInRequest, 'username' | 'password' | 'address'>,
  ): Promise<UserActor> {
    const user = await this.#checkPassword(request);
    if (user.mustChangePassword) {
      throw new ApplianceError('unauthenticated', 'Signing in failed. Choose a new password first.');
    }
    return actorFor(user, '', request.address);
  }

  /**
   * Sets a new password and ends every other credential of the person. Fails with `invalid` (fields
   * `current_password`, `new_password`); wrong current passwords count towards the lockout.
   */
  async changePassword(actor: UserActor, currentPassword: string, newPassword: string): Promise<void> {
    const user = await this.#stores.userLogins.findById(actor.userId);
    if (user === undefined || !(await this.#passwordFits(user, currentPassword, actor.address)).fits) {
      throw invalidPassword('current_password', ['This is not the current password.']);
    }
    const passwordHash = await this.#hashNewPassword(user, currentPassword, newPassword);
    await this.#unitOfWork.inTransaction(async (stores) => {
      await stores.userLogins.setPassword(user.id, passwordHash, false);
      await stores.userCredentials.endAllOf(user.id, actor.credentialId);
      await stores.auditLog.record({ type: 'user.password_changed', actor, object: auditedUser(user) });
    });
    this.#events.publish({
      kind: 'user_credentials_ended',
      userId: user.id,
      exceptCredentialId: actor.credentialId,
    });
  }

  async signOut(actor: UserActor): Promise<void> {
    await this.#unitOfWork.inTransaction(async (stores) => {
      await stores.userCredentials.end(actor.credentialId);
      await stores.auditLog.record({ type: 'user.signed_out', actor, object: self(actor) });
    });
    this.#events.publish({ kind: 'credential_ended', credentialId: actor.credentialId });
  }

  /** Ends every browser session and token of the person, this one included. */
  async signOutEverywhere(actor: UserActor): Promise<void> {
    await this.#unitOfWork.inTransaction(async (stores) => {
      await stores.userCredentials.endAllOf(actor.userId);
      await stores.auditLog.record({ type: 'user.signed_out_everywhere', actor, object: self(actor) });
    });
    this.#events.publish({ kind: 'user_credentials_ended', userId: actor.userId });
  }

  async #hashNewPassword(user: UserLogin, current: string, replacement: string): Promise<string> {
    const problems = passwordProblems(
      replacement,
      user.username,
      this.#policy.current().passwordMinimumLength,
    );
    if (replacement === current) problems.push('The new password must differ from the current one.');
    if (problems.length > 0) throw invalidPassword('new_password', problems);
    return this.#passwords.hash(replacement);
  }

  async #checkPassword({
    username,
    password,
    address,
  }: Pick<SignInRequest, 'username' | 'password' | 'address'>): Promise<UserLogin> {
    this.#budget.begin(address);
    const user = username.includes('\0') ? undefined : await this.#stores.userLogins.findByUsername(username);
    const attempt = await this.#passwordFits(user, password, address);
    if (attempt.fits && user?.enabled) {
      this.#budget.refund(address);
      return user;
    }
    await this.#unitOfWork.inTransaction(async (stores) => {
      const reason = user === undefined ? 'unknown user' : attempt.fits ? 'disabled' : attempt.reason;
      await recordFailure(stores, user, reason, address);
    });
    throw signInFailed();
  }

  async #passwordFits(
    user: UserLogin | undefined,
    password: string,
    address: string,
  ): Promise<{ fits: boolean; reason: string }> {
    const lockout = this.#policy.current().userLockout;
    const attempt = await this.#stores.userLogins.beginAttempt(user?.id ?? NOBODY, lockout);
    const right = await this.#passwords.verify(user?.passwordHash ?? (await this.#decoyHash), password);
    if (user === undefined || !attempt.allowed) return { fits: false, reason: 'locked' };
    if (right && user.passwordHash !== undefined) {
      await this.#stores.userLogins.forgetFailures(user.id);
      return { fits: true, reason: '' };
    }
    if (attempt.lastOne) {
      await this.#stores.auditLog.record({
        type: 'user.locked_out',
        actor: SIGN_IN,
        object: auditedUser(user),
        after: { minutes: lockout.minutes, address },
      });
    }
    return { fits: false, reason: 'wrong password' };
  }
}

async function recordFailure(
  stores: Stores,
  user: UserLogin | undefined,
  reason: string,
  address: string,
): Promise<void> {
  // The name of an unknown user is left out: people type passwords into that field.
  await stores.auditLog.record({
    type: 'user.sign_in_failed',
    actor: SIGN_IN,
    ...(user && { object: auditedUser(user) }),
    after: { reason, address },
  });
}

function signInFailed(): ApplianceError {
  return new ApplianceError('unauthenticated', 'Signing in failed. Check the user name and the password.');
}

function invalidPassword(field: string, problems: string[]): ApplianceError {
  return new ApplianceError('invalid', problems[0]!, { fields: { [field]: problems } });
}

function actorFor(user: UserLogin, credentialId: string, address: string): UserActor {
  return {
    kind: 'user',
    userId: user.id,
    username: user.username,
    displayName: user.displayName,
    administrator: user.administrator,
    rights: new Set(),
    credentialId,
    address,
  };
}

function auditedUser(user: UserLogin): { type: string; id: number; name: string } {
  return { type: 'user', id: user.id, name: user.username };
}

function self(actor: UserActor): { type: string; id: number; name: string } {
  return { type: 'user', id: actor.userId, name: actor.username };
}
