import { requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import { type ExplainedSetting, explainSettings, type PolicyLayer } from '../access/effective-settings.ts';
import { type ExplainedMembership, explainMembership, memberships } from '../access/memberships.ts';
import { jumpGroupFacts, jumpointFacts, teamFacts } from '../access/person-access.ts';
import type { UserSettingName } from '../access/user-settings.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { GroupPolicy, PolicyContentKind } from './group-policy.ts';
import { lockedForMembers } from './group-policy-member-service.ts';
import { LOCAL_PROVIDER_ID } from './security-provider.ts';
import type { User } from './user.ts';
import { audited, noSuchUser } from './user-service.ts';
import { ownValuesOf } from './user-setting-changes.ts';

export interface ExplainedUser {
  user: User;
  settings: Record<UserSettingName, ExplainedSetting>;
}

/** One thing a person is a member of, and what made it so. */
export interface UserMembership extends ExplainedMembership<number | string> {
  id: number;
  name: string;
}

/** Beyond this many, everybody's open connections are checked again instead of those of each. */
const MOST_SINGLE_EVENTS = 100;

/** What group policies make of a person, and which ones the person belongs to. */
export class UserAccessService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  /** Every setting with what was said about it, in the order it counts. */
  async settings(actor: Actor, userId: number): Promise<ExplainedUser> {
    requireConfiguration(actor);
    const user = await this.#user(userId);
    const policies = (await this.#stores.userPolicies.layersOf([userId])).get(userId) ?? [];
    return { user, settings: explainedOf(user, policies) };
  }

  /** Whatever makes the person a member: by itself, by a directory, or as the default of the provider. */
  async groupPolicies(actor: Actor, userId: number, page: PageRequest): Promise<Page<GroupPolicy>> {
    requireConfiguration(actor);
    await this.#user(userId);
    return await this.#stores.groupPolicies.find({ ofUserId: userId }, page);
  }

  /** Memberships that hold, in the order of the ids, each with everything that was said about it. */
  async memberships(
    actor: Actor,
    userId: number,
    kind: PolicyContentKind,
    page: PageRequest,
  ): Promise<Page<UserMembership>> {
    requireConfiguration(actor);
    const question = {
      ownerUserIds: [],
      ...(kind !== 'jump_group' && { jumpGroupIds: [] }),
      ...(kind !== 'jumpoint' && { jumpointIds: [] }),
    };
    const facts = (await this.#stores.accessFacts.find(userId, question)) ?? noSuchUser(userId);
    const said = { jump_group: jumpGroupFacts, team: teamFacts, jumpoint: jumpointFacts }[kind](facts);
    const ids = [...memberships<number | string>(said).keys()].sort((a, b) => a - b);
    const shown = ids.slice(page.offset, page.offset + page.limit);
    const names = await this.#stores.groupPolicyContents.namesOf(kind, shown);
    return {
      items: shown.map((id) => ({
        id,
        name: names.get(id) ?? '',
        ...explainMembership<number | string>(id, said),
      })),
      total: ids.length,
    };
  }

  /**
   * Makes a local user a member of some group policies and takes the person out of others; what is so already is passed
   * over. Answers the first policy of the request. Fails with `invalid` for users of other providers, and for whoever
   * is no administrator when one of the policies says who is.
   */
  async changeGroupPolicies(
    actor: Actor,
    userId: number,
    { added, removed }: { added: readonly number[]; removed: readonly number[] },
  ): Promise<GroupPolicy> {
    requireConfiguration(actor);
    const both = added.find((id) => removed.includes(id));
    if (both !== undefined)
      throw invalidField('removed', `The group policy with id ${both} is added as well.`);
    const [first] = [...added, ...removed];
    if (first === undefined) throw invalidField('added', 'Name at least one group policy.');
    const policy = await this.#unitOfWork.inTransaction(async (stores) => {
      const { users, groupPolicyMembers, auditLog } = stores;
      const user = (await users.lockById(userId)) ?? noSuchUser(userId);
      if (user.securityProviderId !== LOCAL_PROVIDER_ID) {
        throw new ApplianceError('invalid', 'Only group policies of local users can be changed this way.');
      }
      const held = new Map<number, GroupPolicy>();
      const changed: { added: number[]; removed: number[] } = { added: [], removed: [] };
      // Two people who change the same policies must not wait for each other.
      for (const id of [...new Set([...added, ...removed])].sort((a, b) => a - b)) {
        const adds = added.includes(id);
        held.set(id, await policyOf(stores, actor, id, adds ? 'added' : 'removed'));
        const done = adds
          ? await groupPolicyMembers.addUser(id, user)
          : await groupPolicyMembers.removeUser(id, userId);
        if (done) changed[adds ? 'added' : 'removed'].push(id);
      }
      if (changed.added.length + changed.removed.length > 0) {
        await auditLog.record({
          type: 'user.group_policies_changed',
          actor,
          object: audited(user),
          after: changed,
        });
      }
      return held.get(first)!;
    });
    this.#credentialEvents.publish({ kind: 'user_rights_changed', userId });
    return policy;
  }

  /**
   * Rights and memberships hold as soon as they are changed; this checks again what these people have open. Ids that
   * nobody has are passed over; without ids it is everybody.
   */
  async provision(actor: Actor, userIds: readonly number[]): Promise<void> {
    requireConfiguration(actor);
    const ids = userIds.length === 0 ? undefined : await this.#stores.users.existing(userIds);
    await this.#stores.auditLog.record({
      type: 'user.provisioned',
      actor,
      object: { type: 'user', id: '' },
      after: { user_ids: ids ?? 'all' },
    });
    if (ids === undefined || ids.length > MOST_SINGLE_EVENTS) {
      this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
      return;
    }
    for (const userId of ids) this.#credentialEvents.publish({ kind: 'user_rights_changed', userId });
  }

  async #user(id: number): Promise<User> {
    return (await this.#stores.users.findById(id)) ?? noSuchUser(id);
  }
}

function explainedOf(user: User, policies: readonly PolicyLayer[]): ExplainedUser['settings'] {
  return explainSettings(ownValuesOf(user), policies);
}

/** A policy that the request names: that it does not exist is a fault of the field, not of the path. */
async function policyOf(stores: Stores, actor: Actor, id: number, field: string): Promise<GroupPolicy> {
  try {
    return await lockedForMembers(stores, actor, id);
  } catch (error) {
    if (error instanceof ApplianceError && error.code === 'not_found')
      throw invalidField(field, error.message);
    throw error;
  }
}
