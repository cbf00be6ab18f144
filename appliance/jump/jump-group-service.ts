import { mayConfigure, requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import type { Changes } from '../changes.ts';
import { ApplianceError } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { chooseCodeName } from './code-name.ts';
import type { JumpGroup, JumpGroupFilter, JumpGroupMember } from './jump-group.ts';

export interface JumpGroupInput {
  name: string;
  /** Blank: made from the name. */
  codeName?: string | null | undefined;
  comments?: string | null | undefined;
}

/** Jump Groups and their direct members. */
export class JumpGroupService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  /** People who do not configure the site see the groups they belong to. */
  async list(actor: Actor, filter: JumpGroupFilter, page: PageRequest): Promise<Page<JumpGroup>> {
    const memberUserId = mayConfigure(actor) || actor.kind !== 'user' ? undefined : actor.userId;
    return await this.#stores.jumpGroups.find({ ...filter, memberUserId }, page);
  }

  async show(actor: Actor, id: number): Promise<JumpGroup> {
    const group = await this.#stores.jumpGroups.findById(id);
    if (group === undefined || !(await this.#maySee(actor, id))) throw noSuchGroup(id);
    return group;
  }

  async create(actor: Actor, input: JumpGroupInput): Promise<JumpGroup> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ jumpGroups, auditLog }) => {
      const group = await jumpGroups.insert({
        name: input.name,
        codeName: await chooseCodeName(input.codeName, input.name, (name) =>
          jumpGroups.isCodeNameTaken(name),
        ),
        comments: input.comments ?? '',
      });
      await auditLog.record({
        type: 'jump_group.created',
        actor,
        object: audited(group),
        after: auditState(group),
      });
      return group;
    });
  }

  async update(
    actor: Actor,
    id: number,
    changes: Changes<JumpGroupInput>,
    ifRevision?: WantedRevisions,
  ): Promise<JumpGroup> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ jumpGroups, auditLog }) => {
      const before = await jumpGroups.lockById(id);
      if (before === undefined) throw noSuchGroup(id);
      requireRevision(before, ifRevision);
      const name = changes.name ?? before.name;
      const after: JumpGroup = {
        ...before,
        name,
        codeName:
          changes.codeName === undefined
            ? before.codeName
            : await chooseCodeName(changes.codeName, name, (wanted) => jumpGroups.isCodeNameTaken(wanted)),
        comments: changes.comments === undefined ? before.comments : (changes.comments ?? ''),
      };
      const change = auditChange(before, after);
      if (change === undefined) return before;
      const revision = await jumpGroups.update(after);
      await auditLog.record({ type: 'jump_group.updated', actor, object: audited(after), ...change });
      return { ...after, revision };
    });
  }

  /** Deletes the Jump Items of the group too. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ jumpGroups, auditLog }) => {
      const group = await jumpGroups.lockById(id);
      if (group === undefined) throw noSuchGroup(id);
      requireRevision(group, ifRevision);
      const jumpItems = await jumpGroups.delete(id);
      await auditLog.record({
        type: 'jump_group.deleted',
        actor,
        object: audited(group),
        before: { ...auditState(group), jump_items: jumpItems },
      });
    });
  }

  async listMembers(actor: Actor, groupId: number, page: PageRequest): Promise<Page<JumpGroupMember>> {
    requireConfiguration(actor);
    if ((await this.#stores.jumpGroups.findById(groupId)) === undefined) throw noSuchGroup(groupId);
    return await this.#stores.jumpGroupMembers.find(groupId, page);
  }

  async showMember(actor: Actor, groupId: number, userId: number): Promise<JumpGroupMember> {
    requireConfiguration(actor);
    const member = await this.#stores.jumpGroupMembers.findOne(groupId, userId);
    if (member === undefined) throw noSuchMember();
    return member;
  }

  async addMember(actor: Actor, groupId: number, member: JumpGroupMember): Promise<JumpGroupMember> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ jumpGroups, jumpGroupMembers, auditLog }) => {
      const group = await jumpGroups.lockById(groupId);
      if (group === undefined) throw noSuchGroup(groupId);
      await jumpGroupMembers.insert(groupId, member);
      await auditLog.record({
        type: 'jump_group.user_added',
        actor,
        object: audited(group),
        after: auditState(member),
      });
      return member;
    });
  }

  async changeMember(
    actor: Actor,
    groupId: number,
    userId: number,
    changes: { jumpItemRoleId?: number | null | undefined },
  ): Promise<JumpGroupMember> {
    requireConfiguration(actor);
    const member = await this.#unitOfWork.inTransaction(
      async ({ jumpGroups, jumpGroupMembers, auditLog }) => {
        const group = await jumpGroups.lockById(groupId);
        const before = group && (await jumpGroupMembers.findOne(groupId, userId));
        if (group === undefined || before === undefined) throw noSuchMember();
        const after: JumpGroupMember =
          changes.jumpItemRoleId === undefined ? before : { userId, jumpItemRoleId: changes.jumpItemRoleId };
        if (after.jumpItemRoleId === before.jumpItemRoleId) return before;
        await jumpGroupMembers.update(groupId, after);
        await auditLog.record({
          type: 'jump_group.user_changed',
          actor,
          object: audited(group),
          before: auditState(before),
          after: auditState(after),
        });
        return after;
      },
    );
    this.#credentialEvents.publish({ kind: 'user_rights_changed', userId });
    return member;
  }

  async removeMember(actor: Actor, groupId: number, userId: number): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ jumpGroups, jumpGroupMembers, auditLog }) => {
      const group = await jumpGroups.lockById(groupId);
      const member = group && (await jumpGroupMembers.findOne(groupId, userId));
      if (group === undefined || member === undefined) throw noSuchMember();
      await jumpGroupMembers.delete(groupId, userId);
      await auditLog.record({
        type: 'jump_group.user_removed',
        actor,
        object: audited(group),
        before: auditState(member),
      });
    });
    this.#credentialEvents.publish({ kind: 'user_rights_changed', userId });
  }

  async #maySee(actor: Actor, groupId: number): Promise<boolean> {
    if (mayConfigure(actor) || actor.kind !== 'user') return true;
    return (await this.#stores.jumpGroupMembers.findOne(groupId, actor.userId)) !== undefined;
  }
}

function audited(group: JumpGroup): { type: string; id: number; name: string } {
  return { type: 'jump_group', id: group.id, name: group.name };
}

function noSuchGroup(id: number): ApplianceError {
  return new ApplianceError('not_found', `There is no Jump Group with id ${id}.`);
}

function noSuchMember(): ApplianceError {
  return new ApplianceError('not_found', 'This user is not a direct member of this Jump Group.');
}
