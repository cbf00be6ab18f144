import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { auditChange } from '../audit/audit-state.ts';
import { ApplianceError } from '../errors.ts';
import type { Page } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { ScimGroup, ScimGroupContent, ScimGroupNaming, ScimMembership } from './scim-group.ts';
import { nestedGroup, type ScimGroupChange, type ScimMemberStep } from './scim-group-changes.ts';
import { scimProblem } from './scim-problem.ts';
import { groupNamingOf, requireScim, scimProviderOf } from './scim-provider.ts';
import type { ScimQuery, ScimReference } from './scim-user.ts';
import type { SecurityProvider } from './security-provider.ts';

export interface ShownScimGroup extends ScimGroup {
  /** Undefined: not asked for. */
  shownMembers: readonly ScimReference[] | undefined;
}

/** A page ends early rather than hold more members than this; one group is always answered whole. */
const MOST_MEMBERS_OF_A_PAGE = 50_000;
/** So many are told one by one that their rights changed; of more, everybody is. */
const MOST_TOLD = 50;
const MOST_AUDITED = 100;
const LONGEST_NAME = 255;
const LONGEST_EXTERNAL_ID = 512;

/** The groups that a directory provisions by SCIM. Who is in one is in every group policy that names it. */
export class ScimGroupService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  async list(actor: Actor, query: ScimQuery, withMembers: boolean): Promise<Page<ShownScimGroup>> {
    requireScim(actor);
    const provider = await scimProviderOf(this.#stores);
    const { items, total } = await this.#stores.scimGroups.find(provider.id, query);
    if (!withMembers) return { items: items.map((group) => ({ ...group, shownMembers: undefined })), total };
    let members = 0;
    const shown = items.filter((group, place) => {
      members += group.members;
      return place === 0 || members <= MOST_MEMBERS_OF_A_PAGE;
    });
    return { items: await this.#withMembers(shown), total };
  }

  async show(actor: Actor, id: string, withMembers: boolean): Promise<ShownScimGroup> {
    requireScim(actor);
    const provider = await scimProviderOf(this.#stores);
    const group = (await this.#stores.scimGroups.findById(provider.id, id)) ?? noSuchGroup(id);
    return withMembers ? (await this.#withMembers([group]))[0]! : { ...group, shownMembers: undefined };
  }

  /** Fails with `conflict` when another group has the name that group policies know groups by, or the external id. */
  async create(actor: Actor, change: ScimGroupChange, id?: string): Promise<ShownScimGroup> {
    requireScim(actor);
    const { group, touched } = await this.#unitOfWork.inTransaction(async (stores) => {
      const provider = await scimProviderOf(stores);
      const { displayName = '', externalId = null } = change;
      const content = checked({ displayName, externalId });
      const created = await stores.scimGroups.insert(provider.id, content, groupNamingOf(provider), id);
      const { came } = await moveMembers(stores, provider, created, change.members);
      await stores.auditLog.record({
        type: 'scim_group.created',
        actor,
        object: audited(created),
        after: { ...state(created), provider: provider.name, members: namesOf(came) },
      });
      return { group: { ...created, members: came.length }, touched: came };
    });
    this.#tellRightsChanged(touched);
    return (await this.#withMembers([group]))[0]!;
  }

  /** A change of nothing writes nothing. Answers without the members. */
  async change(
    actor: Actor,
    id: string,
    change: ScimGroupChange,
    ifRevision?: WantedRevisions,
  ): Promise<ShownScimGroup> {
    requireScim(actor);
    const { group, touched } = await this.#unitOfWork.inTransaction(async (stores) => {
      const provider = await scimProviderOf(stores);
      const naming: ScimGroupNaming = groupNamingOf(provider);
      const before = (await stores.scimGroups.lockById(provider.id, id)) ?? noSuchGroup(id);
      requireRevision(before, ifRevision);
      const content = checked({
        displayName: change.displayName ?? before.displayName,
        externalId: change.externalId === undefined ? before.externalId : change.externalId,
      });
      const { came, left } = await moveMembers(stores, provider, before, change.members);
      const isSame = content.displayName === before.displayName && content.externalId === before.externalId;
      if (isSame && came.length + left.length === 0) return { group: before, touched: [] };
      const after = await stores.scimGroups.update(before, content, naming);
      const difference = auditChange(state(before), state(after));
      await stores.auditLog.record({
        type: 'scim_group.updated',
        actor,
        object: audited(after),
        before: difference?.before ?? {},
        after: {
          ...difference?.after,
          ...(came.length > 0 && { members_added: namesOf(came) }),
          ...(left.length > 0 && { members_removed: namesOf(left) }),
        },
      });
      const renamed = after.groupName !== before.groupName;
      return { group: after, touched: renamed ? ('everyone' as const) : [...came, ...left] };
    });
    this.#tellRightsChanged(touched);
    return { ...group, shownMembers: undefined };
  }

  async delete(actor: Actor, id: string, ifRevision?: WantedRevisions): Promise<void> {
    requireScim(actor);
    const left = await this.#unitOfWork.inTransaction(async (stores) => {
      const provider = await scimProviderOf(stores);
      const group = (await stores.scimGroups.lockById(provider.id, id)) ?? noSuchGroup(id);
      requireRevision(group, ifRevision);
      const members = await stores.scimGroups.delete(group);
      await stores.auditLog.record({
        type: 'scim_group.deleted',
        actor,
        object: audited(group),
        before: { ...state(group), members: namesOf(members) },
      });
      return members;
    });
    this.#tellRightsChanged(left);
  }

  async #withMembers(groups: readonly ScimGroup[]): Promise<ShownScimGroup[]> {
    const members = await this.#stores.scimGroups.membersOf(groups.map(({ id }) => id));
    return groups.map((group) => ({ ...group, shownMembers: members.get(group.id) ?? [] }));
  }

  #tellRightsChanged(touched: readonly ScimMembership[] | 'everyone'): void {
    if (touched === 'everyone' || touched.length > MOST_TOLD) {
      this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
      return;
    }
    for (const { userId } of touched) this.#credentialEvents.publish({ kind: 'user_rights_changed', userId });
  }
}

