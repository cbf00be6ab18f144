import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessFacts, SessionPolicyFacts } from '../../../appliance/access/access-facts.ts';
import { JUMP_RULES } from '../../../appliance/access/ruling-path.ts';
import type { UserSettingValues } from '../../../appliance/access/user-settings.ts';
import { decideJump, type JumpFacts } from '../../../appliance/jump/jump-decision.ts';
import { EVERY_JUMP_ITEM_KIND, type JumpItemKind } from '../../../appliance/jump/jump-item.ts';
import { jumpMethodsOf, RIGHT_OF_METHOD } from '../../../appliance/jump/jump-methods.ts';
import type { JumpPolicyRules } from '../../../appliance/jump/jump-policy-ruling.ts';
import type { JumpointFacts } from '../../../appliance/jump/jumpoint-ruling.ts';
import { adds, layerOf, personOf } from '../../support/access-facts.ts';

const GROUP = 5;
const JUMPOINT = 9;
const MONDAY_NOON = new Date('2026-01-05T12:00:00Z');
const SUNDAY = new Date('2026-01-04T12:00:00Z');

const starter: Partial<AccessFacts> = {
  settings: { perm_support_allowed: 'full_support', perm_shell_jump: true },
  jumpGroups: [{ id: GROUP, role: 2 }],
  jumpoints: [{ id: JUMPOINT, role: null }],
};
const administrator: Partial<AccessFacts> = { settings: { perm_admin: true } };

const jumpoint: JumpointFacts = {
  id: JUMPOINT,
  name: 'Branch',
  enabled: true,
  shellJumpEnabled: true,
  shellJumpAccess: 'open',
  shellJumpProvisioned: [],
};

const officeHours: JumpPolicyRules = {
  id: 3,
  displayName: 'Office',
  codeName: 'office',
  scheduleEnabled: true,
  scheduleStrict: true,
  simultaneousJumps: 'global',
  simultaneousJumpsRdp: 'global',
  ticketIdRequired: false,
  twoFactorChallengeRequired: false,
  schedule: {
    timezone: 'UTC',
    entries: [{ startDay: 0, startTime: '08:00', endDay: 4, endTime: '18:00' }],
  },
};

const sessionPolicy = (id: number, command_shell: string): SessionPolicyFacts => ({
  id,
  name: `Session policy ${id}`,
  permissions: { command_shell },
});

type Change = Partial<Omit<JumpFacts, 'person'>> & { who?: Partial<AccessFacts> };

function jump({ who = starter, ...change }: Change = {}): JumpFacts {
  const kind = change.kind ?? 'shell_jump';
  return {
    person: personOf(who),
    kind,
    item: { id: 100, name: 'Till', jumpGroupType: 'shared', jumpGroupId: GROUP },
    jumpoint,
    target: { hostname: 'till.example.com', port: 22, protocol: 'ssh' },
    jumpPolicy: undefined,
    sessionPermissions: {
      kind,
      start: 'unattended',
      customerPresent: false,
      item: { customerPresent: null, customerNotPresent: null },
      portal: null,
      policies: new Map(),
      global: sessionPolicy(1, 'allow'),
    },
    site: { simultaneous_jumps: 'join', simultaneous_jumps_rdp: 'new_session' },
    running: 0,
    now: MONDAY_NOON,
    phase: 'start',
    overrideSchedule: false,
    explain: false,
    ...change,
  };
}

function withSettings(settings: Partial<UserSettingValues>): Partial<AccessFacts> {
  return { ...starter, settings: { ...starter.settings, ...settings } };
}

