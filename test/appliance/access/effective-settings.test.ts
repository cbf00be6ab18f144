import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  effectiveSettings,
  explainSetting,
  explainSettings,
  type GroupPolicySettings,
  type PolicyLayer,
} from '../../../appliance/access/effective-settings.ts';
import {
  INITIAL_USER_SETTINGS,
  USER_SETTING_NAMES,
  type UserSettingValues,
} from '../../../appliance/access/user-settings.ts';

const NAMES = ['perm_admin', 'perm_shell_jump', 'perm_support_allowed', 'default_jump_item_role_id'] as const;
type Name = (typeof NAMES)[number];

const VALUES: { [N in Name]: fc.Arbitrary<UserSettingValues[N]> } = {
  perm_admin: fc.boolean(),
  perm_shell_jump: fc.boolean(),
  perm_support_allowed: fc.constantFrom('not_allowed', 'full_support'),
  default_jump_item_role_id: fc.integer({ min: 1, max: 4 }),
};
const status = fc.constantFrom('defined' as const, 'final' as const);
const definitions = fc.record(
  Object.fromEntries(
    NAMES.map((name) => [name, fc.record({ status, value: VALUES[name] as fc.Arbitrary<unknown> })]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<GroupPolicySettings>;
const layers: fc.Arbitrary<PolicyLayer[]> = fc
  .array(definitions, { maxLength: 6 })
  .map((all) => all.map((settings, index) => ({ id: index + 1, name: `Policy ${index + 1}`, settings })));
const owns = fc.record(VALUES, { requiredKeys: [] }) as fc.Arbitrary<Partial<UserSettingValues>>;

/** The rule said another way: the first final policy decides, else the last that defines, else the person. */
function slowly(name: Name, own: Partial<UserSettingValues>, policies: readonly PolicyLayer[]): unknown {
  if (name === 'perm_admin' && own.perm_admin) return true;
  const said = policies
    .map(({ settings }) => settings[name])
    .filter((definition) => definition !== undefined);
  const decides = said.find((definition) => definition.status === 'final') ?? said.at(-1);
  return decides === undefined ? (own[name] ?? INITIAL_USER_SETTINGS[name]) : decides.value;
}

describe('what holds for a person', () => {
  it('agrees with the rule said another way for any configuration, and so do its explanations', () => {
    fc.assert(
      fc.property(owns, layers, (own, policies) => {
        const values = effectiveSettings(own, policies);
        for (const name of NAMES) {
          const expected = slowly(name, own, policies);
          expect(values[name]).toEqual(expected);
          const explained = explainSetting(name, own, policies);
          expect(explained.value).toEqual(expected);
          const holding = explained.statements.filter(({ passedOver }) => passedOver === undefined);
          expect(holding).toEqual([{ source: explained.source, value: expected }]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is the default of the contract where nobody says anything', () => {
    expect(effectiveSettings({}, [])).toEqual(INITIAL_USER_SETTINGS);
    const explained = explainSettings({}, []);
    expect(Object.keys(explained)).toEqual(USER_SETTING_NAMES);
    expect(explained.perm_shell_jump).toEqual({
      value: false,
      source: { kind: 'initial' },
      statements: [{ source: { kind: 'initial' }, value: false }],
    });
  });

  it('keeps administrators whatever a group policy says, and makes some by group policy', () => {
    const takes: PolicyLayer = {
      id: 1,
      name: 'No',
      settings: { perm_admin: { status: 'final', value: false } },
    };
    const gives: PolicyLayer = {
      id: 2,
      name: 'Yes',
      settings: { perm_admin: { status: 'defined', value: true } },
    };
    expect(effectiveSettings({ perm_admin: true }, [takes]).perm_admin).toBe(true);
    expect(effectiveSettings({ perm_admin: false }, [gives]).perm_admin).toBe(true);
    expect(effectiveSettings({}, [takes, gives]).perm_admin).toBe(false);
    expect(explainSetting('perm_admin', { perm_admin: true }, [takes]).statements.at(-1)).toMatchObject({
      passedOver: { because: 'final_before', by: { kind: 'user' } },
    });
  });
});