/** Goes through the steps and answers who is in the group that was not, and the other way round. */
async function moveMembers(
  stores: Stores,
  provider: SecurityProvider,
  group: ScimGroup,
  steps: readonly ScimMemberStep[],
): Promise<{ came: ScimMembership[]; left: ScimMembership[] }> {
  const came = new Map<number, ScimMembership>();
  const left = new Map<number, ScimMembership>();
  const note = (into: typeof came, outOf: typeof came) => (one: ScimMembership) => {
    // Whoever left and came back is where they were.
    if (!outOf.delete(one.userId)) into.set(one.userId, one);
  };
  const { scimGroups } = stores;
  for (const step of steps) {
    if (step.kind === 'remove') {
      (await scimGroups.removeMembers(group, { ids: step.ids })).forEach(note(left, came));
      continue;
    }
    const userIds = step.kind === 'clear' ? [] : await usersOf(stores, provider, step.ids);
    if (step.kind !== 'add') {
      (await scimGroups.removeMembers(group, { exceptUserIds: userIds })).forEach(note(left, came));
    }
    if (userIds.length > 0) (await scimGroups.addMembers(group, userIds)).forEach(note(came, left));
  }
  return { came: [...came.values()], left: [...left.values()] };
}

async function usersOf(
  { scimGroups }: Stores,
  provider: SecurityProvider,
  ids: readonly string[],
): Promise<number[]> {
  const { found, groups } = await scimGroups.lockMembers(provider.id, ids);
  const missing = ids.find((id) => !found.has(id));
  if (missing === undefined) return [...found.values()];
  if (groups.includes(missing)) throw nestedGroup(missing);
  throw scimProblem('invalidValue', `The member ${missing} is no user of this directory.`);
}

function checked(content: ScimGroupContent): ScimGroupContent {
  if (content.displayName.trim() === '') throw scimProblem('invalidValue', 'displayName is needed.');
  if (content.displayName.length > LONGEST_NAME) {
    throw scimProblem('invalidValue', `displayName has at most ${LONGEST_NAME} characters.`);
  }
  if ((content.externalId?.length ?? 0) > LONGEST_EXTERNAL_ID) {
    throw scimProblem('invalidValue', `externalId has at most ${LONGEST_EXTERNAL_ID} characters.`);
  }
  return content;
}

function state({ displayName, externalId, groupName }: ScimGroup): object {
  return { displayName, externalId, groupName };
}

/** The first of them, and how many there are. */
function namesOf(members: readonly ScimMembership[]): object {
  return { total: members.length, names: members.slice(0, MOST_AUDITED).map(({ username }) => username) };
}

function audited(group: ScimGroup): { type: string; id: string; name: string } {
  return { type: 'scim_group', id: group.id, name: group.displayName };
}

function noSuchGroup(id: string): never {
  throw new ApplianceError('not_found', `There is no group with the id ${id} in this directory.`);
}