describe('a jump', () => {
  it('names the session policy that denies a shell, and those that had no say after it', () => {
    const facts = jump({ explain: true });
    const denying = { ...sessionPolicy(7, 'deny'), name: 'No shell' };
    facts.sessionPermissions.item.customerNotPresent = denying;
    const { refusal, path } = decideJump(facts);
    expect(refusal?.message).toBe('The session policy “No shell” does not allow a command shell.');
    const by = { kind: 'session_policy', id: 7, name: 'No shell', place: 'jump_item' };
    expect(path.find(({ rule }) => rule === 'session_permissions')).toMatchObject({
      facts: { place: 'jump_item', session_policy_id: 7, session_policy: 'No shell' },
      said: [
        {
          about: 'command_shell',
          value: 'deny',
          source: by,
          statements: [
            { source: by, value: 'deny' },
            {
              source: { kind: 'session_policy', id: 1, place: 'global' },
              value: 'allow',
              passedOver: { because: 'lower_priority', by },
            },
          ],
        },
      ],
    });
  });

  it('is allowed when every rule allows it, in their order', () => {
    const decision = decideJump(jump({ jumpPolicy: officeHours }));
    expect(decision).toMatchObject({
      allowed: true,
      refusal: undefined,
      endsAt: new Date('2026-01-09T18:00:00Z'),
      overridden: false,
    });
    const asked = decision.path.map(({ rule }) => rule);
    expect([...new Set(asked)]).toEqual([...JUMP_RULES]);
    expect(decision.path.every(({ allowed }) => allowed)).toBe(true);
  });

  it.each<[string, Change, string, string]>([
    ['the account is disabled', { who: { ...starter, enabled: false } }, 'account_disabled', 'forbidden'],
    [
      'the item is not visible',
      { who: { ...starter, jumpGroups: [] } },
      'jump_item_not_visible',
      'not_found',
    ],
    [
      'the item is not visible, whatever else is missing',
      { who: { jumpGroups: [] } },
      'jump_item_not_visible',
      'not_found',
    ],
    [
      'no support is allowed',
      { who: withSettings({ perm_support_allowed: 'not_allowed' }) },
      'support_not_allowed',
      'forbidden',
    ],
    [
      'the method is not allowed',
      { who: withSettings({ perm_shell_jump: false }) },
      'method_not_allowed',
      'forbidden',
    ],
    [
      'the Jumpoint is not theirs',
      { who: { ...starter, jumpoints: [] } },
      'jumpoint_membership',
      'forbidden',
    ],
    [
      'the Jumpoint is disabled',
      { jumpoint: { ...jumpoint, enabled: false } },
      'jumpoint_disabled',
      'unavailable',
    ],
    [
      'the Jumpoint allows no Shell Jump',
      { jumpoint: { ...jumpoint, shellJumpEnabled: false } },
      'jumpoint_shell_jump',
      'forbidden',
    ],
    [
      'the Jumpoint allows provisioned systems only',
      { jumpoint: { ...jumpoint, shellJumpAccess: 'provisioned' } },
      'jumpoint_provisioned',
      'forbidden',
    ],
    [
      'the role does not start sessions',
      { who: { ...starter, jumpGroups: [{ id: GROUP, role: 3 }] } },
      'jump_item_role',
      'forbidden',
    ],
    [
      'the schedule does not permit it',
      { jumpPolicy: officeHours, now: SUNDAY },
      'jump_policy_schedule',
      'forbidden',
    ],
    [
      'the schedule is overridden by somebody who may not edit the Jump Policy',
      { jumpPolicy: officeHours, now: SUNDAY, overrideSchedule: true },
      'jump_policy_schedule',
      'forbidden',
    ],
    [
      'the session policies deny the shell',
      { sessionPermissions: { ...jump().sessionPermissions, portal: sessionPolicy(8, 'deny') } },
      'session_permissions',
      'forbidden',
    ],
    [
      'somebody works with an item that cannot be shared',
      {
        who: withSettings({ perm_remote_vnc: true }),
        kind: 'remote_vnc',
        running: 1,
        site: { simultaneous_jumps: 'disallow', simultaneous_jumps_rdp: 'new_session' },
      },
      'simultaneous_jumps',
      'conflict',
    ],
  ])('is refused when %s', (_, change, reason, code) => {
    const { allowed, refusal, path } = decideJump(jump(change));
    expect({ allowed, reason: refusal?.reason, code: refusal?.code }).toEqual({
      allowed: false,
      reason,
      code,
    });
    const refusing = path.find((step) => !step.allowed);
    expect(refusing).toMatchObject({ rule: refusal?.rule, message: refusal?.message });
  });

  it('outside the schedule is possible for those who may edit the Jump Policy, without a forced end', () => {
    const editor = { ...starter, jumpGroups: [{ id: GROUP, role: 4 }] };
    const outside = { who: editor, jumpPolicy: officeHours, now: SUNDAY };
    expect(decideJump(jump(outside)).refusal?.facts).toEqual({
      next_allowed: '2026-01-05T08:00:00+00:00',
      may_override: true,
    });
    expect(decideJump(jump({ ...outside, overrideSchedule: true }))).toMatchObject({
      allowed: true,
      overridden: true,
      endsAt: undefined,
    });
  });

  it('that runs goes on outside the schedule and beside others, but not without role, method or Jumpoint', () => {
    const running: Change = { phase: 'continue', jumpPolicy: officeHours, now: SUNDAY, running: 5 };
    expect(decideJump(jump(running)).allowed).toBe(true);
    for (const who of [
      { ...starter, jumpGroups: [] },
      { ...starter, jumpGroups: [{ id: GROUP, role: 3 }] },
      { ...starter, jumpoints: [] },
      { ...starter, enabled: false },
      withSettings({ perm_shell_jump: false }),
    ])
      expect(decideJump(jump({ ...running, who })).allowed).toBe(false);
  });

  it('of an administrator needs no method, membership or role, but an enabled account and what the Jumpoint allows', () => {
    expect(decideJump(jump({ who: administrator })).allowed).toBe(true);
    expect(decideJump(jump({ who: { ...administrator, enabled: false } })).allowed).toBe(false);
    const closed = { ...jumpoint, shellJumpEnabled: false };
    expect(decideJump(jump({ who: administrator, jumpoint: closed })).allowed).toBe(false);
    expect(decideJump(jump({ who: administrator, jumpPolicy: officeHours, now: SUNDAY })).allowed).toBe(
      false,
    );
  });

  it('to a target that is not saved asks for everything but a role', () => {
    const unsaved = { item: undefined, who: { ...starter, jumpGroups: [] } };
    expect(decideJump(jump(unsaved)).allowed).toBe(true);
    expect(decideJump(jump({ item: undefined, who: { ...starter, jumpoints: [] } })).refusal?.reason).toBe(
      'jumpoint_membership',
    );
  });

  it('reaches provisioned systems by any case of their name, on their port and protocol', () => {
    const provisioned = (port: number, protocol: 'ssh' | 'telnet'): JumpointFacts => ({
      ...jumpoint,
      shellJumpAccess: 'provisioned',
      shellJumpProvisioned: [{ hostname: 'TILL.example.com', port, protocol, username: '', name: '' }],
    });
    expect(decideJump(jump({ jumpoint: provisioned(22, 'ssh') })).allowed).toBe(true);
    expect(decideJump(jump({ jumpoint: provisioned(2222, 'ssh') })).allowed).toBe(false);
    expect(decideJump(jump({ jumpoint: provisioned(22, 'telnet') })).allowed).toBe(false);
  });

  it.each(EVERY_JUMP_ITEM_KIND)('needs the right of its method alone: %s', (kind) => {
    const only = withSettings({ perm_shell_jump: false, [RIGHT_OF_METHOD[kind]]: true });
    expect(decideJump(jump({ who: only, kind })).allowed).toBe(true);
    const others = Object.values(RIGHT_OF_METHOD).filter((right) => right !== RIGHT_OF_METHOD[kind]);
    const without = withSettings(Object.fromEntries(others.map((right) => [right, true])));
    const refused = withSettings({ ...without.settings, [RIGHT_OF_METHOD[kind]]: false });
    expect(decideJump(jump({ who: refused, kind })).refusal?.reason).toBe('method_not_allowed');
  });

  it('explains who said what', () => {
    const who: Partial<AccessFacts> = {
      settings: { perm_support_allowed: 'full_support' },
      policies: [
        layerOf({
          id: 1,
          name: 'Field staff',
          settings: { perm_shell_jump: { status: 'final', value: true } },
          jumpGroups: { entries: [adds(GROUP)] },
          jumpoints: { entries: [adds<never>(JUMPOINT)] },
        }),
        layerOf({ id: 2, name: 'Later', settings: { perm_shell_jump: { status: 'defined', value: false } } }),
      ],
    };
    const { path, refusal } = decideJump(jump({ who, explain: true }));
    expect(refusal?.reason).toBe('jump_item_not_visible');
    const said = Object.fromEntries(path.flatMap((step) => step.said).map((one) => [one.about, one]));
    expect(said['perm_shell_jump']).toMatchObject({
      value: true,
      source: { kind: 'group_policy', name: 'Field staff', status: 'final' },
      statements: [
        { source: { kind: 'initial' }, value: false },
        { source: { name: 'Field staff' }, value: true },
        { source: { name: 'Later' }, value: false, passedOver: { because: 'final_before' } },
      ],
    });
    expect(said['jumpoint_membership']).toMatchObject({ value: true, source: { name: 'Field staff' } });
    expect(said['jump_group_membership']).toMatchObject({ value: true, source: { name: 'Field staff' } });
    expect(said['default_jump_item_role_id']).toMatchObject({ value: 1, source: { kind: 'initial' } });
  });
});

