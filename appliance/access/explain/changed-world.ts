import { invalidField } from '../../errors.ts';
import { JUMP_ITEM_PERMISSIONS } from '../../jump/jump-item-role.ts';
import type { AccessPolicyLayer, MembershipStatements } from '../access-facts.ts';
import type { DirectMembership, MembershipEntry } from '../memberships.ts';
import type { AccessWorld, PersonFacts, TargetFacts } from './access-world.ts';
import type { ProposedChange, StatementChanges } from './proposed-change.ts';

type ChangeOf<Kind extends ProposedChange['change']> = Extract<ProposedChange, { change: Kind }>;

/** Ids of group policies that are not saved: nothing in the database has one like it. */
const FIRST_UNSAVED_ID = -1;

/**
 * The configuration as it would be after the changes, in their order. Fails with `invalid` naming `what_if.N` for a
 * change of something that is not there. Nothing that is given is altered.
 */
export function changedWorld(world: AccessWorld, changes: readonly ProposedChange[]): AccessWorld {
  let after = world;
  for (const [index, change] of changes.entries()) after = afterOne(after, change, index);
  return after;
}

function afterOne(world: AccessWorld, change: ProposedChange, index: number): AccessWorld {
  const require = (isThere: boolean, what: string) => {
    if (!isThere) throw invalidField(`what_if.${index}`, `There is no such ${what}.`);
  };
  const requirePolicy = (id: number) =>
    require(world.policies.some((policy) => policy.id === id), 'group policy');
  switch (change.change) {
    case 'user':
      return withPerson(world, change.userId, (person) => changedUser(person, change));
    case 'membership':
      return withPerson(world, change.userId, (person) => changedMembership(person, change));
    case 'group_policy':
      requirePolicy(change.groupPolicyId);
      return withPolicy(world, change.groupPolicyId, change);
    case 'new_group_policy':
      return withNewPolicy(world, change, FIRST_UNSAVED_ID - index);
    case 'remove_group_policy':
      requirePolicy(change.groupPolicyId);
      return { ...world, policies: world.policies.filter(({ id }) => id !== change.groupPolicyId) };
    case 'group_policy_order':
      for (const id of change.groupPolicyIds) requirePolicy(id);
      return { ...world, policies: inOrder(world.policies, change.groupPolicyIds) };
    case 'jump_item_role':
      require(world.roles.some(({ id }) => id === change.jumpItemRoleId), 'Jump Item Role');
      return withRole(world, change);
    case 'session_policy':
      require(world.sessionPolicies.has(change.sessionPolicyId), 'session policy');
      return withSessionPolicy(world, change);
    case 'jump_policy':
      require(world.jumpPolicies.has(change.jumpPolicyId), 'Jump Policy');
      return withJumpPolicy(world, change);
    case 'jump_item':
      return world;
  }
}

/** The Jump Item as it would be after the changes. */
export function changedTarget<Target extends TargetFacts>(
  target: Target,
  changes: readonly ProposedChange[],
): Target {
  let after = target;
  for (const change of changes) {
    if (change.change === 'jump_item' && change.jumpItemId === after.item?.id)
      after = withItem(after, change);
  }
  return after;
}

function withItem<Target extends TargetFacts>(target: Target, change: ChangeOf<'jump_item'>): Target {
  const { change: _kind, jumpItemId: _id, jumpGroup, ...references } = change;
  const { item } = target;
  const moved =
    item === undefined || jumpGroup === undefined
      ? item
      : { ...item, jumpGroupType: jumpGroup.type, jumpGroupId: jumpGroup.id };
  return { ...target, item: moved, ...references };
}

/** Somebody the question is not about is left as they are: they may not even have been read. */
function withPerson(
  world: AccessWorld,
  userId: number,
  changed: (person: PersonFacts) => PersonFacts,
): AccessWorld {
  const apply = (people: readonly PersonFacts[]) =>
    people.map((person) => (person.userId === userId ? changed(person) : person));
  return { ...world, people: apply(world.people), owners: apply(world.owners) };
}

function changedUser(person: PersonFacts, { enabled, settings = {} }: ChangeOf<'user'>): PersonFacts {
  return { ...person, enabled: enabled ?? person.enabled, settings: patched(person.settings, settings) };
}

function changedMembership(person: PersonFacts, change: ChangeOf<'membership'>): PersonFacts {
  const { id, member } = change;
  switch (change.of) {
    case 'jump_group':
      return { ...person, jumpGroups: listed(person.jumpGroups, id, member, change.jumpItemRoleId ?? null) };
    case 'team':
      return { ...person, teams: listed(person.teams, id, member, change.teamRole ?? 'member') };
    case 'jumpoint':
      return { ...person, jumpoints: listed(person.jumpoints, id, member, null) };
  }
}

