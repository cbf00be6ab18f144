import type { SystemActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import { hashSecret, randomToken, sameSecret } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { AccessPolicySource } from './access-policy.ts';
import type { ApiAccountLogin } from './api-tokens.ts';
import { FailureBudget } from './failure-budget.ts';
import { parseNetworkList } from './network-list.ts';

/** Published facts: a token lives an hour, and an account has at most 30 of them. */
export const TOKEN_LIFETIME_SECONDS = 3600;
const TOKENS_PER_ACCOUNT = 30;
/** From one address, over all accounts. */
const FAILURES_PER_MINUTE = 300;
const TOKEN_ENDPOINT: SystemActor = { kind: 'system', name: 'token endpoint' };

export interface ClientCredentials {
  clientId: string;
  /** The readings of one secret: as sent, and percent-decoded where a client encodes it for HTTP Basic. */
  secrets: string[];
  address: string;
}

/** Issues bearer tokens to API accounts. */
export class TokenIssuer {
  readonly #unitOfWork: UnitOfWork;
  readonly #policy: AccessPolicySource;
  readonly #budget = new FailureBudget(FAILURES_PER_MINUTE);

  constructor(deps: { unitOfWork: UnitOfWork; policy: AccessPolicySource }) {
    this.#unitOfWork = deps.unitOfWork;
    this.#policy = deps.policy;
  }

  /**
   * Fails with `unauthenticated`, in the same words whether the account is unknown, disabled, locked, used from a
   * forbidden network or given a wrong secret; the audit log says which. After many failures from one address with
   * `rate_limited`.
   */
  async issue(credentials: ClientCredentials): Promise<{ accessToken: string; expiresIn: number }> {
    this.#budget.begin(credentials.address);
    const accessToken = randomToken();
    const issued = await this.#unitOfWork.inTransaction(async (stores) => {
      const account = await stores.apiAccountLogins.lockByClientId(credentials.clientId);
      const refusal = this.#refusalOf(account, credentials);
      if (account === undefined || refusal !== undefined) {
        await this.#recordRefusal(stores, credentials, account, refusal ?? 'unknown client id');
        return false;
      }
      if (account.failedAttempts > 0) await stores.apiAccountLogins.recordFailures(account.id, 0);
      await stores.apiTokens.issue(
        account.id,
        hashSecret(accessToken),
        TOKEN_LIFETIME_SECONDS,
        TOKENS_PER_ACCOUNT,
      );
      return true;
    });
    if (!issued) throw new ApplianceError('unauthenticated', 'Client authentication failed.');
    this.#budget.refund(credentials.address);
    return { accessToken, expiresIn: TOKEN_LIFETIME_SECONDS };
  }

  #refusalOf(account: ApiAccountLogin | undefined, credentials: ClientCredentials): string | undefined {
    const secretHash = account?.secretHash ?? Buffer.alloc(32);
    const rightSecret = credentials.secrets
      .map((secret) => sameSecret(hashSecret(secret), secretHash))
      .some((same) => same);
    if (account === undefined) return 'unknown client id';
    if (account.locked) return 'locked';
    if (!parseNetworkList(account.ipAddresses).networks.includes(credentials.address)) return 'network';
    if (!rightSecret) return 'wrong secret';
    return account.enabled ? undefined : 'disabled';
  }

  async #recordRefusal(
    stores: Stores,
    { address }: ClientCredentials,
    account: ApiAccountLogin | undefined,
    reason: string,
  ): Promise<void> {
    const object = account && { type: 'api_account', id: account.id, name: account.name };
    await stores.auditLog.record({
      type: 'api_token.refused',
      actor: TOKEN_ENDPOINT,
      ...(object && { object }),
      after: { reason, address },
    });
    if (account === undefined || reason !== 'wrong secret') return;
    const { attempts, minutes } = this.#policy.current().apiLockout;
    const failures = account.failedAttempts + 1;
    if (failures < attempts) {
      await stores.apiAccountLogins.recordFailures(account.id, failures);
      return;
    }
    await stores.apiAccountLogins.recordFailures(account.id, failures, minutes);
    await stores.auditLog.record({
      type: 'api_account.locked_out',
      actor: TOKEN_ENDPOINT,
      ...(object && { object }),
      after: { failures, minutes, address },
    });
  }
}
