import { describe, expect, it } from 'vitest';
import {
  explainedSite,
  item,
  MONDAY_MORNING,
  MONDAY_NIGHT,
  START_ONLY,
  site,
  stepOf,
  user,
} from '../../support/explained-site.ts';
import { whatIfCases } from './access-explain-what-if.ts';

explainedSite();

describe('POST /access/explain', () => {
  it('tells who gave the role, the Jumpoint and the jump method', async () => {
    const { status, body } = await site.explain({ user: user('anna'), jump_item: item('kiosk') });
    expect([status, body.decision, body.reason, body.rule]).toEqual([200, 'allow', 'allowed', null]);
    expect(body.jump_item).toMatchObject({
      type: 'shell_jump',
      name: 'kiosk',
      jump_group: { type: 'shared', name: 'kiosks', code_name: 'kiosks' },
      jumpoint: { name: 'gate', code_name: 'gate' },
      jump_policy: null,
    });
    const staff = { kind: 'group_policy', id: site.id('Staff'), name: 'Staff', status: 'defined' };
    expect(stepOf(body, 'jumpoint').said).toMatchObject([
      { about: 'jumpoint_membership', value: true, source: staff },
    ]);
    expect(stepOf(body, 'jump_item_role')).toMatchObject({
      allowed: true,
      facts: { jump_item_role_id: START_ONLY, because: 'group_member' },
      said: [{ about: 'jump_group_membership', value: true, source: staff }],
    });
    expect(stepOf(body, 'jump_method').said).toContainEqual({
      about: 'perm_shell_jump',
      value: true,
      source: staff,
      statements: [
        {
          source: { kind: 'user', id: null, name: '', status: null },
          value: true,
          passed_over: { because: 'replaced_later', by: staff },
        },
        { source: staff, value: true, passed_over: null },
      ],
    });
    const shell = body.session_permissions.find(({ name }: { name: string }) => name === 'command_shell');
    expect(shell).toMatchObject({
      value: 'allow',
      section: 'command_shell',
      source: { place: 'global', policy: { id: 1, name: 'Global' } },
    });
    expect(body.session_permissions.length).toBeGreaterThan(50);
  });

  it('tells which policy was passed over, and by which', async () => {
    const { body } = await site.explain({ user: user('ben'), jump_item: item('kiosk') });
    expect([body.decision, body.reason, body.rule]).toEqual(['deny', 'method_not_allowed', 'jump_method']);
    const said = stepOf(body, 'jump_method').said.find(
      ({ about }: { about: string }) => about === 'perm_shell_jump',
    );
    expect(said.source).toMatchObject({ name: 'Restricted', status: 'final' });
    expect(said.statements.at(-1)).toMatchObject({
      source: { name: 'Late' },
      value: true,
      passed_over: { because: 'final_before', by: { name: 'Restricted' } },
    });
    // What comes after the refusal is told as well.
    expect(stepOf(body, 'jump_item_role').allowed).toBe(true);
  });

  it('knows the schedule, the next access and who may pass over it', async () => {
    const ask = (username: string, at: string, more = {}) =>
      site.explain({ user: user(username), jump_item: item('db'), at, ...more });
    expect((await ask('anna', MONDAY_MORNING)).body).toMatchObject({
      decision: 'allow',
      at: '2026-03-02T09:00:00+00:00',
    });
    expect((await ask('anna', MONDAY_NIGHT)).body).toMatchObject({
      decision: 'deny',
      reason: 'jump_policy_schedule',
      rule: 'jump_policy',
      next_allowed: '2026-03-03T07:00:00+00:00',
      may_override: false,
    });
    expect((await ask('lead', MONDAY_NIGHT)).body).toMatchObject({ decision: 'deny', may_override: true });
    expect((await ask('lead', MONDAY_NIGHT, { override_schedule: true })).body).toMatchObject({
      decision: 'allow',
      overridden: true,
    });
    expect((await ask('anna', MONDAY_NIGHT, { override_schedule: true })).body.decision).toBe('deny');
    const may = async (username: string) =>
      (await ask(username, MONDAY_NIGHT, { action: 'override_schedule' })).body.decision;
    expect([await may('lead'), await may('anna')]).toEqual(['allow', 'deny']);
  });

  it('asks for a ticket ID where there is a ticket system, and asks no ticket system', async () => {
    await site.make('/jump-policy', 'ticketed', {
      display_name: 'Ticketed',
      schedule_enabled: false,
      ticket_id_required: true,
    });
    await site.shell('vault', 'servers', 'gate', { jump_policy_id: site.id('ticketed') });
    const ask = async (more: object = {}) =>
      (await site.explain({ user: user('anna'), jump_item: item('vault'), ...more })).body.reason;
    expect(await ask()).toBe('allowed');
    const setTicketSystem = async (url: string) =>
      expect((await site.api('PATCH', '/site-setting', { ticket_system_url: url })).status).toBe(200);
    await setTicketSystem('https://tickets.example.com/check');
    expect(await ask()).toBe('ticket_id_required');
    expect(await ask({ ticket_id: ' ' })).toBe('ticket_id_required');
    expect(await ask({ ticket_id: 'INC7' })).toBe('allowed');
    await setTicketSystem('');
    await site.api('DELETE', `/jump-item/shell-jump/${site.id('vault')}`);
  });

  it('answers for every action, for Jump Groups, for targets that are not saved, for rights and operations', async () => {
    const ask = async (question: object) => {
      const { status, body } = await site.explain(question as Record<string, unknown>);
      expect(`${status} ${JSON.stringify(body)}`).toMatch(/^200/);
      return `${body.decision} ${body.reason}`;
    };
    const about = { user: user('anna'), jump_item: item('db') };
    expect(await ask({ ...about, action: 'see' })).toBe('allow allowed');
    expect(await ask({ ...about, action: 'edit_tag' })).toBe('deny jump_item_role');
    expect(await ask({ ...about, action: 'move', destination: { code_name: 'kiosks' } })).toBe(
      'deny jump_item_role',
    );
    expect(
      await ask({ ...about, user: user('admin'), action: 'copy', destination: { code_name: 'kiosks' } }),
    ).toBe('allow allowed');
    expect(await ask({ user: user('dora'), jump_item: item('db') })).toBe('deny jump_item_not_visible');
    expect(await ask({ user: user('anna'), jump_group: { code_name: 'servers' } })).toBe('allow allowed');
    expect(await ask({ user: user('emil'), jump_group: { code_name: 'servers' } })).toBe(
      'deny jump_item_role',
    );
    expect(await ask({ user: user('anna'), jump_group: { username: 'dora' }, action: 'see' })).toBe(
      'deny jump_item_role',
    );
    const adHoc = { jumpoint: 'gate', hostname: '10.0.0.1' };
    expect(await ask({ user: user('anna'), ad_hoc: adHoc })).toBe('allow allowed');
    expect(await ask({ user: user('dora'), ad_hoc: adHoc })).toBe('deny jumpoint_membership');
    expect(await ask({ user: user('anna'), ad_hoc: { jumpoint: 'listed', hostname: '10.0.0.1' } })).toBe(
      'deny jumpoint_provisioned',
    );
    expect(await ask({ user: user('anna'), action: 'right', right: 'perm_edit_issues' })).toBe('deny right');
    const operation = { action: 'operation', operation_id: 'api.config.api-account.index' };
    expect(await ask({ user: user('anna'), ...operation })).toBe('deny operation');
    expect(await ask({ user: user('admin'), ...operation })).toBe('allow allowed');
  });

  it('refuses what it cannot find or understand, naming the field', async () => {
    const refused = async (question: object) => {
      const { status, body } = await site.explain(question as Record<string, unknown>);
      return [status, ...Object.keys(body.errors ?? {})];
    };
    const anna = { user: user('anna') };
    expect(await refused({ user: user('nobody'), jump_item: item('db') })).toEqual([422, 'user']);
    expect(await refused({ jump_item: item('db') })).toEqual([422, 'user']);
    expect(await refused({ ...anna, jump_item: { id: 999_999 } })).toEqual([422, 'jump_item']);
    expect(await refused({ ...anna, jump_item: { name: 'db', jump_group: 'nowhere' } })).toEqual([
      422,
      'jump_item',
    ]);
    expect(await refused(anna)).toEqual([422, 'jump_item']);
    expect(await refused({ ...anna, jump_item: item('db'), jump_group: { id: 1 } })).toEqual([
      422,
      'jump_item',
    ]);
    expect(await refused({ ...anna, jump_item: item('db'), action: 'move' })).toEqual([422, 'destination']);
    expect(await refused({ ...anna, jump_item: item('db'), start_method: 'portal' })).toEqual([
      422,
      'start_method',
    ]);
    expect(await refused({ ...anna, action: 'right', right: 'perm_magic' })).toEqual([422, 'right']);
    expect(await refused({ ...anna, action: 'operation', operation_id: 'x' })).toEqual([422, 'operation_id']);
    expect(await refused({ ...anna, jump_item: item('db'), public_portal_id: 99 })).toEqual([
      422,
      'public_portal_id',
    ]);
    expect((await refused({ ...anna, jump_item: item('db'), colour: 'red' }))[0]).toBe(401);
    const changed = (change: object) => refused({ ...anna, jump_item: item('db'), what_if: [change] });
    expect(await changed({ change: 'user', user_id: 1, settings: { perm_magic: true } })).toEqual([
      422,
      'what_if.0.settings.perm_magic',
    ]);
    expect(await changed({ change: 'user', settings: {} })).toEqual([422, 'what_if.0.user_id']);
    expect(await changed({ change: 'group_policy', group_policy_id: 999 })).toEqual([422, 'what_if.0']);
    expect(await changed({ change: 'jump_item', jump_item_id: site.id('db'), jump_policy_id: 999 })).toEqual([
      422,
      'what_if',
    ]);
  });

  it('tells people about themselves and what they see, without sources, and nothing else', async () => {
    const anna = await site.signedIn('anna');
    const ask = (question: object) => anna('POST', '/access/explain', question);
    const { status, body } = await ask({ jump_item: item('db'), at: MONDAY_NIGHT });
    expect([status, body.decision, body.reason]).toEqual([200, 'deny', 'jump_policy_schedule']);
    expect(body.path.every(({ said }: { said: unknown[] }) => said.length === 0)).toBe(true);
    expect(body.path.at(-1)).toMatchObject({ rule: 'jump_policy', allowed: false, message: body.message });
    expect(JSON.stringify(body)).not.toMatch(/Staff|Start Sessions Only/);
    const edit = await ask({ jump_item: item('kiosk'), action: 'edit_tag' });
    expect(edit.body.message).toBe('Your Jump Item Role for this item does not allow: edit tag.');
    expect(JSON.stringify(edit.body)).not.toMatch(/Staff|Start Sessions Only/);
    const dora = await site.signedIn('dora');
    const unseen = await dora('POST', '/access/explain', { jump_item: item('db') });
    const missing = await dora('POST', '/access/explain', { jump_item: { id: 999_999 } });
    expect([unseen.status, unseen.body.message]).toEqual([404, missing.body.message]);
    expect((await ask({ user: user('ben'), jump_item: item('db') })).status).toBe(403);
    expect((await ask({ jump_item: { name: 'db' } })).status).toBe(403);
    expect((await ask({ jump_group: { id: 1 } })).status).toBe(403);
    const whatIf = [{ change: 'user', user_id: site.id('anna'), settings: { perm_admin: true } }];
    expect((await ask({ jump_item: item('db'), what_if: whatIf })).status).toBe(403);
    for (const path of [
      '/access/user/1',
      `/access/jump-item/${site.id('db')}/user`,
      '/access/jump-group/1/user',
    ])
      expect((await anna('GET', path)).status).toBe(403);
  });
});

