import type { Actor } from '../actor.ts';
import { auditChange } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, type FieldErrors, invalidField } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { refuseWhileUsed } from '../uses.ts';
import { requireConfiguration } from './configuration-rights.ts';
import type { CredentialEvents } from './credential-events.ts';
import {
  SESSION_PERMISSION_NAMES,
  type SessionPermissionName,
  type SessionPermissionValue,
  type SessionPermissionValues,
  sessionPermissionProblem,
} from './session-permissions.ts';
import {
  GLOBAL_SESSION_POLICY_ID,
  type SessionPolicy,
  type SessionPolicyAvailability,
} from './session-policy.ts';

const SESSION_POLICY = new ObjectKind<SessionPolicy>({
  type: 'session_policy',
  noun: 'session policy',
  name: (policy) => policy.displayName,
});

/** `null` makes a permission “not defined”; one that is not named stays as it is. */
export type SessionPermissionChanges = {
  [Name in SessionPermissionName]?: SessionPermissionValue | null | undefined;
};

/** `codeName` blank: made from the display name. */
export type SessionPolicyInput = Pick<SessionPolicy, 'displayName'> &
  Changes<Pick<SessionPolicy, 'codeName' | 'description'> & SessionPolicyAvailability> & {
    permissions?: SessionPermissionChanges | undefined;
  };

const NEW_POLICY: Pick<SessionPolicy, 'description' | keyof SessionPolicyAvailability> = {
  description: '',
  availableToUsers: true,
  availableToJumpItems: true,
  availableToRepInvite: false,
  availableToPortals: true,
};

/** Session policies, the global one among them. */
export class SessionPolicyService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  /** Everybody may know which policies there are: whoever edits a Jump Item chooses one. */
  async list(page: PageRequest): Promise<Page<SessionPolicy>> {
    return await this.#stores.sessionPolicies.find(page);
  }

  async show(actor: Actor, id: number): Promise<SessionPolicy> {
    requireConfiguration(actor);
    refuseGlobal(id);
    return (await this.#stores.sessionPolicies.findById(id)) ?? SESSION_POLICY.missing(id);
  }

  async create(actor: Actor, input: SessionPolicyInput): Promise<SessionPolicy> {
    requireConfiguration(actor);
    const permissions = changedPermissions({}, input.permissions ?? {});
    return await this.#unitOfWork.inTransaction(
      async (stores) => await this.#insert(stores, actor, { ...input, permissions }),
    );
  }

  /** A new policy that defines what another one does, available to the same. */
  async copy(
    actor: Actor,
    id: number,
    names: Pick<SessionPolicyInput, 'displayName' | 'codeName'>,
  ): Promise<SessionPolicy> {
    requireConfiguration(actor);
    refuseGlobal(id);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const {
        id: _,
        revision,
        codeName,
        ...original
      } = await SESSION_POLICY.lock(stores.sessionPolicies, id);
      return await this.#insert(stores, actor, { ...original, codeName: undefined, ...named(names) });
    });
  }

  /** Fails with `invalid` naming the uses when the policy is withdrawn from what uses it. */
  async update(
    actor: Actor,
    id: number,
    changes: Changes<SessionPolicyInput>,
    ifRevision?: WantedRevisions,
  ): Promise<SessionPolicy> {
    requireConfiguration(actor);
    refuseGlobal(id);
    return await this.#change(actor, id, ifRevision, async ({ sessionPolicies }, before) => {
      const { permissions, ...others } = named(changes);
      const after: SessionPolicy = {
        ...before,
        ...others,
        permissions: changedPermissions(before.permissions, permissions ?? {}),
      };
      if (changes.codeName === '') {
        after.codeName = await chooseCodeName('', after.displayName, sessionPolicies);
      }
      await refuseWithdrawal(sessionPolicies, before, after);
      return after;
    });
  }

  /** Fails with `invalid` naming the uses while there are any. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    refuseGlobal(id);
    await this.#unitOfWork.inTransaction(async ({ sessionPolicies, auditLog }) => {
      const policy = await SESSION_POLICY.lock(sessionPolicies, id, ifRevision);
      const { users, jumpItems, portals } = await sessionPolicies.usesOf(id);
      refuseWhileUsed('This session policy', [...users, ...jumpItems, ...portals]);
      await sessionPolicies.delete(id);
      await auditLog.record(SESSION_POLICY.deleted(actor, policy));
    });
  }

  async showGlobal(actor: Actor): Promise<SessionPolicy> {
    requireConfiguration(actor);
    return (
      (await this.#stores.sessionPolicies.findById(GLOBAL_SESSION_POLICY_ID)) ??
      SESSION_POLICY.missing(GLOBAL_SESSION_POLICY_ID)
    );
  }

  /** Fails with `invalid` when it would leave a permission undefined: nothing would decide it then. */
  async updateGlobal(
    actor: Actor,
    permissions: SessionPermissionChanges,
    ifRevision?: WantedRevisions,
  ): Promise<SessionPolicy> {
    requireConfiguration(actor);
    return await this.#change(actor, GLOBAL_SESSION_POLICY_ID, ifRevision, async (_stores, before) => {
      const after = { ...before, permissions: changedPermissions(before.permissions, permissions) };
      requireEverything(after.permissions);
      return after;
    });
  }

  async #change(
    actor: Actor,
    id: number,
    ifRevision: WantedRevisions,
    changed: (stores: Stores, before: SessionPolicy) => Promise<SessionPolicy>,
  ): Promise<SessionPolicy> {
    let isChanged = false;
    const policy = await this.#unitOfWork.inTransaction(async (stores) => {
      const { sessionPolicies, auditLog } = stores;
      const before = await SESSION_POLICY.lock(sessionPolicies, id, ifRevision);
      const after = await changed(stores, before);
      const change = policyChange(before, after);
      isChanged = change !== undefined;
      if (change === undefined) return before;
      const revision = await sessionPolicies.update(after);
      await auditLog.record(SESSION_POLICY.updated(actor, after, change));
      return { ...after, revision };
    });
    if (isChanged) this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
    return policy;
  }

  async #insert(
    { sessionPolicies, auditLog }: Stores,
    actor: Actor,
    input: SessionPolicyInput & Pick<SessionPolicy, 'permissions'>,
  ): Promise<SessionPolicy> {
    const codeName = await chooseCodeName(input.codeName, input.displayName, sessionPolicies);
    const policy = await sessionPolicies.insert({
      ...NEW_POLICY,
      ...named(input),
      displayName: input.displayName,
      permissions: input.permissions,
      codeName,
    });
    await auditLog.record(SESSION_POLICY.created(actor, policy));
    return policy;
  }
}

