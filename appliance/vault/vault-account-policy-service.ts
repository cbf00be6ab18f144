import { requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import {
  DEFAULT_ACCOUNT_POLICY_ID,
  type VaultAccountPolicy,
  type VaultAccountPolicyFilter,
} from './vault-account-policy.ts';

const ACCOUNT_POLICY = new ObjectKind<VaultAccountPolicy>({
  type: 'vault_account_policy',
  noun: 'vault account policy',
  name: (policy) => policy.name,
});

export interface VaultAccountPolicyInput {
  name: string;
  /** Blank: made from the name. */
  codeName?: string | null | undefined;
  description?: string | null | undefined;
  autoRotateCredentials?: boolean | undefined;
  allowSimultaneousCheckout?: boolean | undefined;
  scheduledPasswordRotation?: boolean | undefined;
  maximumPasswordAge?: number | null | undefined;
}

const NEW_POLICY = {
  description: '',
  autoRotateCredentials: false,
  allowSimultaneousCheckout: false,
  scheduledPasswordRotation: false,
  maximumPasswordAge: null,
};

export class VaultAccountPolicyService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(
    actor: Actor,
    filter: VaultAccountPolicyFilter,
    page: PageRequest,
  ): Promise<Page<VaultAccountPolicy>> {
    requireVaultConfiguration(actor);
    return await this.#stores.vaultAccountPolicies.find(filter, page);
  }

  async show(actor: Actor, id: number): Promise<VaultAccountPolicy> {
    requireVaultConfiguration(actor);
    return (await this.#stores.vaultAccountPolicies.findById(id)) ?? ACCOUNT_POLICY.missing(id);
  }

  async create(actor: Actor, input: VaultAccountPolicyInput): Promise<VaultAccountPolicy> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ vaultAccountPolicies, auditLog }) => {
      const { codeName, description, ...given } = input;
      const policy = await vaultAccountPolicies.insert({
        ...NEW_POLICY,
        ...withAge(NEW_POLICY, named(given)),
        name: input.name,
        codeName: await chooseCodeName(codeName, input.name, vaultAccountPolicies),
        description: description ?? '',
      });
      await auditLog.record(ACCOUNT_POLICY.created(actor, policy));
      return policy;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { codeName, description, ...changes }: Changes<VaultAccountPolicyInput>,
    ifRevision?: WantedRevisions,
  ): Promise<VaultAccountPolicy> {
    requireVaultConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ vaultAccountPolicies, auditLog }) => {
      const before = await ACCOUNT_POLICY.lock(vaultAccountPolicies, id, ifRevision);
      const after: VaultAccountPolicy = { ...before, ...withAge(before, named(changes)) };
      if (description !== undefined) after.description = description ?? '';
      if (codeName !== undefined) {
        after.codeName = await chooseCodeName(codeName, after.name, vaultAccountPolicies);
      }
      return await ACCOUNT_POLICY.update(vaultAccountPolicies, { auditLog, actor }, before, after);
    });
  }

  /** The default policy then holds where it did. Fails with `invalid` for that one. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ vaultAccountPolicies, auditLog }) => {
      const policy = await ACCOUNT_POLICY.lock(vaultAccountPolicies, id, ifRevision);
      if (id === DEFAULT_ACCOUNT_POLICY_ID) {
        throw new ApplianceError('invalid', 'The default vault account policy cannot be deleted.');
      }
      const { accounts, groups } = await vaultAccountPolicies.delete(id);
      await auditLog.record(ACCOUNT_POLICY.deleted(actor, policy, { accounts, account_groups: groups }));
    });
  }
}

type Given = { [Name in keyof Rest]?: Exclude<Rest[Name], undefined> };
type Rest = Omit<VaultAccountPolicyInput, 'codeName' | 'description'>;

/**
 * The changes with the age that goes with the schedule. Turning the schedule off takes the age away; an age without a
 * schedule, and a schedule without an age, fail with `invalid` naming `maximum_password_age`.
 */
function withAge(
  before: Pick<VaultAccountPolicy, 'scheduledPasswordRotation' | 'maximumPasswordAge'>,
  given: Given,
): Given {
  const scheduled = given.scheduledPasswordRotation ?? before.scheduledPasswordRotation;
  const age = given.maximumPasswordAge === undefined ? before.maximumPasswordAge : given.maximumPasswordAge;
  if (scheduled && age === null) {
    throw invalidField(
      'maximum_password_age',
      'maximum_password_age is needed with scheduled_password_rotation.',
    );
  }
  if (!scheduled && given.maximumPasswordAge !== undefined && given.maximumPasswordAge !== null) {
    throw invalidField(
      'maximum_password_age',
      'maximum_password_age says something only with scheduled_password_rotation.',
    );
  }
  return { ...given, maximumPasswordAge: scheduled ? age : null };
}
