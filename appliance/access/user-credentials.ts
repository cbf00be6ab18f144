import type { NetworkRestrictionMode } from '../settings/site-settings.ts';
import type { PolicyLayer } from './effective-settings.ts';
import type { SignInMethod } from './sign-in-attempt.ts';
import type { SignInPerson } from './sign-in-gate.ts';
import type { UserSettingValues } from './user-settings.ts';

/** `browser` is a cookie session, `token` a command-line token. */
export type UserCredentialKind = 'browser' | 'token';

export interface NewUserCredential {
  userId: number;
  kind: UserCredentialKind;
  secretHash: Buffer;
  address: string;
  userAgent: string;
  /** From now, by database time. */
  maximumMinutes: number;
  /** Who vouched for the person, and how they proved it. */
  securityProviderId: number | undefined;
  methods: readonly SignInMethod[];
  /** What ends the sign-in at the provider. */
  providerSession: string | undefined;
}

/** The person behind a living credential. */
export interface UserCredentialHolder {
  credentialId: string;
  kind: UserCredentialKind;
  userId: number;
  username: string;
  displayName: string;
  /** Own value. */
  administrator: boolean;
  /** Own values. */
  settings: Partial<UserSettingValues>;
  policies: PolicyLayer[];
  /** Own one. */
  networkRestriction: NetworkRestrictionMode | null;
  networks: string[];
  mustChangePassword: boolean;
  /** No second factor was proven with the credential, and the provider that vouched did not see to that itself. */
  secondFactorOpen: boolean;
  /** Since the credential was last marked as seen. */
  idleSeconds: number;
}

export interface LivingCredential {
  kind: UserCredentialKind;
  address: string;
  userAgent: string;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

export interface LicenseHolder {
  userId: number;
  name: string;
  /** By a key, from outside. */
  invited: boolean;
  address: string;
  since: Date;
  lastSeenAt: Date;
}

export interface CredentialAge {
  kind: UserCredentialKind;
  expiresAt: Date;
  secondsLeft: number;
  idleSeconds: number;
}

export interface IdleBrowserSession {
  credentialId: string;
  /** Own values of the holder. */
  settings: Partial<UserSettingValues>;
  policies: PolicyLayer[];
  secondsLeft: number;
  idleSeconds: number;
}

/** Browser sessions and command-line tokens of people. Only hashes are kept. */
export interface UserCredentials {
  create(credential: NewUserCredential): Promise<{ id: string; expiresAt: Date }>;
  /** The holder of an unexpired credential whose user is enabled. One round trip: every call makes it. */
  findHolder(secretHash: Buffer): Promise<UserCredentialHolder | undefined>;
  markSeen(credentialId: string): Promise<void>;
  /** Undefined when it has ended. */
  ageOf(credentialId: string): Promise<CredentialAge | undefined>;
  /** Browser sessions that nobody has used for so long, and those that are too old. */
  idleBrowserSessions(seconds: number): Promise<IdleBrowserSession[]>;
  /** What ends the sign-in at the provider that vouched; undefined where there is nothing to end. */
  providerSessionOf(
    credentialId: string,
  ): Promise<{ securityProviderId: number; providerSession: string } | undefined>;
  end(credentialId: string): Promise<void>;
  /** Ids of living browser sessions, without the one of this secret. */
  browserSessionsOf(userId: number, exceptSecretHash: Buffer | undefined): Promise<string[]>;
  /** Answers the ids of those that ended. */
  endBrowserSessionsOf(userId: number, exceptCredentialId: string): Promise<string[]>;
  /** Until the transaction ends nobody else takes a licence. */
  lockLicenses(): Promise<void>;
  takeLicense(credentialId: string): Promise<void>;
  /** Everybody who holds a licence, by the sign-in used last. */
  licenseHolders(): Promise<LicenseHolder[]>;
  /** The latest first. */
  livingOf(userId: number): Promise<LivingCredential[]>;
  /** How many people hold a licence, without this one. */
  licensesTaken(exceptUserId: number): Promise<number>;
  /** Ends everything that was issued on the word of this provider, sign-ins under way included. */
  endAllOfProvider(providerId: number): Promise<{ credentialId: string }[]>;
  /**
   * Ends what was issued on the word of this provider for a session there: of the person by that name ID, and of these
   * sessions alone where any are named.
   */
  endByProviderSession(
    providerId: number,
    session: { nameId: string; ignoreCase: boolean; sessionIndexes: readonly string[] },
  ): Promise<{ credentialId: string; userId: number; username: string }[]>;
  /**
   * Call it in the transaction that disables or deletes a user or changes the password. Sign-ins under way end as well.
   */
  endAllOf(userId: number, exceptCredentialId?: string): Promise<void>;
}

/** What signing in needs to know about an account. */
export interface UserLogin {
  id: number;
  securityProviderId: number;
  /** For accounts of a provisioning provider (SCIM): the provider that signs them in. */
  signInProviderId: number | null;
  username: string;
  displayName: string;
  emailAddress: string;
  administrator: boolean;
  enabled: boolean;
  /** Unset for users of other security providers: no password fits. */
  passwordHash: string | undefined;
  mustChangePassword: boolean;
}

/** What people are told about themselves. */
export interface UserProfile {
  id: number;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  emailAddress: string;
  /** Own value. */
  administrator: boolean;
  /** Own values. */
  settings: Partial<UserSettingValues>;
  policies: PolicyLayer[];
  /** When the password has to be changed; null for never, and for people of other security providers. */
  passwordExpiresAt: Date | null;
}

export interface UserLogins {
  profileOf(userId: number): Promise<UserProfile | undefined>;
  /** User names are compared without case. */
  findByUsername(username: string): Promise<UserLogin | undefined>;
  findById(userId: number): Promise<UserLogin | undefined>;
  /** The account that the provider's person of that id has or, where a directory provisions accounts, signs in to. */
  findByExternalId(providerId: number, externalId: string): Promise<UserLogin | undefined>;
  /** As the gates of a sign-in see the account; undefined when it is gone or disabled. */
  personOf(userId: number): Promise<SignInPerson | undefined>;
  /**
   * Notes the time of a sign-in. False when the user was disabled or given another password since the check of this
   * one (undefined where no password of ours was checked): nothing may be issued on the strength of it then.
   */
  recordSuccess(userId: number, checkedPasswordHash: string | undefined): Promise<boolean>;
  /**
   * Keeps the present password among the former ones. The new one has to be changed after `expirationDays`; 0: when
   * somebody said so before, if that is still to come.
   */
  setPassword(
    userId: number,
    passwordHash: string,
    options: { mustChange: boolean; expirationDays: number },
  ): Promise<void>;
  /** Hashes of the person's former passwords, the latest first. */
  formerPasswords(userId: number, count: number): Promise<string[]>;
}
