import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessSite, REPRESENTATIVE } from '../../support/access-site.ts';

let site: AccessSite;
const ADMINISTRATOR_ROLE = 4;

beforeAll(async () => {
  site = await AccessSite.start();
  await site.group('kiosks');
  await site.jumpoint('gate');
  await site.role('starter', ['perm_start']);
  await site.role('deployer', ['perm_start', 'perm_add']);
  const policy = (name: string, permissions: object) =>
    site.make('/session-policy', name, { display_name: name, code_name: name, permissions });
  await policy('no-pinning', { jump_client_pinning: 'deny' });
  await policy('pinning', { jump_client_pinning: 'allow' });
  await policy('quiet', { chat: 'deny', record_command_shell: 'do_not_record' });
  await policy('watched', { screen_sharing: 'view_only', chat: 'allow' });
});
afterAll(() => site?.appliance.stop());

// biome-ignore lint/suspicious/noExplicitAny: the contract check types the answer
async function simulate(json: Record<string, unknown>): Promise<any> {
  const { status, body } = await site.api('POST', '/access/simulate-session', json);
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^200/);
  return body;
}
// biome-ignore lint/suspicious/noExplicitAny: the contract check types the answer
const permission = (body: any, name: string) => body.permissions.find((one: any) => one.name === name);

describe('the story of the Jump Client guide', () => {
  it('somebody cannot pin: the simulator allows it, the role lacks create and deploy, and a policy is to be reordered', async () => {
    const { api } = site;
    const who = { user: { username: 'vera' } };
    await site.user('vera', { ...REPRESENTATIVE, attended_session_policy: site.id('no-pinning') });
    // Whoever has no membership of the right kind: first the session policy is in the way.
    expect(
      permission(await simulate({ ...who, start_method: 'session_key' }), 'jump_client_pinning'),
    ).toMatchObject({
      label: 'Jump Clients Pinning/Unpinning',
      value: 'deny',
      source: {
        place: 'representative',
        policy: { name: 'no-pinning' },
        setting: { name: 'attended_session_policy', source: { kind: 'user' } },
      },
      statements: [
        { value: 'deny', holds: true },
        { source: { place: 'global' }, value: 'allow', holds: false },
      ],
    });
    // A group policy gives vera one that allows it.
    await site.policy('Support', {
      members: ['vera'],
      settings: { attended_session_policy: { status: 'defined', value: site.id('pinning') } },
      jumpGroups: [{ to: 'kiosks', role: site.id('starter') }],
      jumpGroupsAddFinal: true,
    });
    await site.policy('Deployers', {
      members: ['vera'],
      jumpGroups: [{ to: 'kiosks', role: site.id('deployer') }],
    });
    const simulated = await simulate({ ...who, start_method: 'session_key' });
    expect(permission(simulated, 'jump_client_pinning')).toMatchObject({
      value: 'allow',
      source: {
        policy: { name: 'pinning' },
        setting: { source: { kind: 'group_policy', name: 'Support' } },
      },
    });
    // The simulator says yes, and yet: no role lets vera create and deploy.
    expect(simulated.jump_client_pinning).toEqual({ allowed: false, session: true, roles: false });
    const pin = { ...who, action: 'pin_jump_client', start_method: 'session_key' };
    expect((await site.explain(pin)).body).toMatchObject({
      decision: 'deny',
      reason: 'jump_item_role',
      path: [
        { rule: 'session_permissions', allowed: true },
        { rule: 'jump_item_role', allowed: false },
      ],
    });
    // The membership tells why: the first policy does not allow itself to be overridden.
    const { body: memberships } = await api('GET', `/access/user/${site.id('vera')}/membership`);
    expect(memberships[0]).toMatchObject({
      name: 'kiosks',
      role: { name: 'starter', source: { name: 'Support', status: 'final' } },
      statements: [
        { source: { name: 'Support', status: 'final' }, passed_over: null },
        { source: { name: 'Deployers' }, passed_over: { because: 'final_before', by: { name: 'Support' } } },
      ],
    });
    // Both ways out of the guide: reorder the policies, or allow the first one to be overridden.
    const reordered = {
      change: 'group_policy_order',
      group_policy_ids: [site.id('Deployers'), site.id('Support')],
    };
    const overridable = {
      change: 'group_policy',
      group_policy_id: site.id('Support'),
      jump_groups: { add_final: false },
    };
    expect((await site.explain({ ...pin, what_if: [overridable] })).body).toMatchObject({
      decision: 'allow',
      before: { decision: 'deny', reason: 'jump_item_role' },
    });
    // Listed later and overridable, “Support” has the last word again.
    expect((await site.explain({ ...pin, what_if: [reordered] })).body.decision).toBe('deny');
    const final = {
      change: 'group_policy',
      group_policy_id: site.id('Deployers'),
      jump_groups: { add_final: true },
    };
    expect((await site.explain({ ...pin, what_if: [reordered, final] })).body.decision).toBe('allow');
  });
});

