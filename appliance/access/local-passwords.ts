import type { SystemActor, UserActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import { randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { AccessPolicySource } from './access-policy.ts';
import type { CredentialEvents } from './credential-events.ts';
import type { KnownDevices } from './known-devices.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { passwordProblems } from './password-policy.ts';
import { type AttemptOrigin, networkOf } from './sign-in-failures.ts';
import type { UserLogin } from './user-credentials.ts';

const SIGN_IN: SystemActor = { kind: 'system', name: 'sign-in' };
/** No user has it, so an attempt "on" it does the same work and changes nothing. */
const NOBODY = 0;

/** Where a password comes from. */
export interface PasswordCaller {
  address: string;
  /** The cookie that tells known devices. */
  device?: string | undefined;
  /** Of somebody who is signed in already. */
  credentialId?: string | undefined;
}

export interface BegunAttempt {
  allowed: boolean;
  /** Set when this attempt, if it fails, was the last one from there for a while. */
  blockedUntil: Date | undefined;
  origin: AttemptOrigin;
}

export type PasswordCheck = { fits: true } | { fits: false; reason: string };

/** Passwords that the appliance keeps itself, and the lockout that guards every password of an account. */
export class LocalPasswords {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #passwords: PasswordHasher;
  readonly #policy: AccessPolicySource;
  readonly #events: CredentialEvents;
  readonly #devices: KnownDevices;
  /** What a password is compared with when there is nothing to compare, so that unknown users take as long. */
  readonly #decoyHash: Promise<string>;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    passwords: PasswordHasher;
    policy: AccessPolicySource;
    events: CredentialEvents;
    devices: KnownDevices;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#passwords = deps.passwords;
    this.#policy = deps.policy;
    this.#events = deps.events;
    this.#devices = deps.devices;
    this.#decoyHash = deps.passwords.hash(randomToken());
  }

  /**
   * Counts the attempt against the account, whoever keeps its password: for a browser that the person has signed in
   * with before by itself, for everybody else with all strangers.
   */
  async begin(user: UserLogin | undefined, caller: PasswordCaller): Promise<BegunAttempt> {
    const origin = this.#originOf(user, caller);
    const { userLockout } = this.#policy.current();
    const counted = await this.#unitOfWork.inTransaction(({ signInFailures }) =>
      signInFailures.begin(user?.id ?? NOBODY, origin, userLockout),
    );
    return { ...counted, origin };
  }

  /** The password was right after all. */
  async succeeded(user: UserLogin, { origin }: BegunAttempt): Promise<void> {
    await this.#unitOfWork.inTransaction(({ signInFailures }) => signInFailures.succeeded(user.id, origin));
  }

  /** As {@link succeeded}, for an attempt that was begun by an earlier call. */
  async forgive(user: UserLogin, caller: PasswordCaller): Promise<void> {
    await this.succeeded(user, {
      allowed: true,
      blockedUntil: undefined,
      origin: this.#originOf(user, caller),
    });
  }

  /** Audits that nothing more is looked at from there for a while. */
  async failed(user: UserLogin, { origin, blockedUntil }: BegunAttempt, address: string): Promise<void> {
    if (blockedUntil === undefined) return;
    await this.#stores.auditLog.record({
      type: 'user.locked_out',
      actor: SIGN_IN,
      object: { type: 'user', id: user.id, name: user.username },
      after: {
        until: blockedUntil.toISOString(),
        address,
        for: origin.kind === 'device' ? 'this device' : networkOf(origin.address),
      },
    });
  }

  /** The same work for users who are unknown, locked or have no password here. */
  async check(user: UserLogin | undefined, password: string, caller: PasswordCaller): Promise<PasswordCheck> {
    const attempt = await this.begin(user, caller);
    const right = await this.#passwords.verify(user?.passwordHash ?? (await this.#decoyHash), password);
    if (user === undefined) return { fits: false, reason: 'unknown user' };
    if (!attempt.allowed) return { fits: false, reason: 'locked' };
    if (right && user.passwordHash !== undefined) {
      await this.succeeded(user, attempt);
      return user.enabled ? { fits: true } : { fits: false, reason: 'disabled' };
    }
    await this.failed(user, attempt, caller.address);
    return { fits: false, reason: 'wrong password' };
  }

  /** Whether it is the password of the person who asks; wrong ones count towards the lockout. */
  async isOf(actor: UserActor, password: string): Promise<boolean> {
    const user = await this.#stores.userLogins.findById(actor.userId);
    return (await this.check(user, password, actor)).fits;
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
    if (user === undefined || !(await this.check(user, currentPassword, actor)).fits) {
      throw invalidPassword('current_password', ['This is not the current password.']);
    }
    const passwordHash = await this.#hashNew(user, currentPassword, newPassword);
    await this.#unitOfWork.inTransaction(async (stores) => {
      await stores.userLogins.setPassword(user.id, passwordHash, {
        mustChange: false,
        expirationDays: this.#policy.current().passwords.expirationDays,
      });
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
    const rules = this.#policy.current().passwords;
    const problems = passwordProblems(replacement, user, rules);
    if (replacement === current) problems.push('The new password must differ from the current one.');
    else if (problems.length === 0 && (await this.#wasUsed(user, replacement, rules.history))) {
      problems.push('You have used this password before. Choose another one.');
    }
    if (problems.length > 0) throw invalidPassword('new_password', problems);
    return await this.#passwords.hash(replacement);
  }

  async #wasUsed(user: UserLogin, password: string, history: number): Promise<boolean> {
    for (const former of await this.#stores.userLogins.formerPasswords(user.id, history)) {
      if (await this.#passwords.verify(former, password)) return true;
    }
    return false;
  }

  /** Whoever is signed in can always try their own password: no stranger uses up those attempts. */
  #originOf(user: UserLogin | undefined, caller: PasswordCaller): AttemptOrigin {
    const { credentialId, device, address } = caller;
    if (credentialId !== undefined && credentialId !== '')
      return { kind: 'device', id: `of ${credentialId}` };
    const known = user === undefined ? undefined : this.#devices.idFor(device, user.id);
    return known === undefined ? { kind: 'stranger', address } : { kind: 'device', id: known };
  }
}

function invalidPassword(field: string, problems: string[]): ApplianceError {
  return new ApplianceError('invalid', problems[0]!, { fields: { [field]: problems } });
}
