import { requireConfiguration, requireVaultConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { GROUP_POLICY } from './group-policy-service.ts';
import type { PolicyVaultGrant, PolicyVaultKind } from './group-policy-vault.ts';

const NAMES: Record<PolicyVaultKind, { noun: string; field: string }> = {
  vault_account: { noun: 'vault account', field: 'account_id' },
  vault_account_group: { noun: 'vault account group', field: 'account_group_id' },
};

/** Which accounts of the vault, and groups of them, the members of a group policy may use. */
export class GroupPolicyVaultService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(actor: Actor, policyId: number, kind: PolicyVaultKind): Promise<PolicyVaultGrant[]> {
    requireConfiguration(actor);
    await this.#requirePolicy(policyId);
    return await this.#stores.groupPolicyVaultGrants.find(kind, policyId);
  }

  async show(actor: Actor, policyId: number, kind: PolicyVaultKind, id: number): Promise<PolicyVaultGrant> {
    requireConfiguration(actor);
    await this.#requirePolicy(policyId);
    return (await this.#stores.groupPolicyVaultGrants.findOne(kind, policyId, id)) ?? notThere(kind);
  }

  /** Whoever lets people use the vault configures it, so this needs that permission too. */
  async add(
    actor: Actor,
    policyId: number,
    kind: PolicyVaultKind,
    grant: PolicyVaultGrant,
  ): Promise<PolicyVaultGrant> {
    requireConfiguration(actor);
    requireVaultConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ groupPolicies, groupPolicyVaultGrants, auditLog }) => {
      const policy = await GROUP_POLICY.lock(groupPolicies, policyId);
      const target = await groupPolicyVaultGrants.lockTarget(kind, grant.id);
      const { noun, field } = NAMES[kind];
      if (target === undefined) throw invalidField(field, `There is no ${noun} with this id.`);
      if (target.personal) throw invalidField(field, 'A personal account is its owner’s alone.');
      await groupPolicyVaultGrants.insert(kind, policyId, grant);
      await auditLog.record({
        type: `group_policy.${kind}_added`,
        actor,
        object: GROUP_POLICY.audited(policy),
        after: { [`${kind}_id`]: grant.id, role: grant.role },
      });
    });
    return grant;
  }

  async remove(actor: Actor, policyId: number, kind: PolicyVaultKind, id: number): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ groupPolicies, groupPolicyVaultGrants, auditLog }) => {
      const policy = await GROUP_POLICY.lock(groupPolicies, policyId);
      const grant = (await groupPolicyVaultGrants.findOne(kind, policyId, id)) ?? notThere(kind);
      await groupPolicyVaultGrants.delete(kind, policyId, id);
      await auditLog.record({
        type: `group_policy.${kind}_removed`,
        actor,
        object: GROUP_POLICY.audited(policy),
        before: { [`${kind}_id`]: id, role: grant.role },
      });
    });
  }

  async #requirePolicy(id: number): Promise<void> {
    if ((await this.#stores.groupPolicies.findById(id)) === undefined) GROUP_POLICY.missing(id);
  }
}

function notThere(kind: PolicyVaultKind): never {
  throw new ApplianceError('not_found', `This group policy says nothing about this ${NAMES[kind].noun}.`);
}
