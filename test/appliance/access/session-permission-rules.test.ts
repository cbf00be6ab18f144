import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionPolicyFacts } from '../../../appliance/access/access-facts.ts';
import {
  explainSessionPermissions,
  participantPermissions,
  type SessionPermissionFacts,
  type SessionPermissionLayer,
  sessionPermissionLayers,
  sessionPermissions,
} from '../../../appliance/access/session-permission-rules.ts';
import {
  SESSION_PERMISSION_NAMES,
  SESSION_PERMISSIONS,
  type SessionPermissionValues,
} from '../../../appliance/access/session-permissions.ts';
import { EVERY_JUMP_ITEM_KIND } from '../../../appliance/jump/jump-item.ts';
import { layerOf, personOf } from '../../support/access-facts.ts';

const policy = (id: number, permissions: SessionPermissionValues = { chat: 'deny' }): SessionPolicyFacts => ({
  id,
  name: `Session policy ${id}`,
  permissions,
});
const [PRESENT, NOT_PRESENT, PORTAL, ATTENDED, UNATTENDED, GLOBAL] = [10, 11, 12, 13, 14, 1] as const;

function facts(change: Partial<SessionPermissionFacts> = {}): SessionPermissionFacts {
  return {
    kind: 'jump_client',
    start: 'unattended',
    customerPresent: false,
    item: { customerPresent: policy(PRESENT), customerNotPresent: policy(NOT_PRESENT) },
    portal: policy(PORTAL),
    policies: new Map([ATTENDED, UNATTENDED].map((id) => [id, policy(id)])),
    global: policy(GLOBAL),
    ...change,
  };
}

const rep = personOf({
  settings: { attended_session_policy: ATTENDED, unattended_session_policy: UNATTENDED },
});
const ids = (layers: readonly SessionPermissionLayer[]) => layers.map(({ source }) => source.policy?.id);

describe('what has a say in a session', () => {
  it('is the Jump Item, then the portal, then the representative, then the global policy', () => {
    const layers = sessionPermissionLayers(rep, facts());
    expect(layers.map(({ source }) => source.place)).toEqual([
      'jump_item',
      'public_portal',
      'representative',
      'global',
    ]);
    expect(ids(layers)).toEqual([NOT_PRESENT, PORTAL, UNATTENDED, GLOBAL]);
  });

  it.each(EVERY_JUMP_ITEM_KIND)(
    'depends on customer presence only where the kind has two policies: %s',
    (kind) => {
      const two = ['jump_client', 'remote_jump', 'local_jump'].includes(kind);
      const present = sessionPermissionLayers(rep, facts({ kind, customerPresent: true }));
      expect(ids(present)[0]).toBe(two ? PRESENT : NOT_PRESENT);
      expect(ids(sessionPermissionLayers(rep, facts({ kind })))[0]).toBe(NOT_PRESENT);
    },
  );

  it('is the unattended policy of the representative in every jump, even with the customer present', () => {
    expect(ids(sessionPermissionLayers(rep, facts({ customerPresent: true })))).toContain(UNATTENDED);
    const attended = facts({
      kind: undefined,
      start: 'attended',
      item: { customerPresent: null, customerNotPresent: null },
    });
    expect(ids(sessionPermissionLayers(rep, attended))).toEqual([PORTAL, ATTENDED, GLOBAL]);
  });

  it('is only what is there', () => {
    const nothing = facts({ item: { customerPresent: null, customerNotPresent: null }, portal: null });
    expect(ids(sessionPermissionLayers(personOf(), nothing))).toEqual([GLOBAL]);
    expect(ids(sessionPermissionLayers(undefined, nothing))).toEqual([GLOBAL]);
    const gone = personOf({ settings: { unattended_session_policy: 99 } });
    expect(ids(sessionPermissionLayers(gone, nothing))).toEqual([GLOBAL]);
  });

  it('is the representative’s as group policies leave it, also with permissions of their own', () => {
    const person = personOf({
      settings: { unattended_session_policy: UNATTENDED },
      policies: [
        layerOf({ settings: { unattended_session_policy: { status: 'defined', value: { chat: 'allow' } } } }),
      ],
    });
    const layer = sessionPermissionLayers(person, facts()).find(
      ({ source }) => source.place === 'representative',
    );
    expect(layer).toMatchObject({
      permissions: { chat: 'allow' },
      source: {
        policy: undefined,
        setting: { name: 'unattended_session_policy', source: { kind: 'group_policy', id: 1 } },
      },
    });
  });
});

