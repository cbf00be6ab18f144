import type { ProviderIdentity } from '../directory/identity-provider.ts';
import type { ProviderRegistry } from '../directory/provider-registry.ts';
import { ProviderTrace } from '../directory/provider-trace.ts';
import { LOCAL_PROVIDER_ID, type SecurityProvider } from '../directory/security-provider.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { LocalPasswords, PasswordCaller } from './local-passwords.ts';
import type { UserLogin } from './user-credentials.ts';

export interface PasswordRequest {
  username: string;
  password: string;
  address: string;
  /** The cookie that tells known devices; undefined for programs. */
  device?: string | undefined;
}

/** What a user name and password came to. Reasons are for the audit log. */
export type Identification =
  | { kind: 'local'; user: UserLogin }
  | { kind: 'vouched'; provider: SecurityProvider; identity: ProviderIdentity }
  | { kind: 'challenge'; provider: SecurityProvider; message: string; state: string; user?: UserLogin }
  | {
      kind: 'refused';
      reason: string;
      user?: UserLogin | undefined;
      provider?: SecurityProvider | undefined;
      /** Whose password it was not, as the provider knows them. */
      externalId?: string | undefined;
    };

/**
 * Asks who a user name and password belong to: the provider of the account that has the name and nobody else, or, for
 * a name that is new, every provider that knows passwords, in the order of priority.
 */
export class PasswordIdentification {
  readonly #stores: Pick<Stores, 'userLogins'>;
  readonly #registry: ProviderRegistry;
  readonly #local: LocalPasswords;

  constructor(deps: {
    stores: Pick<Stores, 'userLogins'>;
    registry: ProviderRegistry;
    local: LocalPasswords;
  }) {
    this.#stores = deps.stores;
    this.#registry = deps.registry;
    this.#local = deps.local;
  }

  /** Fails with `unavailable` when nobody accepted and a provider that was to be asked could not be reached. */
  async identify(request: PasswordRequest): Promise<Identification> {
    const { username, password } = request;
    if (username.includes('\0') || password.includes('\0')) {
      await this.#local.pretend(password);
      return { kind: 'refused', reason: 'unknown user' };
    }
    const user = await this.#stores.userLogins.findByUsername(username);
    if (user?.securityProviderId === LOCAL_PROVIDER_ID) {
      const check = await this.#local.check(user, password, request);
      return check.fits ? { kind: 'local', user } : { kind: 'refused', reason: check.reason, user };
    }
    const asked = (await this.#registry.enabled()).filter(
      ({ id, type }) =>
        this.#registry.adapters.password[type] !== undefined && (user === undefined || signsIn(user, id)),
    );
    if (user !== undefined && asked.length === 0) {
      await this.#local.pretend(password);
      return {
        kind: 'refused',
        reason: 'the provider of this account takes no passwords or is disabled',
        user,
      };
    }
    return user === undefined
      ? await this.#askForUnknown(asked, request)
      : await this.#askForKnown(user, asked[0]!, request);
  }

  /** What the provider asked back was answered rightly: only now the attempt is no failure. */
  async answered(userId: number | undefined, caller: PasswordCaller): Promise<void> {
    const user = userId === undefined ? undefined : await this.#stores.userLogins.findById(userId);
    if (user !== undefined) await this.#local.forgive(user, caller);
  }

  async #askForKnown(
    user: UserLogin,
    provider: SecurityProvider,
    request: PasswordRequest,
  ): Promise<Identification> {
    const { password, address } = request;
    const attempt = await this.#local.begin(user, request);
    if (!attempt.allowed) {
      await this.#local.pretend(password);
      return { kind: 'refused', reason: 'locked', user, provider };
    }
    const answer = await this.#ask(provider, user.username, password);
    // A question proves nothing yet: some servers ask whatever the password was, and codes can be guessed as well.
    if (answer.kind === 'vouched') await this.#local.succeeded(user, attempt);
    else await this.#local.failed(user, attempt, address);
    return answer.kind === 'vouched' ? answer : { ...answer, user };
  }

  async #askForUnknown(
    providers: readonly SecurityProvider[],
    request: PasswordRequest,
  ): Promise<Identification> {
    const { username, password } = request;
    let unavailable: unknown;
    let refused: Identification | undefined;
    for (const provider of providers) {
      try {
        const answer = await this.#counted(provider, await this.#ask(provider, username, password), request);
        if (answer.kind !== 'refused') return answer;
        if (answer.provider !== undefined) refused ??= answer;
      } catch (error) {
        if (!(error instanceof ApplianceError && error.code === 'unavailable')) throw error;
        unavailable ??= error;
      }
    }
    if (unavailable !== undefined) throw unavailable;
    const check = await this.#local.check(undefined, password, request);
    return refused ?? { kind: 'refused', reason: check.fits ? '' : check.reason };
  }

  /**
   * Directories know people by further names (`alice@corp.example`, a blank behind the name), and guessing under one of
   * those counts as under the name that the account has here.
   */
  async #counted(
    provider: SecurityProvider,
    answer: Identification,
    request: PasswordRequest,
  ): Promise<Identification> {
    if (answer.kind !== 'vouched' && answer.kind !== 'refused') return answer;
    const externalId = answer.kind === 'vouched' ? answer.identity.externalId : answer.externalId;
    const user =
      externalId === undefined
        ? undefined
        : await this.#stores.userLogins.findByExternalId(provider.id, externalId);
    if (user === undefined) return answer;
    const attempt = await this.#local.begin(user, request);
    if (!attempt.allowed) return { kind: 'refused', reason: 'locked', user, provider };
    if (answer.kind === 'vouched') {
      await this.#local.succeeded(user, attempt);
      return answer;
    }
    await this.#local.failed(user, attempt, request.address);
    return { ...answer, user };
  }

  async #ask(provider: SecurityProvider, username: string, password: string): Promise<Identification> {
    const trace = new ProviderTrace();
    const source = this.#registry.sourceOf(provider);
    const answer = await this.#registry.adapters.password[provider.type]!.checkPassword(
      source,
      { username, password },
      trace,
    );
    switch (answer.outcome) {
      case 'accepted':
        return { kind: 'vouched', provider, identity: answer.identity };
      case 'challenge':
        return { kind: 'challenge', provider, message: answer.message, state: answer.state };
      case 'refused':
        return { kind: 'refused', reason: answer.reason, provider, externalId: answer.externalId };
      case 'unknown':
        return { kind: 'refused', reason: 'unknown user' };
    }
  }
}

/** Whether this provider signs the account in: its own, or the one that its provisioning provider names. */
function signsIn(user: UserLogin, providerId: number): boolean {
  return user.securityProviderId === providerId || user.signInProviderId === providerId;
}
