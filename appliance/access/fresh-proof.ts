import type { UserActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { SecondFactorMethod } from './second-factor.ts';

/** So long a proof counts for changes of one's own factors. */
export const FRESH_MINUTES = 10;

/** So long it counts for starting sessions where a Jump Policy asks for it. */
const JUMP_MINUTES = 5;

/** What may be asked of a person: a factor of theirs, or the password where there is none. */
export type ProofMethod = SecondFactorMethod | 'password';

/** The factors of a person that can be asked for, in a fixed order. */
export async function registeredMethods(
  { secondFactors }: Pick<Stores, 'secondFactors'>,
  userId: number,
): Promise<SecondFactorMethod[]> {
  const [state, passkeys, codes] = [
    await secondFactors.find(userId),
    await secondFactors.passkeysOf(userId),
    await secondFactors.recoveryCodesLeft(userId),
  ];
  const methods: SecondFactorMethod[] = [];
  if (passkeys.some(({ cloneSuspectedAt }) => cloneSuspectedAt === null)) methods.push('passkey');
  if (state?.totpConfirmedAt) methods.push('totp');
  // They stand in for a factor and are none by themselves.
  if (codes > 0 && (passkeys.length > 0 || state?.totpConfirmedAt)) methods.push('recovery_code');
  return methods;
}

/**
 * A stolen cookie must not be enough to give somebody another factor, so changes ask for a proof of the last minutes:
 * a factor, where the person has one, else the sign-in itself or the password again. Fails with `forbidden` and the
 * facts `error` (`fresh_proof_required`) and `methods`, which `POST /me/second-factor/verify` takes.
 */
export async function requireFreshProof(
  stores: Pick<Stores, 'secondFactors'>,
  actor: UserActor,
): Promise<void> {
  const proofs = await stores.secondFactors.proofsOf(actor.credentialId);
  const factors = await registeredMethods(stores, actor.userId);
  const age = factors.length > 0 ? proofs?.secondFactor : proofs?.anyProof;
  if (age !== undefined && age !== null && age < FRESH_MINUTES) return;
  throw new ApplianceError('forbidden', 'Prove first that it is you.', {
    facts: { error: 'fresh_proof_required', methods: factors.length > 0 ? factors : ['password'] },
  });
}

/**
 * Whoever starts a session under a Jump Policy that asks for a second factor has proven one within the last minutes.
 * Fails with `forbidden`, the fact `reason` (`second_factor_proof_required`) and `methods`, which
 * `POST /me/second-factor/verify` takes; then the start can be repeated.
 */
export async function requireProofForJump(
  stores: Pick<Stores, 'secondFactors'>,
  actor: UserActor,
  policy: { displayName: string; twoFactorChallengeRequired: boolean } | undefined,
): Promise<void> {
  if (!policy?.twoFactorChallengeRequired) return;
  const age = (await stores.secondFactors.proofsOf(actor.credentialId))?.secondFactor;
  if (age !== undefined && age !== null && age < JUMP_MINUTES) return;
  throw new ApplianceError(
    'forbidden',
    `The Jump Policy “${policy.displayName}” asks for a second factor. Prove yours, then start again.`,
    {
      facts: {
        reason: 'second_factor_proof_required',
        methods: await registeredMethods(stores, actor.userId),
      },
    },
  );
}
