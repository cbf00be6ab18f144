import type { SystemActor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import type { Stores } from '../stores.ts';
import type { SealedSecrets } from '../vault/keys/sealed-secrets.ts';
import {
  type Passkey,
  type PasskeyAnswer,
  type PasskeyCeremonies,
  type SecondFactorMethod,
  type SecondFactorState,
  type TotpCodes,
  totpSecret,
} from './second-factor.ts';
import { afterWrongCode, isLocked, recoveryCodeHash, totpCodeIn } from './second-factor-rules.ts';

type CheckStores = Pick<Stores, 'secondFactors' | 'sealedSecrets' | 'auditLog'>;

/** Who is asked, as audit rows name them. */
export interface Questioned {
  id: number;
  username: string;
  address: string;
}

export type Judgement =
  | { kind: 'proven'; method: SecondFactorMethod }
  /** `reason` is for the audit log; whoever gets to read `message` has passed the password or is signed in. */
  | { kind: 'wrong'; reason: string; message: string };

export interface SecondFactorCheckDeps {
  secrets: SealedSecrets;
  totp: TotpCodes;
  passkeys: PasskeyCeremonies;
  clock: Clock;
}

const SYSTEM: SystemActor = { kind: 'system', name: 'second factor' };
const WRONG_CODE = 'This code is not right, or it was used before.';
const WRONG_PASSKEY = 'This passkey was not accepted.';

/**
 * Judges proofs of a second factor. Call it in a transaction and commit it whatever the judgement: codes and counters
 * that were used, and wrong ones that count, are written there.
 */
export class SecondFactorCheck {
  readonly #deps: SecondFactorCheckDeps;

  constructor(deps: SecondFactorCheckDeps) {
    this.#deps = deps;
  }

  /** A code of the authenticator app or a recovery code: six digits are the former, anything else the latter. */
  async code(stores: CheckStores, person: Questioned, text: string): Promise<Judgement> {
    const state = await stores.secondFactors.lock(person.id);
    const code = totpCodeIn(text);
    return code === undefined
      ? await this.#recoveryCode(stores, person, text)
      : await this.#totpCode(stores, person, state, code);
  }

  /** An answer to a challenge that was made for this person. */
  async passkey(
    stores: CheckStores,
    person: Questioned,
    answer: PasskeyAnswer,
    challenge: string,
  ): Promise<Judgement> {
    const claimed = await this.claimedPasskey(stores, answer);
    if (claimed?.userId !== person.id) {
      return { kind: 'wrong', reason: 'a passkey that is not registered', message: WRONG_PASSKEY };
    }
    return await this.ofPasskey(stores, person, claimed, answer, challenge);
  }

  /** The registered passkey an answer says it is of; its owner's handle must not contradict. Proves nothing. */
  async claimedPasskey(
    { secondFactors }: Pick<Stores, 'secondFactors'>,
    answer: PasskeyAnswer,
  ): Promise<Passkey | undefined> {
    const claim = this.#deps.passkeys.claimedBy(answer);
    const passkey = claim && (await secondFactors.passkeyByCredentialId(claim.credentialId));
    if (passkey === undefined || claim?.userHandle === undefined) return passkey;
    const owner = await secondFactors.find(passkey.userId);
    return owner?.passkeyHandle.equals(claim.userHandle) ? passkey : undefined;
  }

  async ofPasskey(
    stores: CheckStores,
    person: Questioned,
    { credentialId }: Passkey,
    answer: PasskeyAnswer,
    challenge: string,
  ): Promise<Judgement> {
    const { secondFactors, auditLog } = stores;
    await secondFactors.lock(person.id);
    // Read again behind the lock: another answer may just have moved the counter.
    const passkey = await secondFactors.passkeyByCredentialId(credentialId);
    if (passkey?.userId !== person.id) {
      return { kind: 'wrong', reason: 'a passkey that is not registered', message: WRONG_PASSKEY };
    }
    if (passkey.cloneSuspectedAt !== null) {
      return {
        kind: 'wrong',
        reason: `the passkey “${passkey.name}” is blocked: a copy of it may be in use`,
        message: `The passkey “${passkey.name}” is blocked because a copy of it may be in use. Use another way, then remove it.`,
      };
    }
    const verified = await this.#deps.passkeys.verify(answer, challenge, passkey);
    if ('refused' in verified) {
      return {
        kind: 'wrong',
        reason: `passkey “${passkey.name}”: ${verified.refused}`,
        message: WRONG_PASSKEY,
      };
    }
    const now = this.#deps.clock.now();
    const counts = verified.signCount > 0 || passkey.signCount > 0;
    if (counts && verified.signCount <= passkey.signCount) {
      await secondFactors.suspectClone(passkey.id, now);
      await auditLog.record({
        type: 'user.passkey_clone_suspected',
        actor: SYSTEM,
        object: { type: 'user', id: person.id, name: person.username },
        after: {
          passkey: passkey.name,
          counter_expected_above: passkey.signCount,
          counter: verified.signCount,
          address: person.address,
        },
      });
      return {
        kind: 'wrong',
        reason: `the counter of the passkey “${passkey.name}” went back`,
        message: `A copy of the passkey “${passkey.name}” may be in use, so it was blocked. Use another way to sign in, then remove it.`,
      };
    }
    await secondFactors.passkeyUsed(passkey.id, verified.signCount, verified.backedUp, now);
    return { kind: 'proven', method: 'passkey' };
  }

  async #totpCode(
    { secondFactors, sealedSecrets, auditLog }: CheckStores,
    person: Questioned,
    state: SecondFactorState,
    code: string,
  ): Promise<Judgement> {
    const now = this.#deps.clock.now();
    if (state.totpConfirmedAt === null) {
      return { kind: 'wrong', reason: 'no authenticator app is registered', message: WRONG_CODE };
    }
    if (isLocked(state, now)) {
      const until = state.lockedUntil!.toISOString().slice(0, 16).replace('T', ' ');
      return {
        kind: 'wrong',
        reason: `codes of the authenticator app are refused until ${until} UTC`,
        message: `Too many wrong codes: codes of the authenticator app are refused until ${until} UTC. A recovery code or a passkey still works.`,
      };
    }
    const secret = await this.#deps.secrets.read(sealedSecrets, totpSecret(person.id, 'totp'));
    const step = secret === undefined ? undefined : this.#deps.totp.stepOf(secret, code, now);
    if (step !== undefined && step > state.totpLastStep) {
      await secondFactors.update({ ...state, totpLastStep: step, totpLastUsedAt: now });
      return { kind: 'proven', method: 'totp' };
    }
    const after = afterWrongCode(state, now);
    await secondFactors.update(after);
    if (after.lockedUntil !== null) {
      await auditLog.record({
        type: 'user.second_factor_locked',
        actor: SYSTEM,
        object: { type: 'user', id: person.id, name: person.username },
        after: {
          wrong_codes: after.failures,
          until: after.lockedUntil.toISOString(),
          address: person.address,
        },
      });
    }
    const reason = step === undefined ? 'wrong code of the authenticator app' : 'a code that was used before';
    return { kind: 'wrong', reason, message: WRONG_CODE };
  }

  async #recoveryCode(
    { secondFactors, auditLog }: CheckStores,
    person: Questioned,
    text: string,
  ): Promise<Judgement> {
    if (!(await secondFactors.takeRecoveryCode(person.id, recoveryCodeHash(person.id, text)))) {
      return { kind: 'wrong', reason: 'wrong recovery code', message: WRONG_CODE };
    }
    await auditLog.record({
      type: 'user.recovery_code_used',
      actor: SYSTEM,
      object: { type: 'user', id: person.id, name: person.username },
      after: { left: await secondFactors.recoveryCodesLeft(person.id), address: person.address },
    });
    return { kind: 'proven', method: 'recovery_code' };
  }
}