describe('POST /access/simulate-session', () => {
  it('resolves item, portal, representative and global one after the other, each permission for itself', async () => {
    const { sql } = site.appliance;
    await site.user('wim', {
      ...REPRESENTATIVE,
      unattended_session_policy: { chat: 'deny', annotations: 'deny' },
    });
    await site.shell('box', 'kiosks', 'gate', { session_policy_id: site.id('quiet') });
    await sql`update public_portal set session_policy_id = ${site.id('watched')} where id = 1`;
    const jump = await simulate({
      user: { username: 'wim' },
      start_method: 'jumpoint',
      jump_item: { name: 'box' },
    });
    expect(jump.start).toBe('unattended');
    expect(jump.layers.map(({ place }: { place: string }) => place)).toEqual([
      'jump_item',
      'public_portal',
      'representative',
      'global',
    ]);
    expect(permission(jump, 'chat')).toMatchObject({
      value: 'deny',
      source: { place: 'jump_item', policy: { name: 'quiet' } },
      statements: [
        { value: 'deny', holds: true },
        { source: { place: 'public_portal', policy: { name: 'watched' } }, value: 'allow', holds: false },
        { source: { place: 'representative', policy: null }, value: 'deny', holds: false },
        { source: { place: 'global' }, holds: false },
      ],
    });
    expect(permission(jump, 'screen_sharing')).toMatchObject({
      value: 'view_only',
      source: { place: 'public_portal' },
    });
    expect(permission(jump, 'annotations')).toMatchObject({
      value: 'deny',
      source: { place: 'representative', setting: { name: 'unattended_session_policy' } },
    });
    expect(permission(jump, 'registry')).toMatchObject({ source: { place: 'global' } });
    // What a customer starts asks the policy for attended sessions, and no Jump Item.
    const attended = await simulate({ user: { username: 'wim' }, start_method: 'portal' });
    expect(attended.start).toBe('attended');
    expect(attended.layers.map(({ place }: { place: string }) => place)).toEqual(['public_portal', 'global']);
    expect(attended.permissions.length).toBe(jump.permissions.length);
    await sql`update public_portal set session_policy_id = null where id = 1`;
  });

  it('asks the policy for a present customer only where the kind has one', async () => {
    const { sql } = site.appliance;
    const [row] = await sql<{ id: number }[]>`
      insert into jump_item (kind, name, hostname, jump_group_id, session_policy_id, attended_session_policy_id)
      values ('jump_client', 'desk', 'desk', ${site.id('kiosks')}, ${site.id('quiet')}, ${site.id('watched')}) returning id`;
    await site.user('xia', REPRESENTATIVE);
    const desk = { user: { username: 'xia' }, start_method: 'jump_client', jump_item: { id: row!.id } };
    expect(permission(await simulate(desk), 'chat').source.policy.name).toBe('quiet');
    expect(permission(await simulate({ ...desk, customer_present: true }), 'chat').source.policy.name).toBe(
      'watched',
    );
  });

  it('shows what a change would do, and refuses what does not fit', async () => {
    const who = { user: { username: 'admin' } };
    const changed = await simulate({
      ...who,
      start_method: 'support_button',
      what_if: [{ change: 'user', user_id: 1, settings: { attended_session_policy: site.id('quiet') } }],
    });
    expect([changed.before.chat, permission(changed, 'chat').value]).toEqual(['allow', 'deny']);
    const refused = async (json: object) => {
      const { status, body } = await site.api('POST', '/access/simulate-session', json);
      return [status, ...Object.keys(body.errors ?? {})];
    };
    await site.shell('other', 'kiosks', 'gate');
    expect(await refused({ ...who, start_method: 'portal', jump_item: { name: 'other' } })).toEqual([
      422,
      'jump_item',
    ]);
    expect(await refused({ ...who, start_method: 'jump_client', jump_item: { name: 'other' } })).toEqual([
      422,
      'jump_item',
    ]);
    expect(await refused({ ...who, start_method: 'portal', public_portal_id: 99 })).toEqual([
      422,
      'public_portal_id',
    ]);
    expect((await refused({ ...who, start_method: 'telepathy' }))[0]).toBe(422);
    const vera = await site.signedIn('xia');
    expect((await vera('POST', '/access/simulate-session', { ...who, start_method: 'portal' })).status).toBe(
      403,
    );
  });
});

