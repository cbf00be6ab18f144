import type { ApiAccountActor, UserActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import { hashSecret } from '../secrets.ts';
import type { AccessPolicySource } from './access-policy.ts';
import type { ApiTokenHolder, ApiTokenHolders } from './api-tokens.ts';
import { effectiveSettings, rightsOf } from './effective-settings.ts';
import { idleLimitSeconds } from './idle-limit.ts';
import { type NetworkList, parseNetworkList } from './network-list.ts';
import { mayGoOnFrom, ownRestriction, restrictionFor } from './network-restriction.ts';
import type { RateLimiter, RateStanding } from './rate-limiter.ts';
import type { UserCredentialHolder, UserCredentials } from './user-credentials.ts';
import type { UserSettingValues } from './user-settings.ts';

/** Command-line tokens begin with this, so that they are never taken for an API account's 40 letters and digits. */
export const USER_TOKEN_PREFIX = 'bhu_';

const ACCESS_DENIED = 'The resource owner or authorization server denied the request.';
const API_TOKEN = /^[A-Za-z0-9]{40}$/;
const LONGEST_SECRET = 1024;
const MARK_SEEN_AFTER_SECONDS = 60;

/** The one answer to a token or cookie that is unknown, expired, revoked or used from a forbidden network. */
export function accessDenied(): ApplianceError {
  return new ApplianceError('unauthenticated', ACCESS_DENIED);
}

export interface AuthenticatedUser {
  actor: UserActor;
  /** The person can do nothing but choose a new password. */
  mustChangePassword: boolean;
  /** The person can do nothing but register a second factor or prove one. */
  secondFactorDue: boolean;
}

export interface AuthenticatedApiAccount {
  actor: ApiAccountActor;
  rate: RateStanding;
}

/** Finds out who a bearer token or session cookie belongs to. Reads the database on every call. */
export class Authenticator {
  readonly #apiTokens: ApiTokenHolders;
  readonly #userCredentials: UserCredentials;
  readonly #rateLimiter: RateLimiter;
  readonly #policy: AccessPolicySource;
  readonly #networkLists = new Map<string, NetworkList>();

  constructor(deps: {
    apiTokens: ApiTokenHolders;
    userCredentials: UserCredentials;
    rateLimiter: RateLimiter;
    policy: AccessPolicySource;
  }) {
    this.#apiTokens = deps.apiTokens;
    this.#userCredentials = deps.userCredentials;
    this.#rateLimiter = deps.rateLimiter;
    this.#policy = deps.policy;
  }

  /** Fails with `unauthenticated`. A call over the limit is counted nowhere and has `rate.allowed` false. */
  async byBearerToken(token: string, address: string): Promise<AuthenticatedUser | AuthenticatedApiAccount> {
    if (token.startsWith(USER_TOKEN_PREFIX)) return this.#byUserSecret(token, 'token', address, true);
    if (!API_TOKEN.test(token)) throw accessDenied();
    return await this.#byHolder(await this.#apiTokens.findHolder(hashSecret(token)), address);
  }

  /** The same; the client secret of an account that allows that is as good as a token and never expires. */
  async byBearerTokenOrSecret(
    token: string,
    address: string,
  ): Promise<AuthenticatedUser | AuthenticatedApiAccount> {
    if (token.startsWith(USER_TOKEN_PREFIX)) return await this.byBearerToken(token, address);
    if (token === '' || token.length > LONGEST_SECRET) throw accessDenied();
    const tokenHash = hashSecret(token);
    const holder = API_TOKEN.test(token) ? await this.#apiTokens.findHolder(tokenHash) : undefined;
    return await this.#byHolder(holder ?? (await this.#apiTokens.findSecretHolder(tokenHash)), address);
  }

  async #byHolder(holder: ApiTokenHolder | undefined, address: string): Promise<AuthenticatedApiAccount> {
    if (holder === undefined || !this.#networkListOf(holder.ipAddresses).includes(address))
      throw accessDenied();
    const rate = await this.#rateLimiter.take(holder.apiAccountId);
    return {
      rate,
      actor: {
        kind: 'api_account',
        apiAccountId: holder.apiAccountId,
        name: holder.name,
        commandLevel: holder.commandLevel,
        permissions: new Set(holder.permissions),
        address,
      },
    };
  }

  /**
   * Fails with `unauthenticated`. Only an `active` call keeps the session from ending as idle: pages read things again
   * and again by themselves.
   */
  async bySessionCookie(secret: string, address: string, active: boolean): Promise<AuthenticatedUser> {
    return this.#byUserSecret(secret, 'browser', address, active);
  }

  async #byUserSecret(
    secret: string,
    kind: 'browser' | 'token',
    address: string,
    active: boolean,
  ): Promise<AuthenticatedUser> {
    const holder = await this.#userCredentials.findHolder(hashSecret(secret));
    if (holder === undefined || holder.kind !== kind) throw accessDenied();
    const policy = this.#policy.current();
    const settings = effectiveSettings(
      { ...holder.settings, perm_admin: holder.administrator },
      holder.policies,
    );
    if (holder.idleSeconds >= (idleLimitSeconds(kind, settings, policy) ?? Number.POSITIVE_INFINITY)) {
      throw accessDenied();
    }
    const actor = userActor(holder, settings, address);
    const restriction = restrictionFor(
      { administrator: actor.administrator, restriction: ownRestriction(holder) },
      policy.networks,
    );
    if (!mayGoOnFrom(restriction, address)) throw accessDenied();
    if (active && holder.idleSeconds >= MARK_SEEN_AFTER_SECONDS) {
      await this.#userCredentials.markSeen(holder.credentialId);
    }
    return {
      actor,
      mustChangePassword: holder.mustChangePassword,
      secondFactorDue: actor.rights.has('two_factor_required') && holder.secondFactorOpen,
    };
  }

  #networkListOf(text: string): NetworkList {
    let networks = this.#networkLists.get(text);
    if (networks === undefined) {
      networks = parseNetworkList(text).networks;
      if (this.#networkLists.size > 1000) this.#networkLists.clear();
      this.#networkLists.set(text, networks);
    }
    return networks;
  }
}

function userActor(holder: UserCredentialHolder, settings: UserSettingValues, address: string): UserActor {
  return {
    kind: 'user',
    userId: holder.userId,
    username: holder.username,
    displayName: holder.displayName,
    administrator: settings.perm_admin,
    rights: rightsOf(settings),
    credentialId: holder.credentialId,
    address,
  };
}
