import type { Schema } from '../../shared/api.ts';
import type { Choice } from '../../shared/choices.ts';
import { type SettingNames, settingInWords } from '../../shared/setting-value.tsx';
import { settingOf } from '../../shared/user-settings.ts';

export type AccessAction = Schema<'AccessAction'>;

const ITEM_ACTIONS: [AccessAction, string][] = [
  ['start', 'start a session'],
  ['see', 'see'],
  ['override_schedule', 'start outside the schedule'],
  ['add', 'create and deploy'],
  ['assign_jump_group', 'move out of the Jump Group'],
  ['move', 'move to another Jump Group'],
  ['copy', 'copy to another Jump Group'],
  ['remove', 'remove'],
  ['edit_tag', 'edit the tag'],
  ['edit_comments', 'edit the comments'],
  ['edit_jump_policy', 'edit the Jump Policy'],
  ['edit_session_policy', 'edit the session policy'],
  ['edit_identity', 'edit connectivity and authentication'],
  ['edit_behavior', 'edit behaviour and experience'],
  ['edit_public_portal', 'edit the public portal'],
  ['edit_support_button', 'edit the Support Button'],
  ['view_jump_item_report', 'view reports'],
  ['pin_jump_client', 'pin a Jump Client in a session'],
];

/** What may be asked about a Jump Item. */
export const ACTIONS: Choice[] = ITEM_ACTIONS.map(([value, label]) => ({ value, label }));

/** What may be asked about everybody at once. */
export const WHO_MAY_ACTIONS = ACTIONS.filter(
  ({ value }) => !['move', 'copy', 'pin_jump_client'].includes(value),
);

const BECAUSE: Record<Schema<'AccessRoleOfUser'>['because'], string> = {
  administrator: 'administrator',
  group_member: 'role of the membership',
  default: 'own default for Jump Groups',
  own: 'own personal items',
  team: 'personal items of the team',
  system: 'system role',
};

export function becauseInWords(because: Schema<'AccessRoleOfUser'>['because']): string {
  return BECAUSE[because];
}

const ABOUT: Record<string, string> = {
  jump_group_membership: 'Member of the Jump Group',
  jumpoint_membership: 'Member of the Jumpoint',
  team_membership: 'Member of the team',
};

/** What statements are about. */
export function aboutInWords(about: string): string {
  return ABOUT[about] ?? settingOf(about)?.label ?? about.replaceAll('_', ' ');
}

/** What somebody said about it. */
export function valueInWords(about: string, value: unknown, names: SettingNames): string {
  if (isMembership(value)) {
    if (value.action === 'remove') return 'taken out';
    const role =
      typeof value.role === 'number'
        ? names.roles.find((one) => one.value === String(value.role))?.label
        : value.role;
    return role === undefined || role === null ? 'added' : `added as ${role}`;
  }
  const setting = settingOf(about);
  if (setting !== undefined) return settingInWords(setting, value, names);
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return value === null || value === undefined ? 'not set' : String(value);
}

function isMembership(value: unknown): value is { action: 'add' | 'remove'; role: unknown } {
  return typeof value === 'object' && value !== null && 'action' in value;
}
