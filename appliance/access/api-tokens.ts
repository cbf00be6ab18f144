import type { ApiPermission, CommandLevel } from '../actor.ts';

/** The account behind a living token. */
export interface ApiTokenHolder {
  apiAccountId: number;
  name: string;
  commandLevel: CommandLevel;
  permissions: ApiPermission[];
  /** See `parseNetworkList`. */
  ipAddresses: string;
}

/** Whose token it is, asked by every API call. */
export interface ApiTokenHolders {
  /** The holder of an unexpired token whose account is enabled, read after the call began. */
  findHolder(tokenHash: Buffer): Promise<ApiTokenHolder | undefined>;
  /** The enabled account with that client secret, if it lets the secret stand for a token. */
  findSecretHolder(secretHash: Buffer): Promise<ApiTokenHolder | undefined>;
}

/** Bearer tokens of API accounts. Only hashes are kept. */
export interface ApiTokens {
  /** Adds a token and deletes the account's expired ones and all but the `keep` newest. */
  issue(apiAccountId: number, tokenHash: Buffer, lifetimeSeconds: number, keep: number): Promise<void>;
  /** Call it in the transaction that regenerates the secret, disables or deletes the account. */
  revokeAllOf(apiAccountId: number): Promise<void>;
}

/** What the token endpoint needs to know about an account. */
export interface ApiAccountLogin {
  id: number;
  name: string;
  enabled: boolean;
  ipAddresses: string;
  secretHash: Buffer;
  /** Failures in a row; a lockout that has run out starts the count anew. */
  failedAttempts: number;
  /** Whether the lockout is still running, by database time. */
  locked: boolean;
}

export interface ApiAccountLogins {
  /** Holds the account's row until the transaction ends, so that attempts and tokens are counted exactly. */
  lockByClientId(clientId: string): Promise<ApiAccountLogin | undefined>;
  /** Stores the count of failures in a row; with `lockMinutes` the account is refused for so long from now. */
  recordFailures(apiAccountId: number, failedAttempts: number, lockMinutes?: number): Promise<void>;
}
