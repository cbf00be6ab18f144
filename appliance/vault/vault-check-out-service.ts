import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor, SystemActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { mayCheckOut } from './vault-access.ts';
import { auditedAccount, type VaultAccount } from './vault-account.ts';
import { noSuchAccount, refusePersonal } from './vault-account-service.ts';
import type { VaultActivityEntry } from './vault-activity.ts';
import { isOfNobody, isOwnCheckOut, type VaultCheckOut } from './vault-check-out.ts';
import type { VaultCredential, VaultCredentials } from './vault-credential.ts';
import type { VaultHolding } from './vault-holding.ts';

const THE_APPLIANCE: SystemActor = { kind: 'system', name: 'Bridgehead' };
/** Accounts taken back in one go; more wait for the next. */
const AT_ONCE = 500;

/** Check-outs as those make them who administer the vault, and programs. Personal accounts are their owner's alone. */
export class VaultCheckOutService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #desk: CheckOutDesk;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    desk: CheckOutDesk;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#desk = deps.desk;
  }

  /** Who has the account now, the one who has it longest first. */
  async open(actor: Actor, id: number): Promise<VaultCheckOut[]> {
    requireVaultConfiguration(actor);
    refusePersonal((await this.#stores.vaultAccounts.findById(id)) ?? noSuchAccount(id));
    return await this.#stores.vaultCheckOuts.findOpen([id]);
  }

  /** People need the role for it, administrators too: administering the vault is not using what is in it. */
  async checkOut(actor: Actor, id: number): Promise<VaultCredential> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const account = await lockedShared(stores, id);
      if (actor.kind === 'user') await requireCheckOutRole(stores, actor.userId, id);
      return await this.#desk.checkOut(stores, account, actor);
    });
  }

  /** Fails with `invalid` when the actor has not checked it out. */
  async checkIn(actor: Actor, id: number): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      await this.#desk.checkIn(stores, await lockedShared(stores, id), actor);
    });
  }

  /** Takes back what people and programs had who were deleted meanwhile. Answers how many accounts that were. */
  async takeBackFromNobody(): Promise<number> {
    const ids = await this.#stores.vaultCheckOuts.accountsOfNobody(AT_ONCE);
    for (const id of ids) {
      await this.#unitOfWork.inTransaction(async (stores) => {
        const account = await stores.vaultAccounts.lockById(id);
        if (account !== undefined) await this.#desk.takeBackFromNobody(stores, account);
      });
    }
    return ids.length;
  }

  /** Whoever has it, has it no more. Fails with `invalid` for keys and authorities, and when nobody has it. */
  async forceCheckIn(actor: Actor, id: number): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      await this.#desk.forceCheckIn(stores, await lockedShared(stores, id), actor);
    });
  }
}

/** Where accounts are handed out and taken back. The caller holds the account's row and has asked who may. */
export class CheckOutDesk {
  readonly #holding: VaultHolding;
  readonly #credentials: VaultCredentials;

  constructor(deps: { holding: VaultHolding; credentials: VaultCredentials }) {
    this.#holding = deps.holding;
    this.#credentials = deps.credentials;
  }

  /** A person who has it already is shown it again; a program checks it out once more, if that may be. */
  async checkOut(stores: Stores, account: VaultAccount, actor: Actor): Promise<VaultCredential> {
    const own = actor.kind === 'user' && (await ownOf(stores, account, actor))[0];
    if (!own) await this.#holding.take(stores, account, actor, null);
    const credential = await this.#credentials.open(stores, account, actor);
    await told(stores, account, actor, 'Credentials Checked Out', 'vault_account.checked_out');
    return credential;
  }

  async checkIn(stores: Stores, account: VaultAccount, actor: Actor): Promise<void> {
    const [own] = await ownOf(stores, account, actor);
    if (own === undefined) throw new ApplianceError('invalid', 'You have not checked out this account.');
    await told(stores, account, actor, 'Credentials Checked In', 'vault_account.checked_in');
    await this.#holding.giveBack(stores, account, [own], actor);
  }

  async takeBackFromNobody(stores: Stores, account: VaultAccount): Promise<void> {
    const left = (await stores.vaultCheckOuts.findOpen([account.id])).filter(isOfNobody);
    if (left.length === 0) return;
    const from = [...new Set(left.map(({ holderName }) => holderName))].join(', ');
    const data = `${from} was deleted`;
    await told(stores, account, THE_APPLIANCE, 'Credentials Checked In', 'vault_account.checked_in', data);
    await this.#holding.giveBack(stores, account, left, THE_APPLIANCE);
  }

  async forceCheckIn(stores: Stores, account: VaultAccount, actor: Actor): Promise<void> {
    if (account.type === 'ssh' || account.type === 'ssh_ca') {
      throw new ApplianceError(
        'invalid',
        'SSH keys and authorities may be with several people at once: their check-outs are not ended for others.',
      );
    }
    const open = await stores.vaultCheckOuts.findOpen([account.id]);
    if (open.length === 0) throw new ApplianceError('invalid', 'This account is not checked out.');
    const from = [...new Set(open.map(({ holderName }) => holderName))].join(', ');
    await told(
      stores,
      account,
      actor,
      'Credentials Force Checked In',
      'vault_account.force_checked_in',
      from,
    );
    await this.#holding.giveBack(stores, account, open, actor);
  }
}

async function ownOf(stores: Stores, { id }: VaultAccount, actor: Actor): Promise<VaultCheckOut[]> {
  const open = await stores.vaultCheckOuts.findOpen([id]);
  return open.filter((checkOut) => isOwnCheckOut(actor, checkOut));
}

async function lockedShared({ vaultAccounts }: Stores, id: number): Promise<VaultAccount> {
  const account = (await vaultAccounts.lockById(id)) ?? noSuchAccount(id);
  refusePersonal(account);
  return account;
}

async function requireCheckOutRole({ vaultAccess }: Stores, userId: number, id: number): Promise<void> {
  if (mayCheckOut(await vaultAccess.roleOf(userId, id))) return;
  throw new ApplianceError('forbidden', 'You may not check out this account.');
}

async function told(
  { vaultActivity, auditLog }: Stores,
  account: VaultAccount,
  actor: Actor,
  type: VaultActivityEntry['type'],
  auditType: string,
  data?: string,
): Promise<void> {
  await vaultActivity.record({ type, account, actor, data });
  await auditLog.record({ type: auditType, actor, object: auditedAccount(account) });
}
