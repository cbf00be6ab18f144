import { hasRight, mayConfigure, requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import { accessOf } from '../access/person-access.ts';
import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { type Ids, includes } from '../ids.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { letGoOfJumpGroup } from '../vault/vault-association-service.ts';
import { chooseCodeName } from './code-name.ts';
import {
  type JumpGroup,
  type JumpGroupFilter,
  type JumpGroupMember,
  revisionOfMember,
} from './jump-group.ts';
import { canRemove, grantFor, permissionLabel } from './jump-item-access.ts';
import { grantOf } from './jump-item-grant.ts';
import { JUMP_ITEM_PERMISSIONS, type JumpItemPermission } from './jump-item-role.ts';
import { visibleGroupsOf } from './jump-item-sight.ts';

/** People who hold it edit Jump Groups and their members. */
const RIGHT = 'perm_edit_jump_groups';
const JUMP_GROUP = new ObjectKind<JumpGroup>({
  type: 'jump_group',
  noun: 'Jump Group',
  name: (group) => group.name,
});

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

  /** People who do not configure Jump Groups see those they belong to and those whose items they see. */
  async list(actor: Actor, filter: JumpGroupFilter, page: PageRequest): Promise<Page<JumpGroup>> {
    return await this.#stores.jumpGroups.find({ ...filter, ids: await this.#visibleTo(actor) }, page);
  }

  async show(actor: Actor, id: number): Promise<JumpGroup> {
    const group = (await this.#stores.jumpGroups.findById(id)) ?? JUMP_GROUP.missing(id);
    return includes(await this.#visibleTo(actor), id) ? group : JUMP_GROUP.missing(id);
  }

  async create(actor: Actor, input: JumpGroupInput): Promise<JumpGroup> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ jumpGroups, auditLog }) => {
      const group = await jumpGroups.insert({
        name: input.name,
        codeName: await chooseCodeName(input.codeName, input.name, jumpGroups),
        comments: input.comments ?? '',
      });
      await auditLog.record(JUMP_GROUP.created(actor, group));
      return group;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { codeName, comments, ...changes }: Changes<JumpGroupInput>,
    ifRevision?: WantedRevisions,
  ): Promise<JumpGroup> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ jumpGroups, auditLog }) => {
      const before = await JUMP_GROUP.lock(jumpGroups, id, ifRevision);
      const after: JumpGroup = { ...before, ...named(changes) };
      if (comments !== undefined) after.comments = comments ?? '';
      if (codeName !== undefined) after.codeName = await chooseCodeName(codeName, after.name, jumpGroups);
      return await JUMP_GROUP.update(jumpGroups, { auditLog, actor }, before, after);
    });
  }

  /** Deletes the Jump Items of the group too. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { jumpGroups, auditLog, accessFacts } = stores;
      const group = await JUMP_GROUP.lock(jumpGroups, id, ifRevision);
      await letGoOfJumpGroup(stores, actor, id);
      const grant = await grantFor(actor, { jumpGroupType: 'shared', jumpGroupId: id }, accessFacts);
      const jumpItems = await jumpGroups.delete(id);
      // The right to edit groups is none to the items in them: those are removed by whose role allows it.
      if (jumpItems > 0 && !canRemove(grant)) {
        throw new ApplianceError(
          'forbidden',
          'The Jump Items in this Jump Group would be deleted with it, and your Jump Item Role does not allow removing them.',
        );
      }
      await auditLog.record(JUMP_GROUP.deleted(actor, group, { jump_items: jumpItems }));
    });
  }

  async listMembers(actor: Actor, groupId: number, page: PageRequest): Promise<Page<JumpGroupMember>> {
    requireConfiguration(actor, RIGHT);
    if ((await this.#stores.jumpGroups.findById(groupId)) === undefined) JUMP_GROUP.missing(groupId);
    return await this.#stores.jumpGroupMembers.find(groupId, page);
  }

  async showMember(actor: Actor, groupId: number, userId: number): Promise<JumpGroupMember> {
    requireConfiguration(actor, RIGHT);
    const member = await this.#stores.jumpGroupMembers.findOne(groupId, userId);
    if (member === undefined) throw noSuchMember();
    return member;
  }

  async addMember(actor: Actor, groupId: number, member: JumpGroupMember): Promise<JumpGroupMember> {
    requireConfiguration(actor, RIGHT);
    const added = await this.#unitOfWork.inTransaction(async (stores) => {
      const { jumpGroups, jumpGroupMembers, auditLog } = stores;
      const group = await JUMP_GROUP.lock(jumpGroups, groupId);
      await requireGrantable(actor, groupId, member, stores);
      await jumpGroupMembers.insert(groupId, member);
      await auditLog.record({
        type: 'jump_group.user_added',
        actor,
        object: JUMP_GROUP.audited(group),
        after: auditState(member),
      });
      return member;
    });
    this.#credentialEvents.publish({ kind: 'user_rights_changed', userId: member.userId });
    return added;
  }

  async changeMember(
    actor: Actor,
    groupId: number,
    userId: number,
    changes: { jumpItemRoleId?: number | null | undefined },
    ifRevision?: WantedRevisions,
  ): Promise<JumpGroupMember> {
    requireConfiguration(actor, RIGHT);
    const member = await this.#unitOfWork.inTransaction(async (stores) => {
      const { jumpGroups, jumpGroupMembers, auditLog } = stores;
      const group = await jumpGroups.lockById(groupId);
      const before = group && (await jumpGroupMembers.findOne(groupId, userId));
      if (group === undefined || before === undefined) throw noSuchMember();
      requireRevision({ revision: revisionOfMember(before) }, ifRevision);
      const after: JumpGroupMember =
        changes.jumpItemRoleId === undefined ? before : { userId, jumpItemRoleId: changes.jumpItemRoleId };
      if (after.jumpItemRoleId === before.jumpItemRoleId) return before;
      await requireGrantable(actor, groupId, after, stores);
      await jumpGroupMembers.update(groupId, after);
      await auditLog.record({
        type: 'jump_group.user_changed',
        actor,
        object: JUMP_GROUP.audited(group),
        before: auditState(before),
        after: auditState(after),
      });
      return after;
    });
    this.#credentialEvents.publish({ kind: 'user_rights_changed', userId });
    return member;
  }

  async removeMember(
    actor: Actor,
    groupId: number,
    userId: number,
    ifRevision?: WantedRevisions,
  ): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { jumpGroups, jumpGroupMembers, auditLog } = stores;
      const group = await jumpGroups.lockById(groupId);
      const member = group && (await jumpGroupMembers.findOne(groupId, userId));
      if (group === undefined || member === undefined) throw noSuchMember();
      requireRevision({ revision: revisionOfMember(member) }, ifRevision);
      const had = await grantable(actor, groupId, stores, userId);
      await jumpGroupMembers.delete(groupId, userId);
      if (had !== undefined) await refuseGain(had, groupId, userId, stores);
      await auditLog.record({
        type: 'jump_group.user_removed',
        actor,
        object: JUMP_GROUP.audited(group),
        before: auditState(member),
      });
    });
    this.#credentialEvents.publish({ kind: 'user_rights_changed', userId });
  }

  async #visibleTo(actor: Actor): Promise<Ids | undefined> {
    if (mayConfigure(actor) || hasRight(actor, RIGHT)) return undefined;
    const facts = actor.kind === 'user' ? await this.#stores.accessFacts.find(actor.userId) : undefined;
    return facts === undefined ? { only: [] } : visibleGroupsOf(accessOf(facts));
  }
}

/**
 * A role gives every person who has it what it permits, so people who edit Jump Groups can assign those alone that
 * permit no more than their own role in the group, or their default role, does. Without a role it is the default role
 * of the member.
 */