describe('a permission', () => {
  it('is what the first policy says that defines it, each permission by itself', () => {
    const layers = sessionPermissionLayers(
      rep,
      facts({
        item: { customerPresent: null, customerNotPresent: policy(NOT_PRESENT, { chat: 'deny' }) },
        portal: policy(PORTAL, { chat: 'allow', clipboard: 'deny' }),
        policies: new Map([
          [UNATTENDED, policy(UNATTENDED, { clipboard: 'both', tool_prompting_timeout: 60 })],
        ]),
        global: policy(GLOBAL, {
          chat: 'allow',
          clipboard: 'both',
          registry: 'view_only',
          tool_prompting_timeout: 30,
        }),
      }),
    );
    expect(sessionPermissions(layers)).toMatchObject({
      chat: 'deny',
      clipboard: 'deny',
      tool_prompting_timeout: 60,
      registry: 'view_only',
    });
  });

  it('is as strict as can be when nobody defines it', () => {
    const set = sessionPermissions([]);
    for (const name of SESSION_PERMISSION_NAMES)
      expect(set[name]).toEqual(SESSION_PERMISSIONS[name].strictest);
    expect(explainSessionPermissions([]).chat).toEqual({
      value: 'deny',
      source: { place: 'built_in', policy: undefined, setting: undefined },
      statements: [],
    });
  });

  it('of somebody invited with a profile is the profile’s first, and nobody else’s changes', () => {
    const session = sessionPermissions([
      { source: {} as never, permissions: { chat: 'allow', clipboard: 'both' } },
    ]);
    const before = { ...session };
    const invited = participantPermissions(session, policy(20, { clipboard: 'deny' }));
    expect(invited).toEqual({ ...before, clipboard: 'deny' });
    expect(session).toEqual(before);
    expect(participantPermissions(session, undefined)).toEqual(session);
  });
});

const NAMES = ['chat', 'clipboard', 'command_shell'] as const;
const permissions: fc.Arbitrary<SessionPermissionValues> = fc.record(
  {
    chat: fc.constantFrom('deny', 'allow'),
    clipboard: fc.constantFrom('deny', 'both'),
    command_shell: fc.constantFrom('deny', 'allow'),
  },
  { requiredKeys: [] },
);
const maybe = (id: number) =>
  fc.option(
    permissions.map((said) => policy(id, said)),
    { nil: null },
  );

describe('for any configuration', () => {
  it('every permission agrees with the rule said another way, and so does its explanation', () => {
    const configurations = fc.record({
      kind: fc.constantFrom(...EVERY_JUMP_ITEM_KIND),
      start: fc.constantFrom('attended' as const, 'unattended' as const),
      customerPresent: fc.boolean(),
      item: fc.record({ customerPresent: maybe(PRESENT), customerNotPresent: maybe(NOT_PRESENT) }),
      portal: maybe(PORTAL),
      attended: maybe(ATTENDED),
      unattended: maybe(UNATTENDED),
      own: fc.boolean(),
      global: permissions.map((said) => policy(GLOBAL, said)),
    });
    fc.assert(
      fc.property(configurations, ({ attended, unattended, own, ...rest }) => {
        const choice = (chosen: SessionPolicyFacts | null) =>
          own ? (chosen?.permissions ?? null) : (chosen?.id ?? null);
        const person = personOf({
          settings: {
            attended_session_policy: choice(attended),
            unattended_session_policy: choice(unattended),
          },
        });
        const policies = new Map(
          [attended, unattended].flatMap((one) => (one === null ? [] : [[one.id, one] as const])),
        );
        const layers = sessionPermissionLayers(person, { ...rest, policies });
        const set = sessionPermissions(layers);
        const explained = explainSessionPermissions(layers);
        const onItem =
          rest.customerPresent && /^(jump_client|remote_jump|local_jump)$/.test(rest.kind)
            ? rest.item.customerPresent
            : rest.item.customerNotPresent;
        const ofRep = rest.start === 'attended' ? attended : unattended;
        for (const name of NAMES) {
          let expected: unknown = 'deny';
          for (const said of [rest.global, ofRep, rest.portal, onItem])
            expected = said?.permissions[name] ?? expected;
          expect(set[name]).toBe(expected);
          expect(explained[name].value).toBe(expected);
          const holding = explained[name].statements.filter(({ holds }) => holds);
          expect(holding.map(({ value }) => value)).toEqual(
            explained[name].statements.length > 0 ? [expected] : [],
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
