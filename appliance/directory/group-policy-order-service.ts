import { requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { invalidField } from '../errors.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { requireAdministratorForAdministrators } from './administrator-guard.ts';
import { GROUP_POLICY } from './group-policy-service.ts';

/** Ids of all group policies in the order in which they are applied. */
export interface OrderOfPolicies {
  ids: number[];
  revision: number;
}

/**
 * The order of the group policies. Whoever is no administrator cannot change the order of those that say who is one.
 */
export class GroupPolicyOrderService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  async show(actor: Actor): Promise<OrderOfPolicies> {
    requireConfiguration(actor);
    return await this.#stores.groupPolicyOrder.read();
  }

  /**
   * Fails with `invalid` unless every policy is named exactly once, and with `precondition_failed` when a policy was
   * moved, made or deleted meanwhile.
   */
  async write(actor: Actor, ids: readonly number[], ifRevision?: WantedRevisions): Promise<OrderOfPolicies> {
    requireConfiguration(actor);
    const order = await this.#unitOfWork.inTransaction(async (stores) => {
      const { groupPolicyOrder, auditLog } = stores;
      const { revision } = await groupPolicyOrder.lock();
      requireRevision({ revision }, ifRevision);
      const before = await groupPolicyOrder.read();
      requireAll(before.ids, ids);
      if (before.ids.every((id, index) => id === ids[index])) return before;
      await keepingAdministrators(stores, actor, () => groupPolicyOrder.write(ids));
      await auditLog.record({
        type: 'group_policy.reordered',
        actor,
        object: { type: 'group_policy_order', id: '' },
        before: { ids: before.ids },
        after: { ids },
      });
      return { ids: [...ids], revision: await groupPolicyOrder.raise() };
    });
    this.#tell();
    return order;
  }

  /** Puts one policy at a place counted from 1; the others keep their order. Fails as `write` does. */
  async move(
    actor: Actor,
    id: number,
    position: number,
    ifRevision?: WantedRevisions,
  ): Promise<OrderOfPolicies> {
    requireConfiguration(actor);
    const order = await this.#unitOfWork.inTransaction(async (stores) => {
      const { groupPolicies, groupPolicyOrder, auditLog } = stores;
      const { revision, total } = await groupPolicyOrder.lock();
      const policy = await GROUP_POLICY.lock(groupPolicies, id);
      requireRevision({ revision }, ifRevision);
      if (position > total) throw invalidField('position', `There are ${total} group policies.`);
      if (position === policy.position) return await groupPolicyOrder.read();
      await keepingAdministrators(stores, actor, () => groupPolicyOrder.move(id, policy.position, position));
      await groupPolicyOrder.raise();
      await auditLog.record({
        type: 'group_policy.moved',
        actor,
        object: GROUP_POLICY.audited(policy),
        before: { position: policy.position },
        after: { position },
      });
      return await groupPolicyOrder.read();
    });
    this.#tell();
    return order;
  }

  #tell(): void {
    this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
  }
}

/** Who is an administrator depends on the order of the policies that say so, and on no other. */
async function keepingAdministrators(
  { groupPolicyOrder }: Stores,
  actor: Actor,
  change: () => Promise<void>,
): Promise<void> {
  const before = await groupPolicyOrder.definingAdministrators();
  await change();
  const after = await groupPolicyOrder.definingAdministrators();
  if (before.some((id, index) => id !== after[index])) requireAdministratorForAdministrators(actor);
}

function requireAll(existing: readonly number[], ids: readonly number[]): void {
  const named = new Set(ids);
  if (named.size !== ids.length) throw invalidField('ids', 'A group policy is named twice.');
  const missing = existing.find((id) => !named.has(id));
  if (missing !== undefined) throw invalidField('ids', `The group policy with id ${missing} is missing.`);
  if (ids.length !== existing.length) {
    const known = new Set(existing);
    throw invalidField('ids', `There is no group policy with id ${ids.find((id) => !known.has(id))}.`);
  }
}
