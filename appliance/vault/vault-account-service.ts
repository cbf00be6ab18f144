import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import type { Changes } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { codeNameFrom } from '../jump/code-name.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { SealedSecrets } from './keys/sealed-secrets.ts';
import { endDoubtByHand, refuseWhileRotating } from './rotation/rotation-guard.ts';
import type { SshKeys } from './ssh-keys.ts';
import {
  auditedAccount,
  DEFAULT_ACCOUNT_GROUP_ID,
  isPersonal,
  type ListedVaultAccount,
  type VaultAccount,
  type VaultAccountFilter,
  type VaultSecretName,
  vaultSecret,
  vaultSecretOwner,
} from './vault-account.ts';
import {
  makeableType,
  type ResolvedFields,
  resolvedFields,
  type VaultAccountInput,
  type VaultSecretChanges,
} from './vault-account-fields.ts';
import { refuseGainByChange, refuseGainByMove } from './vault-self-grant.ts';

export type NewVaultAccountInput = Changes<VaultAccountInput> & { type: string; name: string };

/** Whom an account is for: everybody it is granted to, or its owner alone. */
export interface AccountOwnership {
  ownerUserId: number | null;
}

/** Accounts of the vault as those see them who administer it. Personal ones are their owner's: see `OwnVaultService`. */
export class VaultAccountService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #writer: VaultAccountWriter;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; writer: VaultAccountWriter }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#writer = deps.writer;
  }

  async list(actor: Actor, filter: VaultAccountFilter, page: PageRequest): Promise<Page<ListedVaultAccount>> {
    requireVaultConfiguration(actor);
    return await this.#stores.vaultAccounts.find(filter, page);
  }

  async show(actor: Actor, id: number): Promise<VaultAccount> {
    requireVaultConfiguration(actor);
    return (await this.#stores.vaultAccounts.findById(id)) ?? noSuchAccount(id);
  }

  async create(actor: Actor, input: NewVaultAccountInput): Promise<VaultAccount> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction((stores) =>
      this.#writer.create(stores, actor, input, { ownerUserId: null }),
    );
  }

  async update(
    actor: Actor,
    id: number,
    changes: Changes<VaultAccountInput>,
    ifRevision?: WantedRevisions,
  ): Promise<VaultAccount> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const before = (await stores.vaultAccounts.lockById(id)) ?? noSuchAccount(id);
      refusePersonal(before);
      requireRevision(before, ifRevision);
      if (changes.accountGroupId !== undefined && before.accountGroupId !== null) {
        await refuseGainByMove(
          stores,
          actor,
          { type: 'account', id },
          { fromGroupId: before.accountGroupId, toGroupId: changes.accountGroupId },
        );
      }
      const { endpointId, username, password } = changes;
      await refuseGainByChange(stores, actor, before, {
        endpointId,
        username,
        givesPassword: Boolean(password),
      });
      return await this.#writer.update(stores, actor, before, changes);
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const account = (await stores.vaultAccounts.lockById(id)) ?? noSuchAccount(id);
      refusePersonal(account);
      requireRevision(account, ifRevision);
      await this.#writer.delete(stores, actor, account);
    });
  }
}

/**
 * Writes an account with its secrets, and tells of it, in the caller's transaction. Whether the caller may is the
 * caller's question; the account is locked by the caller.
 */
export class VaultAccountWriter {
  readonly #secrets: SealedSecrets;
  readonly #sshKeys: SshKeys;

  constructor(deps: { secrets: SealedSecrets; sshKeys: SshKeys }) {
    this.#secrets = deps.secrets;
    this.#sshKeys = deps.sshKeys;
  }

