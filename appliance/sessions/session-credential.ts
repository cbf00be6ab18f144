import type { CredentialReference, CredentialSourceName } from '../vault/credential-source.ts';

/**
 * `chosen` at the start; `asked` while its source is asked; then `given` and, when the target let it in, `used`;
 * `failed` when the source or the target refused.
 */
export type SessionCredentialState = 'chosen' | 'asked' | 'given' | 'used' | 'failed';

/** One attempt to give a session a credential. Never holds a secret. */
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
}

/** A credential whose session has ended and whose source has to be told. */
export interface DueRelease {
  attemptId: string;
  lsid: string;
  source: CredentialSourceName;
  id: string;
  name: string;
  userId: number | undefined;
  lease: string | undefined;
  /** Earlier ones included this one. */
  attempts: number;
  endedAt: Date;
}

/** Rows of attempts. They change under the lock of their session's row, together with its events. */
export interface SessionCredentials {
  insert(
    credential: Pick<SessionCredential, 'lsid' | 'source' | 'id' | 'name' | 'keepsUsername' | 'userId'>,
  ): Promise<void>;
  /** That of a session; undefined when it was started without one. */
  find(lsid: string): Promise<SessionCredential | undefined>;
}