describe('POST /access/policy-test', () => {
  it('answers each expectation for itself', async () => {
    await site.user('yara', { ...REPRESENTATIVE, default_jump_item_role_id: ADMINISTRATOR_ROLE });
    await site.shell('till', 'kiosks', 'gate');
    await site.policy('Tills', {
      members: ['yara'],
      jumpGroups: [{ to: 'kiosks' }],
      jumpoints: [{ to: 'gate' }],
    });
    const yara = { user: { username: 'yara' }, jump_item: { name: 'till', jump_group: 'kiosks' } };
    const { status, body } = await site.api('POST', '/access/policy-test', {
      expectations: [
        { name: 'starts', ...yara, expect: 'allow', session_permissions: { command_shell: 'allow' } },
        { name: 'edits', ...yara, action: 'edit_tag', expect: 'deny' },
        {
          name: 'reason',
          user: { username: 'xia' },
          jump_item: { name: 'till' },
          expect: 'deny',
          reason: 'jump_method',
        },
        {
          name: 'permission',
          ...yara,
          expect: 'allow',
          session_permissions: { chat: 'deny', registry: 'deny' },
        },
        { name: 'nobody', user: { username: 'nobody' }, jump_item: { name: 'till' }, expect: 'deny' },
        { name: 'nothing', user: { username: 'yara' }, jump_item: { name: 'lost' }, expect: 'deny' },
        {
          name: 'refused',
          user: { username: 'xia' },
          jump_item: { name: 'till' },
          expect: 'deny',
          reason: 'jump_item_not_visible',
        },
      ],
    });
    expect([status, body.total, body.passed, body.failed, body.errors]).toEqual([200, 7, 2, 3, 2]);
    expect(body.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'passed',
      'failed',
      'failed',
      'failed',
      'error',
      'error',
      'passed',
    ]);
    expect(body.results[1].problems).toEqual(['expected deny, got allow (allowed): Every rule allows it.']);
    expect(body.results[2].problems[0]).toContain(
      'expected the reason jump_method, got jump_item_not_visible',
    );
    expect(body.results[3].problems).toEqual([
      'expected chat: deny, got allow',
      'expected registry: deny, got view_and_edit',
    ]);
    expect(body.results[5]).toMatchObject({
      actual: null,
      problems: ['jump_item: There is no Jump Item “lost”.'],
    });
  });

  it('takes changes, bounded numbers, and values that a permission can have', async () => {
    const yara = { user: { username: 'yara' }, jump_item: { name: 'till' } };
    const run = (json: object) => site.api('POST', '/access/policy-test', json);
    const changed = await run({
      expectations: [{ name: 'off', ...yara, expect: 'deny', reason: 'account_disabled' }],
      what_if: [{ change: 'user', user_id: site.id('yara'), enabled: false }],
    });
    expect(changed.body.passed).toBe(1);
    const one = { name: 'n', ...yara, expect: 'allow' };
    expect((await run({ expectations: Array.from({ length: 201 }, () => one) })).status).toBe(422);
    expect((await run({ expectations: [] })).status).toBe(422);
    expect(
      (await run({ expectations: [{ ...one, session_permissions: { chat: 'loud' } }] })).body.errors,
    ).toHaveProperty(['expectations.0.session_permissions.chat']);
    expect((await run({ expectations: [{ ...one, session_permissions: { magic: 'allow' } }] })).status).toBe(
      422,
    );
    const many = await run({ expectations: Array.from({ length: 200 }, () => one) });
    expect(many.body.passed).toBe(200);
  });
});
