import { requireVaultConfiguration } from '../../access/configuration-rights.ts';
import type { Actor } from '../../actor.ts';
import { ApplianceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../paging.ts';
import type { Stores, UnitOfWork } from '../../stores.ts';
import { mayCheckOut } from '../vault-access.ts';
import { auditedAccount, type VaultAccount } from '../vault-account.ts';
import { noSuchAccount, refusePersonal } from '../vault-account-service.ts';
import type { VaultCredential } from '../vault-credential.ts';
import type { VaultEndpoint } from '../vault-endpoint.ts';
import { isExclusive } from '../vault-holding.ts';
import type { HostKeyScans, SeenHostKey } from './host-key-scans.ts';
import type { RotationRequests } from './rotation-requests.ts';
import { nextRotationDue } from './rotation-rule.ts';
import type { RotationSecrets } from './rotation-secrets.ts';
import {
  hasSecondSecret,
  type RotationFilter,
  type RotationHistory,
  type VaultRotation,
} from './vault-rotation.ts';

/** How the password or key of an account stands. */
export interface RotationStanding {
  account: VaultAccount;
  /** Why it cannot be changed from here; null: it can. */
  obstacle: string | null;
  active: VaultRotation | undefined;
  ended: RotationHistory;
  /** The active one waits for the check-in of somebody. */
  waitsForCheckIn: boolean;
  /** Days, by the policy that holds; null: not by schedule. */
  maximumPasswordAge: number | null;
  nextDueAt: Date | null;
}

/** A host key that was read just now, beside the one that is known. */
export interface ScannedEndpoint extends SeenHostKey {
  endpoint: VaultEndpoint;
  standing: 'unknown' | 'same' | 'changed';
}

export interface VaultRotationServiceDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  requests: RotationRequests;
  secrets: RotationSecrets;
  scans: Pick<HostKeyScans, 'scan'>;
}

/** Passwords and keys of the vault that are changed on their hosts, for those who administer the vault. */
export class VaultRotationService {
  readonly #deps: VaultRotationServiceDeps;

  constructor(deps: VaultRotationServiceDeps) {
    this.#deps = deps;
  }

  async list(actor: Actor, filter: RotationFilter, page: PageRequest): Promise<Page<VaultRotation>> {
    requireVaultConfiguration(actor);
    return await this.#deps.stores.vaultRotations.find(filter, page);
  }

  async show(actor: Actor, id: number): Promise<RotationStanding> {
    requireVaultConfiguration(actor);
    const { stores, requests } = this.#deps;
    const account = (await stores.vaultAccounts.findById(id)) ?? noSuchAccount(id);
    const [obstacle, active, ended, rules, open] = await Promise.all([
      requests.obstacle(stores, account),
      stores.vaultRotations.findActive(id),
      stores.vaultRotations.findEnded(id),
      stores.vaultAccounts.rulesOf(id),
      stores.vaultCheckOuts.findOpen([id]),
    ]);
    const waits = active?.state === 'waiting' && open.length > 0 && isExclusive(account, rules);
    const { maximumPasswordAge } = rules;
    return {
      account,
      obstacle: obstacle ?? null,
      active,
      ended,
      waitsForCheckIn: waits,
      maximumPasswordAge: obstacle === undefined ? maximumPasswordAge : null,
      nextDueAt: obstacle === undefined ? nextRotationDue(account.secretChangedAt, maximumPasswordAge) : null,
    };
  }

  /**
   * Asks for a new password or key. Fails with `invalid` where it cannot be changed from here, or while somebody has the
   * account alone. Where only the host key is not known yet, the one the host shows is told.
   */
  async request(actor: Actor, id: number): Promise<void> {
    requireVaultConfiguration(actor);
    const { unitOfWork, requests } = this.#deps;
    await this.#tellUnknownHostKey(id);
    await unitOfWork.inTransaction(async (stores) => {
      const account = (await stores.vaultAccounts.lockById(id)) ?? noSuchAccount(id);
      refusePersonal(account);
      await requests.request(stores, account, actor, 'demanded');
    });
  }

