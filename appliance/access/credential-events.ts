/** Something a live connection may depend on has ended. Whoever holds such connections closes them. */
export type CredentialEvent =
  /** One browser session or command-line token: signed out, expired or revoked. */
  | { kind: 'credential_ended'; credentialId: string }
  /** Every credential of a person except one: disabled, deleted, password changed, signed out everywhere. */
  | { kind: 'user_credentials_ended'; userId: number; exceptCredentialId?: string }
  /** Rights of a person changed and some may be gone: what that person has open is checked again. */
  | { kind: 'user_rights_changed'; userId: number }
  /** Rules for many people changed (group policies, Jump Item Roles, session policies): all that is open is checked again. */
  | { kind: 'everyone_rights_changed' }
  /** An API account lost its tokens: secret regenerated, disabled, deleted. */
  | { kind: 'api_account_tokens_ended'; apiAccountId: number };

/**
 * Tells every process of the site that a credential died. Publish after the commit that ended it. Events are hints
 * and may be lost; the next request with the credential is refused in any case.
 */
export interface CredentialEvents {
  publish(event: CredentialEvent): void;
  /** Hears the events of every process, its own included. Returns the way to stop listening. */
  subscribe(listener: (event: CredentialEvent) => void): () => void;
}
