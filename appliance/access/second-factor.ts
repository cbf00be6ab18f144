import type { SecretId } from '../vault/keys/secret-envelope.ts';

/** The ways to prove a second factor, in the words of answers and audit rows. */
export type SecondFactorMethod = 'totp' | 'passkey' | 'recovery_code';

/** At most so many passkeys per person. */
export const MOST_PASSKEYS = 10;
/** A secret that no code confirmed by then is forgotten. */
export const TOTP_BEGUN_MINUTES = 15;
export const RECOVERY_CODES = 10;

/** Sealed under the person; `totp_begun` waits for its first code. */
export function totpSecret(userId: number, name: 'totp' | 'totp_begun'): SecretId {
  return { ownerType: 'user', ownerId: userId, name };
}

/** What there is of a person's second factors. */
export interface SecondFactorState {
  userId: number;
  /** 32 random bytes that authenticators know the person by. */
  passkeyHandle: Buffer;
  totpConfirmedAt: Date | null;
  totpLastUsedAt: Date | null;
  /** Codes of this time step and of earlier ones are not taken any more. */
  totpLastStep: number;
  totpBegunAt: Date | null;
  /** Wrong codes of the authenticator app; see `factorLockout`. */
  failures: number;
  lastFailedAt: Date | null;
  lockedUntil: Date | null;
}

export interface Passkey {
  id: number;
  userId: number;
  /** 1 to 64 characters, one's own name for it; unique per person without regard to case. */
  name: string;
  credentialId: Buffer;
  /** COSE key. */
  publicKey: Buffer;
  /** 0 for authenticators that do not count. */
  signCount: number;
  transports: string[];
  backedUp: boolean;
  createdAt: Date;
  lastUsedAt: Date | null;
  cloneSuspectedAt: Date | null;
}

export type NewPasskey = Pick<
  Passkey,
  'credentialId' | 'publicKey' | 'signCount' | 'transports' | 'backedUp'
>;

/** What is shown of the factors of many people. */
export interface SecondFactorSummary {
  enabled: boolean;
  passkeys: number;
  passkeyLastUsedAt: Date | null;
}

/** Ages in minutes, by database time. */
export interface ProofAges {
  /** Since signing in, or since the password was given again. */
  anyProof: number;
  /** Null: never, with this credential. */
  secondFactor: number | null;
}

/** What a browser is to do with an authenticator. */
export type PasskeyPurpose = 'register' | 'verify';

export interface SecondFactors {
  /** Makes the row when there is none and holds it until the transaction ends. */
  lock(userId: number): Promise<SecondFactorState>;
  find(userId: number): Promise<SecondFactorState | undefined>;
  /** Everything but the handle. */
  update(state: SecondFactorState): Promise<void>;
  /** In the order in which they were added. */
  passkeysOf(userId: number): Promise<Passkey[]>;
  passkeyByCredentialId(credentialId: Buffer): Promise<Passkey | undefined>;
  /** Fails with `conflict` for a name the person uses already and for an authenticator that is registered already. */
  addPasskey(userId: number, name: string, passkey: NewPasskey): Promise<Passkey>;
  renamePasskey(id: number, name: string): Promise<void>;
  passkeyUsed(id: number, signCount: number, backedUp: boolean, at: Date): Promise<void>;
  suspectClone(id: number, at: Date): Promise<void>;
  deletePasskey(id: number): Promise<void>;
  replaceRecoveryCodes(userId: number, hashes: readonly Buffer[]): Promise<void>;
  /** False: there is none like that (any more). */
  takeRecoveryCode(userId: number, hash: Buffer): Promise<boolean>;
  recoveryCodesLeft(userId: number): Promise<number>;
  /** Every factor, the codes and the lockout. The sealed secrets are the caller's. */
  removeAll(userId: number): Promise<void>;
  /** For a page of people in one question; people without factors are left out. */
  summaries(userIds: readonly number[]): Promise<Map<number, SecondFactorSummary>>;
  /** How long ago the holder of a credential proved who they are; undefined when the credential is gone. */
  proofsOf(credentialId: string): Promise<ProofAges | undefined>;
  /** Notes a proof given just now. */
  noteProof(credentialId: string, kind: 'password' | 'second_factor'): Promise<void>;
  /** Replaces what was asked before for the same purpose. */
  keepChallenge(
    credentialId: string,
    purpose: PasskeyPurpose,
    challenge: string,
    minutes: number,
  ): Promise<void>;
  /** Takes it away. Undefined: none, or too old. */
  takeChallenge(credentialId: string, purpose: PasskeyPurpose): Promise<string | undefined>;
}

/** Codes of authenticator apps: RFC 6238 with 6 digits, 30 seconds and HMAC-SHA-1, which every app knows. */
export interface TotpCodes {
  /** 160 random bits as Base32. */
  newSecret(): string;
  /** What apps read from a QR code: `otpauth://totp/…`. */
  uri(secret: string, label: { issuer: string; account: string }): string;
  /** The time step whose code this is: that of `at`, the one before or the one after. Undefined: another code. */
  stepOf(secret: string, code: string, at: Date): number | undefined;
}

/** What an authenticator answered, as JSON of the browser; checked here, not before. */
export type PasskeyAnswer = Readonly<Record<string, unknown>>;

/**
 * Registration and use of passkeys (WebAuthn Level 2), always with user verification. What does not fit (signature,
 * challenge, origin, user verification) answers undefined, with the reason for the audit log.
 */
export interface PasskeyCeremonies {
  /** Why this site can have no passkeys; undefined when it can. */
  readonly unavailable: string | undefined;
  newChallenge(): string;
  /** Options of `navigator.credentials.create` as JSON. */
  registrationOptions(wanted: {
    challenge: string;
    person: { handle: Buffer; name: string; displayName: string };
    siteName: string;
    present: readonly Pick<Passkey, 'credentialId' | 'transports'>[];
  }): Promise<PasskeyAnswer>;
  register(answer: PasskeyAnswer, challenge: string): Promise<{ passkey: NewPasskey } | { refused: string }>;
  /** Options of `navigator.credentials.get` as JSON; without `allowed` whoever has a passkey of the site may answer. */
  requestOptions(wanted: {
    challenge: string;
    allowed?: readonly Pick<Passkey, 'credentialId' | 'transports'>[];
  }): Promise<PasskeyAnswer>;
  /** Which passkey an answer claims to be of; nothing is proven by it. */
  claimedBy(answer: PasskeyAnswer): { credentialId: Buffer; userHandle: Buffer | undefined } | undefined;
  /** The counter is told, not judged. */
  verify(
    answer: PasskeyAnswer,
    challenge: string,
    passkey: Pick<Passkey, 'credentialId' | 'publicKey'>,
  ): Promise<{ signCount: number; backedUp: boolean } | { refused: string }>;
}
