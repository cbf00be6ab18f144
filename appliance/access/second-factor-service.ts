import type { Actor, UserActor } from '../actor.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { requireSecurityConfiguration } from './configuration-rights.ts';
import type { CredentialEvents } from './credential-events.ts';
import { FRESH_MINUTES, type ProofMethod, registeredMethods, requireFreshProof } from './fresh-proof.ts';
import { replaceRecoveryCodes, self } from './own-factors.ts';
import { requireAvailable } from './passkey-service.ts';
import type { PasskeyAnswer, PasskeyCeremonies, SecondFactorMethod } from './second-factor.ts';
import type { SecondFactorCheck } from './second-factor-check.ts';

const CHALLENGE_MINUTES = 5;

export interface SecondFactorServiceDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  check: SecondFactorCheck;
  passkeys: PasskeyCeremonies;
  events: CredentialEvents;
  /** Whether it is the person's password here; wrong ones count towards the lockout of the account. */
  passwordFits(actor: UserActor, password: string): Promise<boolean>;
}

/** Everything about a person's own factors at one glance. */
export interface SecondFactorOverview {
  required: boolean;
  methods: SecondFactorMethod[];
  /** What a change would ask for now; empty when the last proof still counts. */
  proofWanted: ProofMethod[];
  totp: { confirmedAt: Date; lastUsedAt: Date | null } | undefined;
  recoveryCodesLeft: number;
  passkeys: number;
  passkeysUnavailable: string | undefined;
}

/** One proof: the first member that is given counts. */
export interface Proof {
  code?: string | undefined;
  passkey?: PasskeyAnswer | undefined;
  password?: string | undefined;
}

/** What people do with their second factors as a whole, and administrators with those of others. */
export class SecondFactorService {
  readonly #deps: SecondFactorServiceDeps;

  constructor(deps: SecondFactorServiceDeps) {
    this.#deps = deps;
  }

  async overview(actor: UserActor): Promise<SecondFactorOverview> {
    const { stores, passkeys } = this.#deps;
    const { secondFactors } = stores;
    const [state, keys, recoveryCodesLeft, methods, proofWanted] = await Promise.all([
      secondFactors.find(actor.userId),
      secondFactors.passkeysOf(actor.userId),
      secondFactors.recoveryCodesLeft(actor.userId),
      registeredMethods(stores, actor.userId),
      this.#proofWanted(actor),
    ]);
    return {
      required: actor.rights.has('two_factor_required'),
      methods,
      proofWanted,
      totp: state?.totpConfirmedAt
        ? { confirmedAt: state.totpConfirmedAt, lastUsedAt: state.totpLastUsedAt }
        : undefined,
      recoveryCodesLeft,
      passkeys: keys.length,
      passkeysUnavailable: passkeys.unavailable,
    };
  }

