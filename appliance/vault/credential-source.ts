/** Where a credential comes from: the appliance's own vault, or the customer's through an Endpoint Credential Manager. */
export type CredentialSourceName = 'vault' | 'ecm';

export interface CredentialReference {
  source: CredentialSourceName;
  /** The id of the vault account in decimal digits, or what the credential manager calls it (at most 320 characters). */
  id: string;
}

/** Who wants a credential, and for what. */
export interface CredentialContext {
  userId: number;
  /** Undefined while somebody is choosing. */
  lsid: string | undefined;
  /** Undefined for a target that is not saved. */
  jumpItemId: number | undefined;
  kind: string;
  name: string;
  hostname: string;
  port: number | undefined;
  /** The login name that the item itself carries. */
  username: string;
  /** What a credential manager calls the target, with its plug-in in front, where it is one that it listed. */
  ecmEndpointId: string | undefined;
}

export interface CredentialChoice extends CredentialReference {
  /** What people read. */
  name: string;
  /** Empty when the source does not tell it. */
  username: string;
  /** e.g. `username_password`; empty when the source does not tell it. */
  type: string;
  /** Name of the account group, or of the plug-in it comes from. */
  group: string;
  /** Associated with this Jump Item; undefined where the source knows no associations. */
  associated: boolean | undefined;
}

export interface CredentialChoices {
  items: CredentialChoice[];
  /** There are more than the limit; a search narrows them. */
  truncated: boolean;
  /** What could not be asked, in words for people. Empty: everything answered. */
  problems: string[];
}

/** For whom a secret is sealed: see `agents/sealed-box.ts`. */
export interface SealingRecipient {
  /** Raw X25519 public key, 32 bytes. */
  publicKey: Buffer;
  context: string;
}

export interface SealedCredential {
  /** A sealed box (base64) with a `CredentialPackage` of `agents/credential-package.ts`. */
  sealed: string;
  name: string;
  /** Empty when the source does not tell it. */
  username: string;
  /** What the source wants to be told at release, e.g. the id of a lease; at most 1,024 characters, no secret. */
  lease?: string;
}

/** A source could not give what was asked of it. The message is for people and holds no secret. */
export class CredentialRefusal extends Error {
  readonly code: 'not_found' | 'forbidden' | 'in_use' | 'unavailable' | 'unusable';

  constructor(code: CredentialRefusal['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CredentialRefusal';
    this.code = code;
  }
}

/**
 * One source of credentials for injection. It never hands a secret to the server's callers: what it gives is sealed for
 * the program that will use it.
 */
export interface CredentialSource {
  readonly name: CredentialSourceName;
  /** At most this many are listed (2,000 of the vault, 200 of a credential manager). */
  readonly limit: number;
  /** Those this person may inject here. Never rejects for a single part that does not answer: see `problems`. */
  find(
    context: CredentialContext,
    options: { search: string; limit: number; signal: AbortSignal },
  ): Promise<CredentialChoices>;
  /**
   * One of them by id, without its secret; undefined when it is not there, or not for this person here. Fails with
   * {@link CredentialRefusal} `unavailable` when nobody can say.
   */
  findOne(
    context: CredentialContext,
    id: string,
    options: { signal: AbortSignal },
  ): Promise<CredentialChoice | undefined>;
  /** Fails with {@link CredentialRefusal}. */
  give(
    context: CredentialContext & { lsid: string },
    id: string,
    recipient: SealingRecipient,
    options: { signal: AbortSignal },
  ): Promise<SealedCredential>;
  /**
   * The session that was given it, or that may have been, has ended. Called until it succeeds once; may be called again
   * after a crash, so giving back what is not out is no failure. `userId` is undefined once the person is deleted.
   */
  release(
    context: Omit<CredentialContext, 'userId'> & { userId: number | undefined; lsid: string },
    id: string,
    endedAt: Date,
    options: { lease: string | undefined; signal: AbortSignal },
  ): Promise<void>;
}
