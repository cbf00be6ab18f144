import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessFacts, ColleagueFacts } from '../../../appliance/access/access-facts.ts';
import { accessOf } from '../../../appliance/access/person-access.ts';
import type { Visibility } from '../../../appliance/jump/jump-item.ts';
import {
  explainGrant,
  grantOf,
  type JumpItemOwner,
  roleRuling,
} from '../../../appliance/jump/jump-item-grant.ts';
import { JUMP_ITEM_PERMISSIONS } from '../../../appliance/jump/jump-item-role.ts';
import { visibilityOf } from '../../../appliance/jump/jump-item-sight.ts';
import type { TeamRole } from '../../../appliance/support/team.ts';
import { adds, factsOf, layerOf, personOf, removes } from '../../support/access-facts.ts';

const [NO_ACCESS, START, AUDITOR, ADMINISTRATOR] = [1, 2, 3, 4] as const;
const TEAM = 40;
const shared = (jumpGroupId: number): JumpItemOwner => ({ jumpGroupType: 'shared', jumpGroupId });
const personal = (jumpGroupId: number): JumpItemOwner => ({ jumpGroupType: 'personal', jumpGroupId });

const settings = {
  default_jump_item_role_id: START,
  private_jump_item_role_id: ADMINISTRATOR,
  inferior_jump_item_role_id: AUDITOR,
  unassigned_jump_item_role_id: NO_ACCESS,
};

function colleague(userId: number, role: TeamRole): ColleagueFacts {
  return { userId, direct: [{ id: TEAM, role }], policyIds: [] };
}

describe('the Jump Item Role that holds', () => {
  it.each<[string, Partial<AccessFacts>, JumpItemOwner, object]>([
    [
      'is the one of the user in the Jump Group before everything',
      {
        jumpGroups: [{ id: 5, role: AUDITOR }],
        policies: [layerOf({ jumpGroups: { entries: [adds(5, ADMINISTRATOR)], addFinal: true } })],
      },
      shared(5),
      { because: 'group_member', roleId: AUDITOR },
    ],
    [
      'is the one of the group policy in the Jump Group before the person’s own',
      { policies: [layerOf({ jumpGroups: { entries: [adds(5, ADMINISTRATOR)] } })] },
      shared(5),
      { because: 'group_member', roleId: ADMINISTRATOR },
    ],
    [
      'is the default role where the membership names none',
      { jumpGroups: [{ id: 5, role: null }] },
      shared(5),
      { because: 'default', roleId: START, setting: 'default_jump_item_role_id' },
    ],
    [
      'is the default role as a group policy defines it',
      {
        jumpGroups: [{ id: 5, role: null }],
        policies: [
          layerOf({ settings: { default_jump_item_role_id: { status: 'defined', value: AUDITOR } } }),
        ],
      },
      shared(5),
      { because: 'default', roleId: AUDITOR },
    ],
    [
      'is the system role where a policy removed the member',
      {
        jumpGroups: [{ id: 5, role: ADMINISTRATOR }],
        policies: [layerOf({ jumpGroups: { entries: [removes(5)] } })],
      },
      shared(5),
      { because: 'system', roleId: NO_ACCESS, setting: 'unassigned_jump_item_role_id' },
    ],
    ['is the system role in other Jump Groups', {}, shared(6), { because: 'system', roleId: NO_ACCESS }],
    [
      'is the personal role with one’s own items',
      {},
      personal(7),
      { because: 'own', roleId: ADMINISTRATOR, setting: 'private_jump_item_role_id' },
    ],
    [
      'is the role for teams with items of a member of a team one leads',
      { teams: [{ id: TEAM, role: 'lead' }], colleagues: [colleague(8, 'member')] },
      personal(8),
      { because: 'team', roleId: AUDITOR, setting: 'inferior_jump_item_role_id' },
    ],
    [
      'is the role for teams with items of a lead of a team one manages',
      { teams: [{ id: TEAM, role: 'manager' }], colleagues: [colleague(8, 'lead')] },
      personal(8),
      { because: 'team', roleId: AUDITOR },
    ],
    [
      'is the system role with items of somebody of the same rank',
      { teams: [{ id: TEAM, role: 'lead' }], colleagues: [colleague(8, 'lead')] },
      personal(8),
      { because: 'system', roleId: NO_ACCESS },
    ],
    [
      'is the system role with items of somebody of higher rank',
      { teams: [{ id: TEAM, role: 'lead' }], colleagues: [colleague(8, 'manager')] },
      personal(8),
      { because: 'system', roleId: NO_ACCESS },
    ],
    [
      'is the system role with items of a fellow member',
      { teams: [{ id: TEAM, role: 'member' }], colleagues: [colleague(8, 'member')] },
      personal(8),
      { because: 'system', roleId: NO_ACCESS },
    ],
    [
      'is the role for teams where a group policy made the owner a member',
      {
        teams: [{ id: TEAM, role: 'lead' }],
        colleagues: [{ userId: 8, direct: [], policyIds: [3] }],
        colleaguePolicies: [
          { id: 3, name: 'Desk', addFinal: false, removeFinal: false, entries: [adds(TEAM, 'member')] },
        ],
      },
      personal(8),
      { because: 'team', roleId: AUDITOR },
    ],
    [
      'is the system role where a group policy removed the owner from the team',
      {
        teams: [{ id: TEAM, role: 'lead' }],
        colleagues: [{ ...colleague(8, 'member'), policyIds: [3] }],
        colleaguePolicies: [
          { id: 3, name: 'Desk', addFinal: false, removeFinal: false, entries: [removes(TEAM)] },
        ],
      },
      personal(8),
      { because: 'system', roleId: NO_ACCESS },
    ],
    [
      'is the system role where a group policy takes the lead away',
      {
        teams: [{ id: TEAM, role: 'lead' }],
        policies: [layerOf({ teams: { entries: [removes(TEAM)] } })],
        colleagues: [colleague(8, 'member')],
      },
      personal(8),
      { because: 'system', roleId: NO_ACCESS },
    ],
    [
      'is not asked of administrators',
      { settings: { ...settings, perm_admin: true } },
      personal(8),
      { because: 'administrator' },
    ],
  ])('%s', (_, change, owner, expected) => {
    expect(roleRuling(personOf({ settings, ...change }), owner)).toMatchObject(expected);
  });

  it('counts alone: no less specific role adds to it', () => {
    const person = personOf({
      settings: { ...settings, unassigned_jump_item_role_id: ADMINISTRATOR },
      jumpGroups: [{ id: 5, role: AUDITOR }],
    });
    expect([...grantOf(person, shared(5))]).toEqual(['perm_view_jump_item_report']);
    expect([...grantOf(person, shared(6))]).toEqual([...JUMP_ITEM_PERMISSIONS]);
  });

  it('allows nothing when it has gone', () => {
    const person = personOf({
      settings: { default_jump_item_role_id: 77 },
      jumpGroups: [{ id: 5, role: null }],
    });
    expect(grantOf(person, shared(5)).size).toBe(0);
  });

  it('is explained with who said what', () => {
    const person = personOf({
      settings,
      jumpGroups: [{ id: 5, role: null }],
      policies: [layerOf({ settings: { default_jump_item_role_id: { status: 'final', value: AUDITOR } } })],
    });
    expect(explainGrant(person, shared(5))).toMatchObject({
      roleName: 'Auditor',
      roleSource: { kind: 'group_policy', id: 1, status: 'final' },
      membership: [{ source: { kind: 'user' }, value: { action: 'add', role: null } }],
      setting: [
        { source: { kind: 'user' }, value: START, passedOver: { because: 'replaced_later' } },
        { source: { kind: 'group_policy' }, value: AUDITOR },
      ],
    });
  });
});

