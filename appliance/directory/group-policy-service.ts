import { requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { refuseWhileUsed } from '../uses.ts';
import { requireAdministratorForAdministrators } from './administrator-guard.ts';
import type { GroupPolicy, GroupPolicyFilter, GroupPolicyFinality } from './group-policy.ts';
import {
  auditedSettings,
  changedPolicySettings,
  changesAdministrators,
  definesAdministrators,
  type GroupPolicySettingChanges,
} from './group-policy-settings.ts';

export const GROUP_POLICY = new ObjectKind<GroupPolicy>({
  type: 'group_policy',
  noun: 'group policy',
  name: (policy) => policy.name,
  state: flat,
});

export type GroupPolicyChanges = Changes<Pick<GroupPolicy, 'name' | 'comments'> & GroupPolicyFinality> &
  GroupPolicySettingChanges;
export type NewGroupPolicy = GroupPolicyChanges & { name: string };

const NEW_POLICY: Pick<GroupPolicy, 'comments' | keyof GroupPolicyFinality> = {
  comments: '',
  jumpGroupsAddFinal: false,
  jumpGroupsRemoveFinal: false,
  teamsAddFinal: false,
  teamsRemoveFinal: false,
  jumpointsAddFinal: false,
  jumpointsRemoveFinal: false,
};

/** Group policies and what they define. Whatever may make or unmake an administrator is for administrators. */
export class GroupPolicyService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  async list(actor: Actor, filter: GroupPolicyFilter, page: PageRequest): Promise<Page<GroupPolicy>> {
    requireConfiguration(actor);
    return await this.#stores.groupPolicies.find(filter, page);
  }

  async show(actor: Actor, id: number): Promise<GroupPolicy> {
    requireConfiguration(actor);
    return (await this.#stores.groupPolicies.findById(id)) ?? GROUP_POLICY.missing(id);
  }

  /** The new policy is the last one. */
  async create(actor: Actor, input: NewGroupPolicy): Promise<GroupPolicy> {
    requireConfiguration(actor);
    const { name, values, aliases, statuses, representativeStatus, representativeStatusAlias, ...rest } =
      input;
    const said = changedPolicySettings(undefined, {
      values,
      aliases,
      statuses,
      representativeStatus,
      representativeStatusAlias,
    });
    if (changesAdministrators(undefined, said)) requireAdministratorForAdministrators(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      return await append(stores, actor, { ...NEW_POLICY, ...named(rest), ...said, name });
    });
  }

  /**
   * A new policy with the settings, the members and the memberships of another one, as the last of all. Fails with
   * `invalid` when somebody who is no administrator copies one that says who is.
   */
  async copy(actor: Actor, id: number, name: string): Promise<GroupPolicy> {
    requireConfiguration(actor);
    const copy = await this.#unitOfWork.inTransaction(async (stores) => {
      await stores.groupPolicyOrder.lock();
      const original = await GROUP_POLICY.lock(stores.groupPolicies, id);
      if (definesAdministrators(original)) requireAdministratorForAdministrators(actor);
      const { id: _id, revision: _revision, position: _position, ...said } = original;
      const policy = await append(stores, actor, { ...said, name }, { copied_from: id });
      await stores.groupPolicies.copyContents(id, policy.id);
      return policy;
    });
    this.#tell();
    return copy;
  }

  async update(
    actor: Actor,
    id: number,
    changes: GroupPolicyChanges,
    ifRevision?: WantedRevisions,
  ): Promise<GroupPolicy> {
    requireConfiguration(actor);
    const { values, aliases, statuses, representativeStatus, representativeStatusAlias, ...rest } = changes;
    const policy = await this.#unitOfWork.inTransaction(async ({ groupPolicies, auditLog }) => {
      const before = await GROUP_POLICY.lock(groupPolicies, id, ifRevision);
      const said = changedPolicySettings(before, {
        values,
        aliases,
        statuses,
        representativeStatus,
        representativeStatusAlias,
      });
      if (changesAdministrators(before, said)) requireAdministratorForAdministrators(actor);
      const after: GroupPolicy = { ...before, ...named(rest), ...said };
      return await GROUP_POLICY.update(groupPolicies, { auditLog, actor }, before, after);
    });
    this.#tell();
    return policy;
  }

  /**
   * Its members lose what it gave them. Fails with `invalid` while it is the default of a security provider, and for
   * whoever is no administrator when it says who is one.
   */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ groupPolicies, groupPolicyOrder, auditLog }) => {
      await groupPolicyOrder.lock();
      const policy = await GROUP_POLICY.lock(groupPolicies, id, ifRevision);
      if (definesAdministrators(policy)) requireAdministratorForAdministrators(actor);
      refuseWhileUsed('This group policy', await groupPolicies.usesOf(id));
      await groupPolicies.delete(id);
      await groupPolicyOrder.raise();
      await auditLog.record(GROUP_POLICY.deleted(actor, policy));
    });
    this.#tell();
  }

  /** Changes hold at once; whatever its members have open is checked again. */
  async provision(actor: Actor, id: number): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ groupPolicies, auditLog }) => {
      const policy = (await groupPolicies.findById(id)) ?? GROUP_POLICY.missing(id);
      await auditLog.record({
        type: 'group_policy.provisioned',
        actor,
        object: GROUP_POLICY.audited(policy),
      });
    });
    this.#tell();
  }

  #tell(): void {
    this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
  }
}

async function append(
  { groupPolicies, groupPolicyOrder, auditLog }: Stores,
  actor: Actor,
  policy: Omit<GroupPolicy, 'id' | 'revision' | 'position'>,
  facts: Record<string, unknown> = {},
): Promise<GroupPolicy> {
  const { total } = await groupPolicyOrder.lock();
  const created = await groupPolicies.insert({ ...policy, position: total + 1 });
  await groupPolicyOrder.raise();
  await auditLog.record(GROUP_POLICY.created(actor, created, facts));
  return created;
}

/** Settings beside the rest, so that an audit row names those that changed. */
function flat({ settings, keptValues, ...policy }: GroupPolicy): object {
  return { ...policy, ...auditedSettings({ settings, keptValues }) };
}