  /** The second secret of an account of which nobody knows which one its host takes. People need the role for it. */
  async openSecond(actor: Actor, id: number): Promise<VaultCredential> {
    requireVaultConfiguration(actor);
    const { unitOfWork, secrets } = this.#deps;
    return await unitOfWork.inTransaction(async (stores) => {
      const account = await this.#lockedUncertain(stores, id);
      if (actor.kind === 'user' && !mayCheckOut(await stores.vaultAccess.roleOf(actor.userId, id))) {
        throw new ApplianceError('forbidden', 'You may not check out this account.');
      }
      const secret = await secrets.next(stores, account);
      if (secret === undefined) throw new Error(`Vault account ${id} has lost its second secret.`);
      const { type, username } = account;
      await stores.vaultActivity.record({
        type: 'Credentials Checked Out',
        account,
        actor,
        data: 'the second secret of a rotation that is uncertain',
      });
      await stores.auditLog.record({
        type: 'vault_account.second_secret_shown',
        actor,
        object: auditedAccount(account),
      });
      return type === 'ssh' ? { type, username, privateKey: secret } : { type, username, password: secret };
    });
  }

  /** Says by hand which of the two secrets the host takes; the other one is thrown away. */
  async settle(actor: Actor, id: number, holds: 'current' | 'new'): Promise<void> {
    requireVaultConfiguration(actor);
    const { unitOfWork, secrets } = this.#deps;
    await unitOfWork.inTransaction(async (stores) => {
      const account = await this.#lockedUncertain(stores, id);
      const rotation = await stores.vaultRotations.findActive(id);
      if (holds === 'new') {
        await secrets.takeNext(stores, account, rotation?.nextPublicKey ?? '');
        await stores.vaultRotations.endByHand(id, 'done', null);
        await stores.vaultActivity.record({
          type: 'Password Rotated',
          account,
          actor,
          data: 'settled by hand',
        });
      } else {
        await secrets.dropNext(stores, account);
        await stores.vaultRotations.endByHand(id, 'failed', 'Settled by hand: the old secret holds.');
      }
      await stores.auditLog.record({
        type: 'vault_account.rotation_settled',
        actor,
        object: auditedAccount(account),
        after: { holds },
      });
    });
  }

  /** Reads the host key an endpoint shows now. Nothing is kept: whoever trusts it sets `host_key`. */
  async scanHostKey(actor: Actor, endpointId: number): Promise<ScannedEndpoint> {
    requireVaultConfiguration(actor);
    const { stores, scans } = this.#deps;
    const endpoint = await stores.vaultEndpoints.findById(endpointId);
    if (endpoint === undefined) {
      throw new ApplianceError('not_found', `There is no vault endpoint with id ${endpointId}.`);
    }
    const seen = await scans.scan(endpoint);
    const standing =
      endpoint.hostKey === '' ? 'unknown' : endpoint.hostKey === seen.hostKey ? 'same' : 'changed';
    return { endpoint, standing, ...seen };
  }

  async #lockedUncertain(stores: Stores, id: number): Promise<VaultAccount> {
    const account = (await stores.vaultAccounts.lockById(id)) ?? noSuchAccount(id);
    refusePersonal(account);
    if (!hasSecondSecret(await stores.vaultRotations.findActive(id))) {
      throw new ApplianceError('invalid', 'There is no doubt about the secret of this account: it has one.');
    }
    return account;
  }

  /** Fails with `invalid` when the host key is all that is missing, and says which one the host shows. */
  async #tellUnknownHostKey(id: number): Promise<void> {
    const { stores, scans } = this.#deps;
    const account = await stores.vaultAccounts.findById(id);
    const endpoint =
      account?.endpointId == null ? undefined : await stores.vaultEndpoints.findById(account.endpointId);
    if (account?.ownerUserId !== null || endpoint === undefined || endpoint.hostKey !== '') return;
    // One that cannot be read now is no news: the request is refused all the same, in the words of its obstacle.
    const seen = await scans.scan(endpoint).catch(() => undefined);
    if (seen === undefined) return;
    throw new ApplianceError(
      'invalid',
      `The SSH host key of the endpoint ${endpoint.name} is not known, so nothing was sent to it. It shows ${seen.hostKey.split(' ')[0]} ${seen.fingerprint}. If that is its key, set host_key of the endpoint to it and try again.`,
      { facts: { host_key: seen.hostKey, fingerprint: seen.fingerprint, endpoint_id: endpoint.id } },
    );
  }
}
