import type { CredentialReference } from '../vault/credential-source.ts';

/**
 * `chosen` at the start; `asked` while its source is asked; then `given` and, when the target let it in, `used`;
 * `failed` when the source or the target refused.
 */
export type SessionCredentialState = 'chosen' | 'asked' | 'given' | 'used' | 'failed';

/** The credential a session was started with. Never holds a secret. */
export interface SessionCredential extends CredentialReference {
  attemptId: string;
  lsid: string;
  /** What people read. */
  name: string;
  /** The login name was given by hand and stays, whatever the credential's is. */
  keepsUsername: boolean;
  /** Undefined once the person is deleted. */
  userId: number | undefined;
  state: SessionCredentialState;
  failureReason: string | undefined;
}

/** One whose session has ended and whose source has to be told. */
export interface DueRelease extends SessionCredential {
  lease: string | undefined;
  /** This one included. */
  attempts: number;
  endedAt: Date;
}

/**
 * While a source is being asked nobody knows whether it gave; it is told at the earliest this long after it was asked,
 * when that question is settled one way or another.
 */
export const UNRESOLVED_SECONDS = 60;

/** Rows of attempts. They change under the lock of their session's row, together with its events. */
export interface SessionCredentials {
  insert(
    credential: Pick<SessionCredential, 'lsid' | 'source' | 'id' | 'name' | 'keepsUsername' | 'userId'>,
  ): Promise<void>;
  /** That of a session; undefined when it was started without one. */
  find(lsid: string): Promise<SessionCredential | undefined>;
  /** From here on its source may have given it out. */
  markAsked(lsid: string, channelId: string): Promise<void>;
  /** When its session has ended meanwhile, its source has to be told at once. One that failed stays so. */
  markGiven(lsid: string, lease: string | undefined): Promise<void>;
  /** Unless it was told before. */
  markUsed(lsid: string): Promise<boolean>;
  /** Unless it failed before. `nothingGiven`: its source is certain to have given nothing, so need not be told. */
  markFailed(lsid: string, reason: string, nothingGiven: boolean): Promise<boolean>;
  /** The session ends: what may have been given out is to be given back. */
  setReleaseDue(lsid: string): Promise<void>;
  /**
   * Takes at most `limit` that are due, of sessions nobody is ending right now. Each is due again after a pause that
   * grows with every attempt, unless it is settled before.
   */
  takeDue(limit: number): Promise<DueRelease[]>;
  /** Its source was told, of this lease; nothing happens when another one has come to light meanwhile. */
  markReleased(attemptId: string, lease: string | undefined): Promise<void>;
  /** Nobody tries any more. */
  giveUp(attemptId: string): Promise<void>;
}
