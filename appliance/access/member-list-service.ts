import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import { explainGrant } from '../jump/jump-item-grant.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Stores } from '../stores.ts';
import { requireConfiguration } from './configuration-rights.ts';
import type { SettingSource, SettingStatement } from './effective-settings.ts';
import { type AccessWorld, factsOf, type PersonFacts } from './explain/access-world.ts';
import { type ExplainedMembership, explainMembership, type MembershipWord } from './memberships.ts';
import { accessOf, jumpGroupFacts, jumpointFacts, teamFacts } from './person-access.ts';
import { NO_ACCESS_ROLE_ID, type UserRight } from './user-settings.ts';

/** What people can be members of. */
export type MembershipKind = 'jump_group' | 'team' | 'jumpoint';

export interface MemberQuery {
  /** Part of a name or e-mail address. */
  search?: string | undefined;
}

/** Finds whom anything at all makes a member, or gives a role; the rules find out whether that holds. */
export interface MemberCandidates {
  /** Ids of users in the order of their user names. */
  find(kind: MembershipKind, id: number, query: MemberQuery, page: PageRequest): Promise<Page<number>>;
}

/** One person and what that person is in a Jump Group, team or Jumpoint. */
export interface ListedMember {
  user: Pick<PersonFacts, 'userId' | 'username' | 'publicDisplayName' | 'privateDisplayName' | 'enabled'>;
  member: boolean;
  /** There is a membership of the person's own, whatever group policies make of it. */
  direct: boolean;
  /**
   * What gives it: the membership, or (of Jump Groups) administrator rights or the system role of somebody who is no
   * member. `none`: it was given and taken away again.
   */
  because: 'membership' | 'administrator' | 'system' | 'none';
  /** A Jump Item Role or a role in a team; null for Jumpoints and for administrators. */
  role: { id: number; name: string } | string | null;
  /** Who named the role. */
  roleSource: SettingSource | undefined;
  /** What was said about the membership, in the order it counts. */
  statements: SettingStatement<MembershipWord<number | string>>[];
}

const RIGHTS: Record<MembershipKind, UserRight> = {
  jump_group: 'perm_edit_jump_groups',
  team: 'perm_edit_sd_teams',
  jumpoint: 'perm_admin_pushagents',
};

/** Who belongs to a Jump Group, team or Jumpoint, with where it comes from. */
export class MemberListService {
  readonly #stores: Stores;

  constructor({ stores }: { stores: Stores }) {
    this.#stores = stores;
  }

  /** Fails with `forbidden` or `not_found`. */
  async list(
    actor: Actor,
    kind: MembershipKind,
    id: number,
    query: MemberQuery,
    page: PageRequest,
  ): Promise<Page<ListedMember>> {
    requireConfiguration(actor, RIGHTS[kind]);
    await this.#requireThing(kind, id);
    const { items: userIds, total } = await this.#stores.memberCandidates.find(kind, id, query, page);
    if (userIds.length === 0) return { items: [], total };
    const world = await this.#stores.accessWorld.read({
      userIds,
      jumpGroupIds: kind === 'jump_group' ? [id] : [],
      jumpointIds: kind === 'jumpoint' ? [id] : [],
    });
    const people = new Map(world.people.map((person) => [person.userId, person]));
    const found = userIds.flatMap((userId) => people.get(userId) ?? []);
    return { items: found.map((person) => listed(kind, id, world, person)), total };
  }

  async #requireThing(kind: MembershipKind, id: number): Promise<void> {
    const names = await this.#stores.accessTargets.names(kind, [id]);
    if (!names.has(id)) throw new ApplianceError('not_found', `There is nothing with the id ${id}.`);
  }
}

function listed(kind: MembershipKind, id: number, world: AccessWorld, person: PersonFacts): ListedMember {
  const { userId, username, publicDisplayName, privateDisplayName, enabled } = person;
  const user = { userId, username, publicDisplayName, privateDisplayName, enabled };
  const facts = factsOf(world, person);
  if (kind === 'jump_group') return { user, ...inJumpGroup(id, facts) };
  const membership: ExplainedMembership<string> =
    kind === 'team' ? explainMembership(id, teamFacts(facts)) : explainMembership(id, jumpointFacts(facts));
  const { member, role, roleSource, statements } = membership;
  return {
    user,
    member,
    direct: isDirect(statements),
    because: member ? 'membership' : 'none',
    role,
    roleSource,
    statements,
  };
}

function inJumpGroup(id: number, facts: Parameters<typeof accessOf>[0]): Omit<ListedMember, 'user'> {
  const person = accessOf(facts);
  const { member, statements } = explainMembership(id, jumpGroupFacts(facts));
  const { ruling, roleName, roleSource } = explainGrant(person, { jumpGroupType: 'shared', jumpGroupId: id });
  const role = 'roleId' in ruling ? { id: ruling.roleId, name: roleName ?? '' } : null;
  const common = { member, direct: isDirect(statements), role, roleSource, statements };
  if (ruling.because === 'administrator') return { ...common, because: 'administrator' };
  if (member) return { ...common, because: 'membership' };
  return { ...common, because: role?.id === NO_ACCESS_ROLE_ID ? 'none' : 'system' };
}

function isDirect(statements: readonly SettingStatement[]): boolean {
  return statements.some(({ source }) => source.kind === 'user');
}