/**
 * The permissions after a change, in the order of the catalogue. Fails with `invalid` naming each value that a
 * permission cannot have, under `permissions.<name>`.
 */
export function changedPermissions(
  before: SessionPermissionValues,
  changes: SessionPermissionChanges,
): SessionPermissionValues {
  const fields: FieldErrors = {};
  const after: SessionPermissionValues = {};
  for (const name of SESSION_PERMISSION_NAMES) {
    const value = changes[name] === undefined ? before[name] : changes[name];
    if (value === undefined || value === null) continue;
    const problem = sessionPermissionProblem(name, value);
    if (problem !== undefined) fields[`permissions.${name}`] = [problem];
    after[name] = value;
  }
  const problems = Object.values(fields).flat();
  if (problems.length > 0) throw new ApplianceError('invalid', problems.join(' '), { fields });
  return after;
}

function requireEverything(permissions: SessionPermissionValues): void {
  const missing = SESSION_PERMISSION_NAMES.find((name) => permissions[name] === undefined);
  if (missing === undefined) return;
  throw invalidField(
    `permissions.${missing}`,
    `The global session policy defines every permission, so ${missing} cannot be left undefined.`,
  );
}

async function refuseWithdrawal(
  sessionPolicies: Stores['sessionPolicies'],
  before: SessionPolicy,
  after: SessionPolicy,
): Promise<void> {
  const withdrawn = (name: keyof SessionPolicyAvailability) => before[name] && !after[name];
  if (
    !withdrawn('availableToUsers') &&
    !withdrawn('availableToJumpItems') &&
    !withdrawn('availableToPortals')
  )
    return;
  const { users, jumpItems, portals } = await sessionPolicies.usesOf(before.id);
  const what = 'This session policy';
  if (withdrawn('availableToUsers')) refuseWhileUsed(what, users, 'available_to_users');
  if (withdrawn('availableToJumpItems')) refuseWhileUsed(what, jumpItems, 'available_to_jump_items');
  if (withdrawn('availableToPortals')) refuseWhileUsed(what, portals, 'available_to_portals');
}

/** Of the permissions only those that differ: an audit row names what somebody did, not sixty others. */
function policyChange(before: SessionPolicy, after: SessionPolicy) {
  const { permissions: was, ...restBefore } = before;
  const { permissions: is, ...restAfter } = after;
  const rest = auditChange(restBefore, restAfter);
  const permissions = auditChange(was, is);
  if (rest === undefined && permissions === undefined) return undefined;
  return {
    before: { ...rest?.before, ...(permissions && { permissions: permissions.before }) },
    after: { ...rest?.after, ...(permissions && { permissions: permissions.after }) },
  };
}

function refuseGlobal(id: number): void {
  if (id === GLOBAL_SESSION_POLICY_ID) SESSION_POLICY.missing(id);
}
