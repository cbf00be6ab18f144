import type { AccessFacts, AccessPolicyLayer, RoleFacts } from '../../appliance/access/access-facts.ts';
import type { MembershipEntry } from '../../appliance/access/memberships.ts';
import { accessOf, type PersonAccess } from '../../appliance/access/person-access.ts';
import { JUMP_ITEM_PERMISSIONS } from '../../appliance/jump/jump-item-role.ts';

/** The Jump Item Roles that come with the appliance, as facts. */
export const BUILT_IN_ROLES: readonly RoleFacts[] = [
  { id: 1, name: 'No Access', permissions: [] },
  { id: 2, name: 'Start Sessions Only', permissions: ['perm_start'] },
  { id: 3, name: 'Auditor', permissions: ['perm_view_jump_item_report'] },
  { id: 4, name: 'Administrator', permissions: [...JUMP_ITEM_PERMISSIONS] },
];

/** An enabled person with id 7 about whom nothing is said. */
export function factsOf(change: Partial<AccessFacts> = {}): AccessFacts {
  return {
    userId: 7,
    username: 'jo',
    publicDisplayName: 'Jo',
    privateDisplayName: 'Jo Smith',
    enabled: true,
    hasSecondFactor: false,
    settings: {},
    policies: [],
    jumpGroups: [],
    teams: [],
    jumpoints: [],
    roles: BUILT_IN_ROLES,
    colleagues: [],
    colleaguePolicies: [],
    ...change,
  };
}

export function personOf(change: Partial<AccessFacts> = {}): PersonAccess {
  return accessOf(factsOf(change));
}

export type PolicyChange = { id?: number } & {
  [Part in 'jumpGroups' | 'teams' | 'jumpoints']?: Partial<AccessPolicyLayer[Part]>;
} & Partial<Pick<AccessPolicyLayer, 'name' | 'settings'>>;

/** A group policy that defines nothing but what is given. */
export function layerOf({
  id = 1,
  name = `Policy ${id}`,
  settings = {},
  ...said
}: PolicyChange): AccessPolicyLayer {
  const nothing = { addFinal: false, removeFinal: false, entries: [] };
  return {
    id,
    name,
    settings,
    jumpGroups: { ...nothing, ...said.jumpGroups },
    teams: { ...nothing, ...said.teams },
    jumpoints: { ...nothing, ...said.jumpoints },
  };
}

export function adds<Role>(id: number, role: Role | null = null): MembershipEntry<Role> {
  return { id, action: 'add', role };
}

export function removes(id: number): MembershipEntry<never> {
  return { id, action: 'remove', role: null };
}
