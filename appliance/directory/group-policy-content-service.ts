import { requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { PolicyContent, PolicyContentKind } from './group-policy.ts';
import { GROUP_POLICY } from './group-policy-service.ts';

const NOUNS: Record<PolicyContentKind, string> = {
  jump_group: 'Jump Group',
  team: 'team',
  jumpoint: 'Jumpoint',
};

/** To which Jump Groups, teams and Jumpoints a group policy adds its members, and from which it removes them. */
export class GroupPolicyContentService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  /** Additions and removals are never in one list: clients take the list of additions for the memberships. */
  async list(
    actor: Actor,
    policyId: number,
    kind: PolicyContentKind,
    action: PolicyContent['action'],
    page?: PageRequest,
  ): Promise<Page<PolicyContent>> {
    requireConfiguration(actor);
    if ((await this.#stores.groupPolicies.findById(policyId)) === undefined) GROUP_POLICY.missing(policyId);
    return await this.#stores.groupPolicyContents.find(kind, policyId, action, page);
  }

  async show(
    actor: Actor,
    policyId: number,
    kind: PolicyContentKind,
    action: PolicyContent['action'],
    id: number,
  ): Promise<PolicyContent> {
    requireConfiguration(actor);
    const content = await this.#stores.groupPolicyContents.findOne(kind, policyId, id);
    return content?.action === action ? content : notThere(kind, action);
  }

  async add(
    actor: Actor,
    policyId: number,
    kind: PolicyContentKind,
    content: PolicyContent,
  ): Promise<PolicyContent> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ groupPolicies, groupPolicyContents, auditLog }) => {
      const policy = await GROUP_POLICY.lock(groupPolicies, policyId);
      await groupPolicyContents.insert(kind, policyId, content);
      await auditLog.record({
        type: `group_policy.${kind}_added`,
        actor,
        object: GROUP_POLICY.audited(policy),
        after: auditedContent(kind, content),
      });
    });
    this.#tell();
    return content;
  }

  /** Takes out what the policy says about it, be it an addition or a removal. */
  async remove(
    actor: Actor,
    policyId: number,
    kind: PolicyContentKind,
    action: PolicyContent['action'],
    id: number,
  ): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ groupPolicies, groupPolicyContents, auditLog }) => {
      const policy = await GROUP_POLICY.lock(groupPolicies, policyId);
      const content = await groupPolicyContents.findOne(kind, policyId, id);
      if (content?.action !== action) return notThere(kind, action);
      await groupPolicyContents.delete(kind, policyId, id);
      await auditLog.record({
        type: `group_policy.${kind}_removed`,
        actor,
        object: GROUP_POLICY.audited(policy),
        before: auditedContent(kind, content),
      });
    });
    this.#tell();
  }

  #tell(): void {
    this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
  }
}

function auditedContent(
  kind: PolicyContentKind,
  { id, action, role }: PolicyContent,
): Record<string, unknown> {
  return { [`${kind}_id`]: id, action, role };
}

function notThere(kind: PolicyContentKind, action: PolicyContent['action']): never {
  throw new ApplianceError(
    'not_found',
    `This group policy does not ${action === 'add' ? 'add its members to' : 'remove its members from'} this ${NOUNS[kind]}.`,
  );
}
