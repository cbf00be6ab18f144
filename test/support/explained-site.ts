import { afterAll, beforeAll } from 'vitest';
import { AccessSite, REPRESENTATIVE } from './access-site.ts';

export let site: AccessSite;
/** A role that came with the appliance. */
export const START_ONLY = 2;

/** Monday, 2 March 2026; the schedule of `office` is 08:00 to 18:00 in Vienna. */
export const MONDAY_MORNING = '2026-03-02T09:00:00Z';
export const MONDAY_NIGHT = '2026-03-02T21:00:00Z';

/** One site for all questions of a file. */
export function explainedSite(): void {
  beforeAll(async () => {
    site = await AccessSite.start();
    for (const name of ['kiosks', 'servers']) await site.group(name);
    await site.jumpoint('gate');
    await site.jumpoint('listed', { shell_jump_access: 'provisioned' });
    await site.make('/jump-policy', 'office', {
      display_name: 'Office hours',
      code_name: 'office',
      schedule_enabled: true,
      schedule: {
        timezone: 'Europe/Vienna',
        entries: [0, 1, 2, 3, 4].map((day) => ({
          start_day: day,
          start_time: '08:00',
          end_day: day,
          end_time: '18:00',
        })),
      },
    });
    await site.make('/jump-policy', 'never', {
      display_name: 'Never',
      code_name: 'never',
      schedule_enabled: true,
    });
    await site.make('/session-policy', 'no shell', {
      display_name: 'No shell',
      code_name: 'no_shell',
      permissions: { command_shell: 'deny' },
    });
    await site.shell('kiosk', 'kiosks', 'gate');
    await site.shell('db', 'servers', 'gate', { jump_policy_id: site.id('office') });
    await site.shell('shut', 'servers', 'gate', { jump_policy_id: site.id('never') });
    await site.shell('mute', 'servers', 'gate', { session_policy_id: site.id('no shell') });
    await site.shell('unlisted', 'servers', 'listed');
    await site.role('scheduler', ['perm_start', 'perm_edit_jump_policy']);
    await site.user('anna', REPRESENTATIVE);
    await site.user('ben', { ...REPRESENTATIVE, perm_shell_jump: false });
    await site.user('cleo', { perm_support_allowed: 'full_support' });
    await site.user('dora', REPRESENTATIVE);
    await site.user('emil', REPRESENTATIVE);
    await site.user('lead', REPRESENTATIVE);
    const staff = ['anna', 'ben', 'cleo', 'emil'];
    const both = [{ to: 'gate' }, { to: 'listed' }];
    await site.policy('Staff', {
      members: staff,
      jumpGroups: [
        { to: 'kiosks', role: START_ONLY },
        { to: 'servers', role: START_ONLY },
      ],
      jumpoints: both,
      settings: { perm_shell_jump: { status: 'defined', value: true } },
    });
    await site.policy('Restricted', {
      members: ['ben', 'emil'],
      settings: { perm_shell_jump: { status: 'final', value: false } },
      jumpGroups: [{ to: 'servers', action: 'remove' }],
    });
    await site.policy('Late', {
      members: ['ben'],
      settings: { perm_shell_jump: { status: 'defined', value: true } },
    });
    await site.policy('Leads', {
      members: ['lead'],
      jumpGroups: [{ to: 'servers', role: site.id('scheduler') }],
      jumpoints: both,
    });
  });
  afterAll(() => site?.appliance.stop());
}

export const item = (name: string) => ({ id: site.id(name) });
export const user = (username: string) => ({ username });
// biome-ignore lint/suspicious/noExplicitAny: the contract check types the answer
export const stepOf = (body: any, rule: string) => body.path.find((step: any) => step.rule === rule);
