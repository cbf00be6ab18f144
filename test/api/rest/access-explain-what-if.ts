import { describe, expect, it } from 'vitest';
import { item, MONDAY_MORNING, MONDAY_NIGHT, START_ONLY, site, user } from '../../support/explained-site.ts';

/** Questions about changes that nobody has made, to the site of the test that calls this. */
export function whatIfCases(): void {
  describe('what_if', () => {
    const ask = async (question: object, ...changes: object[]) => {
      const { status, body } = await site.explain({ ...question, what_if: changes } as Record<
        string,
        unknown
      >);
      expect(`${status} ${JSON.stringify(body)}`).toMatch(/^200/);
      return [body.before.reason, body.reason];
    };

    it('lays every kind of change over the configuration and stores nothing', async () => {
      const ben = { user: user('ben'), jump_item: item('kiosk') };
      const restricted = { group_policy_id: site.id('Restricted') };
      const open = { status: 'defined', value: false };
      const before = await site.appliance.sql`select * from group_policy order by id`;
      expect(
        await ask(ben, { change: 'group_policy', ...restricted, settings: { perm_shell_jump: open } }),
      ).toEqual(['method_not_allowed', 'allowed']);
      expect(
        await ask(ben, { change: 'group_policy', ...restricted, settings: { perm_shell_jump: null } }),
      ).toEqual(['method_not_allowed', 'allowed']);
      expect(await ask(ben, { change: 'remove_group_policy', ...restricted })).toEqual([
        'method_not_allowed',
        'allowed',
      ]);
      expect(
        await ask(ben, {
          change: 'group_policy_order',
          group_policy_ids: [site.id('Late'), site.id('Restricted'), site.id('Staff')],
        }),
      ).toEqual(['method_not_allowed', 'method_not_allowed']);
      const dora = { user: user('dora'), jump_item: item('kiosk') };
      const joins = {
        change: 'group_policy',
        group_policy_id: site.id('Staff'),
        add_members: [site.id('dora')],
      };
      expect(await ask(dora, joins)).toEqual(['jump_item_not_visible', 'allowed']);
      expect(
        await ask(dora, {
          change: 'new_group_policy',
          name: 'Helpers',
          position: 1,
          add_members: [site.id('dora')],
          jump_groups: { set: [{ id: site.id('kiosks'), jump_item_role_id: START_ONLY }] },
          jumpoints: { set: [{ id: site.id('gate') }] },
        }),
      ).toEqual(['jump_item_not_visible', 'allowed']);
      const member = { change: 'membership', user_id: site.id('dora'), member: true };
      const inKiosks = { ...member, of: 'jump_group', id: site.id('kiosks'), jump_item_role_id: START_ONLY };
      expect(await ask(dora, inKiosks)).toEqual(['jump_item_not_visible', 'jumpoint_membership']);
      expect(await ask(dora, inKiosks, { ...member, of: 'jumpoint', id: site.id('gate') })).toEqual([
        'jump_item_not_visible',
        'allowed',
      ]);
      const anna = { user: user('anna'), jump_item: item('kiosk') };
      expect(await ask(anna, { change: 'user', user_id: site.id('anna'), enabled: false })).toEqual([
        'allowed',
        'account_disabled',
      ]);
      expect(
        await ask(anna, {
          change: 'jump_item_role',
          jump_item_role_id: START_ONLY,
          permissions: { perm_start: false },
        }),
      ).toEqual(['allowed', 'jump_item_not_visible']);
      expect(
        await ask(anna, {
          change: 'session_policy',
          session_policy_id: 1,
          permissions: { command_shell: null },
        }),
      ).toEqual(['allowed', 'session_permissions']);
      const mute = { user: user('anna'), jump_item: item('mute') };
      expect(
        await ask(mute, {
          change: 'session_policy',
          session_policy_id: site.id('no shell'),
          permissions: { command_shell: null },
        }),
      ).toEqual(['session_permissions', 'allowed']);
      expect(
        await ask(mute, { change: 'jump_item', jump_item_id: site.id('mute'), session_policy_id: null }),
      ).toEqual(['session_permissions', 'allowed']);
      const shut = { user: user('anna'), jump_item: item('shut') };
      expect(
        await ask(shut, { change: 'jump_policy', jump_policy_id: site.id('never'), schedule_enabled: false }),
      ).toEqual(['jump_policy_schedule', 'allowed']);
      expect(
        await ask(
          { ...shut, at: MONDAY_MORNING },
          { change: 'jump_item', jump_item_id: site.id('shut'), jump_policy_id: site.id('office') },
        ),
      ).toEqual(['jump_policy_schedule', 'allowed']);
      expect(
        await ask(
          { user: user('emil'), jump_item: item('mute') },
          { change: 'jump_item', jump_item_id: site.id('mute'), jump_group: { id: site.id('kiosks') } },
        ),
      ).toEqual(['jump_item_not_visible', 'method_not_allowed']);
      expect(await site.appliance.sql`select * from group_policy order by id`).toEqual(before);
    });

    it('comes to what the change itself comes to', async () => {
      const { sql } = site.appliance;
      const changes: [
        object,
        Record<string, unknown>,
        string,
        ReturnType<typeof sql>,
        ReturnType<typeof sql>,
      ][] = [
        [
          { user: user('ben'), jump_item: item('kiosk') },
          {
            change: 'group_policy',
            group_policy_id: site.id('Restricted'),
            settings: { perm_shell_jump: null },
          },
          'allowed',
          sql`update group_policy set settings = settings - 'perm_shell_jump' where id = ${site.id('Restricted')}`,
          sql`update group_policy set settings = settings || '{"perm_shell_jump":{"status":"final","value":false}}' where id = ${site.id('Restricted')}`,
        ],
        [
          { user: user('emil'), jump_item: item('db'), at: MONDAY_MORNING },
          {
            change: 'group_policy',
            group_policy_id: site.id('Restricted'),
            remove_members: [site.id('emil')],
          },
          'allowed',
          sql`delete from group_policy_member where group_policy_id = ${site.id('Restricted')} and user_id = ${site.id('emil')}`,
          sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id) values (${site.id('Restricted')}, 1, ${site.id('emil')})`,
        ],
        [
          { user: user('anna'), jump_item: item('kiosk') },
          {
            change: 'group_policy',
            group_policy_id: site.id('Staff'),
            jump_groups: { unset: [site.id('kiosks')] },
          },
          'jump_item_not_visible',
          sql`delete from group_policy_jump_group where group_policy_id = ${site.id('Staff')} and jump_group_id = ${site.id('kiosks')}`,
          sql`insert into group_policy_jump_group values (${site.id('Staff')}, ${site.id('kiosks')}, 'add', ${START_ONLY})`,
        ],
        [
          { user: user('dora'), jump_item: item('kiosk') },
          {
            change: 'user',
            user_id: site.id('dora'),
            settings: { unassigned_jump_item_role_id: START_ONLY },
          },
          'jumpoint_membership',
          sql`update app_user set settings = settings || ${sql.json({ unassigned_jump_item_role_id: START_ONLY })} where id = ${site.id('dora')}`,
          sql`update app_user set settings = settings - 'unassigned_jump_item_role_id' where id = ${site.id('dora')}`,
        ],
        [
          { user: user('anna'), jump_item: item('db'), at: MONDAY_NIGHT },
          {
            change: 'jump_policy',
            jump_policy_id: site.id('office'),
            schedule: {
              timezone: 'UTC',
              entries: [{ start_day: 0, start_time: '20:00', end_day: 1, end_time: '04:00' }],
            },
          },
          'allowed',
          sql`with p as (update jump_policy set timezone = 'UTC' where id = ${site.id('office')})
            update jump_policy_schedule_entry set start_time = '20:00', end_day = 1, end_time = '04:00'
             where jump_policy_id = ${site.id('office')} and start_day = 0`,
          sql`with p as (update jump_policy set timezone = 'Europe/Vienna' where id = ${site.id('office')})
            update jump_policy_schedule_entry set start_time = '08:00', end_day = 0, end_time = '18:00'
             where jump_policy_id = ${site.id('office')} and start_day = 0`,
        ],
      ];
      for (const [question, change, reason, make, undo] of changes) {
        expect((await ask(question, change))[1], JSON.stringify(change)).toBe(reason);
        await make;
        expect((await site.explain({ ...question })).body.reason, JSON.stringify(change)).toBe(reason);
        await undo;
        expect((await site.explain({ ...question })).body.reason).not.toBe(reason);
      }
    });

    it('names everybody for whom it makes a difference', async () => {
      const { body } = await site.explain({
        user: user('anna'),
        jump_item: item('mute'),
        what_if: [
          {
            change: 'session_policy',
            session_policy_id: site.id('no shell'),
            permissions: { command_shell: 'allow', chat: 'deny' },
          },
        ],
        affected: true,
      });
      expect(body.affected.total).toBe(4);
      const people = Object.fromEntries(
        body.affected.people.map((one: { username: string }) => [one.username, one]),
      );
      expect(Object.keys(people).sort()).toEqual(['admin', 'anna', 'cleo', 'lead']);
      expect(people.anna).toMatchObject({
        before: { decision: 'deny', reason: 'session_permissions' },
        after: { decision: 'allow', reason: 'allowed' },
        session_permissions: [],
      });
    });
  });
}
