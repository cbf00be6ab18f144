import type { UserCredentialKind } from './user-credentials.ts';

/** `test`: an administrator tries a provider; nobody is signed in. */
export type SignInPurpose = 'sign_in' | 'test';

/** How somebody proved who they are, in the words of audit rows. */
export type SignInMethod =
  | 'password'
  | 'kerberos'
  | 'saml'
  | 'oidc'
  | 'passkey'
  | 'totp'
  | 'recovery_code'
  | 'challenge'
  | 'invitation';

/**
 * A sign-in that is under way: the browser is at its provider, or a question (code, agreement) waits for its answer.
 * It is good for nothing but going on, by whoever holds its secret, for a few minutes.
 */
export interface SignInAttempt {
  id: string;
  kind: UserCredentialKind;
  purpose: SignInPurpose;
  /** Undefined while nobody knows which provider will vouch, as with passkeys. */
  providerId: number | undefined;
  /** Set once a provider has vouched for somebody. */
  userId: number | undefined;
  /**
   * `sent`: the browser is at the provider. `returned`: it came back and `returned` holds what it brought. `challenged`:
   * the provider asked back. `identified`: a provider vouched for `userId`; gates are left.
   */
  stage: 'sent' | 'returned' | 'challenged' | 'identified';
  /** What the present stage has to remember: request id, code verifier, RADIUS state, a gate's own notes. */
  memo: string;
  /** Parameters of the callback by name. */
  returned: Readonly<Record<string, string>> | undefined;
  methods: SignInMethod[];
  /** Names of the gates that were passed. */
  passed: string[];
  /** The gate whose question is open. */
  asking: string | undefined;
  /** Path of our own page where the browser goes on. */
  returnTo: string;
  /** What ends this sign-in at the provider. */
  providerSession: string | undefined;
  address: string;
  userAgent: string;
  expiresAt: Date;
}

export type NewSignInAttempt = Omit<SignInAttempt, 'id' | 'expiresAt'> & {
  secretHash: Buffer;
  /** Of what names the attempt to a provider. */
  stateHash: Buffer | undefined;
  minutes: number;
};

/** Attempts are rows, so that any process can go on with one and none outlives its minutes. */
export interface SignInAttempts {
  create(attempt: NewSignInAttempt): Promise<{ id: string; expiresAt: Date }>;
  /** Unexpired, by its secret; held until the transaction ends, so that two answers come one after the other. */
  lockBySecret(secretHash: Buffer): Promise<SignInAttempt | undefined>;
  /**
   * Keeps what came back for the attempt that a provider calls by this state. Undefined: unknown, expired, of another
   * provider or not `sent` any more.
   */
  storeReturn(
    stateHash: Buffer,
    providerId: number,
    returned: Readonly<Record<string, string>>,
  ): Promise<{ id: string; returnTo: string } | undefined>;
  update(attempt: SignInAttempt): Promise<void>;
  /** Counts a wrong answer and tells how many there were. */
  countFailure(id: string): Promise<number>;
  delete(id: string): Promise<void>;
  deleteExpired(): Promise<number>;
}