  /** Ten new codes; the old ones are good for nothing any more. Fails with `invalid` for people without a factor. */
  async newRecoveryCodes(actor: UserActor): Promise<string[]> {
    return await this.#deps.unitOfWork.inTransaction(async (stores) => {
      await requireFreshProof(stores, actor);
      await stores.secondFactors.lock(actor.userId);
      if ((await registeredMethods(stores, actor.userId)).length === 0) {
        throw new ApplianceError(
          'invalid',
          'Recovery codes stand in for a second factor, and you have none yet.',
        );
      }
      const codes = await replaceRecoveryCodes(stores, actor.userId);
      await stores.auditLog.record({ type: 'user.recovery_codes_renewed', actor, object: self(actor) });
      return codes;
    });
  }

  /** What a browser is to prove one of the person's passkeys with. */
  async verifyOptions(actor: UserActor): Promise<PasskeyAnswer> {
    const { stores, passkeys } = this.#deps;
    requireAvailable(passkeys);
    const { secondFactors } = stores;
    const allowed = await secondFactors.passkeysOf(actor.userId);
    if (allowed.length === 0) throw new ApplianceError('invalid', 'You have no passkey registered.');
    const challenge = passkeys.newChallenge();
    await secondFactors.keepChallenge(actor.credentialId, 'verify', challenge, CHALLENGE_MINUTES);
    return await passkeys.requestOptions({ challenge, allowed });
  }

  /**
   * Proves once more that it is the person who signed in: by a factor or, for people without one, by the password.
   * Fails with `invalid` naming the field. Answers how long the proof counts, in minutes.
   */
  async verify(actor: UserActor, proof: Proof): Promise<{ method: ProofMethod; minutes: number }> {
    const { stores, unitOfWork, check } = this.#deps;
    if (proof.code === undefined && proof.passkey === undefined) {
      return await this.#verifyPassword(actor, proof.password ?? '');
    }
    const challenge =
      proof.code === undefined
        ? await stores.secondFactors.takeChallenge(actor.credentialId, 'verify')
        : undefined;
    const person = { id: actor.userId, username: actor.username, address: actor.address };
    const judgement = await unitOfWork.inTransaction(async (inside) => {
      const judged =
        proof.code !== undefined
          ? await check.code(inside, person, proof.code)
          : await check.passkey(inside, person, proof.passkey!, challenge ?? '');
      if (judged.kind === 'proven') await inside.secondFactors.noteProof(actor.credentialId, 'second_factor');
      await inside.auditLog.record({
        type: judged.kind === 'proven' ? 'user.second_factor_proven' : 'user.second_factor_failed',
        actor,
        object: self(actor),
        after: judged.kind === 'proven' ? { method: judged.method } : { reason: judged.reason },
      });
      return judged;
    });
    if (judgement.kind === 'wrong') {
      throw invalidField(proof.code === undefined ? 'passkey' : 'code', judgement.message);
    }
    return { method: judgement.method, minutes: FRESH_MINUTES };
  }

  /**
   * Takes every factor of somebody away, e.g. of one who lost a telephone, and ends that person's sign-ins. For
   * administrators and API accounts that configure security. Fails with `not_found`.
   */
  async reset(actor: Actor, userId: number): Promise<void> {
    requireSecurityConfiguration(actor);
    const { unitOfWork, events } = this.#deps;
    await unitOfWork.inTransaction(async (stores) => {
      const user = await stores.users.lockById(userId);
      if (user === undefined) throw new ApplianceError('not_found', `There is no user with id ${userId}.`);
      await removeSecondFactors(stores, user, actor);
      await stores.userCredentials.endAllOf(userId);
    });
    events.publish({ kind: 'user_credentials_ended', userId });
  }

  async #proofWanted(actor: UserActor): Promise<ProofMethod[]> {
    try {
      await requireFreshProof(this.#deps.stores, actor);
      return [];
    } catch (error) {
      if (!(error instanceof ApplianceError)) throw error;
      return error.facts?.['methods'] as ProofMethod[];
    }
  }

  async #verifyPassword(
    actor: UserActor,
    password: string,
  ): Promise<{ method: ProofMethod; minutes: number }> {
    const { stores, passwordFits } = this.#deps;
    if ((await registeredMethods(stores, actor.userId)).length > 0) {
      throw invalidField('code', 'You have a second factor: a code or a passkey is needed.');
    }
    if (!(await passwordFits(actor, password))) {
      throw invalidField('password', 'This is not your password.');
    }
    await stores.secondFactors.noteProof(actor.credentialId, 'password');
    return { method: 'password', minutes: FRESH_MINUTES };
  }
}

/** Every factor of a person with its secrets, in the caller's transaction. */
export async function removeSecondFactors(
  { secondFactors, sealedSecrets, auditLog }: Pick<Stores, 'secondFactors' | 'sealedSecrets' | 'auditLog'>,
  user: { id: number; username: string },
  actor: Actor,
): Promise<void> {
  const passkeys = await secondFactors.passkeysOf(user.id);
  const state = await secondFactors.find(user.id);
  if (state === undefined) return;
  await secondFactors.removeAll(user.id);
  await sealedSecrets.deleteAllOf({ ownerType: 'user', ownerId: user.id });
  await auditLog.record({
    type: 'user.second_factor_reset',
    actor,
    object: { type: 'user', id: user.id, name: user.username },
    before: { totp: Boolean(state?.totpConfirmedAt), passkeys: passkeys.map(({ name }) => name) },
  });
}