  async create(
    stores: Stores,
    actor: Actor,
    input: NewVaultAccountInput,
    { ownerUserId }: AccountOwnership,
  ): Promise<VaultAccount> {
    const type = makeableType(input.type);
    const { fields, secrets } = await resolvedFields(type, undefined, input, this.#sshKeys);
    const account = await stores.vaultAccounts.insert({
      type,
      name: input.name,
      codeName: ownerUserId === null ? await codeNameOf(stores, input.codeName, input.name) : '',
      description: input.description ?? '',
      ownerUserId,
      accountGroupId: ownerUserId === null ? (input.accountGroupId ?? DEFAULT_ACCOUNT_GROUP_ID) : null,
      accountPolicy: await knownPolicy(stores, input.accountPolicy ?? null),
      ...fields,
    });
    const told = await this.#writeSecrets(stores, account.id, secrets);
    await stores.vaultActivity.record({ type: 'Account Created', account, actor });
    await stores.auditLog.record({
      type: 'vault_account.created',
      actor,
      object: auditedAccount(account),
      after: { ...audited(account), ...told },
    });
    return account;
  }

  async update(
    stores: Stores,
    actor: Actor,
    before: VaultAccount,
    changes: Changes<VaultAccountInput>,
  ): Promise<VaultAccount> {
    if (changes.type !== undefined && changes.type !== before.type) {
      throw invalidField(
        'type',
        `The type of an account cannot be changed: this one is of the type ${before.type}.`,
      );
    }
    const { fields, secrets } = await resolvedFields(before.type, before, changes, this.#sshKeys);
    const wanted: VaultAccount = {
      ...before,
      name: changes.name ?? before.name,
      codeName:
        changes.codeName === undefined || isPersonal(before)
          ? before.codeName
          : await codeNameOf(stores, changes.codeName, changes.name ?? before.name, before.codeName),
      description: changes.description ?? before.description,
      accountGroupId: changes.accountGroupId ?? before.accountGroupId,
      accountPolicy:
        changes.accountPolicy === undefined
          ? before.accountPolicy
          : await knownPolicy(stores, changes.accountPolicy),
      ...fields,
    };
    if (bearsOnHost(before, wanted, secrets)) await refuseWhileRotating(stores, before.id);
    const told = await this.#writeSecrets(stores, before.id, secrets);
    const secretChanged = Object.keys(told).length > 0;
    const change = auditChange(audited(before), audited(wanted));
    if (change === undefined && !secretChanged) return before;
    if (secretChanged) await endDoubtByHand(stores, before.id);
    const after = await stores.vaultAccounts.update(wanted, { secretChanged });
    await stores.vaultActivity.record({ type: 'Account Edited', account: after, actor });
    await stores.auditLog.record({
      type: 'vault_account.updated',
      actor,
      object: auditedAccount(after),
      before: change?.before ?? {},
      after: { ...change?.after, ...told },
    });
    return after;
  }

  async delete(stores: Stores, actor: Actor, account: VaultAccount): Promise<void> {
    await refuseWhileRotating(stores, account.id);
    const secrets = await stores.sealedSecrets.namesOf(vaultSecretOwner(account.id));
    await stores.vaultAccounts.delete(account.id);
    await stores.vaultActivity.record({ type: 'Account Deleted', account, actor });
    await stores.auditLog.record({
      type: 'vault_account.deleted',
      actor,
      object: auditedAccount(account),
      before: { ...audited(account), secrets: secrets.length },
    });
  }

  /** What an audit row says of them: that they were set, never what they are. */
  async #writeSecrets(
    { sealedSecrets }: Stores,
    id: number,
    changes: VaultSecretChanges,
  ): Promise<Record<string, string>> {
    const told: Record<string, string> = {};
    for (const [name, text] of Object.entries(changes) as [
      VaultSecretName,
      ResolvedFields['secrets'][VaultSecretName],
    ][]) {
      const change = await this.#secrets.write(sealedSecrets, vaultSecret(id, name), text ?? null);
      if (change !== undefined) told[name] = change;
    }
    return told;
  }
}

/** Whether a change is about what a rotation works with. */
function bearsOnHost(before: VaultAccount, wanted: VaultAccount, secrets: VaultSecretChanges): boolean {
  return (
    Object.keys(secrets).length > 0 ||
    wanted.username !== before.username ||
    wanted.endpointId !== before.endpointId
  );
}

/** Fails with `forbidden`: a personal account is its owner's alone. */
export function refusePersonal(account: VaultAccount): void {
  if (!isPersonal(account)) return;
  throw new ApplianceError(
    'forbidden',
    'This is a personal account: only its owner can change, delete or use it.',
  );
}

export function noSuchAccount(id: number): never {
  throw new ApplianceError('not_found', `There is no vault account with id ${id}.`);
}

async function codeNameOf(
  { vaultAccounts }: Stores,
  wanted: string | null | undefined,
  name: string,
  present?: string,
): Promise<string> {
  if (wanted) return wanted;
  const made = codeNameFrom(name);
  return made === present ? made : await vaultAccounts.freeCodeName(made);
}

/** The code name as it is written. Fails with `invalid` naming `account_policy`. */
export async function knownPolicy(
  { vaultAccounts }: Stores,
  codeName: string | null,
): Promise<string | null> {
  if (codeName === null) return null;
  const known = await vaultAccounts.policyNamed(codeName);
  if (known !== undefined) return known;
  throw invalidField('account_policy', `There is no vault account policy with the code name ${codeName}.`);
}

/** An account as audit rows show it: what people decide about it, not what happens to it. */
function audited({ secretChangedAt, lastCheckoutAt, createdAt, ...account }: VaultAccount) {
  return auditState(account);
}