describe('for any combination of facts', () => {
  it('the decision agrees with every rule asked by itself', () => {
    const kinds = fc.constantFrom<JumpItemKind>('shell_jump', 'remote_rdp', 'jump_client', 'mysql_tunnel');
    const cases = fc.record({
      kind: kinds,
      enabled: fc.boolean(),
      admin: fc.boolean(),
      support: fc.boolean(),
      method: fc.boolean(),
      role: fc.constantFrom(undefined, 1, 2, 3, 4),
      member: fc.boolean(),
      shellEnabled: fc.boolean(),
      shell: fc.constantFrom('allow', 'deny'),
      open: fc.boolean(),
      wanted: fc.boolean(),
      running: fc.integer({ min: 0, max: 1 }),
      join: fc.boolean(),
      starting: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, (c) => {
        const decision = decideJump(
          jump({
            kind: c.kind,
            who: {
              enabled: c.enabled,
              settings: {
                perm_admin: c.admin,
                perm_support_allowed: c.support ? 'full_support' : 'not_allowed',
                [RIGHT_OF_METHOD[c.kind]]: c.method,
              },
              jumpGroups: c.role === undefined ? [] : [{ id: GROUP, role: c.role }],
              jumpoints: c.member ? [{ id: JUMPOINT, role: null }] : [],
            },
            jumpoint: { ...jumpoint, shellJumpEnabled: c.shellEnabled },
            sessionPermissions: { ...jump().sessionPermissions, global: sessionPolicy(1, c.shell) },
            jumpPolicy: officeHours,
            now: c.open ? MONDAY_NOON : SUNDAY,
            overrideSchedule: c.wanted,
            running: c.running,
            site: {
              simultaneous_jumps: c.join ? 'join' : 'disallow',
              simultaneous_jumps_rdp: c.join ? 'new_session' : 'disallow',
            },
            phase: c.starting ? 'start' : 'continue',
          }),
        );
        const isShell = c.kind === 'shell_jump';
        const expected =
          c.enabled &&
          (c.admin || (c.support && c.method && c.member && (c.role === 2 || c.role === 4))) &&
          (!isShell || (c.shellEnabled && c.shell === 'allow')) &&
          (!c.starting ||
            ((c.open || (c.wanted && (c.admin || c.role === 4))) && (isShell || c.join || c.running === 0)));
        expect(decision.allowed).toBe(expected);
        expect(decision.path.every(({ allowed }) => allowed)).toBe(expected);
        const first = decision.path.find(({ allowed }) => !allowed);
        expect(decision.refusal?.rule).toBe(first?.rule);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the methods of a person', () => {
  it('are those with a right, none without support, every one for administrators', () => {
    const values = (change: Partial<UserSettingValues>) => personOf({ settings: change }).settings;
    expect(jumpMethodsOf(values({ perm_protocol_tunnel: true }))).toEqual([]);
    expect(
      jumpMethodsOf(values({ perm_support_allowed: 'full_support', perm_protocol_tunnel: true })),
    ).toEqual(['protocol_tunnel', 'mysql_tunnel', 'psql_tunnel', 'network_tunnel']);
    expect(jumpMethodsOf(values({ perm_admin: true }))).toEqual([...EVERY_JUMP_ITEM_KIND]);
  });
});