const roleIds = fc.integer({ min: 1, max: 5 });
const people = fc.integer({ min: 1, max: 8 });
const groups = fc.integer({ min: 1, max: 6 });
const teamRoles = fc.constantFrom<TeamRole>('member', 'lead', 'manager');
const teamIds = fc.integer({ min: 1, max: 2 });
const byId = { selector: ({ id }: { id: number }) => id };
const worlds: fc.Arbitrary<AccessFacts> = fc
  .record({
    default_jump_item_role_id: roleIds,
    private_jump_item_role_id: roleIds,
    inferior_jump_item_role_id: roleIds,
    unassigned_jump_item_role_id: roleIds,
  })
  .chain((own) =>
    fc.record({
      settings: fc.constant(own),
      jumpGroups: fc.uniqueArray(fc.record({ id: groups, role: fc.option(roleIds, { nil: null }) }), byId),
      teams: fc.uniqueArray(fc.record({ id: teamIds, role: teamRoles }), byId),
      colleagues: fc.uniqueArray(
        fc.record({
          userId: people,
          direct: fc.uniqueArray(fc.record({ id: teamIds, role: teamRoles }), byId),
          policyIds: fc.constant([]),
        }),
        { selector: ({ userId }) => userId },
      ),
    }),
  )
  .map((change) => factsOf(change));

function finds(visibility: Visibility, owner: JumpItemOwner): boolean {
  if (visibility === 'everything') return true;
  const ids = owner.jumpGroupType === 'shared' ? visibility.groups : visibility.owners;
  return 'only' in ids ? ids.only.includes(owner.jumpGroupId) : !ids.allBut.includes(owner.jumpGroupId);
}

/** The rule said another way. */
function slowly(facts: AccessFacts, owner: JumpItemOwner): readonly string[] {
  const own = facts.settings;
  const permissions = (id: number | undefined) =>
    facts.roles.find((role) => role.id === id)?.permissions ?? [];
  if (owner.jumpGroupType === 'shared') {
    const member = facts.jumpGroups.find(({ id }) => id === owner.jumpGroupId);
    if (member === undefined) return permissions(own.unassigned_jump_item_role_id);
    return permissions(member.role ?? own.default_jump_item_role_id);
  }
  if (owner.jumpGroupId === facts.userId) return permissions(own.private_jump_item_role_id);
  const order = ['member', 'lead', 'manager'];
  const theirs = facts.colleagues.find(({ userId }) => userId === owner.jumpGroupId)?.direct ?? [];
  const outranked = facts.teams.some((mine) =>
    theirs.some(
      (other) =>
        other.id === mine.id && order.indexOf(mine.role ?? 'member') > order.indexOf(other.role ?? 'member'),
    ),
  );
  return permissions(outranked ? own.inferior_jump_item_role_id : own.unassigned_jump_item_role_id);
}

describe('for any configuration', () => {
  it('what a person may do and find agrees with the rule said another way', () => {
    const owners = [...[1, 2, 3, 4, 5, 6, 99].map(shared), ...[1, 2, 3, 4, 5, 6, 7, 8, 99].map(personal)];
    fc.assert(
      fc.property(worlds, (facts) => {
        const person = accessOf(facts);
        const visibility = visibilityOf(person);
        for (const owner of owners) {
          const expected = slowly(facts, owner);
          expect([...grantOf(person, owner)]).toEqual(expected);
          expect(explainGrant(person, owner).grant).toEqual(new Set(expected));
          expect(finds(visibility, owner)).toBe(expected.length > 0);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
