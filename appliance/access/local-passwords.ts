import type { SystemActor, UserActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import { randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { AccessPolicySource } from './access-policy.ts';
import type { CredentialEvents } from './credential-events.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { passwordProblems } from './password-policy.ts';
import type { UserLogin } from './user-credentials.ts';

const SIGN_IN: SystemActor = { kind: 'system', name: 'sign-in' };
/** No user has it, so an attempt "on" it does the same work and changes nothing. */
const NOBODY = 0;

export type PasswordCheck = { fits: true } | { fits: false; reason: string };

/** Passwords that the appliance keeps itself, and the lockout that guards every password of an account. */
export class LocalPasswords {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #passwords: PasswordHasher;
  readonly #policy: AccessPolicySource;
  readonly #events: CredentialEvents;
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

  /** Counts the attempt against the account, whoever keeps its password. */
  async begin(user: UserLogin | undefined): Promise<{ allowed: boolean; lastOne: boolean }> {
    return await this.#stores.userLogins.beginAttempt(user?.id ?? NOBODY, this.#policy.current().userLockout);
  }

  /** The password was right after all. */
  async succeeded(user: UserLogin): Promise<void> {
    await this.#stores.userLogins.forgetFailures(user.id);
  }

  /** Audits that the account is locked from now on. */
  async failed(user: UserLogin, attempt: { lastOne: boolean }, address: string): Promise<void> {
    if (!attempt.lastOne) return;
    const { minutes } = this.#policy.current().userLockout;
    await this.#stores.auditLog.record({
      type: 'user.locked_out',
      actor: SIGN_IN,
      object: { type: 'user', id: user.id, name: user.username },
      after: { minutes, address },
    });
  }

  /** The same work for users who are unknown, locked or have no password here. */
  async check(user: UserLogin | undefined, password: string, address: string): Promise<PasswordCheck> {
    const attempt = await this.begin(user);
    const right = await this.#passwords.verify(user?.passwordHash ?? (await this.#decoyHash), password);
    if (user === undefined) return { fits: false, reason: 'unknown user' };
    if (!attempt.allowed) return { fits: false, reason: 'locked' };
    if (right && user.passwordHash !== undefined) {
      await this.succeeded(user);
      return user.enabled ? { fits: true } : { fits: false, reason: 'disabled' };
    }
    await this.failed(user, attempt, address);
    return { fits: false, reason: 'wrong password' };
  }

  /** Takes as long as a check. */
  async pretend(password: string): Promise<void> {
    await this.#passwords.verify(await this.#decoyHash, password);
  }

  /**
   * Sets a new password and ends every other credential of the person. Fails with `invalid` (fields
   * `current_password`, `new_password`); wrong current passwords count towards the lockout.
   */
  async change(actor: UserActor, currentPassword: string, newPassword: string): Promise<void> {
    const user = await this.#stores.userLogins.findById(actor.userId);
    if (user === undefined || !(await this.check(user, currentPassword, actor.address)).fits) {
      throw invalidPassword('current_password', ['This is not the current password.']);
    }
    const passwordHash = await this.#hashNew(user, currentPassword, newPassword);
    await this.#unitOfWork.inTransaction(async (stores) => {
      await stores.userLogins.setPassword(user.id, passwordHash, false);
      await stores.userCredentials.endAllOf(user.id, actor.credentialId);
      await stores.auditLog.record({
        type: 'user.password_changed',
        actor,
        object: { type: 'user', id: user.id, name: user.username },
      });
    });
    this.#events.publish({
      kind: 'user_credentials_ended',
      userId: user.id,
      exceptCredentialId: actor.credentialId,
    });
  }

  async #hashNew(user: UserLogin, current: string, replacement: string): Promise<string> {
    const minimum = this.#policy.current().passwordMinimumLength;
    const problems = passwordProblems(replacement, user.username, minimum);
    if (replacement === current) problems.push('The new password must differ from the current one.');
    if (problems.length > 0) throw invalidPassword('new_password', problems);
    return await this.#passwords.hash(replacement);
  }
}

function invalidPassword(field: string, problems: string[]): ApplianceError {
  return new ApplianceError('invalid', problems[0]!, { fields: { [field]: problems } });
}