describe('an explanation and a real start', () => {
  it('agree, decision and reason, for everybody and everything', async () => {
    const seen = new Set<string>();
    for (const username of ['anna', 'ben', 'cleo', 'dora', 'emil', 'lead']) {
      const call = await site.signedIn(username);
      for (const name of ['kiosk', 'shut', 'mute', 'unlisted']) {
        for (const overrideSchedule of [false, true]) {
          const explained = await site.explain({
            user: user(username),
            jump_item: item(name),
            override_schedule: overrideSchedule,
          });
          const started = await call('POST', '/session', {
            jump_item: { type: 'shell_jump', id: site.id(name) },
            override_schedule: overrideSchedule,
          });
          // No program of the Jumpoint is connected, so what every rule allows ends there.
          const connected = started.status === 503 && /not connected/.test(started.body.message);
          const real = connected ? 'allow allowed' : `deny ${started.body.reason}`;
          const said = `${explained.body.decision} ${explained.body.reason}`;
          expect(`${username} ${name}: ${said}`).toBe(`${username} ${name}: ${real}`);
          if (!connected) expect(explained.body.message).toBe(started.body.message);
          seen.add(said);
        }
      }
    }
    expect([...seen].sort()).toEqual([
      'allow allowed',
      'deny jump_item_not_visible',
      'deny jump_policy_schedule',
      'deny jumpoint_provisioned',
      'deny method_not_allowed',
      'deny session_permissions',
    ]);
  });
});

