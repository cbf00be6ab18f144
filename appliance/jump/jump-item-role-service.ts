import { requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import { NO_ACCESS_ROLE_ID } from '../access/user-settings.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError } from '../errors.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { refuseWhileUsed } from '../uses.ts';
import {
  JUMP_ITEM_PERMISSIONS,
  type JumpItemPermission,
  type JumpItemRole,
  type RevisedJumpItemRole,
} from './jump-item-role.ts';

const JUMP_ITEM_ROLE = new ObjectKind<RevisedJumpItemRole>({
  type: 'jump_item_role',
  noun: 'Jump Item Role',
  name: (role) => role.name,
});

/** Permissions that are not named are not given. */
export type JumpItemRoleInput = Pick<JumpItemRole, 'name'> &
  Changes<Pick<JumpItemRole, 'description' | JumpItemPermission>>;

const NOTHING = Object.fromEntries(JUMP_ITEM_PERMISSIONS.map((name) => [name, false])) as Record<
  JumpItemPermission,
  boolean
>;

/**
 * Jump Item Roles. Whoever configures the site has every permission on Jump Items, so nobody can give more than they
 * have.
 */
export class JumpItemRoleService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  async list(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<RevisedJumpItemRole>> {
    return await this.#stores.jumpItemRoles.find(filter, page);
  }

  async show(id: number): Promise<RevisedJumpItemRole> {
    return (await this.#stores.jumpItemRoles.findById(id)) ?? JUMP_ITEM_ROLE.missing(id);
  }

  async create(actor: Actor, input: JumpItemRoleInput): Promise<RevisedJumpItemRole> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ jumpItemRoles, auditLog }) => {
      const role = await jumpItemRoles.insert({
        description: '',
        ...NOTHING,
        ...named(input),
        name: input.name,
      });
      await auditLog.record(JUMP_ITEM_ROLE.created(actor, role));
      return role;
    });
  }

  async update(
    actor: Actor,
    id: number,
    changes: Changes<JumpItemRoleInput>,
    ifRevision?: WantedRevisions,
  ): Promise<RevisedJumpItemRole> {
    requireConfiguration(actor);
    let isChanged = false;
    const role = await this.#unitOfWork.inTransaction(async ({ jumpItemRoles, auditLog }) => {
      const before = await JUMP_ITEM_ROLE.lock(jumpItemRoles, id, ifRevision);
      const after = { ...before, ...named(changes) };
      const change = JUMP_ITEM_ROLE.difference(before, after);
      isChanged = change !== undefined;
      if (change === undefined) return before;
      refuseNoAccess(id, 'changed');
      const revision = await jumpItemRoles.update(after);
      await auditLog.record(JUMP_ITEM_ROLE.updated(actor, after, change));
      return { ...after, revision };
    });
    if (isChanged) this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
    return role;
  }

  /** Fails with `invalid` naming the uses while there are any. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ jumpItemRoles, auditLog }) => {
      const role = await JUMP_ITEM_ROLE.lock(jumpItemRoles, id, ifRevision);
      refuseNoAccess(id, 'deleted');
      refuseWhileUsed('This Jump Item Role', await jumpItemRoles.usesOf(id));
      await jumpItemRoles.delete(id);
      await auditLog.record(JUMP_ITEM_ROLE.deleted(actor, role));
    });
  }
}

function refuseNoAccess(id: number, what: string): void {
  if (id !== NO_ACCESS_ROLE_ID) return;
  throw new ApplianceError(
    'invalid',
    `This Jump Item Role is what people have of whom nothing is said, so it cannot be ${what}.`,
  );
}
