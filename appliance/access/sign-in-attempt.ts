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
  /** Wrong answers so far. */
  failures: number;
  expiresAt: Date;
}

/** Where a sign-in comes from. */
export interface SignInOrigin {
  kind: UserCredentialKind;
  address: string;
  userAgent: string;
  /** The cookie that tells known browsers; undefined for programs. */
  device?: string | undefined;
  /** The cookie of the sign-in that this browser still has. */
  session?: string | undefined;
}

/** What opens an attempt. Only hashes are kept. */
export interface AttemptKeys {
  secretHash: Buffer;
  /** Of what names the attempt to a provider; undefined when no provider calls back. */
  stateHash: Buffer | undefined;
}

export type NewSignInAttempt = Omit<SignInAttempt, 'id' | 'expiresAt' | 'failures'>;

/** Of somebody whom nobody vouches for yet. */
export function newAttempt(
  { kind, address, userAgent }: SignInOrigin,
  known: { providerId: number | undefined; userId?: number | undefined },
): NewSignInAttempt {
  return {
    kind,
    address,
    userAgent: userAgent.slice(0, 512),
    providerId: known.providerId,
    userId: known.userId,
    purpose: 'sign_in',
    stage: 'identified',
    memo: '',
    returned: undefined,
    methods: [],
    passed: [],
    asking: undefined,
    returnTo: '',
    providerSession: undefined,
  };
}

/** Attempts are rows, so that any process can go on with one and none outlives its minutes. */
export interface SignInAttempts {
  create(
    attempt: NewSignInAttempt,
    keys: AttemptKeys,
    minutes: number,
  ): Promise<{ id: string; expiresAt: Date }>;
  /**
   * Takes an unexpired attempt away, so that of two answers at once one finds nothing. With `id`, only that one.
   * Whoever goes on with it puts it back.
   */
  take(secretHash: Buffer, id?: string): Promise<SignInAttempt | undefined>;
  /** The same attempt as it is now, until it expires. No provider calls back any more. */
  putBack(attempt: SignInAttempt, secretHash: Buffer): Promise<void>;
  /**
   * Keeps what came back for the attempt that a provider calls by this state. Undefined: unknown, expired, of another
   * provider or not `sent` any more.
   */
  storeReturn(
    stateHash: Buffer,
    providerId: number,
    returned: Readonly<Record<string, string>>,
  ): Promise<{ id: string; returnTo: string } | undefined>;
}