whatIfCases();

describe('GET /access/user/{id}', () => {
  it('shows every setting with its source, memberships and what may be done with items', async () => {
    const id = site.id('emil');
    const { body } = await site.api('GET', `/access/user/${id}`);
    expect(body).toMatchObject({
      username: 'emil',
      administrator: false,
      group_policies: [{ name: 'Staff' }, { name: 'Restricted' }],
      jump_group_count: 1,
      jumpoint_count: 2,
      jump_item_count: 1,
      startable_jump_item_count: 1,
    });
    expect(body.jump_methods).not.toContain('shell_jump');
    expect(body.settings.find(({ name }: { name: string }) => name === 'perm_shell_jump')).toMatchObject({
      section: 'representative',
      value: false,
      source: { kind: 'group_policy', name: 'Restricted', status: 'final' },
    });
    const groups = await site.api('GET', `/access/user/${id}/membership`);
    expect(groups.headers.get('x-bt-pagination-total')).toBe('2');
    expect(groups.body).toMatchObject([
      {
        name: 'kiosks',
        member: true,
        jump_item_count: 1,
        role: {
          id: START_ONLY,
          because: 'group_member',
          source: { name: 'Staff' },
          permissions: ['perm_start'],
        },
      },
      {
        name: 'servers',
        member: false,
        role: { because: 'system', permissions: [] },
        statements: [
          {
            source: { name: 'Staff' },
            passed_over: { because: 'replaced_later', by: { name: 'Restricted' } },
          },
          { source: { name: 'Restricted' }, value: { action: 'remove' }, passed_over: null },
        ],
      },
    ]);
    expect((await site.api('GET', `/access/user/${id}/membership?of=jumpoint`)).body).toMatchObject([
      { name: 'gate', member: true, role: null },
      { name: 'listed', member: true },
    ]);
    const items = await site.api('GET', `/access/user/${id}/jump-item`);
    expect(items.body).toMatchObject([
      {
        jump_item: { name: 'kiosk' },
        permissions: ['perm_start'],
        start: { decision: 'deny', reason: 'method_not_allowed' },
      },
    ]);
    const anna = `/access/user/${site.id('anna')}/jump-item`;
    const names = async (query: string) =>
      (await site.api('GET', anna + query)).body.map(
        (one: { jump_item: { name: string } }) => one.jump_item.name,
      );
    expect(await names('')).toEqual(['kiosk', 'db', 'shut', 'mute', 'unlisted']);
    expect(await names('?permission=perm_edit_tag')).toEqual([]);
    expect(await names('?search=U&per_page=5')).toEqual(['shut', 'mute', 'unlisted']);
    expect((await site.api('GET', '/access/user/999999')).status).toBe(404);
  });
});