function listed<Role>(
  list: readonly DirectMembership<Role>[],
  id: number,
  member: boolean,
  role: Role | null,
): DirectMembership<Role>[] {
  const others = list.filter((row) => row.id !== id);
  return member ? [...others, { id, role }] : others;
}

type PolicyContent = Omit<ChangeOf<'group_policy'>, 'change' | 'groupPolicyId'>;

function withPolicy(world: AccessWorld, id: number, content: PolicyContent): AccessWorld {
  const { settings = {}, name, addMembers = [], removeMembers = [] } = content;
  const policies = world.policies.map((policy): AccessPolicyLayer => {
    if (policy.id !== id) return policy;
    return {
      ...policy,
      name: name ?? policy.name,
      settings: patched(policy.settings, settings),
      jumpGroups: changedStatements(policy.jumpGroups, content.jumpGroups),
      teams: changedStatements(policy.teams, content.teams),
      jumpoints: changedStatements(policy.jumpoints, content.jumpoints),
    };
  });
  const membership = (people: readonly PersonFacts[]) =>
    people.map((person) => {
      const joins = addMembers.includes(person.userId);
      if (!joins && !removeMembers.includes(person.userId)) return person;
      const policyIds = new Set(person.policyIds);
      if (joins) policyIds.add(id);
      else policyIds.delete(id);
      return { ...person, policyIds };
    });
  return { ...world, policies, people: membership(world.people), owners: membership(world.owners) };
}

function changedStatements<Role>(
  before: MembershipStatements<Role>,
  changes: StatementChanges<Role> = {},
): MembershipStatements<Role> {
  const { set = [], unset = [], addFinal = before.addFinal, removeFinal = before.removeFinal } = changes;
  const replaced = new Set([...unset, ...set.map(({ id }) => id)]);
  const kept = before.entries.filter(({ id }: MembershipEntry<Role>) => !replaced.has(id));
  return { addFinal, removeFinal, entries: [...kept, ...set] };
}

const NOTHING_SAID = { addFinal: false, removeFinal: false, entries: [] };

function withNewPolicy(world: AccessWorld, change: ChangeOf<'new_group_policy'>, id: number): AccessWorld {
  const { name, position = world.policies.length + 1, change: _kind, ...content } = change;
  const blank: AccessPolicyLayer = {
    id,
    name,
    settings: {},
    jumpGroups: NOTHING_SAID,
    teams: NOTHING_SAID,
    jumpoints: NOTHING_SAID,
  };
  const policies = [...world.policies];
  policies.splice(position - 1, 0, blank);
  return withPolicy({ ...world, policies }, id, content);
}

function inOrder(policies: readonly AccessPolicyLayer[], ids: readonly number[]): AccessPolicyLayer[] {
  const named = [...new Set(ids)].map((id) => policies.find((policy) => policy.id === id)!);
  return [...named, ...policies.filter((policy) => !named.includes(policy))];
}

function withRole(
  world: AccessWorld,
  { jumpItemRoleId, permissions }: ChangeOf<'jump_item_role'>,
): AccessWorld {
  const roles = world.roles.map((role) => {
    if (role.id !== jumpItemRoleId) return role;
    const held = (name: (typeof JUMP_ITEM_PERMISSIONS)[number]) =>
      permissions[name] ?? role.permissions.includes(name);
    return { ...role, permissions: JUMP_ITEM_PERMISSIONS.filter(held) };
  });
  return { ...world, roles };
}

function withSessionPolicy(
  world: AccessWorld,
  { sessionPolicyId: id, permissions }: ChangeOf<'session_policy'>,
): AccessWorld {
  const before = world.sessionPolicies.get(id)!;
  const after = { ...before, permissions: patched(before.permissions, permissions) };
  return { ...world, sessionPolicies: new Map(world.sessionPolicies).set(id, after) };
}

function withJumpPolicy(world: AccessWorld, change: ChangeOf<'jump_policy'>): AccessWorld {
  const { change: _kind, jumpPolicyId: id, timezone, entries, ...rules } = change;
  const before = world.jumpPolicies.get(id)!;
  const schedule = {
    timezone: timezone ?? before.schedule.timezone,
    entries: entries ?? before.schedule.entries,
  };
  const after = { ...before, ...rules, schedule };
  return { ...world, jumpPolicies: new Map(world.jumpPolicies).set(id, after) };
}

/** Null takes a member away. */
function patched<T extends object>(before: T, changes: { [Name in keyof T]?: T[Name] | null }): T {
  const after: Record<string, unknown> = Object.fromEntries(Object.entries(before));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete after[name];
    else if (value !== undefined) after[name] = value;
  }
  return after as T;
}
