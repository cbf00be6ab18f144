import type { ProviderTrace } from './provider-trace.ts';
import type { SecurityProvider } from './security-provider.ts';
import type { ProviderSecretName } from './security-provider-kinds.ts';

/** A security provider and the way to its secrets, which are read only when they are needed. */
export interface ProviderSource {
  provider: SecurityProvider;
  /** Undefined when none is set. */
  secret(name: ProviderSecretName): Promise<string | undefined>;
}

/** Somebody a security provider vouches for, in the words of that provider. */
export interface ProviderIdentity {
  /**
   * What the provider never gives to anybody else and keeps when the person is renamed: objectGUID, persistent NameID,
   * `sub`, externalId, or the user name of providers that have nothing better. 1 to 512 characters, compared exactly.
   */
  externalId: string;
  /** 1 to 64 characters. */
  username: string;
  /** Undefined: the provider does not say; what the appliance has is kept. */
  displayName?: string | undefined;
  emailAddress?: string | undefined;
  /** The person's place in a directory. */
  distinguishedName?: string | undefined;
  /**
   * Distinguished names or names of every group, nested ones included. Undefined: the provider says nothing of groups
   * and what is known of them is kept; an empty list takes every membership away.
   */
  groups?: readonly string[] | undefined;
  /**
   * What other security providers, which look up groups for this one, call the person and their groups. Undefined: none
   * was asked and what is known is kept.
   */
  lookedUp?: readonly { providerId: number; names: readonly string[] }[] | undefined;
  photo?: Uint8Array | undefined;
  /** Further attributes by name, for custom fields. */
  attributes?: Readonly<Record<string, readonly string[]>> | undefined;
}

export type PasswordAnswer =
  | { outcome: 'accepted'; identity: ProviderIdentity }
  /** Nobody of that name there: the next provider is asked. */
  | { outcome: 'unknown' }
  /**
   * `reason` is for the audit log and the administrator's test, never for the screen of a sign-in. `externalId`: whose
   * password it was not, for providers that know people by several names.
   */
  | { outcome: 'refused'; reason: string; externalId?: string | undefined }
  /** The provider wants one more answer, e.g. a code. `state` is handed back as it is; it never leaves the server. */
  | { outcome: 'challenge'; message: string; state: string };

export interface PasswordCredentials {
  username: string;
  password: string;
}

/**
 * Checks user name and password: LDAP, RADIUS. Fails with `unavailable` when no server answers in time or the
 * provider is set up wrongly; the trace tells why.
 */
export interface PasswordProvider {
  checkPassword(
    source: ProviderSource,
    credentials: PasswordCredentials,
    trace: ProviderTrace,
  ): Promise<PasswordAnswer>;
  /** Goes on after `challenge`. */
  answerChallenge?(
    source: ProviderSource,
    answer: { username: string; state: string; response: string },
    trace: ProviderTrace,
  ): Promise<PasswordAnswer>;
}

/** What a browser is sent away with: an address to go to, or a form to post. */
export type ProviderRedirect =
  | { kind: 'redirect'; url: string }
  | { kind: 'form'; action: string; fields: Readonly<Record<string, string>> };

export interface RedirectBeginning {
  /** 43 URL-safe characters: comes back as `state` or `RelayState`. It names the attempt and is no secret to the provider. */
  state: string;
  /** Asks the provider for a fresh sign-in. */
  force?: boolean | undefined;
}

/** What came back from a provider, by parameter name. */
export type CallbackParameters = Readonly<Record<string, string>>;

export interface VouchedIdentity {
  identity: ProviderIdentity;
  /** What ends this sign-in at the provider later on (NameID and SessionIndex, an id token); JSON. */
  providerSession?: string | undefined;
}

/**
 * Sends a browser to a provider and judges what comes back: SAML, OpenID Connect. Refusals fail with
 * `unauthenticated` and a trace that says why; a provider that cannot be reached with `unavailable`.
 */
export interface RedirectProvider {
  /** `memo` (request id, nonce, code verifier) is kept on the server and handed to `finish`. */
  begin(
    source: ProviderSource,
    beginning: RedirectBeginning,
    trace: ProviderTrace,
  ): Promise<{ redirect: ProviderRedirect; memo: string }>;
  finish(
    source: ProviderSource,
    answer: { memo: string; parameters: CallbackParameters },
    trace: ProviderTrace,
  ): Promise<VouchedIdentity>;
  /** Where to send a browser whose sign-in here has ended, so that it ends there too. Undefined: nowhere. */
  signOut?(
    source: ProviderSource,
    providerSession: string,
    trace: ProviderTrace,
  ): Promise<ProviderRedirect | undefined>;
}

export type NegotiateAnswer =
  | {
      outcome: 'accepted';
      identity: ProviderIdentity /** For `WWW-Authenticate: Negotiate`, Base64. */;
      token: string;
    }
  | { outcome: 'unknown' }
  | { outcome: 'refused'; reason: string };

/** Judges a SPNEGO token (RFC 4559): Kerberos. Fails with `unavailable` when the host lacks what it needs. */
export interface NegotiateProvider {
  negotiate(source: ProviderSource, token: string, trace: ProviderTrace): Promise<NegotiateAnswer>;
}

/** How a person of a directory stands there. */
export interface DirectoryPerson extends ProviderIdentity {
  /** Disabled, expired or locked for good there: disabled here. */
  disabled: boolean;
  /** Why the person cannot sign in there, perhaps only for a while, e.g. `the account has expired`. */
  disabledReason?: string | undefined;
}

export interface DirectoryName {
  kind: 'user' | 'group';
  distinguishedName: string;
  name: string;
}

/** A directory that can be searched: LDAP. Fails as {@link PasswordProvider} does. */
export interface Directory {
  /** A person by what they type to sign in, by distinguished name or by what a provider knows them by. */
  findPerson(
    source: ProviderSource,
    key: { username: string } | { distinguishedName: string } | { externalId: string },
    trace: ProviderTrace,
  ): Promise<DirectoryPerson | undefined>;
  /**
   * Everybody the provider's search covers, page by page in bounded memory, each with groups. Ends early with
   * `unavailable` rather than leave somebody out silently.
   */
  people(
    source: ProviderSource,
    trace: ProviderTrace,
    signal?: AbortSignal,
  ): AsyncIterable<readonly DirectoryPerson[]>;
  /** People and groups whose names hold the text, for choosing members of group policies. At most `limit`. */
  search(
    source: ProviderSource,
    query: { text: string; kind?: 'user' | 'group' | undefined; limit: number },
  ): Promise<DirectoryName[]>;
}

/** What an administrator gives to the test of a provider. */
export interface ProviderTest {
  username?: string | undefined;
  password?: string | undefined;
}

/**
 * Goes through what a sign-in would do, step by step, and leaves what happened in the trace. It does not throw for
 * what it finds wrong: a failed step says it.
 */
export interface ProviderTester {
  test(source: ProviderSource, test: ProviderTest, trace: ProviderTrace): Promise<void>;
}