describe('who may', () => {
  it('start an item: everybody with answer, role and source', async () => {
    const path = `/access/jump-item/${site.id('db')}/user?at=${MONDAY_MORNING}`;
    const { body, headers } = await site.api('GET', path);
    expect(headers.get('x-bt-pagination-total')).toBe('7');
    const answers = Object.fromEntries(
      body.map((one: { username: string; reason: string }) => [one.username, one.reason]),
    );
    expect(answers).toEqual({
      admin: 'allowed',
      anna: 'allowed',
      ben: 'jump_item_not_visible',
      cleo: 'allowed',
      dora: 'jump_item_not_visible',
      emil: 'jump_item_not_visible',
      lead: 'allowed',
    });
    const allowed = await site.api('GET', `${path}&decision=allow&search=AN`);
    expect(allowed.body).toMatchObject([
      {
        username: 'anna',
        decision: 'allow',
        role: { id: START_ONLY, because: 'group_member', source: { name: 'Staff' } },
      },
    ]);
    expect(allowed.headers.get('x-bt-pagination-total')).toBe('1');
    expect((await site.api('GET', '/access/jump-item/999999/user')).status).toBe(404);
  });

  it('do something in a Jump Group', async () => {
    const path = `/access/jump-group/${site.id('servers')}/user?decision=allow`;
    const names = async (query: string) =>
      (await site.api('GET', path + query)).body.map(({ username }: { username: string }) => username);
    expect(await names('')).toEqual(['admin', 'anna', 'cleo', 'lead']);
    expect(await names('&action=edit_jump_policy')).toEqual(['admin', 'lead']);
    const personal = `/access/jump-group/${site.id('dora')}/user?jump_group_type=personal&decision=allow&action=see`;
    expect((await site.api('GET', personal)).body).toMatchObject([{ username: 'admin' }]);
    expect((await site.api('GET', '/access/jump-group/999999/user')).status).toBe(404);
  });
});
