import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  explainMembership,
  type MembershipFacts,
  type MembershipLayer,
  memberships,
} from '../../../appliance/access/memberships.ts';
import { adds, removes } from '../../support/access-facts.ts';

const GROUP = 5;

type Said = ReturnType<typeof adds<number>> | undefined;

function layer(
  id: number,
  said: Said,
  finals: Partial<MembershipLayer<number>> = {},
): MembershipLayer<number> {
  const entries = said === undefined ? [] : [said];
  return { id, name: `Policy ${id}`, addFinal: false, removeFinal: false, entries, ...finals };
}

const FINAL = { addFinal: true, removeFinal: true };
const direct = (role: number | null) => [{ id: GROUP, role }];

describe('membership of a Jump Group', () => {
  it.each<[string, MembershipFacts<number>, { role: number | null } | undefined]>([
    ['nobody says anything', { direct: [], policies: [] }, undefined],
    ['a direct membership', { direct: direct(2), policies: [] }, { role: 2 }],
    ['a direct membership without a role', { direct: direct(null), policies: [] }, { role: null }],
    ['a policy adds', { direct: [], policies: [layer(1, adds(GROUP, 3))] }, { role: 3 }],
    ['a policy adds without a role', { direct: [], policies: [layer(1, adds(GROUP))] }, { role: null }],
    [
      'a policy removes a direct member',
      { direct: direct(2), policies: [layer(1, removes(GROUP))] },
      undefined,
    ],
    [
      'the role of the direct membership is more specific than that of a policy',
      { direct: direct(2), policies: [layer(1, adds(GROUP, 4))] },
      { role: 2 },
    ],
    [
      'a direct membership without a role takes the one of the policy',
      { direct: direct(null), policies: [layer(1, adds(GROUP, 4))] },
      { role: 4 },
    ],
    [
      'a later policy replaces an earlier one that may be overridden',
      { direct: [], policies: [layer(1, adds(GROUP, 3)), layer(2, adds(GROUP, 4))] },
      { role: 4 },
    ],
    [
      'a later policy without a role means the default role, whatever an earlier one said',
      { direct: [], policies: [layer(1, adds(GROUP, 3)), layer(2, adds(GROUP))] },
      { role: null },
    ],
    [
      'a later policy removes what an earlier one added',
      { direct: [], policies: [layer(1, adds(GROUP, 3)), layer(2, removes(GROUP))] },
      undefined,
    ],
    [
      'what a final policy added stays',
      { direct: [], policies: [layer(1, adds(GROUP, 3), { addFinal: true }), layer(2, removes(GROUP))] },
      { role: 3 },
    ],
    [
      'what a final policy removed stays removed',
      {
        direct: direct(2),
        policies: [layer(1, removes(GROUP), { removeFinal: true }), layer(2, adds(GROUP, 4))],
      },
      undefined,
    ],
    [
      'a policy that is final about removing may be overridden in what it adds',
      { direct: [], policies: [layer(1, adds(GROUP, 3), { removeFinal: true }), layer(2, removes(GROUP))] },
      undefined,
    ],
    [
      'a policy that is final and does not speak of the group stops nothing',
      { direct: [], policies: [layer(1, undefined, FINAL), layer(2, adds(GROUP, 4))] },
      { role: 4 },
    ],
    [
      'a member who was removed and added again is a member with the role of the direct membership',
      { direct: direct(2), policies: [layer(1, removes(GROUP)), layer(2, adds(GROUP, 4))] },
      { role: 2 },
    ],
  ])('%s', (_, facts, expected) => {
    const found = memberships(facts).get(GROUP);
    expect(found && { role: found.role }).toEqual(expected);
    const explained = explainMembership(GROUP, facts);
    expect(explained.member ? { role: explained.role } : undefined).toEqual(expected);
  });

  it('is explained by everything that was said, with what it was passed over for', () => {
    const facts = {
      direct: direct(null),
      policies: [
        layer(1, removes(GROUP)),
        layer(2, adds(GROUP, 3), { addFinal: true }),
        layer(3, adds(99, 4)),
        layer(4, removes(GROUP), FINAL),
      ],
    };
    const first = { kind: 'group_policy', id: 1, name: 'Policy 1', status: 'defined' };
    const second = { kind: 'group_policy', id: 2, name: 'Policy 2', status: 'final' };
    expect(explainMembership(GROUP, facts)).toEqual({
      member: true,
      role: 3,
      roleSource: second,
      statements: [
        {
          source: { kind: 'user' },
          value: { action: 'add', role: null },
          passedOver: { because: 'replaced_later', by: first },
        },
        {
          source: first,
          value: { action: 'remove', role: null },
          passedOver: { because: 'replaced_later', by: second },
        },
        { source: second, value: { action: 'add', role: 3 } },
        {
          source: { kind: 'group_policy', id: 4, name: 'Policy 4', status: 'final' },
          value: { action: 'remove', role: null },
          passedOver: { because: 'final_before', by: second },
        },
      ],
    });
  });
});

const ids = fc.integer({ min: 1, max: 4 });
const roles = fc.option(fc.integer({ min: 1, max: 3 }), { nil: null });
const entries = fc.uniqueArray(
  fc.oneof(fc.record({ id: ids, action: fc.constant('add' as const), role: roles }), ids.map(removes)),
  { selector: ({ id }) => id },
);
const configurations: fc.Arbitrary<MembershipFacts<number>> = fc.record({
  direct: fc.uniqueArray(fc.record({ id: ids, role: roles }), { selector: ({ id }) => id }),
  policies: fc
    .array(fc.record({ addFinal: fc.boolean(), removeFinal: fc.boolean(), entries }), { maxLength: 6 })
    .map((layers) => layers.map((said, index) => ({ id: index + 1, name: `Policy ${index + 1}`, ...said }))),
});

/** The rule said another way: the policy that decides is the first final one, or else the last one that speaks. */
function slowly(
  id: number,
  { direct: rows, policies }: MembershipFacts<number>,
): { role: number | null } | undefined {
  const own = rows.find((row) => row.id === id);
  const speaking = policies.flatMap((policy) => {
    const entry = policy.entries.find((candidate) => candidate.id === id);
    return entry === undefined
      ? []
      : [{ ...entry, final: policy[entry.action === 'add' ? 'addFinal' : 'removeFinal'] }];
  });
  const decides = speaking.find(({ final }) => final) ?? speaking.at(-1);
  if (decides === undefined) return own && { role: own.role };
  if (decides.action === 'remove') return undefined;
  return { role: own?.role ?? decides.role };
}

describe('for any configuration', () => {
  it('memberships agree with the rule said another way, and so do their explanations', () => {
    fc.assert(
      fc.property(configurations, (facts) => {
        const resolved = memberships(facts);
        for (const id of [1, 2, 3, 4]) {
          const found = resolved.get(id);
          const expected = slowly(id, facts);
          expect(found && { role: found.role }).toEqual(expected);
          const explained = explainMembership(id, facts);
          expect(explained.member ? { role: explained.role } : undefined).toEqual(expected);
          const holding = explained.statements.filter(({ passedOver }) => passedOver === undefined);
          expect(holding.length).toBe(explained.statements.length === 0 ? 0 : 1);
          expect(explained.member).toBe(holding[0]?.value.action === 'add');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