async function requireGrantable(
  actor: Actor,
  jumpGroupId: number,
  { userId, jumpItemRoleId }: JumpGroupMember,
  stores: Pick<Stores, 'accessFacts' | 'jumpItemRoles'>,
): Promise<void> {
  if (mayConfigure(actor) || actor.kind !== 'user') return;
  const roleId = jumpItemRoleId ?? (await defaultRoleOf(userId, stores));
  const role = roleId === undefined ? undefined : await stores.jumpItemRoles.findById(roleId);
  const own = await grantable(actor, jumpGroupId, stores);
  if (role === undefined || own === undefined) return;
  const lacking = JUMP_ITEM_PERMISSIONS.filter((permission) => role[permission] && !own.has(permission));
  if (lacking.length > 0) {
    throw invalidField(
      'jump_item_role_id',
      `You cannot give a Jump Item Role that permits more than your own: ${lacking.map(permissionLabel).join(', ')}.`,
    );
  }
}

/**
 * What the actor has in the group or by the default role, and what `memberId` has in it; undefined for those who may
 * give everything.
 */
async function grantable(
  actor: Actor,
  jumpGroupId: number,
  { accessFacts }: Pick<Stores, 'accessFacts'>,
  memberId?: number,
): Promise<Set<JumpItemPermission> | undefined> {
  if (mayConfigure(actor) || actor.kind !== 'user') return undefined;
  const facts = await accessFacts.find(actor.userId);
  const member = memberId === undefined ? undefined : await accessFacts.find(memberId);
  if (facts === undefined) return undefined;
  const person = accessOf(facts);
  const owner = { jumpGroupType: 'shared', jumpGroupId } as const;
  return new Set([
    ...grantOf(person, owner),
    ...(person.roles.get(person.settings.default_jump_item_role_id)?.permissions ?? []),
    ...(member === undefined ? [] : grantOf(accessOf(member), owner)),
  ]);
}

/** A membership may hold somebody back: without it a group policy or the system role has its say. */
async function refuseGain(
  had: ReadonlySet<JumpItemPermission>,
  jumpGroupId: number,
  userId: number,
  { accessFacts }: Pick<Stores, 'accessFacts'>,
): Promise<void> {
  const facts = await accessFacts.find(userId);
  const has = facts && grantOf(accessOf(facts), { jumpGroupType: 'shared', jumpGroupId });
  const gained = [...(has ?? [])].filter((permission) => !had.has(permission));
  if (gained.length === 0) return;
  throw new ApplianceError(
    'forbidden',
    `Without this membership the user may do more than you: ${gained.map(permissionLabel).join(', ')}.`,
  );
}

async function defaultRoleOf(
  userId: number,
  { accessFacts }: Pick<Stores, 'accessFacts'>,
): Promise<number | undefined> {
  const facts = await accessFacts.find(userId, { jumpGroupIds: [], jumpointIds: [], ownerUserIds: [] });
  return facts && accessOf(facts).settings.default_jump_item_role_id;
}

function noSuchMember(): ApplianceError {
  return new ApplianceError('not_found', 'This user is not a direct member of this Jump Group.');
}
